/* SPDX-License-Identifier: Apache-2.0 */
/* detached_test.c - Lifetime=user: servers that go on when the connection that started them is gone */
#include "lib/live.h"

#include <stdio.h>

#define USER "Lifetime=user\n"

/* Passes on what mosh-client and mosh-server send; after SIGUSR1 the client has another address. */
#define RELAY \
	"import select, signal, socket\n" \
	"def out(*_):\n" \
	"    global far\n" \
	"    far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); far.connect((\"127.0.0.1\", 60061))\n" \
	"near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); near.bind((\"127.0.0.1\", 60062))\n" \
	"out(); signal.signal(signal.SIGUSR1, out); client = None\n" \
	"open(\"/tmp/relay\", \"w\")\n" \
	"while True:\n" \
	"    for s in select.select([near, far], [], [], 0.1)[0]:\n" \
	"        try:\n" \
	"            if s is near: data, client = near.recvfrom(4096); far.send(data)\n" \
	"            elif client: near.sendto(far.recv(4096), client)\n" \
	"        except OSError: pass\n"

/* mosh goes on when the ssh connection that has started it is gone, and when its client moves. */
static void mosh(void **state)
{
	(void)state;
	if (sh("command -v mosh mosh-server").code != 0) {
		print_message("SKIPPED: no mosh; apt-get install mosh\n");
		return;
	}
	rule_set(USER "PrivateNetwork=no");
	assert_int_equal(
		expect_run("set env(LC_ALL) C.UTF-8\n"
			   "spawn mosh --experimental-remote-ip=remote -p 60060 --ssh=$SSH bob@h\n"
			   "want \"$ \"\ntype \"hostname; cat /proc/self/status | grep NoNew\"\n"
			   "want \"NoNewPrivs\"\ntype \"exit\"\ndone\n")
			.code,
		0);
	assert_true(wait_gone(30));
	assert_says(
		sh("rm -f /tmp/relay; cat >/tmp/relay.py <<'END'\n" RELAY "END\n"
		   "python3 /tmp/relay.py & echo $! >/tmp/relay.pid; " UNTIL("test -e /tmp/relay") SSH
		   "bob@h 'LC_ALL=C.UTF-8 mosh-server new -i 127.0.0.1 -p 60061' 2>/dev/null | sed -n 's/MOSH CONNECT 60061 //p' >/tmp/mosh.key; " UNTIL(
			   "cordon list --json | grep -q '\"logins\":0'") "cordon list --json"),
		"\"logins\":0");
	assert_int_equal(expect_run("set env(LC_ALL) C.UTF-8\n"
				    "set env(MOSH_KEY) [string trim [exec cat /tmp/mosh.key]]\n"
				    "spawn mosh-client 127.0.0.1 60062\n"
				    "want \"$ \"\ntype \"echo be''fore\"\nwant \"before\"\n"
				    "exec sh -c {kill -USR1 $(cat /tmp/relay.pid)}\n"
				    "type \"echo af''ter\"\nwant \"after\"\n"
				    "type \"exit\"\ndone\n")
				 .code,
			 0);
	assert_int_equal(sh("kill $(cat /tmp/relay.pid)").code, 0);
	assert_true(wait_gone(30));
}

/* A server as of an editor: a second login finds what the first one has detached, and forwards to it. */
static void editor_server(void **state)
{
	(void)state;
	rule_set(USER "PrivateNetwork=no");
	assert_int_equal(
		as_bob("cd /tmp; setsid python3 -um http.server --bind 127.0.0.1 8765 </dev/null >/tmp/server.log 2>&1 & "
		       "echo $! >~/server.pid; until grep -q Serving /tmp/server.log; do sleep 0.05; done; echo kept >/tmp/file")
			.code,
		0);
	assert_says(as_bob("kill -0 $(cat ~/server.pid) && cat /tmp/file"), "kept\n");
	assert_says(
		sh(SSH
		   "-M -S /tmp/ch -fN -o ExitOnForwardFailure=yes -L 9193:127.0.0.1:8765 bob@h; "
		   "python3 -c 'import urllib.request; print(urllib.request.urlopen(\"http://127.0.0.1:9193/file\").read())'; " SSH
		   "-S /tmp/ch -O exit bob@h"),
		"b'kept\\n'");
	assert_int_equal(as_bob("kill $(cat ~/server.pid); rm ~/server.pid").code, 0);
	assert_true(wait_gone(30));
}

/* Abstract sockets of another login by sshd, whose programs are in the same Landlock domain. */
static void abstract_sockets(void **state)
{
	static const char *const networks[] = { "yes", "no" };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		char rule[64];

		(void)snprintf(rule, sizeof rule, USER "PrivateNetwork=%s", networks[i]);
		rule_set(rule);
		assert_int_equal(
			as_bob("rm -f ~/listens; python3 -c 'import socket, os\n"
			       "s = socket.socket(socket.AF_UNIX); s.bind(\"\\0of-bob\"); s.listen()\n"
			       "open(\"listens\", \"w\")\n"
			       "while True: s.accept()[0].sendall(b\"heard\")' </dev/null >/dev/null 2>&1 & "
			       "until [ -e ~/listens ]; do sleep 0.05; done")
				.code,
			0);
		assert_says(as_bob("python3 -c 'import socket\n"
				   "s = socket.socket(socket.AF_UNIX)\n"
				   "s.connect(\"\\0of-bob\"); print(s.recv(9))'"),
			    "b'heard'\n");
		assert_int_equal(as_bob("pkill -x python3").code, 0);
		assert_true(wait_gone(30));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mosh),
		cmocka_unit_test(editor_server),
		cmocka_unit_test(abstract_sockets),
	};

	return cmocka_run_group_tests_name("detached", tests, NULL, NULL);
}
