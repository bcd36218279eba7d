/* SPDX-License-Identifier: Apache-2.0 */
/* bounds_test.c - limits in time, and the number of sessions */
#include "lib/live.h"

#include <stdio.h>
#include <time.h>

#define EMPTY ": >$HOST_LOG; "
#define ENDED UNTIL("grep -q event=end $HOST_LOG") "grep event=end $HOST_LOG; "
#define READY "rm -f /home/bob/ready; "
#define IN    UNTIL("test -e /home/bob/ready")

static void runtime_is_over(void **state)
{
	(void)state;
	rule_set("RuntimeMaxSec=3");
	assert_int_equal(
		expect_run("spawn sh -c \"$SSH -tt bob@h\"\nwant \"$ \"\n"
			   "want \"cordon: this session ends in 2 seconds\"\n"
			   "want \"cordon: the time of this session is over, and it ends\"\ndone\n")
			.code,
		255);
	assert_true(wait_gone(30));
	(void)expect_run("spawn su - bob\nwant \"$ \"\n"
			 "want \"cordon: this session ends in 2 seconds\"\n"
			 "want \"cordon: the time of this session is over, and it ends\"\ndone\n");
	assert_true(wait_gone(30));
	assert_says(
		sh(EMPTY SSH "bob@h 'sleep 300; echo late'; " ENDED),
		"cordon: this session ends in 2 seconds\ncordon: the time of this session is over, and it ends\n");
	assert_says(sh("cat $HOST_LOG"), " by=runtime ");
	assert_true(wait_gone(30));
	/* a session that ends before has no timer left */
	assert_says(sh("su bob -c 'echo in'; sleep 3.5; echo end"), "in\nend\n");
}

/* What stops its own half of sshd keeps the connection, and has an end all the same. */
static void stopped_half(void **state)
{
	(void)state;
	rule_set("RuntimeMaxSec=4\nMaxSessions=1\nTimeoutStopSec=300ms");
	(void)sh(READY EMPTY SSH
		 "bob@h 'touch ready; kill -STOP $PPID; sleep 300' >/dev/null 2>&1 & " IN
		 "pkill -STOP -f '[s]shd: bob@'; kill -9 $!; true");
	assert_says(sh(SSH "-o LogLevel=INFO bob@h echo in"),
		    "cordon: no more than 1 session of this account at once");
	assert_says(sh(ENDED), " by=runtime ");
	assert_true(wait_gone(30));
	assert_int_equal(sh("pgrep -u bob; pgrep -f '[s]shd: bob'").code, 1);
	assert_says(as_bob("echo in"), "in\n");
	assert_true(wait_gone(30));
}

static void idle(void **state)
{
	(void)state;
	rule_set("StopIdleSessionSec=2");
	assert_int_equal(
		expect_run("spawn sh -c \"$SSH -tt bob@h\"\nwant \"$ \"\n"
			   "want \"cordon: this session was idle for too long, and ends\"\ndone\n")
			.code,
		255);
	assert_true(wait_gone(30));
	(void)expect_run("spawn su - bob\nwant \"$ \"\n"
			 "want \"cordon: this session was idle for too long, and ends\"\ndone\n");
	assert_true(wait_gone(30));
	/* without a terminal */
	assert_says(as_bob("sleep 12; echo still in"), "still in\n");
	assert_true(wait_gone(30));
	/* who types is not idle */
	assert_int_equal(expect_run("set timeout 30\nspawn sh -c \"$SSH -tt bob@h\"\nwant \"$ \"\n"
				    "for {set i 0} {$i < 14} {incr i} { type \"echo typed $i\"; "
				    "want \"typed $i\\r\\n\"; sleep 1 }\ntype \"exit 7\"\ndone\n")
				 .code,
			 7);
	assert_true(wait_gone(30));
}

#define MANY "48"

/* Exact however many come at once, by sshd and by su, under each name of the uid. */
static void max_sessions(void **state)
{
	static const char *const rules[] = { "MaxSessions=5", "MaxSessions=5\nLifetime=user" };

	(void)state;
	(void)sh("grep -q ^bob2: /etc/passwd || { grep ^bob: /etc/passwd | sed s/^bob:/bob2:/ >>/etc/passwd; "
		 "grep ^bob: /etc/shadow | sed s/^bob:/bob2:/ >>/etc/shadow; }");
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		rule_set(rules[i]);
		assert_says(
			sh("rm -f /tmp/o.* /home/bob/go; n=0; while [ $n -lt " MANY " ]; do "
			   "who=bob; [ $((n%%2)) = 0 ] || who=%s; "
			   "su $who -c 'echo admitted; until [ -e ~/go ]; do sleep 0.1; done' >/tmp/o.$n 2>&1 & "
			   "n=$((n+1)); done; " UNTIL(
				   "[ $(cat /tmp/o.* | grep -c -e admitted -e 'no more than 5 sessions') = " MANY
				   " ]") "cat /tmp/o.* | grep -c admitted; touch /home/bob/go; wait",
			   i == 0 ? "bob2" : "bob"),
			"5\n");
		assert_true(wait_gone(60));
		/* room again, and root never counts */
		assert_says(sh("su bob -c 'echo in'; su root -c 'echo root'"), "in\nroot\n");
		assert_true(wait_gone(30));
	}
	(void)sh("sed -i /^bob2:/d /etc/passwd /etc/shadow");
	rule_set("MaxSessions=1");
	assert_says(
		sh(EMPTY READY SSH
		   "bob@h 'touch ready; sleep 300' >/dev/null 2>&1 & " IN "su bob -c id; "
		   "pkill -9 -x cordon-keeper; wait; su bob -c 'echo in'; grep event=deny $HOST_LOG"),
		"cordon: no more than 1 session of this account at once");
	assert_says(sh("cat $HOST_LOG"), "why=\"MaxSessions=1: 1 open already\"");
	assert_says(sh("su bob -c 'echo in'"), "in\n");
}

/* A window that begins with the next minute. */
static const char *exam_of(char *match, size_t size, const char *user)
{
	const time_t now = time(NULL), begin = now - now % 60 + (now % 60 > 50 ? 120 : 60);
	struct tm tm;
	char clock[6];

	assert_non_null(localtime_r(&begin, &tm));
	assert_int_equal(strftime(clock, sizeof clock, "%H:%M", &tm), 5);
	(void)snprintf(match, size, "User=%s\nTime=%s-%02d:%02d", user, clock,
		       (tm.tm_hour + 1) % 24, tm.tm_min);
	return match;
}

/* The window ends with this minute, or with the next if only seconds are left. */
static void window_ends(void **state)
{
	const time_t now = time(NULL), end = now - now % 60 + (now % 60 > 50 ? 120 : 60);
	const time_t at[] = { end - 3600, end - 60, end };
	char clock[3][6], match[64], other[64];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct tm tm;

		assert_non_null(localtime_r(&at[i], &tm));
		assert_int_equal(strftime(clock[i], sizeof clock[i], "%H:%M", &tm), 5);
	}
	/* two windows that touch are one */
	(void)snprintf(match, sizeof match, "User=bob\nTime=%s-%s\nTime=%s-%s", clock[0], clock[1],
		       clock[1], clock[2]);
	rule_none();
	rule_file("60-carol", "User=carol", "EndWithTime=yes");
	assert_says(sh("cordon check"), "EndWithTime=: ends no session without Time=; add Time=");
	rule_file("50-bob", match, "EndWithTime=yes");
	/* the window of an earlier rule opens meanwhile, which ends the session of the later one */
	rule_file("20-exam", exam_of(match, sizeof match, "carol"), "Hostname=exam");
	rule_file("10-other", exam_of(other, sizeof other, "alice"), "");
	assert_silent(sh("cordon check"), "EndWithTime=");
	assert_says(
		sh(EMPTY SSH
		   "carol@h 'echo in; sleep 300; echo late' >/tmp/carol 2>&1 & " SSH
		   "bob@h 'echo in; sleep 300; echo late'; wait; " UNTIL(
			   "[ $(grep -c ' by=time ' $HOST_LOG) = 2 ]") "grep -c ' by=time ' $HOST_LOG"),
		"seconds\ncordon: the hours of this session are over, and it ends\n2\n");
	assert_says(sh("cat /tmp/carol"), "in\n");
	assert_silent(sh("cat /tmp/carol"), "late");
	assert_true(wait_gone(30));
	/* the window is closed, so no rule matches */
	assert_says(as_bob("grep NoNewPrivs /proc/self/status"), "NoNewPrivs:\t0");
	assert_says(sh(UNTIL("cordon explain carol | grep -q 20-exam") SSH
		       "carol@h hostname; rm /etc/cordon/rules.d/[126]0-*"),
		    "exam\n");
	assert_true(wait_gone(30));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runtime_is_over),
		cmocka_unit_test(stopped_half),
		cmocka_unit_test(idle),
		cmocka_unit_test(max_sessions),
		cmocka_unit_test(window_ends),
	};

	return cmocka_run_group_tests_name("bounds", tests, NULL, NULL);
}
