/* SPDX-License-Identifier: Apache-2.0 */
/* gate_test.c - accesses that the locks around a session must allow */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

/* A queue is made, written to, opened again for reading, and removed. */
#define QUEUES "/usr/local/bin/queues"
static const char queues[] =
	"#!/usr/bin/python3\n"
	"import ctypes, os\n"
	"c = ctypes.CDLL(None, use_errno=True)\n"
	"def call(f, *a):\n"
	" r = f(*a)\n"
	" if r < 0: raise SystemExit(os.strerror(ctypes.get_errno()) + ' ' + f.__name__)\n"
	" return r\n"
	"q = call(c.mq_open, b'/q', os.O_CREAT | os.O_RDWR, 0o600, None)\n"
	"call(c.mq_send, q, b'word', 4, 0)\n"
	"r = call(c.mq_open, b'/q', os.O_RDONLY)\n"
	"b = ctypes.create_string_buffer(8192)\n"
	"n = call(c.mq_receive, r, b, 8192, None)\n"
	"call(c.mq_unlink, b'/q')\n"
	"print('got', b.raw[:n].decode())\n";

static int prepare(void **state)
{
	FILE *f = fopen(QUEUES, "w");

	(void)state;
	assert_non_null(f);
	assert_true(fputs(queues, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return sh("chmod 755 " QUEUES).code;
}

/* The kernel opens queues on an internal mount, which is beneath no root. */
static void message_queues(void **state)
{
	static const char *const rules[] = { "",
					     "PrivateDevices=no",
					     "PrivateIPC=no",
					     "PrivateDevices=no\nPrivateIPC=no",
					     "PrivateUsers=no",
					     "AllowCommands=" QUEUES,
					     "Command=" QUEUES };

	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		rule_set(rules[i]);
		assert_says(as_bob(QUEUES), "got word");
	}
	assert_says(sh("cd /tmp; cordon run --uid 2001 --gid 2001 -- " QUEUES), "got word");
	assert_says(
		sh("cd /tmp; cordon run --set PrivateDevices=no --uid 2001 --gid 2001 -- " QUEUES),
		"got word");
	assert_says(
		sh("cd /tmp; setpriv --reuid bob --regid bob --init-groups cordon run -- " QUEUES),
		"got word");
	/* the session does not see queues of the host */
	assert_int_equal(
		sh("python3 -c 'import ctypes, os; exit(ctypes.CDLL(None).mq_open(b\"/of-the-host\", os.O_CREAT | os.O_RDWR, 0o666, None) < 0)'")
			.code,
		0);
	rule_set("PrivateDevices=no");
	assert_silent(
		as_bob("ls /dev/mqueue; python3 -c 'import ctypes, os; print(\"OPEN\" if ctypes.CDLL(None).mq_open(b\"/of-the-host\", os.O_RDWR) >= 0 else \"held\")'"),
		"OPEN");
}

/* The caller view then has no writable files; the view of the command has. */
static void a_forced_command_writes(void **state)
{
	(void)state;
	assert_int_equal(sh("mkdir -p /srv/team && chmod 777 /srv/team").code, 0);
	rule_set("Command=touch a /tmp/b /var/tmp/c /dev/shm/d /srv/team/e\nReadWritePaths=/srv/team");
	assert_int_equal(as_bob("ignored").code, 0);
	assert_says(sh("ls /home/bob/a /srv/team/e"), "/home/bob/a\n/srv/team/e\n");
	rule_set("Command=cp -r /etc/skel n\nHome=ephemeral");
	assert_int_equal(as_bob("").code, 0);
	assert_silent(sh("ls /home/bob"), "n\n");
	rule_set("Command=touch never\nHome=read-only");
	assert_says(as_bob(""), "Read-only file system");
	rule_set("Command=touch /usr/never /etc/never");
	assert_int_equal(as_bob("").code, 1);
	/* by su, whose caller view shows everything */
	rule_set("Command=touch f");
	assert_int_equal(sh("su - bob -c ignored; ls /home/bob/f").code, 0);
	assert_true(wait_gone(30));
}

#define DUMMY \
	"$(ls /usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so /usr/lib/*/openssh/regress/misc/sk-dummy/sk-dummy.so 2>/dev/null | head -n 1)"
#define FIDO SSH "-p 2230 -o HostKeyAlias=fido -o UserKnownHostsFile=/tmp/known "

/* A host key on an authenticator signs at every exchange of keys, by a program that sshd executes as root. */
static void a_fido_host_key(void **state)
{
	(void)state;
	if (sh("test -n \"" DUMMY "\" && test -x /usr/lib/openssh/ssh-sk-helper").code != 0) {
		print_message("SKIPPED: no FIDO host key without the package openssh-tests\n");
		skip();
	}
	rule_set("");
	/* HostKeyAlias: the first value counts. An empty name of the helper is none. */
	assert_int_equal(
		sh("sed -i '1i HostKeyAlias fido' $HOST_KEYS/ssh_config; "
		   "SSH_SK_PROVIDER=" DUMMY
		   " ssh-keygen -q -t ed25519-sk -O no-touch-required -f /run/host/hk -N '' </dev/null && "
		   "(cat /run/host/sshd_config; echo HostKey /run/host/hk; echo SecurityKeyProvider " DUMMY
		   ") >/run/host/fido && "
		   "SSH_SK_HELPER= /usr/sbin/sshd -f /run/host/fido -p 2230 -o PidFile=none -E /tmp/fido.log && " UNTIL(
			   "grep -q listening /tmp/fido.log") "true")
			.code,
		0);
	/* only by the key on the authenticator, with a new exchange of keys every 64 KiB */
	assert_int_equal(sh("(printf 'fido '; cat /run/host/hk.pub) >/tmp/known").code, 0);
	assert_says(sh("head -c 400000 /dev/zero | " FIDO
		       "-o HostKeyAlgorithms=sk-ssh-ed25519@openssh.com -o RekeyLimit=64K bob@h "
		       "'wc -c; grep Seccomp: /proc/self/status; env'"),
		    "400000\nSeccomp:\t2\n");
	assert_silent(sh(FIDO "-o HostKeyAlgorithms=sk-ssh-ed25519@openssh.com bob@h env"),
		      "SSH_SK");
	/* a client that knows the other key, and asks for proof of all */
	assert_int_equal(sh("(printf 'fido '; cat /run/host/host_key.pub) >/tmp/known").code, 0);
	assert_says(sh(FIDO "-o UpdateHostKeys=yes bob@h 'sleep 1; echo done'; cat /tmp/known"),
		    "done\n");
	assert_says(sh("grep -c ^fido /tmp/known; cat /tmp/known"), "2\nfido ssh-ed25519");
	/* the keeper starts no other program for root in the view, and nobody else is root there */
	assert_silent(as_bob("ls -l /run/cordon/cordonsh; env"), "SSH_SK");
	assert_silent(sh("cat $HOST_LOG"), "tampering");
	assert_true(wait_gone(30));
	assert_int_equal(sh("pgrep -x ssh-sk-helper").code, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_queues),
		cmocka_unit_test(a_forced_command_writes),
		cmocka_unit_test(a_fido_host_key),
	};

	return cmocka_run_group_tests_name("gate", tests, prepare, NULL);
}
