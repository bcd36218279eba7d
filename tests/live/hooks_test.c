/* SPDX-License-Identifier: Apache-2.0 */
/* hooks_test.c - ExecStartPre= and ExecStopPost=: root's programs before and after a session */
#include "lib/live.h"

#include <stdio.h>

/* The line of an event, which the log may get a moment later. */
#define LOGGED(event) UNTIL("grep -q event=" event " $HOST_LOG") "grep event=" event " $HOST_LOG"
#define BEGIN	      "rm -rf /srv/h; mkdir /srv/h; : >$HOST_LOG; "
#define WAIT_E	      UNTIL("test -e /srv/h/ended")
#define PRE	      "ExecStartPre=/opt/hooks/pre\n"
#define POST	      "ExecStopPost=/opt/hooks/post\n"

/* What a program of root's finds: all of it outside of the session, and nothing inherited. */
static void surroundings(void **state)
{
	static const char *const wanted[] = {
		"user=bob uid=",
		"home=/home/bob ",
		"service=su ",
		"rule=/etc/cordon/rules.d/",
		"cwd=/ ",
		"stdin=/dev/null ",
		"fds=0 1 2 ",
		"leads=yes ",
		"ignored=0000000000000000 blocked=0000000000000000 ",
		"env=CORDON_GID CORDON_HOME CORDON_RHOST CORDON_RULE CORDON_SERVICE CORDON_SESSION "
		"CORDON_TTY CORDON_UID CORDON_USER PATH PWD ",
		"groups=0 ",
		"host=yes ",
	};
	struct out o;

	(void)state;
	rule_set("ExecStartPre=/opt/hooks/look \"two words\" '$HOME' %u\nExecStopPost=/opt/hooks/post");
	assert_says(sh(BEGIN "TERM=dumb su bob -c 'echo in; ls /srv/h'"), "in\nlook\n");
	o = sh("cat /srv/h/look");
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		assert_says(o, wanted[i]);
	assert_says(sh("cat /srv/h/look"), "args=<two words><$HOME><bob>");
	assert_says(sh(LOGGED("hook")),
		    "directive=ExecStartPre program=\"/opt/hooks/look\" output=\"a line \\x1b[1m\"");
	assert_says(sh(WAIT_E "cat /srv/h/ended"), "result=close status=0 alive=none");
}

/* Before the view, so that the session has what a program mounts; after it, when all is dead. */
static void mounts(void **state)
{
	(void)state;
	rule_set("ExecStartPre=/usr/bin/mkdir -p /srv/vol\n"
		 "ExecStartPre=/usr/bin/mount -t tmpfs -o mode=777 volume /srv/vol\n"
		 "ExecStartPre=/usr/bin/touch /srv/vol/of-%u\nReadWritePaths=/srv/vol\n"
		 "ExecStopPost=/usr/bin/umount /srv/vol\n" POST);
	assert_says(sh(BEGIN SSH "bob@h 'ls /srv/vol; touch /srv/vol/x && echo written; exit 3'"),
		    "of-bob\nwritten\n");
	assert_says(sh(WAIT_E "cat /srv/h/ended; mountpoint /srv/vol"), "is not a mountpoint");
	assert_says(sh("cat /srv/h/ended"), "result=close status=3 ");
}

/* A program that fails refuses the login, and what was begun is undone. */
static void fails(void **state)
{
	static const char *const bad[] = {
		"ExecStartPre=/opt/hooks/fail 7\n",
		"TimeoutStartSec=1\nExecStartPre=/usr/bin/sleep 30\n",
		"ExecStartPre=/bin/sh -c 'kill -9 $$'\n",
	};
	static const char *const why[] = {
		"why=\"ExecStartPre=: /opt/hooks/fail ended with exit code 7\"",
		"why=\"ExecStartPre=: /usr/bin/sleep did not end in time, and was ended\"",
		"why=\"ExecStartPre=: /bin/sh was ended by signal 9\"",
	};
	char rule[300];
	struct out o;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(rule, sizeof rule, "%sExecStartPre=/usr/bin/touch /srv/h/next\n%s",
			       bad[i], POST);
		rule_set(rule);
		o = sh(BEGIN "su bob -c 'echo in'");
		assert_silent(o, "in\n");
		assert_says(o, "cordon: the preparation of this session failed, and it was refused");
		assert_says(sh(LOGGED("deny")), why[i]);
		assert_int_equal(sh("test -e /srv/h/next").code, 1);
		assert_says(sh(WAIT_E "cat /srv/h/ended"), "result=failure status= ");
		assert_int_equal(sh("pgrep -x sleep").code, 1);
	}
	rule_set("ExecStartPre=-/opt/hooks/fail 7\n" POST);
	assert_says(sh(BEGIN SSH "bob@h 'echo in'"), "in\n");
	assert_says(sh(LOGGED("hook")), "why=\"ended with exit code 7\"");
	assert_says(sh("cordon why --file $HOST_LOG bob"),
		    "a program of ExecStartPre= failed: /opt/hooks/fail: ended with exit code 7");
}

/* However a session ends: ExecStopPost= runs, once. */
static void ends(void **state)
{
	static const char *const how[][2] = {
		/* the session enters itself a moment after its program has begun */
		{ UNTIL("cordon kill --user bob") "true", "result=kill " },
		{ "pkill -9 -x cordon-keeper", "result=keeper " },
		{ "pkill -TERM -x cordon-keeper", "result=signal " },
		{ "pkill -9 -x su", "result=caller " },
	};

	(void)state;
	rule_set(PRE
		 "ExecStopPost=/opt/hooks/post\nExecStopPost=/bin/sh -c 'echo x >>/srv/h/times'");
	for (size_t i = 0; i < sizeof how / sizeof how[0]; i++) {
		assert_says(
			sh(BEGIN
			   "su bob -c 'echo in; sleep 300' & " UNTIL("pgrep -u bob -x sleep >/dev/null") "%s; " UNTIL(
				   "test -e /srv/h/times") "wait; cat /srv/h/ended",
			   how[i][0]),
			how[i][1]);
		assert_says(sh("cat /srv/h/ended"), "alive=none");
		assert_true(wait_gone(30));
		assert_says(sh(UNTIL("! pgrep -x cordon-hooks >/dev/null") "wc -l </srv/h/times"),
			    "1\n");
	}
	/* a login that is gone before its session: the programs that have begun are undone */
	rule_set("ExecStartPre=/opt/hooks/pre\nExecStartPre=/usr/bin/sleep 1\n" POST);
	assert_says(sh(BEGIN "su bob -c 'echo in' & p=$!; " UNTIL(
			    "test -e /srv/h/pre") "kill -9 $p; " WAIT_E "wait; cat /srv/h/ended"),
		    "result=");
	assert_true(wait_gone(30));
}

/* One session of all logins: once. */
static void place(void **state)
{
	(void)state;
	rule_set("Lifetime=user\nExecStartPre=/bin/sh -c 'sleep 0.5; echo x >>/srv/h/pre'\n" POST);
	assert_says(sh(BEGIN "su bob -c 'echo one; sleep 1' & su bob -c 'echo two; sleep 1' & wait; "
			     "wc -l </srv/h/pre; " WAIT_E "cat /srv/h/ended"),
		    "1\nresult=");
	assert_true(wait_gone(30));
}

/* Programs that anybody but root can change would make that user root. */
static void trusted(void **state)
{
	static const char *const broken[][2] = {
		{ "chmod 777 /opt/hooks/pre", "chmod 755 /opt/hooks/pre" },
		{ "chown bob /opt/hooks/pre", "chown root /opt/hooks/pre" },
		{ "chmod 777 /opt/hooks", "chmod 755 /opt/hooks" },
		{ "mv /opt/hooks/pre /opt/hooks/no", "mv /opt/hooks/no /opt/hooks/pre" },
		{ "chmod -x /opt/hooks/pre", "chmod +x /opt/hooks/pre" },
	};

	(void)state;
	rule_set(PRE);
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		struct out o = sh(BEGIN "%s; cordon check; su bob -c 'echo in'", broken[i][0]);

		assert_says(o, ": ExecStartPre=: '/opt/hooks/pre' ");
		assert_silent(o, "in\n");
		assert_int_equal(sh("%s; test -e /srv/h/pre", broken[i][1]).code, 1);
	}
	/* changed between the account step and the program's turn */
	rule_set("ExecStartPre=/usr/bin/chmod 777 /opt/hooks/pre\n" PRE);
	assert_silent(sh(BEGIN "su bob -c 'echo in'"), "in\n");
	assert_says(sh("chmod 755 /opt/hooks/pre; " LOGGED("deny")),
		    "is not executed, because users other than root can change it");
	/* a missing one may be ignored, and one that others can change may not */
	rule_set("ExecStartPre=-/opt/missing/program\n");
	assert_says(sh("su bob -c 'echo in'"), "in\n");
	rule_set("ExecStartPre=-/opt/hooks/pre\n");
	assert_silent(sh("chown bob /opt/hooks/pre; su bob -c 'echo in'; chown root /opt/hooks/pre"),
		      "in\n");
	/* by a symbolic link of root's */
	rule_set("ExecStartPre=/opt/link\n");
	assert_says(sh("ln -sf hooks/pre /opt/link; su bob -c 'ls /srv/h'"), "pre\n");
	assert_int_equal(sh("cordon run --set ExecStartPre=/bin/true -- /bin/true").code, 125);
}

static void floods(void **state)
{
	(void)state;
	rule_set("ExecStartPre=/bin/sh -c 'yes | head -c 5M; (sleep 60 &) ; exit 0'\n");
	assert_says(sh(BEGIN "su bob -c 'echo in'; " UNTIL(
			    "grep -q more= $HOST_LOG") "grep -c output= $HOST_LOG"),
		    "in\n200\n");
	assert_says(sh("grep more= $HOST_LOG; pkill -x sleep"), "more=");
}

static int prepare(void **state)
{
	(void)state;
	return sh("set -e; mkdir -p /opt/hooks; cd /opt/hooks; cat >look <<'E'\n"
		  "#!/bin/bash\n"
		  "exec 3>/srv/h/look\n"
		  "v() { sed -n \"s/^$1:[ \\t]*//p\" /proc/self/status; }\n"
		  "echo \"user=$CORDON_USER uid=$CORDON_UID home=$CORDON_HOME service=$CORDON_SERVICE rule=$CORDON_RULE\" >&3\n"
		  "echo \"cwd=$PWD stdin=$(readlink /proc/$$/fd/0) fds=$(cd /proc/$$/fd; echo [012]) "
		  "leads=$([ $(ps -o sid= $$) = $$ ] && echo yes) ignored=$(v SigIgn) blocked=$(v SigBlk) "
		  "groups=$(id -G) host=$([ $(readlink /proc/self/ns/mnt) = $(readlink /proc/1/ns/mnt) ] && echo yes) \" >&3\n"
		  "echo \"env=$(compgen -e | grep -v -x -e SHLVL -e _ -e OLDPWD | sort | tr '\\n' ' ')\" >&3\n"
		  "printf 'args='  >&3; printf '<%%s>' \"$@\" >&3\n"
		  "printf 'a line \\033[1m\\n'\n"
		  "E\n"
		  "printf '#!/bin/sh\\necho x >>/srv/h/pre\\n' >pre\n"
		  "printf '#!/bin/sh\\nexit $1\\n' >fail\n"
		  "printf '#!/bin/sh\\na=$(pgrep -u bob | tr \"\\\\n\" \" \")\\n"
		  "echo \"result=$CORDON_RESULT status=$CORDON_EXIT_STATUS alive=${a:-none}\" >/srv/h/e; mv /srv/h/e /srv/h/ended\\n' >post\n"
		  "chmod 755 . *")
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(surroundings), cmocka_unit_test(mounts), cmocka_unit_test(fails),
		cmocka_unit_test(ends),		cmocka_unit_test(place),  cmocka_unit_test(trusted),
		cmocka_unit_test(floods),
	};

	return cmocka_run_group_tests_name("hooks", tests, prepare, NULL);
}
