/* SPDX-License-Identifier: Apache-2.0 */
/* netlink_test.c - NETLINK_ROUTE: programs that ask for addresses work, and nothing can be changed */
#include "lib/live.h"

#include <string.h>

/* The host's network has to have something that a session must not change. */
static const char *const rules[] = { "", "PrivateNetwork=no", "Profile=teaching" };

static void ask(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		rule_set(rules[i]);
		assert_says(as_bob("ip addr show lo"), "inet 127.0.0.1/8");
		assert_says(as_bob("ip -6 route show table all"), "local ::1 dev lo");
		assert_int_equal(as_bob("hostname -I").code, 0);
		/* without sockets' own netlink it reads /proc/net/tcp */
		assert_says(
			as_bob("python3 -c 'import socket,os; s=socket.socket(); s.bind((\"127.0.0.1\",8123)); s.listen(); os.system(\"ss -ltn\")'"),
			"127.0.0.1:8123");
		assert_says(
			as_bob("python3 -c 'import socket; print(socket.if_nameindex(), socket.getaddrinfo(\"localhost\", 80)[0][4][1])'"),
			"'lo')");
		assert_says(as_bob("getent ahosts localhost"), "127.0.0.1");
	}
}

/* Programs that not every machine has; the test prints which ones are missing. */
static void programs(void **state)
{
	static const struct {
		const char *there, *command, *says;
	} programs[] = {
		{ "command -v node",
		  "node -e 'console.log(Object.keys(require(\"os\").networkInterfaces()))'", "lo" },
		{ "command -v node",
		  "node -e 's = require(\"http\").createServer().listen(0, () => { console.log(\"listens\"); s.close() })'",
		  "listens" },
		{ "python3 -c 'import psutil'",
		  "python3 -c 'import psutil; print(psutil.net_if_addrs())'", "127.0.0.1" },
		{ "python3 -c 'import zmq'",
		  "python3 -c 'import zmq; c = zmq.Context(); s = c.socket(zmq.REP); print(\"bound\", s.bind_to_random_port(\"tcp://127.0.0.1\") > 0)'",
		  "bound True" }
	};

	(void)state;
	for (size_t k = 0; k < sizeof programs / sizeof programs[0]; k++) {
		if (sh("%s >/dev/null 2>&1", programs[k].there).code != 0) {
			print_message("SKIPPED: '%s' fails: not tried\n", programs[k].there);
			continue;
		}
		for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
			rule_set(rules[i]);
			assert_says(as_bob(programs[k].command), programs[k].says);
		}
	}
}

static void change_nothing(void **state)
{
	static const char *const changes[] = {
		"ip link set lo down",
		"ip link set lo mtu 1000",
		"ip link add d type dummy",
		"ip link del test0",
		"ip link set test0 name x",
		"ip link set test0 netns $$",
		"ip addr add 10.9.9.9/24 dev lo",
		"ip addr del 127.0.0.1/8 dev lo",
		"ip route add 10.8.0.0/16 dev lo",
		"ip route flush table main dev test0",
		"ip neigh add 10.7.7.9 lladdr 02:00:00:00:00:01 dev test0",
		"ip rule add from 1.2.3.4",
		"ip netns add x",
		"tc qdisc add dev lo root pfifo",
		"ip addrlabel add prefix 2001:db8::/32 label 9"
	};
	char before[4096];

	(void)state;
	assert_int_equal(
		sh("ip link add test0 type veth peer name test1 && ip addr add 10.7.7.7/24 dev test0 && ip link set test0 up")
			.code,
		0);
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		rule_set(rules[i]);
		(void)strncpy(before, sh("ip addr; ip route show table all; ip rule; ip neigh").text,
			      sizeof before - 1);
		before[sizeof before - 1] = '\0';
		for (size_t k = 0; k < sizeof changes / sizeof changes[0]; k++)
			assert_int_not_equal(as_bob(changes[k]).code, 0);
		assert_true(strncmp(sh("ip addr; ip route show table all; ip rule; ip neigh").text,
				    before, sizeof before - 1) == 0);
	}
	/* netlink carries no message from one program to another out of the session */
	assert_says(
		as_bob("python3 -c 'import socket; s=socket.socket(16,3,0); s.bind((0,0)); s.sendto(b\"x\"*16,(s.getsockname()[0],0))'"),
		"PermissionError");
}

/* The private network shows only its loopback interface. */
static void private_network(void **state)
{
	(void)state;
	rule_set("");
	assert_silent(as_bob("ip addr; ip route show table all; ip neigh"), "10.7.7.7");
	rule_set("PrivateNetwork=no");
	assert_says(as_bob("ip addr"), "10.7.7.7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ask),
		cmocka_unit_test(programs),
		cmocka_unit_test(change_nothing),
		cmocka_unit_test(private_network),
	};

	return cmocka_run_group_tests_name("netlink", tests, NULL, NULL);
}
