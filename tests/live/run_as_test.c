/* SPDX-License-Identifier: Apache-2.0 */
/* run_as_test.c - cordon run --as: programs that a daemon starts under the rule of their user */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

static void as_a_login(void **state)
{
	struct out o;

	(void)state;
	rule_set("LimitNOFILE=77\nUMask=0027\nEnvironment=OF=rule\n");
	o = sh("cd /root; SECRET=x LD_PRELOAD=/nonexistent TERM=x HOME=/root BASH_ENV=/root/no cordon run --as bob --env A=b=c --env SECRET -- "
	       "sh -c 'id; pwd; env; umask; ulimit -n; grep -E \"NoNewPrivs|Seccomp:|CapBnd\" /proc/self/status; tty; ps ax | wc -l; ls /proc/self/fd | wc -w; exit 7'");
	assert_int_equal(o.code, 7);
	assert_says(o, "uid=2001(bob) gid=2001(bob) groups=2001(bob),2990(project)\n/home/bob\n");
	assert_says(o, "HOME=/home/bob\n");
	assert_says(o, "SHELL=/bin/bash\n");
	assert_says(o, "PATH=/usr/local/bin:/usr/bin:/bin\n");
	assert_says(o, "A=b=c\n");
	assert_says(o, "SECRET=x\n");
	assert_says(o, "OF=rule\n");
	assert_silent(o, "TERM=");
	assert_silent(o, "BASH_ENV");
	assert_says(o, "0027\n77\n");
	assert_says(o, "CapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\nnot a tty\n");
	assert_says(o, "\n4\n4\n"); /* the header, sh, ps, wc; 0, 1, 2 and that of ls */
	assert_says(
		sh(UNTIL("grep -q event=end $HOST_LOG") "cordon log --file $HOST_LOG bob | tail -n 2"),
		"event=end");
	assert_says(sh("cordon log --file $HOST_LOG bob | tail -n 1"),
		    "service=\"cordon\" rhost=\"\" tty=\"\"");
	assert_says(sh("cordon log --file $HOST_LOG bob | tail -n 1"), "code=7");
	/* each argument as it is: no shell has seen them; not even those of the account */
	assert_says(
		sh("usermod -s /usr/sbin/nologin bob; cordon run --as bob printf '<%%s>' 'a b' '$HOME' \"'\" ''; usermod -s /bin/bash bob"),
		"<a b><$HOME><'><>");
	assert_int_equal(sh("cordon run --as bob nosuch").code, 127);
	assert_int_equal(sh("cordon run --as bob /etc/passwd").code, 126);
	assert_int_equal(sh("cordon run --as bob sh -c 'kill -USR1 $$'").code, 138);
	assert_says(sh("cordon run --as bob --chdir /usr pwd"), "/usr\n");
	o = sh("cordon run --as bob --chdir /nosuch -- touch left; ls /home/bob/left /left");
	assert_says(o, "cordon: /nosuch: No such file or directory");
	assert_silent(o, "left\n/left");
	/* closed streams, and more descriptors than three */
	assert_says(
		sh("exec 5</etc/shadow 0<&-; cordon run --as bob -- sh -c 'readlink /proc/self/fd/0; ls -l /proc/self/fd'"),
		"/dev/null\n");
	assert_silent(sh("exec 5</etc/shadow; cordon run --as bob -- ls -l /proc/self/fd"),
		      "shadow");
}

static void by_the_rules(void **state)
{
	struct out o;

	(void)state;
	rule_set("");
	/* nobody whom no rule names, and root never */
	o = sh("cordon run --as alice id; echo code=$?");
	assert_says(o, "cordon: no rule confines 'alice' here, so the program is not started; ");
	assert_says(o, "code=125\n");
	assert_silent(o, "uid=");
	assert_says(sh("cordon run --as root id"),
		    "cordon: --as: 'root' is root, whom no rule confines");
	assert_says(sh("cordon run --as root --allow-unconfined id"), "'root' is root");
	assert_says(sh("useradd -o -u 0 toor; cordon run --as toor id"), "'toor' is root");
	assert_says(
		sh("cordon run --as alice --allow-unconfined -- sh -c 'id; pwd; env; grep Seccomp: /proc/self/status; exit 3'; echo code=$?"),
		"PATH=/usr/local/bin:/usr/bin:/bin\n");
	assert_says(
		sh("cordon run --as alice --allow-unconfined -- sh -c 'id; pwd'"),
		"uid=2002(alice) gid=2002(alice) groups=2002(alice),2990(project)\n/home/alice\n");
	assert_int_equal(sh("cordon run --as alice --allow-unconfined -- sh -c 'exit 3'").code, 3);
	assert_int_equal(sh("cordon run --as alice --allow-unconfined nosuch").code, 127);
	/* by service and host */
	rule_file("10-hub", "User=bob\nService=hub", "Services=hub\nEnvironment=BY=hub\n");
	rule_file("20-host", "User=bob\nRemoteHost=192.0.2.0/24", "Environment=BY=host\n");
	rule_file("30-tty", "User=bob\nTTY=none\nService=cordon", "Environment=BY=none\n");
	assert_says(sh("cordon run --as bob --service hub printenv BY"), "hub\n");
	assert_says(sh("cordon run --as bob --rhost 192.0.2.7 printenv BY"), "host\n");
	assert_says(sh("cordon run --as bob printenv BY"), "none\n");
	assert_says(sh("cordon explain --run-as --rhost 192.0.2.7 bob"), "20-host.conf:1: matches");
	assert_says(sh("cordon explain --run-as --service hub bob"), "10-hub.conf:1: matches");
	o = sh("cordon check; rm /etc/cordon/rules.d/[123]0-*");
	assert_says(
		o,
		"Services=: there is no PAM service 'hub'; correct the name or remove it, unless cordon run --as uses it");
	/* the service is not listed */
	o = sh("cordon run --as bob --service hub --json - id; echo code=$?");
	assert_says(o, "cordon: this account may not be used with this service (session ");
	assert_says(
		o,
		"{\"reason\":\"setup\",\"step\":\"login\",\"errno\":\"EPERM\",\"error\":\"this account may not");
	assert_says(o, "code=125\n");
	assert_says(
		sh("cordon log --file $HOST_LOG bob | tail -n 1"),
		"service 'hub' of cordon run --as is not listed in Services=; add it there, or give another --service");
	assert_says(sh("cordon run --as bob --service systemd-user id"), "is no name for a daemon");
	assert_says(sh("cordon run --as bob --set Nice=1 id"), "--as excludes --set");
	assert_says(sh("cordon run --service x id"), "--service requires --as USER");
	assert_says(sh("setpriv --reuid bob --regid bob --clear-groups cordon run --as bob id"),
		    "--as: requires root");
	rule_set("Action=deny\nMessage=not today");
	o = sh("cordon run --as bob id; echo code=$?");
	assert_says(o, "cordon: not today (session ");
	assert_says(o, "code=125\n");
	rule_set("Action=allow");
	assert_says(sh("cordon run --as bob id"), "no rule confines 'bob' here");
	/* a rule that cannot be read refuses, with or without the option */
	assert_int_equal(
		sh("echo broken >/etc/cordon/rules.d/00-x.conf; cordon run --as alice --allow-unconfined id")
			.code,
		125);
	(void)sh("rm /etc/cordon/rules.d/00-x.conf");
}

static void commands(void **state)
{
	struct out o;

	(void)state;
	rule_set("AllowCommands=/usr/bin/echo ok *\n");
	assert_says(sh("cordon run --as bob echo ok 'a b'"), "ok a b\n");
	assert_says(sh("cordon run --as bob --env LESSOPEN=x -- echo ok x"), "ok x\n");
	o = sh("cordon run --as bob -- echo 'ok x'; echo code=$?");
	assert_says(
		o,
		"cordon: refused: \"echo 'ok x'\": these arguments of the program are not allowed; allowed here: /usr/bin/echo ok *\ncode=126\n");
	assert_says(
		sh(UNTIL("grep -q event=command-refused $HOST_LOG") "grep -c event=command-refused $HOST_LOG"),
		"1\n");
	assert_int_equal(sh("cordon run --as bob -- sh -c 'echo ok x'").code, 126);
	rule_set("Command=/usr/bin/printenv CORDON_ORIGINAL_COMMAND\n");
	assert_says(sh("cordon run --as bob -- rm -r 'a b'"), "rm -r 'a b'\n");
	rule_set("WorkingDirectory=/tmp\nMaxSessions=1\n");
	assert_says(sh("cordon run --as bob pwd"), "/tmp\n");
	o = sh("cordon run --as bob sleep 20 & " UNTIL(
		"cordon list | grep -q bob") "cordon run --as bob id; echo code=$?; kill $!");
	assert_says(o, "code=125\n");
	assert_silent(o, "uid=");
}

static void ends(void **state)
{
	struct out o;

	(void)state;
	rule_set("TimeoutStopSec=0");
	/* signals arrive once, also those for the whole process group of cordon */
	o = sh("setsid cordon run --as bob -- python3 -c 'import signal as s; t = [s.SIGTERM]; s.pthread_sigmask(s.SIG_BLOCK, t); open(\"ready\", \"w\"); "
	       "s.sigwait(t); print(s.sigtimedwait(t, 0.5) and \"twice\" or \"once\"); exit(4)' & p=$!; " UNTIL(
		       "[ -e /home/bob/ready ]") "kill -TERM -$p; wait $p; echo code=$?; rm /home/bob/ready");
	assert_says(o, "once\ncode=4\n");
	/* what the program leaves behind ends with it */
	assert_int_equal(sh("cordon run --as bob -- sh -c 'setsid sleep 77 & exit 5'").code, 5);
	assert_true(wait_gone(10));
	assert_int_equal(sh("pgrep -f 'sleep 7[7]'").code, 1);
	/* the daemon kills what it has started */
	o = sh("cordon run --as bob -- sleep 78 & " UNTIL("pgrep -x sleep >/dev/null") "kill -KILL $!; " UNTIL(
		"! pgrep -x sleep >/dev/null") "echo gone; cordon list");
	assert_says(o, "gone\n");
	assert_true(wait_gone(10));
	o = sh("cordon run --as alice --allow-unconfined -- sleep 79 & " UNTIL(
		"pgrep -x sleep >/dev/null") "kill -KILL $!; " UNTIL("! pgrep -x sleep >/dev/null") "echo gone");
	assert_says(o, "gone\n");
	o = sh("cordon run --as bob --service su -- sleep 80 & " UNTIL(
		"cordon list | grep -q ' su '") "cordon show --proof $(cordon list | awk '/bob/ { print $1 }'); cordon kill --user bob; wait $!; echo code=$?");
	assert_says(o, "no differences");
	assert_says(o, "code=1");
	assert_says(sh("cordon run --as bob --time 1 --json - sleep 9"), "\"reason\":\"time\"");
	assert_says(sh("cordon run --as bob --capture --json - -- sh -c 'echo out; echo err >&2'"),
		    "\"stdout\":{\"bytes\":4,\"dropped\":0,\"data\":\"out\\n\"}");
	assert_says(
		sh("head -c 3000000 /dev/zero | cordon run --as bob cat | cordon run --as bob --stream cat | wc -c"),
		"3000000\n");
	assert_true(wait_gone(10));
}

/* the shell may have reaped it, or not */
#define OVER \
	"n=0; while grep -q 'State:.[^Z]' /proc/$p/status 2>/dev/null && [ $n -lt 60 ]; do sleep 0.05; n=$((n+1)); done; " \
	"[ $n -lt 60 ] || echo late; kill -KILL $p 2>/dev/null; wait $p"

/* A program that stops itself keeps neither the time nor a signal from cordon. */
static void stopped(void **state)
{
	(void)state;
	rule_set("TimeoutStopSec=0");
	assert_says(
		sh("setsid cordon run --as bob --time 500ms --json - -- sh -c 'kill -STOP $$' & p=$!; " OVER),
		"\"reason\":\"time\"");
	assert_says(
		sh("setsid cordon run --as bob -- sh -c 'echo in; kill -STOP $$' & p=$!; sleep 0.7; kill -TERM $p; " OVER
		   "; echo code=$?"),
		"in\ncode=143\n");
	/* one at a terminal stops cordon as well, but not its clock */
	assert_says(
		sh("script -qec \"cordon run --as bob --time 1 --json - -- sh -c 'kill -STOP \\$\\$'\" /dev/null </dev/null & p=$!; " OVER),
		"\"reason\":\"time\"");
	assert_true(wait_gone(10));
}

static void joins(void **state)
{
	struct out o;

	(void)state;
	rule_set("Lifetime=user\nStopWhenIdleSec=1");
	o = sh("cordon run --as bob -- sh -c 'touch /tmp/mine; sleep 5' & " UNTIL(
		"cordon list | grep -q bob") "cordon run --as bob -- sh -c 'ls /tmp; ps ax'; " SSH
					     "bob@host 'echo by ssh; ls /tmp'; kill $!; wait");
	assert_says(o, "mine\n");
	assert_says(o, "sleep 5");
	assert_says(o, "by ssh\nmine\n");
	/* the program ends with a killed cordon also where the session goes on */
	o = sh("cordon run --as bob -- sleep 81 & " UNTIL(
		"pgrep -f '^sleep 81' >/dev/null") "kill -KILL $!; sleep 0.5; pgrep -f '^sleep 81' || echo gone");
	assert_says(o, "gone\n");
	(void)sh("cordon kill --user bob");
	assert_true(wait_gone(10));
}

static void terminals(void **state)
{
	struct out o;

	(void)state;
	rule_set("");
	o = expect_run(
		"spawn cordon run --as bob bash --norc\nwant \"$ \"\ntype \"tty; id -un; echo TERM=\\$TERM\"\nwant bob\nwant TERM=\n"
		"type \"sleep 50\"\nsleep 0.5\nsend \"\\003\"\ntype \"echo code=\\$?\"\nwant code=130\ntype \"exit 6\"\nexpect eof\nlassign [wait] a b c code\nexit $code\n");
	assert_int_equal(o.code, 6);
	assert_silent(o, "job control");
}

/* The daemon's session keyring is not the user's. */
static void keyrings(void **state)
{
	static const char ring[] =
		"import ctypes, os, sys; call = ctypes.CDLL(None).syscall; NR = {'x86_64': (248, 250)}.get(os.uname().machine, (217, 219))\n"
		"call(NR[1], 1, None)\n" /* KEYCTL_JOIN_SESSION_KEYRING */
		"call(NR[0], b'user', b'of-root', b'secret', 6, -3)\n"
		"os.execvp(sys.argv[1], sys.argv[1:])\n";
	struct out o;

	(void)state;
	rule_set("KeyringMode=inherit\nPrivateUsers=no");
	(void)sh("cat >/root/ring.py <<'END'\n%sEND", ring);
	assert_says(sh("python3 /root/ring.py cat /proc/keys"), "of-root");
	o = sh("python3 /root/ring.py cordon run --as bob -- cat /proc/keys; echo code=$?");
	assert_silent(o, "of-root");
	assert_says(o, "code=0");
	assert_silent(
		sh("python3 /root/ring.py cordon run --as alice --allow-unconfined -- cat /proc/keys"),
		"of-root");
}

/* A line of cron(8), and a batch job with a queue in a file. */
static void jobs(void **state)
{
	struct out o;

	(void)state;
	rule_set("MemoryDenyWriteExecute=yes");
	o = sh("printf '%%s\\n' 'grep -c NoNewPrivs:.1 /proc/self/status >>~/jobs' 'id -un >>~/jobs' >/root/queue; "
	       "while read -r job; do cordon run --as bob --service cordon -- sh -c \"$job\" </dev/null || echo failed; done </root/queue; cat /home/bob/jobs");
	assert_says(o, "1\nbob\n");
	assert_silent(o, "failed");
	/* as cron starts it: an empty environment, no terminal, its own session, output to a pipe */
	o = sh("setsid env -i PATH=/usr/bin:/bin HOME=/root LOGNAME=root SHELL=/bin/sh /bin/sh -c 'cordon run --as bob -- sh -c \"pwd; id -un; printenv HOME\"' | cat");
	assert_says(o, "/home/bob\nbob\n/home/bob\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_a_login), cmocka_unit_test(by_the_rules),
		cmocka_unit_test(commands),   cmocka_unit_test(ends),
		cmocka_unit_test(stopped),    cmocka_unit_test(joins),
		cmocka_unit_test(terminals),  cmocka_unit_test(keyrings),
		cmocka_unit_test(jobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
