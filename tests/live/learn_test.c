/* SPDX-License-Identifier: Apache-2.0 */
/* learn_test.c - cordon learn: the draft has what the session has done, and a login by the draft can do it */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

#define DRAFT "/tmp/draft.conf"

/* What the account does: each line fails in a session by an empty rule. */
static const char job[] =
	"#!/bin/sh\n"
	"cd /srv/data && mkdir -p a/b && echo made >a/b/c && mv a/b/c a/b/d && echo wrote\n"
	"cat /run/secret/x\n"
	"(: >../elsewhere) 2>/dev/null && echo wrong\n"
	"unshare -Ur echo unshared\n"
	"python3 -c 'import socket\n"
	"s = socket.socket(); s.bind((\"\", 8099)); s.listen(); print(\"listening\")\n"
	"c = socket.socket(); c.connect((\"127.0.0.1\", 8099))\n"
	"u = socket.socket(socket.AF_UNIX); u.connect(\"/run/secret/sock\"); print(\"connected\")\n"
	"try: socket.socket().connect((\"192.0.2.1\", 4430))\n"
	"except OSError: pass'\n"
	"echo kept >~/kept; echo done\n";

static int prepare(void **state)
{
	FILE *f = fopen("/usr/local/bin/job", "w");

	(void)state;
	assert_non_null(f);
	assert_true(fputs(job, f) >= 0);
	assert_int_equal(fclose(f), 0);
	rule_none();
	return sh("command -v strace && chmod 755 /usr/local/bin/job && mkdir -p /srv/data /run/secret && chown bob /srv/data && "
		  "chmod 755 /run/secret && echo secret >/run/secret/x && "
		  "setsid python3 -c 'import os,socket,time\n"
		  "s=socket.socket(socket.AF_UNIX); s.bind(\"/run/secret/sock\"); os.chmod(\"/run/secret/sock\", 0o666); s.listen()\n"
		  "time.sleep(600)' >/dev/null 2>&1 & sleep 1")
		.code;
}

static void a_draft(void **state)
{
	struct out o = sh("cordon learn bob -- job >" DRAFT);

	(void)state;
	assert_int_equal(o.code, 0);
	assert_says(o, "wrote\nsecret\n"); /* the session writes to standard error */
	assert_says(o, "listening\nconnected\ndone\n");
	o = sh("cat " DRAFT);
	assert_says(o, "\n[Match]\nUser=bob\n\n[Session]\n");
	assert_says(o, "\n# files that were written: /srv/data/a, /srv/data/a/b, /srv/data/a/b/c, "
		       "/srv/data/a/b/d\nReadWritePaths=/srv/data\n");
	assert_says(o, "\nReadOnlyPaths=/run/secret\n");
	assert_says(o, "\nPrivateNetwork=no\n");
	assert_says(o, "\nSocketConnectDeny=tcp\nSocketConnectAllow=tcp:4430 tcp:8099\n");
	assert_says(o, "\nSocketBindDeny=tcp\nSocketBindAllow=tcp:8099\n");
	assert_says(o, "\nRestrictNamespaces=user\n");
	assert_says(o, "\n#LimitNPROC=32\n");
	assert_silent(o, "elsewhere");
	assert_silent(o, "kept");
	assert_silent(o, "ExecPaths");
	assert_says(sh("cordon check " DRAFT), "1 file, no errors");
	assert_says(sh("ls -l /home/bob/kept; ls -d /run/cordon-learn*"), " bob ");
	assert_silent(sh("ls /run"), "cordon-learn");
	/* without a standard input, the trace is as complete */
	assert_says(
		sh("rm -rf /srv/data/a; cordon learn bob -- sh -c 'for i in 1 2 3 4 5 6 7 8 9; do "
		   "mkdir /srv/data/$i; cat /etc/hostname; done; rmdir /srv/data/?' <&- 2>/dev/null"),
		"files that were written: /srv/data/1, /srv/data/2, /srv/data/3, /srv/data/4, /srv/data/5 and 4 more");
}

/* With an empty rule the job fails at each step, and with the draft at none. */
static void the_draft_is_enough(void **state)
{
	struct out o;

	(void)state;
	(void)sh("rm -rf /srv/data/a");
	rule_set("");
	o = as_bob("job 2>&1");
	assert_silent(o, "wrote\n");
	assert_silent(o, "secret\n");
	assert_silent(o, "connected\n");
	assert_silent(o, "unshared\n");
	assert_int_equal(sh("cp " DRAFT " /etc/cordon/rules.d/50-bob.conf").code, 0);
	o = as_bob("job 2>&1");
	assert_says(o, "wrote\nsecret\n");
	assert_says(o, "unshared\n");
	assert_says(o, "listening\nconnected\ndone\n");
	rule_none();
}

static void from_a_profile(void **state)
{
	struct out o;

	(void)state;
	(void)sh("rm -rf /srv/data/a");
	o = sh("cordon learn --profile teaching bob -- job 2>/dev/null");
	assert_int_equal(o.code, 0);
	assert_says(o, "[Session]\nProfile=teaching\n");
	assert_says(o, "ReadWritePaths=/srv/data\n");
	assert_silent(o, "PrivateNetwork"); /* the profile has the network */
	o = sh("cordon learn --profile kiosk bob -- true 2>/dev/null");
	assert_says(o, "# programs that the rule would not execute: /usr/bin/true\nExecPaths=");
	o = sh("mknod -m 666 /dev/read c 1 5; mknod -m 666 /dev/written c 1 3; mkfifo /dev/none;"
	       "cordon learn bob -- sh -c 'head -c1 /dev/read; ls /dev/none; echo x 1<>/dev/written' 2>/dev/null");
	assert_says(o, "DeviceAllow=/dev/read r\n");
	assert_says(o, "DeviceAllow=/dev/written\n");
	assert_silent(o, "/dev/none");
	assert_silent(o, "PrivateDevices");
	o = sh("cordon learn bob -- true");
	assert_says(o, "# nothing to add: the session would have had all that it used\n");
}

static void a_shell(void **state)
{
	const struct out o = sh("printf 'cd /srv/data\\nmkdir q; exit 7\\n' | cordon learn bob");

	(void)state;
	assert_int_equal(o.code, 0);
	assert_says(o, "ReadWritePaths=/srv/data\n");
	/* the programs run as the user, and gain no privileges */
	assert_says(
		sh("cordon learn bob -- sh -c 'id -u; grep NoNewPrivs /proc/self/status; pwd' 2>&1"),
		"NoNewPrivs:\t1\n/home/bob\n");
}

/* The calls that were used are enough for the program, and their groups are named. */
static void all_calls(void **state)
{
	struct out o = sh("cordon learn --calls bob -- cat /etc/hostname 2>/dev/null >" DRAFT
			  "; cat " DRAFT);

	(void)state;
	assert_says(o, " system calls were used, of the groups @");
	assert_says(o, " @file-system");
	assert_silent(o, "@known");
	assert_says(o, "\n#SystemCallFilter=");
	assert_says(o, " execve ");
	assert_says(sh("sed -i s/^#SystemCallFilter/SystemCallFilter/ " DRAFT
		       "; cordon check " DRAFT),
		    "no errors");
}

/* What a program can get hold of: the terminal, and the keys of the session that it was started in. */
static const char grasps[] =
	"import ctypes, fcntl, os, termios\n"
	"call = {'x86_64': 250, 'aarch64': 219}[os.uname().machine]\n"
	"print('keys', ctypes.CDLL(None).syscall(call, 0, -3, 0))\n"
	"print('terminal', os.ttyname(0))\n"
	"if os.getuid() != 0:\n"
	"    try:\n"
	"        for c in 'typed\\n': fcntl.ioctl(os.open('/dev/tty', os.O_RDWR), termios.TIOCSTI, c.encode())\n"
	"    except OSError: pass\n"
	"    print('descriptors', sorted(os.listdir('/proc/self/fd'))[3:4])\n";

/* The program gets nothing of the caller's: neither can it type for root, nor read root's keys. */
static void nothing_of_the_caller(void **state)
{
	FILE *f = fopen("/tmp/grasps", "w");
	struct out o;

	(void)state;
	assert_non_null(f);
	assert_true(fputs(grasps, f) >= 0);
	assert_int_equal(fclose(f), 0);
	o = expect_run(
		"spawn -noecho bash -c {exec 9</root; python3 /tmp/grasps | tee /tmp/own; "
		"cordon learn bob -- python3 /tmp/grasps >" DRAFT " 2>/dev/tty; "
		"read -t 1 line; echo \"read: $line.\"}\nwant {keys}\nwant {terminal}\ndone\n");
	assert_int_equal(o.code, 0);
	assert_says(o, "keys ");
	assert_says(o, "read: .");
	assert_says(o, "descriptors ['3']"); /* of the directory that is listed */
	for (const char *line = strtok(strdupa(sh("cat /tmp/own").text), "\n"); line != NULL;
	     line = strtok(NULL, "\n"))
		assert_null(strstr(strstr(o.text, line) + 1, line));
}

/* The settings of the caller's terminal come back, and ^C reaches the programs. */
static void a_terminal(void **state)
{
	const struct out o = expect_run(
		"spawn -noecho bash -c {stty -a >/tmp/before; cordon learn bob -- sh -c "
		"'trap \"echo caught; exit\" INT; stty size; echo ready; while :; do sleep 0.1; done' >" DRAFT
		"; stty -a | cmp - /tmp/before && echo same}\n"
		"want {24 80}\nwant {ready}\nsend \\003\nwant {caught}\nwant {same}\ndone\n");

	(void)state;
	assert_int_equal(o.code, 0);
	assert_says(sh("cat " DRAFT), "User=bob");
	/* without a terminal, a signal reaches the programs as well */
	assert_says(sh("rm -f /tmp/ready; (" UNTIL(
			    "[ -e /tmp/ready ]") "pkill -INT -f '^cordon learn') & "
						 "cordon learn bob -- sh -c 'trap \"echo caught; exit\" INT; touch /tmp/ready; "
						 "while :; do sleep 0.1; done' >" DRAFT),
		    "caught");
}

static void refused(void **state)
{
	(void)state;
	assert_says(sh("cordon learn"), "requires a user; write 'cordon learn USER");
	assert_says(sh("cordon learn root"), "uid 0 is never confined");
	assert_int_equal(sh("cordon learn nosuch").code, 2);
	assert_says(sh("cordon learn --profile nosuch bob"), "profile 'nosuch' does not exist");
	assert_says(sh("su alice -s /bin/sh -c 'cordon learn alice'"), "only root can watch");
	assert_says(
		sh("mv /usr/bin/strace /usr/bin/strace.x; cordon learn bob; mv /usr/bin/strace.x /usr/bin/strace"),
		"strace is not installed; install the package strace");
	assert_says(sh("cordon learn bob -- /nosuch"), "strace has traced no program");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_draft),	  cmocka_unit_test(the_draft_is_enough),
		cmocka_unit_test(from_a_profile), cmocka_unit_test(a_shell),
		cmocka_unit_test(all_calls),	  cmocka_unit_test(nothing_of_the_caller),
		cmocka_unit_test(a_terminal),	  cmocka_unit_test(refused)
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
