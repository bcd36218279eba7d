/* SPDX-License-Identifier: Apache-2.0 */
/* run_why_test.c - cordon run --why and cordon why: each refusal is named with its setting */
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
		{ "--uid 38471 --gid 38471 --set LimitNPROC=3",
		  "sh -c 'sleep 9 & sleep 9 & sleep 9 & sleep 9 & wait'",
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

/* What the log and the kernel's records have, with the line of the rule. */
static void the_log_in_words(void **state)
{
	struct out o;

	(void)state;
	rule_set("UMask=027\nAllowCommands=@sftp");
	(void)as_bob("cat /etc/passwd 'a b'");
	rule_set("Action=deny");
	(void)as_bob("true");
	rule_set("InaccessiblePaths=/srv/gone");
	(void)as_bob("true");
	rule_set("Frobnicate=yes");
	(void)as_bob("true");
	rule_set("WorkingDirectory=/srv/gone");
	(void)as_bob("true");
	o = sh("cordon why --file $HOST_LOG bob");
	assert_says(o, "the session could not go on: WorkingDirectory= (/etc/cordon/rules.d/");
	assert_silent(o, "refused: /etc/cordon/rules.d/50-bob.conf:1: /etc/");
	rule_set("InaccessiblePaths=/srv/gone");
	o = sh("cordon why --file $HOST_LOG bob");
	assert_says(o, "the login was refused: InaccessiblePaths= (/etc/cordon/rules.d/");
	rule_set("UMask=027\nRuntimeMaxSec=1s");
	(void)as_bob("sleep 30");
	assert_true(wait_gone(30));
	assert_int_equal(
		sh("now=$(date +%%s); printf '%%s\\n' "
		   "\"type=SECCOMP msg=audit($now.1:45): auid=2001 uid=2001 gid=2001 ses=1 pid=77 comm=\\\"python3\\\" exe=\\\"/usr/bin/python3\\\" sig=31 arch=$(python3 -c 'import platform; print(dict(x86_64=\"c000003e\", aarch64=\"c00000b7\")[platform.machine()])') syscall=$(python3 -c 'import platform; print(dict(x86_64=250, aarch64=219)[platform.machine()])') compat=0 ip=0x7f code=0x80000000\" "
		   "\"type=SECCOMP msg=audit($now.2:46): auid=2002 uid=2002 gid=2002 comm=\\\"other\\\" sig=31 arch=c000003e syscall=1 code=0x80000000\" "
		   "\"type=LANDLOCK_ACCESS msg=audit($now.3:47): domain=195ba459b blockers=fs.write_file path=\\\"/usr/x\\\" dev=\\\"vda2\\\" ino=1\" "
		   "\"type=SYSCALL msg=audit($now.3:47): arch=c000003e syscall=257 success=no exit=-13 pid=9 auid=2001 uid=2001 gid=2001 comm=\\\"vi\\\" exe=\\\"/bin/vi\\\"\" "
		   "\"type=SECCOMP msg=audit(1000000000.2:48): auid=2001 uid=2001 comm=\\\"long ago\\\" sig=31 arch=c000003e syscall=1 code=0x80000000\" >/tmp/audit")
			.code,
		0);
	o = sh("cordon why --file $HOST_LOG --audit /tmp/audit bob");
	assert_int_equal(o.code, 0);
	assert_says(o, "the command was refused: cat /etc/passwd 'a b': AllowCommands= (");
	assert_says(o, "the login was refused: Action=deny (/etc/cordon/rules.d/");
	assert_says(o, "/srv/gone: path does not exist; create it, or write - before it");
	assert_says(
		o, "the session was ended: its time was over: RuntimeMaxSec= (/etc/cordon/rules.d/");
	assert_says(
		o,
		"python3: keyctl was answered by SIGSYS: SystemCallFilter= (default; the rule is /etc/cordon/rules.d/");
	assert_says(o, "vi: Landlock refused fs.write_file /usr/x: ProtectSystem= (");
	assert_silent(o, "other");
	/* one session alone, by its id */
	o = sh("cordon why --file $HOST_LOG $(sed -n 's/.*event=command-refused session=\\([0-9a-f]*\\).*/\\1/p' $HOST_LOG)");
	assert_says(o, "the command was refused: ");
	assert_silent(o, "RuntimeMaxSec");
	/* nothing to say is said */
	assert_int_equal(sh("cordon why --file $HOST_LOG alice").code, 1);
	assert_int_equal(sh("cordon why").code, 2);
	rule_set("");
	(void)as_bob("true");
	o = sh("cordon why --file $HOST_LOG $(sed -n 's/.*event=permit session=\\([0-9a-f]*\\).*/\\1/p' $HOST_LOG | tail -n 1)");
	assert_int_equal(o.code, 1);
	assert_says(o, "run it by 'cordon run --user bob --why --rule /etc/cordon/rules.d/");
}

/* Programs that run already; they run on. */
static void a_running_session(void **state)
{
	struct out o;

	(void)state;
	rule_set("UMask=027\nReadOnlyPaths=/srv/exam");
	assert_int_equal(
		sh("(" SSH
		   "bob@h 'while sleep 0.1; do touch /srv/exam/x; cat /etc/shadow; done; echo' >/dev/null 2>&1 &) ; " UNTIL(
			   "cordon list --user bob | grep -q '^[0-9a-f]\\{16\\}' && pgrep -u bob -x sleep >/dev/null") "true")
			.code,
		0);
	o = sh("id=$(cordon list --user bob | sed -n 's/^\\([0-9a-f]\\{16\\}\\) .*/\\1/p'); cordon why --attach 1s $id; echo code $?; cordon why --attach 1s $id; "
	       "grep -s '^TracerPid:.*[1-9]' /proc/[0-9]*/status; cordon show --proof $id; echo proof $?");
	assert_says(
		o, "(\"/srv/exam/x\"): Read-only file system: ReadOnlyPaths= (/etc/cordon/rules.d/");
	assert_says(o, "not by cordon: the mode of the file");
	assert_says(o, "code 0");
	assert_silent(o, "TracerPid");
	assert_says(o, "proof 0");
	/* the line of a directive would be that of another rule */
	rule_file("00-other", "User=bob", "UMask=077");
	o = sh("cordon why --attach 1s $(cordon list --user bob | sed -n 's/^\\([0-9a-f]\\{16\\}\\) .*/\\1/p')");
	assert_says(o, "no longer decides about its user");
	assert_int_equal(sh("rm /etc/cordon/rules.d/00-other.conf; cordon kill --user bob").code, 0);
	assert_true(wait_gone(30));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_setting_is_named),
		cmocka_unit_test(children_and_lines_of_rules),
		cmocka_unit_test(nothing_else_changes),
		cmocka_unit_test(the_log_in_words),
		cmocka_unit_test(a_running_session),
	};

	return cmocka_run_group_tests_name("run_why", tests, prepare, NULL);
}
