/* SPDX-License-Identifier: Apache-2.0 */
/* stop_test.c - the end of a session: programs are asked to end, then killed, and no client waits */
#include "lib/live.h"

#include <string.h>

#define EMPTY  ": >$HOST_LOG; "
#define ENDED  UNTIL("grep -q event=end $HOST_LOG") "grep event=end $HOST_LOG; "
#define READY  UNTIL("test -e /home/bob/ready")
#define KEEPER "pkill -TERM -o -x cordon-keeper; "

/* Ends that are all decent: what starts a session, its last command, and what ends it. */
#define GO "touch ~/ready; until [ -e ~/go ]; do sleep 0.05; done"
static const struct {
	const char *start, *last, *stop;
} ends[] = {
	{ "su bob -c", GO, "touch /home/bob/go; wait; " },
	{ SSH "bob@h", GO, "touch /home/bob/go; wait; " },
	{ SSH "bob@h", "touch ~/ready; sleep 300", "kill -9 $!; " },
	{ SSH "bob@h", "touch ~/ready; sleep 300", KEEPER "wait; " },
	{ "su bob -c", "touch ~/ready; sleep 300", KEEPER "wait; " },
	{ "su bob -c", "touch ~/ready; sleep 300", "pkill -9 -x su; " },
	{ SSH "bob@h", "touch ~/ready; sleep 300", "pkill -9 -f '[s]shd: bob .priv.'; " },
};

/* Ends a session in one of these ways; @program runs in the background of it. */
static struct out end_by(size_t i, const char *program, const char *then)
{
	return sh("rm -f /home/bob/ready /home/bob/go /home/bob/said /home/bob/set; " EMPTY
		  "%s '%s %s' & " READY "%s" ENDED "%s",
		  ends[i].start, program, ends[i].last, ends[i].stop, then);
}

#define SET	     " until [ -e ~/set ]; do sleep 0.02; done; "
#define FORK(script) "setsid sh -c \"" script "\" >/dev/null 2>&1 &"

static void programs_are_asked(void **state)
{
	static const char traps[] = FORK("trap \\\"sleep 0.1; echo hup >>~/said; exit\\\" HUP; "
					 ": >~/set; while :; do sleep 0.02; done") SET;
	static const char terms[] =
		FORK("trap \\\"\\\" HUP; trap \\\"echo term >>~/said; exit\\\" TERM; "
		     ": >~/set; while :; do sleep 0.02; done") SET;
	static const char stopped[] = FORK("trap \\\"echo cont >>~/said; exit\\\" TERM HUP; "
					   ": >~/set; kill -STOP \\$\\$; sleep 9") SET "sleep 0.2;";

	(void)state;
	rule_set("TimeoutStopSec=20");
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		print_message("%zu\n", i);
		assert_says(end_by(i, traps, "cat /home/bob/said"), "hup\n");
		assert_says(end_by(i, terms, "cat /home/bob/said"), "term\n");
		assert_says(end_by(i, stopped, "cat /home/bob/said"), "cont\n");
		assert_true(wait_gone(30));
		assert_int_equal(sh("pgrep -u bob").code, 1);
	}
}

/* What ignores all signals and wants to stay. */
#define STUBBORN \
	FORK("trap \\\"\\\" HUP TERM INT QUIT USR1 USR2; : >~/set; while :; do sleep 300; done")

static void nothing_survives(void **state)
{
	static const char *const rules[] = { "TimeoutStopSec=300ms", "TimeoutStopSec=0",
					     "PrivatePIDs=no\nTimeoutStopSec=300ms",
					     "PrivatePIDs=no\nPrivateUsers=no\nTimeoutStopSec=0",
					     "RestrictNamespaces=no\nTimeoutStopSec=300ms" };

	(void)state;
	for (size_t r = 0; r < sizeof rules / sizeof rules[0]; r++) {
		rule_set(rules[r]);
		for (size_t i = r % 2; i < sizeof ends / sizeof ends[0]; i += quick() ? 4 : 2) {
			print_message("%s %zu\n", rules[r], i);
			(void)end_by(i, STUBBORN SET, "");
			assert_true(wait_gone(30));
			assert_int_equal(sh("pgrep -l -u bob").code, 1);
		}
	}
}

/* The client has its answer while a stubborn program is still waited for. */
static void nobody_waits(void **state)
{
	static const char *const starts[] = { "su bob -c", SSH "bob@h" };

	(void)state;
	rule_set("TimeoutStopSec=20");
	for (size_t i = 0; i < 2; i++) {
		assert_says(
			sh("rm -f /home/bob/set; %s '" STUBBORN
			   " until [ -e ~/set ]; do sleep 0.02; done'; pgrep -u bob -x sleep >/dev/null && echo returned first",
			   starts[i]),
			"returned first\n");
		/* a signal in the meantime changes nothing, and is not taken for the reason */
		assert_says(sh(EMPTY
			       "pkill -TERM -o -x cordon-keeper; pkill -TERM -o -x cordon-keeper; "
			       "sleep 0.2; pgrep -u bob -x sleep >/dev/null && echo still there; "
			       "pkill -9 -u bob; " ENDED),
			    "still there\n");
		assert_silent(sh("grep event=end $HOST_LOG"), "by=signal");
		assert_true(wait_gone(30));
	}
	/* nothing is left: no program is waited for */
	assert_says(sh(EMPTY "su bob -c 'sleep 300 & sleep 300 & true'; "
			     "pgrep -u bob; echo none; " ENDED),
		    "none\n");
	assert_silent(sh("grep event=end $HOST_LOG"), "by=signal");
}

/* What su has not reaped yet does not count. */
#define NOTHING_LIVES "! ps -o stat= -u bob | grep -v ^Z"

/* The second cordon kill does not wait for what ignores the first one. */
static void killed_again(void **state)
{
	(void)state;
	rule_set("TimeoutStopSec=60");
	assert_int_equal(
		sh("rm -f /home/bob/set; su bob -c '" STUBBORN
		   " until [ -e ~/set ]; do sleep 0.02; done; sleep 300' & " UNTIL(
			   "test -e /home/bob/set") "cordon kill --user bob & sleep 1; pgrep -u bob -x sleep >/dev/null && "
						    "timeout 20 cordon kill --user bob && " NOTHING_LIVES)
			.code,
		0);
	assert_true(wait_gone(30));
	/* a session that ends since its logout, too */
	assert_int_equal(
		sh("rm -f /home/bob/set; su bob -c '" STUBBORN
		   " until [ -e ~/set ]; do sleep 0.02; done'; pgrep -u bob -x sleep >/dev/null && "
		   "timeout 20 cordon kill --user bob && " NOTHING_LIVES)
			.code,
		0);
	assert_true(wait_gone(30));
}

/* As PDEATHSIG has it: without the keeper there is no decent end. */
static void keeper_dies(void **state)
{
	(void)state;
	rule_set("TimeoutStopSec=60");
	assert_says(sh("rm -f /home/bob/set; su bob -c '" STUBBORN
		       " until [ -e ~/set ]; do sleep 0.02; done'; pgrep -u bob -x sleep >/dev/null && "
		       "pkill -9 -o -x cordon-keeper; " UNTIL(
			       "! pgrep -u bob") "pgrep -u bob || echo gone"),
		    "gone\n");
	assert_true(wait_gone(30));
}

/* Files that programs write when they are hung up. */
static void work_is_saved(void **state)
{
	(void)state;
	rule_set("");
	(void)sh("rm -f /home/bob/.bash_history /home/bob/.*.swp; : >/home/bob/.bashrc; chown bob: /home/bob/.bashrc");
	(void)expect_run(
		"spawn sh -c \"$SSH -tt bob@h\"\nwant \"$ \"\n"
		"type \"echo remembered by bash\"\nwant \"remembered by bash\\r\\n\"\nwant \"$ \"\nsleep 1\n"
		"exec pkill -9 -x ssh\ndone\n");
	assert_true(wait_gone(30));
	assert_says(sh("cat /home/bob/.bash_history"), "echo remembered by bash\n");
	(void)sh("rm -f /home/bob/.bash_history");
	(void)expect_run(
		"spawn su - bob\nwant \"$ \"\n"
		"type \"echo remembered by su\"\nwant \"remembered by su\\r\\n\"\nwant \"$ \"\nsleep 1\n"
		"exec pkill -TERM -o -x cordon-keeper\n"
		"want \"cordon: the administrator ends this session\"\ndone\n");
	assert_true(wait_gone(30));
	assert_says(sh("cat /home/bob/.bash_history"), "echo remembered by su\n");
	if (sh("command -v vim").code != 0) {
		print_message("SKIPPED: no vim\n");
		return;
	}
	(void)expect_run("spawn sh -c \"$SSH -tt bob@h vim -u NONE draft\"\nwant \"draft\"\n"
			 "send \"iunsaved words\"\nwant \"words\"\nexec pkill -9 -x ssh\ndone\n");
	assert_true(wait_gone(30));
	assert_says(sh("strings /home/bob/.draft.swp"), "unsaved words");
}

/* A client that is still connected reads why its session ends. */
static void client_is_told(void **state)
{
	(void)state;
	rule_set("");
	assert_says(sh("rm -f /home/bob/ready; " SSH
		       "bob@h 'touch ready; sleep 300' & " READY KEEPER "wait"),
		    "cordon: the administrator ends this session\n");
	assert_true(wait_gone(30));
	assert_says(
		sh("rm -f /home/bob/ready; su bob -c 'touch ~/ready; sleep 300' 2>&1 | cat & " READY KEEPER
		   "wait"),
		"cordon: the administrator ends this session\n");
	assert_true(wait_gone(30));
	assert_int_equal(expect_run("spawn sh -c \"$SSH -tt bob@h\"\nwant \"$ \"\n"
				    "exec pkill -TERM -o -x cordon-keeper\n"
				    "want \"cordon: the administrator ends this session\"\ndone\n")
				 .code,
			 255);
	assert_true(wait_gone(30));
	/* without programs, sshd is ended all the same */
	assert_int_equal(sh(SSH "-M -S /tmp/ch -fN bob@h && " SSH "-S /tmp/ch bob@h true").code, 0);
	assert_says(sh(KEEPER UNTIL("! " SSH "-S /tmp/ch -O check bob@h") "echo gone"), "gone\n");
	assert_true(wait_gone(30));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_are_asked), cmocka_unit_test(nothing_survives),
		cmocka_unit_test(nobody_waits),	      cmocka_unit_test(keeper_dies),
		cmocka_unit_test(work_is_saved),      cmocka_unit_test(client_is_told),
		cmocka_unit_test(killed_again),
	};

	return cmocka_run_group_tests_name("stop", tests, NULL, NULL);
}
