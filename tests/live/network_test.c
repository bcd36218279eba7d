/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network_test.c - NetworkAllow= and NetworkDeny=: a network with a list
 *
 * The host has a default route to a network namespace with servers, and a second network of its own. Its
 * own servers answer at each of its addresses.
 */
#include "lib/live.h"

#define TRY  "/srv/net.py "
#define LIST "NetworkAllow=tcp:10.77.0.0/24:80 udp:10.77.0.2:53 [fd77::2]:80 10.88.0.0/16\n"

static bool can_hold;

static void needs_programs(void)
{
	if (can_hold)
		return;
	print_message("SKIPPED: pasta or nft is not installed, or there is no /dev/net/tun\n");
	skip();
}

static void refused_by_name(void **state)
{
	static const struct {
		const char *lines, *says;
	} bad[] = {
		{ "NetworkAllow=www.example.org:443",
		  "NetworkAllow=: invalid address 'www.example.org:443'; expected" },
		{ "NetworkAllow=2001:db8::1", "write an IPv6 address in brackets" },
		{ "NetworkAllow=192.0.2.1:http", "invalid port in '192.0.2.1:http'" },
		{ "NetworkAllow=192.0.2.1:80,", "invalid port in '192.0.2.1:80,'" },
		{ "NetworkAllow=192.0.2.1/33", "invalid address '192.0.2.1/33'" },
		{ "NetworkAllow=localhost:80", "'localhost' never leaves the session" },
		{ "NetworkDeny=192.0.2.1", "NetworkDeny=: has no effect without NetworkAllow=" },
		{ "PrivateNetwork=no\nNetworkAllow=192.0.2.1",
		  "NetworkAllow=: requires PrivateNetwork=yes" },
		{ "PrivateUsers=no\nNetworkAllow=192.0.2.1",
		  "NetworkAllow=: requires PrivateUsers=identity or self" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		rule_set(bad[i].lines);
		assert_says(sh("cordon check"), bad[i].says);
		assert_silent(as_bob("id"), "uid=");
	}
}

static void only_the_list(void **state)
{
	(void)state;
	needs_programs();
	rule_set(LIST "NetworkDeny=10.77.0.3");
	assert_says(as_bob(TRY "tcp 10.77.0.2 80 tcp fd77::2 80 udp 10.77.0.2 53"),
		    "tcp 10.77.0.2 80: OK\ntcp fd77::2 80: OK\nudp 10.77.0.2 53: OK\n");
	/* other ports, exceptions, other networks */
	assert_says(as_bob(TRY "tcp 10.77.0.2 81 tcp 10.77.0.3 80 tcp fd77::2 81 tcp 10.99.0.2 80"),
		    "tcp 10.77.0.2 81: ECONNREFUSED\ntcp 10.77.0.3 80: ECONNREFUSED\n"
		    "tcp fd77::2 81: ECONNREFUSED\ntcp 10.99.0.2 80: ECONNREFUSED\n");
	/* other protocols, and addresses of IPv4 by sockets of IPv6 */
	assert_says(as_bob(TRY "udp 10.77.0.2 80 udp 10.77.0.4 53 udp fd77::2 53 "
			       "tcp ::ffff:10.77.0.2 80 tcp ::ffff:10.77.0.2 81"),
		    "udp 10.77.0.2 80: EPERM\nudp 10.77.0.4 53: EPERM\n"
		    "udp fd77::2 53: EPERM\ntcp ::ffff:10.77.0.2 80: OK\n"
		    "tcp ::ffff:10.77.0.2 81: ECONNREFUSED\n");
	/* first data with the connection, several paths, large datagrams, and sockets that need root */
	assert_silent(as_bob(TRY "fast 10.77.0.2 81 mptcp 10.77.0.2 81 sctp 10.77.0.2 80 "
				 "big 10.77.0.2 80 ping 10.77.0.2 0 raw 10.77.0.2 0 packet x 0 "
				 "vsock x 0 device 10.77.0.2 81"),
		      ": OK");
	assert_says(as_bob(TRY "big 10.77.0.2 53 mptcp 10.77.0.2 80"), "big 10.77.0.2 53: OK\n");
}

/* The host is not on the list, at none of its addresses: nobody's loopback, nor 10.88.0.1. */
static void not_the_host(void **state)
{
	(void)state;
	needs_programs();
	rule_set("NetworkAllow=any");
	assert_says(as_bob(TRY "tcp 10.77.0.2 81"), "tcp 10.77.0.2 81: OK\n");
	assert_silent(as_bob(TRY "tcp 127.0.0.1 82 tcp 10.77.0.1 82 tcp 10.88.0.1 82 tcp fd77::1 82 "
				 "tcp fd88::1 82 tcp ::1 82 tcp 0.0.0.0 82 tcp 169.254.1.1 82 "
				 "udp 10.88.0.1 54 udp 127.0.0.1 54 udp 255.255.255.255 54"),
		      ": OK");
	/* what the kernel keeps to itself beside them: a network on "lo", broadcast, and anycast */
	assert_says(as_bob(TRY
			   "tcp 10.66.0.7 82 udp 10.66.0.7 54 udp 10.88.255.255 54 udp fd88:: 54"),
		    "tcp 10.66.0.7 82: ECONNREFUSED\nudp 10.66.0.7 54: EPERM\n"
		    "udp 10.88.255.255 54: EPERM\nudp fd88:: 54: EPERM\n");
	/* the test can fail */
	assert_says(sh(TRY "tcp 10.88.0.1 82 udp 10.88.0.1 54"),
		    "tcp 10.88.0.1 82: OK\nudp 10.88.0.1 54: OK\n");
}

/* An address that the host gets later is the host as well. */
static void not_the_new_address(void **state)
{
	(void)state;
	needs_programs();
	rule_set("NetworkAllow=any");
	assert_says(sh("(sleep 0.7; ip addr add 10.88.0.9/16 dev second) & su bob -c '" TRY
		       "tcp 10.77.0.2 80; sleep 1.5; " TRY "tcp 10.88.0.9 82 tcp 10.77.0.2 80'; " TRY
		       "tcp 10.88.0.9 82; ip addr del 10.88.0.9/16 dev second"),
		    "tcp 10.77.0.2 80: OK\ntcp 10.88.0.9 82: ECONNREFUSED\n"
		    "tcp 10.77.0.2 80: OK\ntcp 10.88.0.9 82: OK\n");
}

static void forwards(void **state)
{
	(void)state;
	needs_programs();
	rule_set(LIST);
	assert_says(sh("echo hello | " SSH "-W 10.77.0.2:80 bob@h"), "welcome");
	assert_silent(sh("echo hello | " SSH "-W 10.77.0.2:81 bob@h"), "welcome");
	assert_silent(sh("echo hello | " SSH "-W 10.88.0.1:82 bob@h"), "welcome");
}

#define END_OF(what) \
	"(su bob -c '" TRY "tcp 10.77.0.2 80; echo in; sleep 2; " TRY "tcp 10.77.0.2 80; exit 0' " \
	">/srv/out 2>&1) & sleep 1; " what "; wait; cat /srv/out"

/* When a process beside the session dies, the network closes, and the log says so. */
static void closes(void **state)
{
	struct out o;

	(void)state;
	needs_programs();
	rule_set(LIST);
	o = sh(END_OF("pkill -KILL -x 'passt.*|pasta.*'"));
	assert_says(o, "tcp 10.77.0.2 80: OK\nin\ntcp 10.77.0.2 80: ENETUNREACH\n");
	assert_says(sh("grep event=network $HOST_LOG"), "why=\"pasta has ended");
	o = sh(": >$HOST_LOG; " END_OF("pkill -KILL -x cordon-network"));
	assert_says(o, "tcp 10.77.0.2 80: OK\nin\ntcp 10.77.0.2 80: ENETUNREACH\n");
	assert_says(sh("grep event=network $HOST_LOG"), "why=\"the process that watches pasta");
	assert_silent(sh(UNTIL("! pgrep -x 'passt.*|pasta.*'") "pgrep -lx 'passt.*|pasta.*'"),
		      "pas");
}

/*
 * What sends the packets of the user on is nobody on the host: pasta itself, and a program that stands
 * where pasta does before pasta confines itself.
 */
static void pasta_is_nobody(void **state)
{
	(void)state;
	needs_programs();
	rule_set(LIST);
	assert_says(
		sh("su bob -c 'sleep 2' & sleep 1; p=$(pgrep -x 'passt.*|pasta.*'); s=$(pgrep -nx sleep); "
		   "grep -E '^(CapEff|CapPrm|CapAmb|NoNewPrivs|Seccomp):' /proc/$p/status; "
		   "readlink /proc/$p/ns/user /proc/$s/ns/user /proc/self/ns/user | sort -u | wc -l; "
		   "cmp -s /proc/$p/root/etc/passwd /etc/passwd || echo no files; wait"),
		"CapPrm:\t0000000000200000\nCapEff:\t0000000000200000\nCapAmb:\t0000000000000000\n"
		"NoNewPrivs:\t1\nSeccomp:\t2\n3\nno files\n");
	rule_set(LIST);
	sh(": >$HOST_LOG; mount --bind /srv/place.py /usr/bin/pasta; su bob -c id; umount /usr/bin/pasta");
	assert_says(sh("grep event=deny $HOST_LOG"), "failed: nothing of 11");
	/* the test can fail: root can do all of it */
	assert_says(sh("unshare -m /srv/place.py"), "did");
}

/* The kernel is asked for the rules, so an nft that only says that all went well is not enough. */
static void reads_back(void **state)
{
	(void)state;
	needs_programs();
	rule_set(LIST);
	assert_silent(
		sh(": >$HOST_LOG; "
		   "printf '#!/bin/sh\\n[ $1 = list ] && echo \"policy drop;\"; exit 0\\n' >/srv/lies; "
		   "chmod 755 /srv/lies; mount --bind /srv/lies /usr/sbin/nft; su bob -c id; "
		   "umount /usr/sbin/nft"),
		"uid=");
	assert_says(sh("grep event=deny $HOST_LOG"), "the kernel does not have the rules that");
}

/* Without a default route, pasta refuses; no session begins, and nothing is left. */
static void fails(void **state)
{
	(void)state;
	needs_programs();
	rule_set(LIST);
	assert_silent(sh(": >$HOST_LOG; ip route del default; ip -6 route del default; su bob -c id; "
			 "ip route add default via 10.77.0.2; ip -6 route add default via fd77::2"),
		      "uid=");
	assert_says(sh("grep event=deny $HOST_LOG"), "why=\"NetworkAllow=: /usr/bin/pasta failed");
	assert_silent(
		sh(UNTIL("! pgrep -x cordon-network") "ps -eo comm= | grep -E '^(passt|pasta|cordon-network)'"),
		"a");
}

static void places(void **state)
{
	(void)state;
	needs_programs();
	rule_set(LIST "Lifetime=user");
	assert_says(sh("su bob -c 'sleep 2' & sleep 0.5; su bob -c '" TRY
		       "tcp 10.77.0.2 80 tcp 10.77.0.2 81'; pgrep -cx 'passt.*|pasta.*'; wait"),
		    "tcp 10.77.0.2 80: OK\ntcp 10.77.0.2 81: ECONNREFUSED\n1\n");
}

static void said(void **state)
{
	(void)state;
	needs_programs();
	rule_set("NetworkAllow=tcp:10.77.0.0/24:80\nNetworkDeny=10.77.0.3");
	assert_says(sh("cordon explain bob"),
		    "its own; connections only to tcp:10.77.0.0/24:80 except 10.77.0.3");
	assert_says(sh("cordon run --set NetworkAllow=192.0.2.1 -- id"), "NetworkAllow");
	assert_silent(sh("cordon check"), "NetworkAllow");
	assert_says(sh("ip route del default; cordon check; cordon explain bob >/srv/out; "
		       "ip route add default via 10.77.0.2; cat /srv/out"),
		    "confined"); /* by IPv6 */
	assert_says(
		sh("ip route del default; ip -6 route del default; cordon check; cordon explain bob; "
		   "ip route add default via 10.77.0.2; ip -6 route add default via fd77::2"),
		":5: warning: NetworkAllow=: the host has no default route, so logins are refused");
	assert_says(sh("ip route del default; ip -6 route del default; cordon explain bob; "
		       "ip route add default via 10.77.0.2; ip -6 route add default via fd77::2"),
		    "bob (uid 2001) by sshd: refused: ");
	assert_says(
		sh("mv /dev/net/tun /dev/net/x; cordon check; cordon explain bob; mv /dev/net/x /dev/net/tun"),
		":5: NetworkAllow=: this host lacks the device /dev/net/tun; run 'modprobe tun'");
	assert_says(
		sh("mv /dev/net/tun /dev/net/x; cordon doctor; mv /dev/net/x /dev/net/tun"),
		"broken: /etc/cordon/rules.d/50-bob.conf:5: NetworkAllow=: this host lacks the device");
	assert_says(
		sh("ip route del default; ip -6 route del default; cordon doctor; "
		   "ip route add default via 10.77.0.2; ip -6 route add default via fd77::2"),
		"broken: /etc/cordon/rules.d/50-bob.conf:5: NetworkAllow=: the host has no default");
	assert_silent(sh("cordon doctor"), "NetworkAllow");
	rule_set("NetworkAllow=tcp:10.77.0.0/24:80\nRestrictAddressFamilies=AF_UNIX");
	assert_says(sh("cordon check; cordon explain bob"),
		    ":5: warning: NetworkAllow=: has no effect, because RestrictAddressFamilies= (");
}

static int prepare(void **state)
{
	(void)state;
	can_hold = sh("mkdir -p /dev/net; [ -e /dev/net/tun ] || mknod -m 600 /dev/net/tun c 10 200; "
		      "test -x /usr/bin/pasta && test -x /usr/sbin/nft && : <>/dev/net/tun")
			   .code == 0;
	return sh("cp $HOST_SOURCE/tests/live/outside/net.py $HOST_SOURCE/tests/live/outside/place.py /srv && chmod 755 /srv/*.py && "
		  "ip link set lo up; ip netns add far && "
		  "ip link add uplink type veth peer name inner netns far && "
		  "ip link add second type veth peer name third && ip link set third up && ip addr add 10.88.0.1/16 dev second && "
		  "ip addr add fd88::1/64 dev second nodad && ip link set second up && "
		  "ip addr add 10.77.0.1/24 dev uplink && ip addr add fd77::1/64 dev uplink nodad && "
		  "ip addr add 10.66.0.1/24 dev lo && echo 1 >/proc/sys/net/ipv6/conf/all/forwarding && "
		  "ip link set uplink up && for i in 2 3 4; do "
		  "ip -n far addr add 10.77.0.$i/24 dev inner; done && "
		  "ip -n far addr add fd77::2/64 dev inner nodad && ip -n far link set inner up && "
		  "ip -n far link set lo up && ip -n far route add default via 10.77.0.1 && "
		  "ip route add default via 10.77.0.2 && ip -6 route add default via fd77::2 && "
		  "(ip netns exec far /srv/net.py serve 80 81 53 >/dev/null 2>&1 & "
		  "/srv/net.py serve 82 54 >/dev/null 2>&1 & sleep 0.5)")
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_by_name),
		cmocka_unit_test(only_the_list),
		cmocka_unit_test(not_the_host),
		cmocka_unit_test(not_the_new_address),
		cmocka_unit_test(forwards),
		cmocka_unit_test(closes),
		cmocka_unit_test(pasta_is_nobody),
		cmocka_unit_test(reads_back),
		cmocka_unit_test(fails),
		cmocka_unit_test(places),
		cmocka_unit_test(said),
	};

	return cmocka_run_group_tests_name("network", tests, prepare, NULL);
}
