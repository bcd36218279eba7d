/* SPDX-License-Identifier: Apache-2.0 */
/* trace_test.c - Lifetime=user: programs of all logins by sshd can trace each other, and nobody else */
#include "lib/live.h"

#define USER "Lifetime=user\n"

/* Connections that stay: each is one login, for several commands. */
#define FIRST  SSH "-S /tmp/first bob@h "
#define SECOND SSH "-S /tmp/second bob@h "

/* What strace(1) says when it may trace, and when it may not. */
#define STRACE(pid) "timeout -s INT 0.5 strace -p " pid " 2>&1"
static const char attached[] = "attached", refused[] = "Operation not permitted";

static int begin(void **state)
{
	(void)state;
	rule_set(USER);
	return sh(SSH "-M -S /tmp/first -fN bob@h && " SSH "-M -S /tmp/second -fN bob@h && " FIRST
		      "'setsid sleep 501 </dev/null >/dev/null 2>&1 &' && " SECOND
		      "'setsid sleep 502 </dev/null >/dev/null 2>&1 &'")
		.code;
}

static int end(void **state)
{
	(void)state;
	(void)sh(SSH "-S /tmp/first -O exit bob@h; " SSH
		     "-S /tmp/second -O exit bob@h; pkill -KILL -u bob; true");
	return wait_gone(30) ? 0 : -1;
}

static void both_ways(void **state)
{
	(void)state;
	assert_says(sh(SECOND "'" STRACE("$(pgrep -f \"^sleep 501\")") "'"), attached);
	assert_says(sh(FIRST "'" STRACE("$(pgrep -f \"^sleep 502\")") "'"), attached);
	assert_says(sh(SECOND "'tr \"\\0\" \"\\n\" </proc/$(pgrep -f \"^sleep 501\")/environ'"),
		    "SSH_CONNECTION=");
	assert_says(sh(SECOND
		       "'gdb -q -nx -batch -p $(pgrep -f \"^sleep 501\") -ex \"print 40 + 2\" 2>&1'"),
		    "= 42\n");
	/* a later login, at a terminal */
	assert_says(sh(SSH "-tt bob@h '" STRACE("$(pgrep -f \"^sleep 501\")") "'"), attached);
}

/* su brings streams of its own, and stays in a domain of its own. */
static void not_su(void **state)
{
	(void)state;
	assert_says(sh("su bob -c '" STRACE("$(pgrep -f \"^sleep 501\")") "'"), refused);
	assert_says(
		sh("su bob -c 'setsid sleep 503 </dev/null >/dev/null 2>&1 &'; " FIRST "'" STRACE(
			"$(pgrep -f \"^sleep 503\")") "; kill $(pgrep -f \"^sleep 503\") && echo signalled'"),
		refused);
}

/* The same account outside; the session of another rule; what stands between sshd and the program. */
static void nobody_else(void **state)
{
	static const char outside[] =
		"for p in $(pgrep -f '^sleep 501') $(pgrep -x cordon-forker) $(pgrep -x -u bob cordonsh); do "
		"echo try; setpriv --reuid 2001 --regid 2001 --clear-groups timeout 1 strace -p $p 2>&1; "
		"setpriv --reuid 2001 --regid 2001 --clear-groups cat /proc/$p/environ 2>&1; done";
	static const char inside[] =
		"for p in $(pgrep -x cordonsh); do echo try; timeout 1 strace -p $p 2>&1; "
		"cat /proc/$p/environ /proc/$p/maps 2>&1; ls /proc/$p/fd /proc/$p/root 2>&1; done; "
		"pgrep -x cordon-forker; ps ax | grep [f]orker";
	struct out o;

	(void)state;
	o = sh(FIRST "'sleep 504' & " UNTIL(
		       "pgrep -f '^sleep 504' >/dev/null") "%s; pkill -f '^sleep 504'; wait",
	       outside);
	assert_says(o, "try\n");
	assert_silent(o, attached);
	assert_silent(o, "PATH=");
	o = sh("cat >/tmp/inside <<'END'\n%s\nEND\n" SECOND "sh </tmp/inside", inside);
	assert_says(o, "try\n");
	assert_says(o, refused);
	assert_silent(o, attached);
	assert_silent(o, "PATH=");
	assert_silent(o, "forker");
	/* a session of its own for the same account */
	rule_file("10-su", "User=bob\nService=su", "");
	o = sh("su bob -c 'pgrep -a sleep; for p in $(seq 2 40); do timeout 1 strace -p $p 2>&1; done; id -u'");
	assert_silent(o, attached);
	assert_silent(o, "sleep 50");
	assert_says(o, "2001\n");
	assert_int_equal(sh("rm /etc/cordon/rules.d/10-su.conf").code, 0);
}

/* Signals to the one pass to the other, and the end passes back. */
static void relayed(void **state)
{
	struct out o;

	(void)state;
	assert_int_equal(
		sh("for i in 0 1 77 255; do " FIRST "\"exit $i\"; [ $? = $i ] || exit 1; done").code,
		0);
	/* what ssh(1) says of a death by a signal */
	assert_says(sh("for s in TERM HUP KILL SEGV; do " FIRST "\"kill -$s \\$\\$\"; echo $?; done"),
		    "255\n255\n255\n255\n");
	o = sh(FIRST "'trap \"echo got it; exit 9\" TERM; sleep 505 & wait' & job=$!; " UNTIL(
		"pgrep -f '^sleep 505' >/dev/null") SECOND
	       "'pkill -TERM -o -x cordonsh'; wait $job; echo code $?");
	assert_says(o, "got it\n");
	assert_says(o, "code 9\n");
	/* SIGKILL cannot be passed on, so the end of the one is the end of the other */
	o = sh(FIRST "'sleep 506; echo went on' & job=$!; " UNTIL("pgrep -f '^sleep 506' >/dev/null")
		       SECOND "'pkill -KILL -o -x cordonsh'; wait $job; echo code $?; " UNTIL(
			       "! pgrep -f '^sleep 506' >/dev/null") "pgrep -f '^sleep 50[56]'");
	assert_says(o, "code 255\n");
	assert_silent(o, "went on");
	/* end of file, while a program in the background has the output, comes with the last of them */
	o = sh("head -c 3000000 /dev/urandom >/tmp/data; " FIRST
	       "cat </tmp/data | cmp - /tmp/data && timeout 5 " FIRST
	       "'sleep 0.3 & echo first' && echo the same");
	assert_says(o, "first\nthe same\n");
}

/* Nothing is taken from another login: who holds no terminal gets none. */
static void terminal(void **state)
{
	struct out o;

	(void)state;
	o = sh(FIRST "-tt 'tty; echo opened >/dev/tty; echo at $(ps -o tty= -p $$)'");
	assert_says(o, "/dev/pts/0");
	assert_says(o, "opened");
	assert_says(o, "at pts/0");
	assert_says(sh(FIRST "'tty; (: >/dev/tty) 2>/dev/null || echo none'"), "not a tty\nnone\n");
}

/* Programs go on without the forker, and the next login gets another one. */
static void forker_killed(void **state)
{
	struct out o;

	(void)state;
	o = sh(FIRST "'exec sleep 507 >/dev/null 2>&1' & job=$!; " UNTIL(
		"pgrep -f '^sleep 507' >/dev/null") "pkill -KILL -x cordon-forker; wait $job; echo code $?; " SECOND
						    "'pgrep -af \"^sleep 50[17]\"; setsid sleep 508 </dev/null >/dev/null 2>&1 & sleep 0.1'; " FIRST
						    "'" STRACE("$(pgrep -f \"^sleep 508\")") "'");
	assert_says(o, "code 125\n");
	assert_says(o, "sleep 507\n");
	assert_says(o, "sleep 501\n");
	assert_says(o, attached);
	assert_says(sh("grep -c 'event=fail .*step=forker' $HOST_LOG"), "1\n");
}

/* All that is left ends with the session. */
static void all_gone(void **state)
{
	(void)state;
	assert_int_equal(sh("pkill -KILL -x cordon-keeper").code, 0);
	assert_int_equal(
		sh(UNTIL("! pgrep -x 'cordon-forker|cordonsh|sleep' >/dev/null") "! pgrep -a -x 'cordon-forker|cordonsh|sleep'")
			.code,
		0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),   cmocka_unit_test(not_su),
		cmocka_unit_test(nobody_else), cmocka_unit_test(relayed),
		cmocka_unit_test(terminal),    cmocka_unit_test(forker_killed),
		cmocka_unit_test(all_gone),
	};

	return cmocka_run_group_tests_name("trace", tests, begin, end);
}
