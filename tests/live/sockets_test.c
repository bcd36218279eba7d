/* SPDX-License-Identifier: Apache-2.0 */
/* sockets_test.c - ports and unix sockets that a session may use, as far as this kernel supports it */
#include "lib/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRY "/srv/try.py "

static int landlock_abi(void)
{
	return atoi(
		sh("python3 -c 'import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1))'")
			.text);
}

/* If Landlock of this kernel lacks a protocol, the refusal names the protocol and the version. */
static void refused(const char *rule, const char *line, const char *key)
{
	char wanted[160];

	(void)snprintf(
		wanted, sizeof wanted,
		"50-bob.conf:%s: %s=: requires Linux 7.2 (Landlock ABI 10); this kernel has ABI %d; ",
		line, key, landlock_abi());
	rule_set(rule);
	assert_says(sh("cordon check"), wanted);
	assert_says(sh("cordon explain bob"), wanted);
	assert_int_equal(sh(": >$HOST_LOG; su bob -c id").code != 0, 1);
	assert_silent(sh("su bob -c id"), "uid=");
	assert_says(sh("cat $HOST_LOG"), wanted);
	assert_says(sh("su alice -c id"), "uid=2002");
	assert_says(sh("su root -c id"), "uid=0");
}

static void udp_on_an_older_kernel(void **state)
{
	(void)state;
	if (landlock_abi() >= 10) {
		print_message("SKIPPED: this kernel has Landlock ABI 10\n");
		skip();
	}
	refused("SocketBindDeny=udp", "5", "SocketBindDeny");
	refused("SocketConnectDeny=any", "5", "SocketConnectDeny");
	refused("SocketConnectDeny=tcp\nSocketConnectDeny=tcp udp", "6", "SocketConnectDeny");
	rule_set("SocketConnectDeny=tcp\nSocketConnectAllow=17100"); /* TCP alone needs no more */
	assert_says(sh("su bob -c '" TRY "send 17101'"), "send 17101: OK");
}

static void udp_ports(void **state)
{
	(void)state;
	if (landlock_abi() < 10) {
		print_message("SKIPPED: Landlock before ABI 10\n");
		skip();
	}
	rule_set("SocketBindDeny=udp\nSocketBindAllow=udp:0 udp:17100-17101\nSocketConnectDeny=udp\nSocketConnectAllow=17200");
	assert_says(
		as_bob(TRY
		       "bind 0 17100 17101 17102 send 17200 17201 connect 17200 17201 listen 17102"),
		"bind 0: OK\nbind 17100: OK\nbind 17101: OK\nbind 17102: EACCES\n"
		"send 17200: OK\nsend 17201: EACCES\nconnect 17200: OK\nconnect 17201: EACCES\n"
		"listen 17102: OK\n");
	assert_says(sh("cordon explain --all bob"), "sending to other UDP ports");
	/* a socket that sends takes a port, which a rule has to allow */
	rule_set("SocketBindDeny=any\nSocketBindAllow=17100");
	assert_says(
		as_bob(TRY "bind 0 17100 send 17200 listen 17100 17101"),
		"bind 0: EACCES\nbind 17100: OK\nsend 17200: EACCES\nlisten 17100: OK\nlisten 17101: EACCES\n");
	/* what sshd forwards, and a single program */
	assert_says(
		sh("cd / && cordon run --user bob --set SocketConnectDeny=any --set SocketConnectAllow=udp:17200 -- " TRY
		   "send 17200 17201"),
		"send 17200: OK\nsend 17201: EACCES\n");
	rule_set("");
	assert_says(as_bob(TRY "bind 17102 send 17201"), "bind 17102: OK\nsend 17201: OK\n");
}

/* What is in force here, and what a later kernel would add. */
static void explained(void **state)
{
	const int abi = landlock_abi();
	struct out o;

	(void)state;
	rule_set("");
	o = sh("cordon explain --all bob");
	assert_says(
		o,
		abi >= 7 ?
			"Landlock writes what it refuses to the audit log" :
			"Landlock ABI 7 (Linux 6.15) would write what it refuses to the audit log");
	if (abi < 9)
		assert_says(o,
			    "Landlock ABI 9 (Linux 7.1) would also refuse: connecting to sockets");
	else
		assert_silent(o, "would also refuse");
	assert_says(
		sh("cordon explain --json bob | python3 -c 'import json,sys; l=json.load(sys.stdin)[\"landlock\"]; "
		   "print(l[\"abi\"], l[\"audit\"], len([w for w in l[\"refuses\"] + l[\"lacks\"] if w.startswith(\"connecting to sockets\")]))'"),
		abi >= 7 ? " True 1" : " False 1");
}

/* A session can connect to the sockets that its view shows, and to no others. */
static void sockets_that_are_shown(void **state)
{
	(void)state;
	rule_set("PrivateRun=no\nBindPaths=/root/service:/opt/service\nInaccessiblePaths=/run/hidden");
	assert_says(
		as_bob(TRY "unix /run/shown/stream /opt/service/stream /run/hidden/stream"),
		"unix /run/shown/stream: OK\nunix /opt/service/stream: OK\nunix /run/hidden/stream: EACCES\n");
	assert_says(as_bob(TRY
			   "datagram /run/shown/datagram /opt/service/datagram /run/hidden/datagram"),
		    "datagram /run/shown/datagram: OK\ndatagram /opt/service/datagram: OK\n"
		    "datagram /run/hidden/datagram: EACCES\n");
	rule_set("BindReadOnlyPaths=/root/service/stream:/run/stream");
	assert_says(as_bob(TRY "unix /run/stream /run/shown/stream"),
		    "unix /run/stream: OK\nunix /run/shown/stream: ENOENT\n");
	assert_says(sh("su bob -c '" TRY "unix /run/stream'"), "unix /run/stream: OK");
	assert_says(
		sh("cd / && cordon run --user bob --set BindPaths=/root/service:/opt/service -- " TRY
		   "unix /opt/service/stream /run/shown/stream"),
		"unix /opt/service/stream: OK\nunix /run/shown/stream: ENOENT\n");
}

/* Sockets that processes of the session make, or sshd for them. */
static void sockets_of_the_session(void **state)
{
	(void)state;
	rule_set("");
	assert_says(sh("eval $(ssh-agent) >/dev/null; ssh-add -q $HOST_KEYS/id; " SSH
		       "-A bob@h 'ssh-add -l'; r=$?; kill $SSH_AGENT_PID; exit $r"),
		    "ED25519");
	assert_says(
		as_bob("tmux new-session -d -s one 'sleep 60' && tmux list-sessions && tmux kill-server"),
		"one: 1 windows");
	/* one channel's socket, from another channel and by another connection's view of the home */
	assert_says(
		sh(SSH
		   "-o ControlMaster=yes -o ControlPath=/tmp/mux -o ControlPersist=20 bob@h '" TRY
		   "serve /tmp/of-one /home/bob/of-one'; " SSH "-o ControlPath=/tmp/mux bob@h '" TRY
		   "unix /tmp/of-one'; " SSH "bob@h '" TRY "unix /home/bob/of-one /tmp/of-one'"),
		"unix /tmp/of-one: OK\nunix /home/bob/of-one: OK\nunix /tmp/of-one: ENOENT\n");
	(void)sh("ssh -o ControlPath=/tmp/mux -O exit h; rm -f /home/bob/of-one");
	assert_true(wait_gone(30));
}

static int prepare(void **state)
{
	(void)state;
	return sh("cp $HOST_SOURCE/tests/live/outside/try.py /srv/try.py && chmod 755 /srv/try.py && "
		  "mkdir -p /run/shown /run/hidden /root/service /opt/service && chmod 755 /run/shown /run/hidden /root/service && "
		  "for d in /run/shown /run/hidden /root/service; do /srv/try.py serve $d/stream serve-datagrams $d/datagram || exit; done")
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(udp_on_an_older_kernel),
		cmocka_unit_test(udp_ports),
		cmocka_unit_test(explained),
		cmocka_unit_test(sockets_that_are_shown),
		cmocka_unit_test(sockets_of_the_session),
	};

	return cmocka_run_group_tests_name("sockets", tests, prepare, NULL);
}
