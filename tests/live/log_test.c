/* SPDX-License-Identifier: Apache-2.0 */
/* log_test.c - each event has its line, whose fields nobody but cordon chooses */
#include "lib/live.h"

#include <stdlib.h>
#include <string.h>

#define FIELDS	 "$HOST_SOURCE/tests/live/log/fields $HOST_LOG "
#define EMPTY	 ": >$HOST_LOG; "
#define LINE(of) UNTIL(FIELDS of " | grep -q .") FIELDS of
#define BOB \
	"user=\"bob\" uid=2001 service=\"su\" rhost=\"\" tty=\"\" rule=\"/etc/cordon/rules.d/50-bob.conf:1\""

/* The number after "@key=" in @o; -1: there is none. */
static long number(struct out o, const char *key)
{
	const char *at = strstr(o.text, key);

	return at != NULL ? atol(at + strlen(key)) : -1;
}

static void open_and_close(void **state)
{
	struct out o;

	(void)state;
	rule_set("");
	o = sh(EMPTY "su bob -c 'sleep 0.3; exit 7'; " LINE("event=end"));
	assert_says(o, BOB " by=close wall_usec=");
	assert_in_range(number(o, "wall_usec="), 300000, 20000000);
	assert_true(number(o, "max_rss_kib=") > 500);
	assert_int_equal(number(o, " code="), 7);
	o = sh(FIELDS "event=permit");
	assert_says(o, BOB " init=");
	o = sh(EMPTY SSH "bob@h 'exit 3'; " LINE("event=end"));
	assert_says(o, "service=\"sshd\" rhost=\"127.0.0.1\"");
	assert_says(o, " by=close ");
	assert_int_equal(number(o, " code="), 3);
	assert_int_equal(number(sh(EMPTY SSH "bob@h 'kill -XCPU $$'; " LINE("event=end")), " code="),
			 128 + 24);
}

/* Uses 0.4 s of CPU time and 60 MiB, and says when that is done: a busy machine takes long. */
#define BURN(how) \
	"python3 -c \"import time; x = bytearray(60 << 20)\nwhile time.process_time() < 0.4: pass\nopen('/tmp/burnt', 'w')" how \
	"\""
#define BURNT "until [ -e /tmp/burnt ]; do sleep 0.1; done; sleep 0.3"

/* Whoever used it, and wherever its parent went. */
static void used(void **state)
{
	static const char *const who[] = {
		/* a child that the shell waits for */
		BURN(""),
		/* an orphan that has ended: init has waited for it */
		"(setsid " BURN("") " >/dev/null 2>&1 &); " BURNT
				    "; while pgrep -x python3; do sleep 0.1; done",
		/* one that lives until it is killed, without a parent */
		"(setsid " BURN("\ntime.sleep(99)") " >/dev/null 2>&1 &); " BURNT,
		/* one that is killed with its parent */
		"setsid " BURN("\ntime.sleep(99)") " >/dev/null 2>&1 & " BURNT,
	};

	(void)state;
	rule_set("");
	for (unsigned ssh = 0; ssh < 2; ssh++)
		for (size_t i = 0; i < sizeof who / sizeof who[0]; i++) {
			struct out o;

			setenv("BURN", who[i], 1);
			o = sh(EMPTY "%s \"$BURN\"; " LINE("event=end"),
			       ssh ? SSH "bob@h" : "su bob -c");
			print_message("%u %zu %s", ssh, i, o.text);
			assert_in_range(number(o, "cpu_usec="), 390000, 1500000);
			if (i != 1) /* cordon-keeper(8) says so */
				assert_in_range(number(o, "max_rss_kib="), 60 << 10, 100 << 10);
		}
}

/* What a session does to be counted as less, or to keep the end waiting. */
static void used_by_the_hostile(void **state)
{
	struct out o;

	(void)state;
	rule_set("LimitNPROC=1500");
	o = sh(EMPTY
	       "su bob -c 'printf \"Name:\\n) R 0 0\" >/proc/self/comm; "
	       "for i in $(seq 900); do sleep 77 & done; trap \"\" TERM HUP; kill -9 1; kill -9 $$'; " LINE(
		       "event=end"));
	assert_says(o, " by=close ");
	assert_in_range(number(o, "cpu_usec="), 1, 60000000);
	assert_int_equal(number(o, " code="), 128 + 9);
	assert_true(wait_gone(30));
	/* an empty /proc of the user's own making is not looked at */
	rule_set("TemporaryFileSystem=/proc");
	o = sh(EMPTY "su bob -c 'mkdir /proc/1; mkfifo /proc/1/stat; echo in'; " FIELDS "event=end");
	assert_silent(o, "in\nevent=end by=keeper");
	assert_true(wait_gone(30));
}

static void refusals(void **state)
{
	(void)state;
	rule_set("Action=deny");
	assert_says(sh(EMPTY "su bob -c id; " LINE("event=deny")), BOB);
	rule_set("InaccessiblePaths=/srv/none such");
	assert_says(sh(EMPTY "su bob -c id; " FIELDS "event=deny"),
		    "why=\"/etc/cordon/rules.d/50-bob.conf:");
	rule_set("ReadOnlyPaths=/srv/gone");
	assert_says(sh(EMPTY "su bob -c id; " LINE("event=deny")),
		    "step=view object=\"/srv/gone\" errno=ENOENT why=\"path does not exist;");
	rule_set("Command=/usr/bin/none");
	assert_says(sh(EMPTY "su bob -c id; " LINE("event=fail")), BOB " step=exec errno=ENOENT");
	rule_set("AllowCommands=echo *");
	assert_says(sh(EMPTY "su bob -c 'id -u'; " LINE("event=command-refused")),
		    BOB " command=\"id -u\"");
	rule_set("");
	assert_says(sh(EMPTY
		       "cp -a /etc/pam.d /tmp/pam.was; sed -i 's/pam_cordon.so/& wrong/' /etc/pam.d/*; "
		       "su bob -c id; cp -a /tmp/pam.was/. /etc/pam.d/; " FIELDS "event=deny"),
		    "service=\"su\" rhost=\"\" tty=\"\" why=\"invalid option 'wrong'");
}

/* ---- attacks ---- */

#define FORGED \
	"\\n<86>cordon[1]: event=permit user=\"root\" uid=0\\nCORDON_USER=root\\n" \
	"\\033[2J\\033]0;x\\007\\\\\" event=permit uid=0 why=\"\\302\\205\\342\\200\\256"

/* The words of a user, of a remote host, of a terminal; by commands, by names. */
static void forged(void **state)
{
	struct out o;

	(void)state;
	rule_set("AllowCommands=echo *");
	(void)sh(EMPTY SSH "bob@h \"$(printf '" FORGED "')\"; su bob -c \"$(printf '" FORGED
			   "')\"; " SSH "bob@h \"$(head -c 10240 /dev/zero | tr '\\0' '\\n')x\"; " SSH
			   "bob@h \"$(head -c 10240 /dev/zero | tr '\\0' '\"')\"; " SSH
			   "bob@h \"$(head -c 10240 /dev/zero | tr '\\0' '=')\"");
	o = sh(LINE("event=command-refused"));
	assert_int_equal(o.code, 0);
	assert_says(o, "\\x0a<86>cordon[1]: event=permit user=\\x22root\\x22 uid=0\\x0aCORDON_USER");
	assert_says(sh(FIELDS "event=command-refused | wc -l"), "5\n");
	assert_says(sh(FIELDS "event=permit | wc -l"), "5\n");
	assert_silent(sh(FIELDS "uid=0"), "event");
	rule_set("Action=deny");
	/* what pam_unix and others write is not ours: only lines of cordon's are looked at */
	(void)sh(EMPTY
		 "pamtester -I \"rhost=$(printf '" FORGED "')\" su bob acct_mgmt; "
		 "pamtester -I \"tty=$(printf '" FORGED "')\" su bob acct_mgmt; "
		 "pamtester su \"$(printf 'bob" FORGED "')\" acct_mgmt; "
		 "for c in '\\n' '\"' '=' x; do long=$(head -c 10240 /dev/zero | tr '\\0' \"$c\"); "
		 "pamtester -I \"rhost=y${long}y\" su bob acct_mgmt; "
		 "pamtester su \"y${long}y\" acct_mgmt; done");
	o = sh(FIELDS);
	assert_int_equal(o.code, 0);
	assert_says(o, "event=deny");
	assert_says(o, "rhost=\"\\x0a<86>cordon[1]");
	assert_silent(o, "event=permit session");
	assert_silent(sh(FIELDS "uid=0"), "event");
}

/* ---- the journal ---- */

static void in_the_journal(void **state)
{
	struct out o;

	(void)state;
	rule_set("AllowCommands=echo *");
	o = sh(EMPTY "$HOST_SOURCE/tests/live/log/journal /tmp/journal >/dev/null 2>&1 & echo $! >/tmp/journal.pid; " UNTIL(
		"test -S /run/systemd/journal/socket") "su bob -c \"$(printf '" FORGED
						       "')\"; " UNTIL(
							       "grep -q 'CORDON_EVENT=end' /tmp/journal") "cat /tmp/journal");
	assert_says(o, "|PRIORITY=6|SYSLOG_FACILITY=10|SYSLOG_IDENTIFIER=cordon|SYSLOG_PID=");
	assert_says(o, "|CORDON_EVENT=permit|CORDON_SESSION=");
	assert_says(o, "|CORDON_USER=bob|CORDON_UID=2001|CORDON_SERVICE=su|CORDON_RHOST=|CORDON_TTY=|"
		       "CORDON_RULE=/etc/cordon/rules.d/50-bob.conf:1|CORDON_INIT=");
	assert_says(o, "|CORDON_COMMAND=\\x0a<86>cordon[1]");
	assert_says(o, "|CORDON_BY=close|CORDON_WALL_USEC=");
	assert_says(o, "|MESSAGE=event=command-refused session=");
	assert_silent(o, "|CORDON_USER=root");
	/* once: journald passes lines on to syslogd */
	assert_silent(sh(FIELDS), "event=");
	/* gone, with its socket left behind, and without */
	assert_says(sh("kill $(cat /tmp/journal.pid); sleep 0.2; su bob -c 'echo in'; " LINE(
			    "event=end")),
		    BOB);
	assert_says(sh("rm -r /run/systemd; " EMPTY "su bob -c 'echo in'; " LINE("event=end")), BOB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_and_close),
		cmocka_unit_test(used),
		cmocka_unit_test(used_by_the_hostile),
		cmocka_unit_test(refusals),
		cmocka_unit_test(forged),
		cmocka_unit_test(in_the_journal),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
