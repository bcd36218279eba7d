/* SPDX-License-Identifier: Apache-2.0 */
/* outside_test.c - descriptors that somebody outside has opened, and other ways out of the view */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

#define OUTSIDE "/usr/local/bin/outside.py"
#define RULE	"InaccessiblePaths=/srv/hidden\nReadOnlyPaths=/home/bob/keep\n"

/* alice, who has no rule, and bob's password */
#define ALICE "setpriv --reuid alice --regid alice --init-groups "

/* Allows only listing names and files of the kernel, see SECURITY.md. */
static bool nothing_opens(struct out o)
{
	bool held = strstr(o.text, "execute: ") != NULL && strstr(o.text, "list-homes: ") != NULL;

	for (const char *line = o.text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strcspn(line, "\n") > 4 &&
		    strncmp(line + strcspn(line, "\n") - 4, "OPEN", 4) == 0 &&
		    strncmp(line, "watch:", 6) != 0 && strncmp(line, "connect:", 8) != 0 &&
		    strncmp(line, "send:", 5) != 0)
			held = false;
	}
	if (!held)
		(void)fprintf(stderr, "%s\n", o.text);
	return held;
}

static bool has_resolve_unix(void)
{
	return sh("test $(syscall=444; python3 -c 'import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1))') -ge 9")
		       .code == 0;
}

/* Two ways: a standard descriptor of su, and a descriptor passed through a socket. */
static void directories_open_nothing(void **state)
{
	struct out o;

	(void)state;
	rule_set(RULE);
	o = sh("cd /tmp; echo secret | " ALICE
	       "su bob -c 'ls /proc/self/fd/2/home /proc/self/fd/2/srv/hidden; cat /proc/self/fd/2/srv/hidden/file' 2</");
	assert_true(silent(o, "alice") && silent(o, "of-the-project"));
	for (int fd = 0; fd <= 2; fd++)
		assert_silent(
			sh("cd /tmp; su bob -c 'ls /proc/self/fd/%d/home; ls /dev/fd/%d/' %d</ >/tmp/out 2>&1; cat /tmp/out",
			   fd, fd, fd),
			"alice");
	assert_int_equal(sh(ALICE OUTSIDE " give /srv/open/sock").code, 0);
	o = as_bob(OUTSIDE " take /srv/open/sock");
	assert_true(nothing_opens(o));
	assert_true(says(o, "directory 1") && says(o, "abstract: EPERM"));
	assert_silent(o, "signal: OPEN");
	if (has_resolve_unix())
		assert_true(silent(o, "connect: OPEN") && silent(o, "send: OPEN"));
	else
		print_message(
			"SKIPPED: connecting to sockets outside; this kernel's Landlock cannot refuse it\n");
	/* the same by su, with a home that is the session's own */
	o = sh("cd /tmp; su bob -c '" OUTSIDE " take /srv/open/sock'");
	assert_true(nothing_opens(o));
	rule_set(RULE "Home=ephemeral\nPrivateUsers=self");
	assert_true(nothing_opens(as_bob(OUTSIDE " take /srv/open/sock")));
	rule_set(
		RULE
		"PrivateNetwork=no\nPrivatePIDs=no\nPrivateDevices=no\nPrivateRun=no\nPrivateTmp=no\nProtectSystem=no");
	assert_true(nothing_opens(as_bob(OUTSIDE " take /srv/open/sock")));
	assert_says(sh("cat /home/bob/keep/file; ls /home/bob/keep"), "kept\nfile\n");
}

/* sshd's own half of the connection, which has no filter and never runs cordonsh. */
static void processes_of_the_line_open_nothing(void **state)
{
	(void)state;
	rule_set("");
	assert_silent(
		as_bob("for p in /proc/[0-9]*; do for f in cwd root exe fd/0 fd/3 fd/4 fd/5 task/*/cwd map_files/*; do "
		       "ls $p/$f/ >/dev/null 2>&1 && [ $p != /proc/$$ ] && grep -q 'Seccomp:.0' $p/status && echo OPENED $p/$f; "
		       "done; done; true"),
		"OPENED");
}

/* Some standard descriptors are replaced; others stay and can be opened again. */
static void standard_descriptors(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		sh("echo from-a-file >/srv/open/in; chmod 644 /srv/open/in; : >/srv/open/out; chmod 666 /srv/open/out")
			.code,
		0);
	/* files, as they are open */
	assert_says(sh("cd /tmp; su bob -c 'cat; cat /dev/stdin' </srv/open/in"),
		    "from-a-file\nfrom-a-file\n");
	assert_int_equal(
		sh("cd /tmp; su bob -c 'echo a; echo b >>/dev/stdout; echo c >>/dev/stderr' >>/srv/open/out 2>>/srv/open/out")
			.code,
		0);
	assert_says(sh("cat /srv/open/out"), "a\nb\nc\n");
	assert_silent(
		sh("cd /tmp; su bob -c 'cat /proc/self/fd/2; echo x >>/dev/stdin' </srv/open/in 2>>/srv/open/out"),
		"a\n");
	assert_says(sh("cat /srv/open/in"), "from-a-file\n");
	/* pipes, the null device, closed ones */
	assert_says(
		sh("echo piped | " SSH
		   "bob@h 'echo inner | cat /dev/stdin; cat <(echo other); cat /dev/stdin; echo x >/dev/stderr'"),
		"inner\nother\npiped\nx\n");
	assert_int_equal(
		sh("cd /tmp; su bob -c 'cat /dev/stdin && : >/dev/stdout && : >/dev/stderr' </dev/null >/dev/null 2>/dev/null")
			.code,
		0);
	assert_says(sh("cd /tmp; su bob -c 'readlink /proc/self/fd/0' <&-"), "/dev/null");
	/* the others */
	assert_says(sh("cd /tmp; su bob -c 'readlink /proc/self/fd/0' </srv"), "/dev/null");
	assert_says(
		sh("python3 -c 'import os, select; e = select.epoll()\n"
		   "for n, fd in [[\"path\", os.open(\"/\", os.O_PATH)], [\"file\", os.open(\"/srv/open/in\", os.O_PATH)], [\"event\", os.eventfd(0)], "
		   "[\"pidfd\", os.pidfd_open(1)], [\"epoll\", e.fileno()]]:\n"
		   " os.chdir(\"/tmp\"); os.dup2(fd, 0); print(n, end=\" \", flush=True); os.system(\"su bob -c \\\"readlink /proc/self/fd/0\\\"\")'"),
		"path /dev/null\nfile /dev/null\nevent /dev/null\npidfd /dev/null\nepoll /dev/null\n");
	/* a terminal of the host's */
	assert_int_equal(
		expect_run("spawn sh -c {chown bob $(tty); exec su bob}\nwant {$}\ntype {stty size </dev/stdin; stty size </dev/tty; echo E\"\"ND >/dev/stderr}\n"
			   "want {24 80}\nwant {24 80}\nwant {END}\ntype {exit 5}\ndone\n")
			.code,
		5);
	assert_int_equal(
		expect_run(
			"set env(TERM) dumb\nspawn sh -c {chown bob $(tty); exec su bob -c 'stty size </dev/stdin; tty; exit 6'}\nwant {24 80}\ndone\n")
			.code,
		6);
	assert_true(wait_gone(30));
}

/* The same lock without PAM. */
static void one_program(void **state)
{
	struct out o;

	(void)state;
	o = sh("cd /tmp; cordon run --uid 2001 --gid 2001 -- ls /proc/self/fd/2/home /proc/self/fd/0/home 2</ </");
	assert_silent(o, "alice");
	o = sh("cd /tmp; cordon run --uid 2001 --gid 2001 -- " OUTSIDE " take /srv/open/sock");
	assert_true(nothing_opens(o));
	assert_says(sh("cd /tmp; cordon run --uid 2001 --gid 2001 -- cat /dev/stdin </srv/open/in"),
		    "from-a-file");
	assert_says(
		sh("cd /tmp; : >/srv/open/run; chmod 666 /srv/open/run; " ALICE
		   "cordon run -- sh -c 'echo x >>/dev/stderr; echo y >>/dev/stdout; "
		   "cat /dev/stdin; sleep 0 | cat /dev/stdin' </dev/null >>/srv/open/run 2>&1; cat /srv/open/run"),
		"x\ny\n");
}

static int prepare(void **state)
{
	(void)state;
	return sh("cp $HOST_SOURCE/tests/live/outside/outside.py " OUTSIDE
		  " && sed -i '1i #!/usr/bin/python3' " OUTSIDE " && chmod 755 " OUTSIDE " && "
		  "groupadd -f project && usermod -aG project alice && mkdir -p /srv/hidden /srv/open /home/bob/keep && echo of-the-project >/srv/hidden/file && "
		  "chgrp -R project /srv/hidden && chmod 777 /srv/hidden && chmod 666 /srv/hidden/file && chmod 777 /srv/open && echo kept >/home/bob/keep/file && "
		  "chown -R bob /home/bob/keep && " HOST_SECRET " && "
		  "python3 -c 'import socket,os\ns=socket.socket(socket.AF_UNIX); s.bind(\"/srv/hidden/sock\"); os.chmod(\"/srv/hidden/sock\", 511); s.listen()\n"
		  "d=socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); d.bind(\"/srv/hidden/datagrams\"); os.chmod(\"/srv/hidden/datagrams\", 511)\n"
		  "os.fork() and os._exit(0)\nos.setsid(); os.close(1); os.close(2); __import__(\"time\").sleep(600)'")
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(directories_open_nothing),
		cmocka_unit_test(processes_of_the_line_open_nothing),
		cmocka_unit_test(standard_descriptors),
		cmocka_unit_test(one_program),
	};

	return cmocka_run_group_tests_name("outside", tests, prepare, NULL);
}
