/* SPDX-License-Identifier: Apache-2.0 */
/* enter_test.c - cordon enter: root in a running session, confined as its programs are, or not */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

/* A session of bob's that runs @command until end_session(); its id is in $id. */
#define BEGIN(command) \
	"sleep 100 | " SSH "bob@h " command " >/dev/null 2>&1 & " UNTIL( \
		"ls -A /run/cordon/sessions/2001 2>/dev/null | grep -q '^[0-9a-f]'") \
		ID UNTIL("pgrep -u bob -x sleep >/dev/null")
#define ID    "id=$(ls /run/cordon/sessions/2001 | head -n 1); "
#define ENTER "timeout 20 cordon enter "

static void end_session(void)
{
	(void)sh("pkill -u bob; pkill -x sleep; pkill -9 -f '^ssh -F'");
	assert_true(wait_gone(20));
}

/* What a program of the session and an entered one say of themselves has to be the same. */
static void as_the_session(void **state)
{
	static const char ask[] =
		"id; umask; pwd; ulimit -a; grep -E '^(Cap|NoNew|Seccomp:|Uid|Gid|Groups)' /proc/self/status; "
		"readlink /proc/self/ns/* | grep -v time; cat /proc/self/oom_score_adj; hostname; nice; "
		"touch /etc/x /usr/x 2>&1; mount 2>&1 | wc -l; cat /proc/self/uid_map; echo $HOME $USER $SHELL $OF; "
		"ls /etc/cordon 2>&1; dmesg 2>&1; unshare -U true 2>&1";
	static const char *const rules[] = {
		"Environment=OF=rule\nLimitNOFILE=777\nUMask=0027\nNice=3",
		"PrivateUsers=self\nPrivateNetwork=no", "PrivatePIDs=no\nPrivateIPC=no",
		"PrivateUsers=no\nHome=ephemeral", "PrivateTmp=no\nPrivateDevices=no"
	};

	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		FILE *f = fopen("/tmp/ask", "w");

		assert_non_null(f);
		assert_true(fputs(ask, f) >= 0);
		assert_int_equal(fclose(f), 0);
		rule_set(rules[i]);
		assert_says(
			sh("mkdir -p /srv/t && cp /tmp/ask /srv/t/; chmod a+r /srv/t/ask; rm -f /home/bob/said; " BEGIN(
				"\"sh /srv/t/ask >said 2>&1; echo end >>said; sleep 100\"")
				   UNTIL("grep -qs ^end /home/bob/said || nsenter -t $(pgrep -u bob -x sleep | head -n 1) -m cat /home/bob/said | grep -qs ^end") "nsenter -t $(pgrep -u bob -x sleep | head -n 1) -m cat /home/bob/said >/tmp/said; "
																				  "{ " ENTER
																				  "$id -- sh /srv/t/ask 2>&1; echo end; } </dev/null >/tmp/entered; "
																				  "diff /tmp/said /tmp/entered && wc -l </tmp/said && echo same"),
			"same\n");
		end_session();
	}
}

/* The rulesets of the login: an abstract socket of the host cannot be connected. */
static void landlock(void **state)
{
	(void)state;
	rule_set("PrivateNetwork=no");
	assert_says(
		sh(HOST_SECRET " & sleep 0.5; " BEGIN(
			"sleep 100") "printf 'import socket\\ntry:\\n s=socket.socket(socket.AF_UNIX); s.connect(\"\\\\0host-secret\"); print(\"in\")\\n"
				     "except OSError as e: print(e)\\n' >/srv/abstract; python3 /srv/abstract; " ENTER
				     "$id -- python3 /srv/abstract </dev/null"),
		"in\n[Errno 1] Operation not permitted");
	end_session();
}

static void codes(void **state)
{
	(void)state;
	rule_set("");
	assert_says(sh(BEGIN("sleep 100") ENTER "$id -- sh -c 'exit 7' </dev/null; echo code=$?"),
		    "code=7");
	assert_says(sh(ID ENTER "$id -- sh -c 'kill -TERM $$' </dev/null; echo code=$?"),
		    "code=143");
	assert_says(sh(ID ENTER "$id -- nosuch </dev/null; echo code=$?"),
		    "cordon: nosuch: No such file or directory\ncode=127");
	assert_says(sh(ID ENTER "$id -- /etc/passwd </dev/null; echo code=$?"), "code=126");
	assert_says(sh(ENTER "nosuch </dev/null; echo code=$?"), "code=125");
	assert_says(sh(ENTER "</dev/null; echo code=$?"), "write 'cordon enter ID'\ncode=125");
	assert_says(
		sh(ID
		   "cp $(command -v cordon) /tmp/cordon; su alice -c \"/tmp/cordon enter $id\"; echo code=$?"),
		"cordon: only root can");
	/* streams: all of it, in and out, and the end of file */
	assert_says(
		sh(ID
		   "seq 300000 | " ENTER
		   "$id -- sh -c 'cat; echo e >&2' 2>/tmp/err | cksum; seq 300000 | cksum; cat /tmp/err"),
		"\ne\n");
	assert_says(sh(ID "test \"$(seq 300000 | " ENTER
			  "$id -- cat | cksum)\" = \"$(seq 300000 | cksum)\" && echo same"),
		    "same");
	end_session();
}

/* Nothing of root's is open in it, and nobody in the session can look into it before it is confined. */
static void nothing_of_root(void **state)
{
	(void)state;
	rule_set("");
	assert_says(
		sh(BEGIN(
			"\"while :; do for p in /proc/[0-9]*; do cat \\$p/environ; ls -l \\$p/fd \\$p/cwd \\$p/root; done; done >seen 2>/dev/null & sleep 100\"") "exec 9</etc/shadow; export SECRET_OF_ROOT=xyzzy; "
																				  "for i in $(seq 40); do " ENTER
																				  "$id -- sh -c 'ls -l /proc/self/fd; env' </etc/gshadow; done >/tmp/out 2>&1; "
																				  "grep -c -e shadow -e xyzzy /tmp/out; grep -a -c -e shadow -e xyzzy /home/bob/seen; grep -a -c USER=bob /home/bob/seen; echo looked"),
		"0\n0\n");
	end_session();
}

static void ends_with_the_session(void **state)
{
	/* SIGHUP comes first; without a pid namespace, nobody sends a signal but SIGKILL */
	static const char *const ends[][2] = { { "", "code=129\nnone" },
					       { "PrivatePIDs=no", "none" } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		rule_set(ends[i][0]);
		assert_says(
			sh(BEGIN("sleep 100") "{ " ENTER "$id -- sleep 77 </dev/null; echo code=$? >/tmp/code; } & " UNTIL(
				"pgrep -u bob -f 'sleep 77' >/dev/null") "pkill -9 -f '^ssh -F'; wait $!; cat /tmp/code; pgrep -f '^sleep 77' || echo none"),
			ends[i][1]);
		end_session();
	}
}

/* A terminal of its own: the session finds it by name, and root's stays root's. */
static void own_terminal(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		sh(BEGIN("sleep 100") "printf 'import fcntl,termios\\nfor c in \"id -u >/tmp/injected\\\\n\":\\n"
				      " fcntl.ioctl(0, termios.TIOCSTI, c)\\n' >/srv/inject; rm -f /tmp/injected")
			.code,
		0);
	assert_says(
		expect_run(
			"spawn sh\nwant #\ntype \"stty rows 33 cols 99; cordon enter [exec ls /run/cordon/sessions/2001]\"\n"
			"want bob@\ntype \"tty; stty size; ps -o tty= -p \\$\\$; python3 /srv/inject; echo outcome\"\n"
			"want outcome\nwant outcome\ntype \"exit 3\"\nwant #\ntype \"echo code=\\$?; stty -a; exit\"\nexpect eof\n"),
		"code=3");
	assert_says(sh("cat /tmp/injected; echo end"), "No such file or directory\nend");
	end_session();
}

static void unconfined(void **state)
{
	(void)state;
	rule_set("");
	assert_says(
		sh(BEGIN("sleep 100") ENTER
		   "--unconfined $id -- sh -c 'id -u; ps -eo comm=; ls -A $CORDON_VIEW/home; "
		   "ls -d /etc/cordon/rules.d; readlink /proc/1/ns/net /proc/self/ns/net | uniq | wc -l' </dev/null"),
		"0\ncordon-keeper\nsshd");
	assert_says(
		sh(ID ENTER
		   "--unconfined $id -- sh -c 'ls -A $CORDON_VIEW/home; ls -d /etc/cordon/rules.d; "
		   "readlink /proc/1/ns/net /proc/self/ns/net | uniq | wc -l' </dev/null; ls -A /run/cordon/view; echo end"),
		"bob\n/etc/cordon/rules.d\n1\nend");
	/* the proof names it, and it ends with the session */
	assert_says(
		sh(ID "{ " ENTER "--unconfined $id -- sleep 78 </dev/null; } & " UNTIL(
			"pgrep -f '^sleep 78' >/dev/null") "cordon show --proof $id | grep ^difference"),
		"(sleep): is in these namespaces of the session:");
	assert_says(
		sh(ID "{ " ENTER "$id -- sleep 79 </dev/null; } & " UNTIL(
			"pgrep -u bob -f '^sleep 79' >/dev/null") "pkill -f '^sleep 78'; cordon show --proof $id >/tmp/proof; echo code=$?; grep ^diff /tmp/proof; true"),
		"code=0");
	end_session();
	assert_says(sh("pgrep -f '^sleep 7[89]' || echo none"), "none");
}

static void logged(void **state)
{
	(void)state;
	rule_set("");
	assert_says(sh(BEGIN("sleep 100") ENTER "$id -- echo 'a b' </dev/null; " ENTER
						"--unconfined $id true </dev/null; "
						"grep event=enter $HOST_LOG"),
		    "as=user command=\"echo a b\"");
	end_session();
}

static int setup(void **state)
{
	(void)state;
	return sh("chmod 755 /srv").code;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes),
		cmocka_unit_test(as_the_session),
		cmocka_unit_test(landlock),
		cmocka_unit_test(nothing_of_root),
		cmocka_unit_test(ends_with_the_session),
		cmocka_unit_test(own_terminal),
		cmocka_unit_test(unconfined),
		cmocka_unit_test(logged),
	};

	return cmocka_run_group_tests_name("enter", tests, setup, NULL);
}
