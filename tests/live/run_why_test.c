/* SPDX-License-Identifier: Apache-2.0 */
/* run_why_test.c - cordon run --why: each refusal is named with its setting, and nothing else changes */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

/* In a directory that the session shows, as bob's uid. */
#define WHY "cd /; cordon run --why --uid 2001 --gid 2001 "

static int prepare(void **state)
{
	(void)state;
	return sh("mkdir -p /srv/solutions /srv/exam /srv/build; chmod 777 /srv/exam /srv/build; touch /srv/solutions/a /tmp/of-the-host /home/alice/notes; chmod 644 /srv/solutions/a; chmod 755 /home/alice;"
		  "printf '[Session]\\n\\nInaccessiblePaths=/srv/solutions\\nReadOnlyPaths=/srv/exam\\n' >/etc/cordon/task.conf;"
		  "printf 'all: one two\\none:\\n\\tcat /srv/solutions/a\\ntwo:\\n\\ttouch /srv/exam/x\\n' >/srv/build/Makefile")
		.code;
}

static void each_setting_is_named(void **state)
{
	static const struct {
		const char *options, *program, *says;
	} of[] = {
		{ "", "touch /usr/bin/x",
		  "touch[#]: openat(\"/usr/bin/x\"): Read-only file system: ProtectSystem= (default)" },
		{ "", "ls /home/alice",
		  "(\"/home/alice\"): No such file or directory: Home= (default)" },
		{ "", "ls /tmp/of-the-host",
		  "(\"/tmp/of-the-host\"): No such file or directory: PrivateTmp= (default)" },
		{ "", "unshare -U true",
		  "unshare(): Operation not permitted: RestrictNamespaces= (default)" },
		{ "", "python3 -c 'import socket; socket.socket(17, 3)'",
		  "socket(family 17, protocol 0): Address family not supported by protocol: RestrictAddressFamilies= (default)" },
		{ "", "python3 -c 'import socket; socket.create_connection((\"192.0.2.1\", 80))'",
		  "connect(192.0.2.1:80): Network is unreachable: PrivateNetwork= (default)" },
		{ "", "sh -c 'touch /tmp/f; chmod u+s /tmp/f'",
		  "fchmodat(\"/tmp/f\"): Operation not permitted: RestrictSUIDSGID= (default)" },
		{ "--set MemoryDenyWriteExecute=yes",
		  "python3 -c 'import mmap; mmap.mmap(-1, 4096, prot=7)'",
		  "mmap(): Operation not permitted: MemoryDenyWriteExecute= (--set:1)" },
		{ "--set NoExecPaths=/tmp", "sh -c 'cp /bin/true /tmp/t; /tmp/t'",
		  "execve(\"/tmp/t\"): Permission denied: NoExecPaths= (--set:1)" },
		{ "--set LimitNOFILE=20", "python3 -c 'l = [open(\"/dev/null\") for i in range(50)]'",
		  "openat(\"/dev/null\"): Too many open files: LimitNOFILE= (--set:1)" },
		{ "--set UMask=022 --set LimitAS=100M", "python3 -c 'bytearray(1 << 30)'",
		  "mmap(): Cannot allocate memory: LimitAS= (--set:2)" },
		{ "--set LimitFSIZE=1K", "sh -c 'head -c 5000 /dev/zero >/tmp/f'",
		  ": File size limit exceeded: LimitFSIZE= (--set:1)" },
		{ "--set LimitNPROC=3", "sh -c 'sleep 9 & sleep 9 & sleep 9 & sleep 9 & wait'",
		  "Resource temporarily unavailable: LimitNPROC= (--set:1)" },
		{ "--set LimitCORE=0", "sh -c 'ulimit -H -c 100'",
		  "Operation not permitted: LimitCORE= (--set:1); programs cannot raise a hard limit" },
		{ "--set TmpSize=1M", "sh -c 'head -c 2000000 /dev/zero >/tmp/f'",
		  "write(\"/tmp/f\"): No space left on device: TmpSize= (--set:1)" },
		{ "--set PrivateNetwork=no --set SocketBindDeny=tcp",
		  "python3 -c 'import socket; socket.socket().bind((\"127.0.0.1\", 8080))'",
		  "bind(127.0.0.1:8080): Permission denied: SocketBindDeny= (--set:2)" },
		{ "--set SystemCallErrorNumber=kill",
		  "python3 -c 'import ctypes; ctypes.CDLL(None).syscall(250, 0, 0)'",
		  "keyctl(): Bad system call: SystemCallFilter= (default)" },
		{ "--user bob --set Home=read-only", "touch /home/bob/x",
		  "(\"/home/bob/x\"): Read-only file system: Home= (--set:1)" },
		{ "", "cat /etc/shadow",
		  "(\"/etc/shadow\"): Permission denied: not by cordon: the mode of the file refuses it outside as well" },
	};
	static char masked[65536];

	(void)state;
	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
		struct out o;
		size_t n = 0;

		o = sh(strncmp(of[i].options, "--user", 6) == 0 ? "cd /; cordon run --why %s -- %s" :
								  WHY "%s -- %s",
		       of[i].options, of[i].program);
		/* process ids are random */
		for (const char *at = o.text; *at != '\0' && n < sizeof masked - 2; at++) {
			masked[n++] = *at;
			if (*at == '[' && at[1] >= '0' && at[1] <= '9') {
				masked[n++] = '#';
				at += strspn(at + 1, "0123456789");
			}
		}
		masked[n] = '\0';
		if (strstr(masked, of[i].says) == NULL)
			fail_msg("%s: wanted %s, got:\n%s", of[i].program, of[i].says, masked);
	}
}

/* The words of the administrator: make fails, and says nothing of the setting. */
static void children_and_lines_of_rules(void **state)
{
	struct out o;

	(void)state;
	o = sh(WHY
	       "--rule /etc/cordon/task.conf --set BindPaths=/srv/build -- make -k -C /srv/build");
	assert_int_equal(o.code, 2);
	assert_says(o, "InaccessiblePaths= (/etc/cordon/task.conf:3)");
	assert_says(
		o,
		"(\"/srv/exam/x\"): Read-only file system: ReadOnlyPaths= (/etc/cordon/task.conf:4)");
	o = sh(WHY "--json - -- touch /usr/x");
	assert_says(o, "\"refusals\":[{\"program\":\"touch\"");
	assert_says(
		o,
		"\"errno\":\"EROFS\",\"by_cordon\":true,\"why\":\"ProtectSystem= (default)\",\"times\":1}]");
	/* without root */
	o = sh("cd /; setpriv --reuid bob --regid bob --clear-groups cordon run --why -- touch /etc/x");
	assert_says(o, "openat(\"/etc/x\"): Read-only file system: ProtectSystem= (default)");
}

/* The same answers, states and ends as without the tracer. */
static void nothing_else_changes(void **state)
{
	static const char *const programs[] = {
		"sh -c 'exit 7'",
		"sh -c 'kill -SEGV $$'",
		"sh -c 'grep -e Seccomp -e NoNewPrivs -e Cap -e Groups /proc/self/status; ulimit -a; umask; id; ls /; cat /proc/self/mountinfo | wc -l'",
		"python3 -c 'import threading\nt = [threading.Thread(target=print, args=(1,)) for i in range(20)]\nfor i in t: i.start(); i.join()'",
		"sh -c 'touch /usr/x; unshare -U true; cat /srv/solutions/a; mount'",
		"sh -c 'exec sh -c \"exec python3 -c \\\"import os; os.execvp(\\\\\\\"true\\\\\\\", [\\\\\\\"true\\\\\\\"])\\\"\"'",
	};

	(void)state;
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
		char with[2048], without[2048];
		struct out o;
		int code;

		o = sh("cd /; cordon run --uid 2001 --gid 2001 --set InaccessiblePaths=/srv/solutions -- %s 2>&1",
		       programs[i]);
		code = o.code;
		(void)snprintf(without, sizeof without, "%s", o.text);
		o = sh("cd /; cordon run --why --uid 2001 --gid 2001 --set InaccessiblePaths=/srv/solutions -- %s 2>/tmp/err; c=$?; grep -v 'cordon: why' /tmp/err; exit $c",
		       programs[i]);
		(void)snprintf(with, sizeof with, "%s", o.text);
		assert_int_equal(o.code, code);
		if (strstr(programs[i], "touch") == NULL) /* the order of two streams differs */
			assert_string_equal(with, without);
	}
	assert_says(sh(WHY "-- true"), "cordon: why: no setting of cordon refused anything");
	assert_int_equal(sh(WHY "--time 1s -- sleep 100").code, 137);
	assert_int_equal(sh(WHY "-- nothing-like-it").code, 127);
	assert_says(sh(WHY "--namespaces mnt -- true"), "--why: requires a pid namespace");
	assert_says(sh(WHY "--name-call -- true"), "remove --name-call");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_setting_is_named),
		cmocka_unit_test(children_and_lines_of_rules),
		cmocka_unit_test(nothing_else_changes),
	};

	return cmocka_run_group_tests_name("run_why", tests, prepare, NULL);
}
