/* SPDX-License-Identifier: Apache-2.0 */
/* diff_test.c - cordon explain --diff: users, rule files and profiles are compared by what they come to */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

#define DIFF "cordon explain --diff "

static int prepare(void **state)
{
	(void)state;
	rule_none();
	rule_file("50-bob", "User=bob", "PrivateNetwork=no\nLimitNPROC=77");
	rule_file("60-alice", "User=alice", "LimitNPROC=77\nReadOnlyPaths=/srv");
	return sh("mkdir -p /tmp/drafts && cp /etc/cordon/rules.d/50-bob.conf /tmp/drafts/new.conf &&"
		  "sed -i 's/NPROC=77/NPROC=78/' /tmp/drafts/new.conf")
		.code;
}

static void users(void **state)
{
	struct out o = sh(DIFF "bob alice");

	(void)state;
	assert_int_equal(o.code, 1);
	assert_string_equal(o.text, "--- bob: confined (/etc/cordon/rules.d/50-bob.conf:1)\n"
				    "+++ alice: confined (/etc/cordon/rules.d/60-alice.conf:1)\n"
				    "- ReadOnlyPaths= (default)\n"
				    "+ ReadOnlyPaths=/srv (/etc/cordon/rules.d/60-alice.conf:6)\n"
				    "- PrivateNetwork=no (/etc/cordon/rules.d/50-bob.conf:5)\n"
				    "+ PrivateNetwork=yes (default)\n");
	o = sh(DIFF "bob root");
	assert_int_equal(o.code, 1);
	assert_string_equal(o.text, "--- bob: confined (/etc/cordon/rules.d/50-bob.conf:1)\n"
				    "+++ root: left alone (uid 0 is never confined)\n");
	/* by a number, and the same user twice */
	o = sh(DIFF "bob $(id -u bob)");
	assert_int_equal(o.code, 0);
	assert_string_equal(o.text, "no difference\n");
	/* the service decides */
	assert_says(sh(DIFF "--service cron bob alice"), "--- bob: refused (service 'cron'");
}

static void files(void **state)
{
	struct out o = sh(DIFF "/etc/cordon/rules.d/50-bob.conf /tmp/drafts/new.conf");

	(void)state;
	assert_int_equal(o.code, 1);
	assert_string_equal(o.text, "--- /etc/cordon/rules.d/50-bob.conf\n"
				    "+++ /tmp/drafts/new.conf\n"
				    "- LimitNPROC=77 (/etc/cordon/rules.d/50-bob.conf:6)\n"
				    "+ LimitNPROC=78 (/tmp/drafts/new.conf:6)\n");
	o = sh("cd /tmp/drafts; " DIFF "--user alice /etc/cordon/rules.d/60-alice.conf new.conf");
	assert_int_equal(o.code, 1);
	assert_says(o, "+++ new.conf: no match (User= does not match)\n");
	o = sh(DIFF "bob --user bob /tmp/drafts/new.conf");
	assert_int_equal(o.code, 1);
	assert_says(o, "+++ /tmp/drafts/new.conf: confined (/tmp/drafts/new.conf:1)\n");
	assert_says(o, "+ LimitNPROC=78 (/tmp/drafts/new.conf:6)\n");
	/* what cannot be compared is no difference */
	(void)sh("printf '[Session]\\nUMaks=0\\n' >/tmp/drafts/bad.conf");
	o = sh(DIFF "bob /tmp/drafts/bad.conf");
	assert_int_equal(o.code, 3);
	assert_says(o, "bad.conf:2: UMaks=: unknown directive");
	o = sh(DIFF "bob /tmp/drafts/nosuch.conf");
	assert_int_equal(o.code, 2);
	assert_says(o, "cordon: /tmp/drafts/nosuch.conf: No such file");
}

static void profiles(void **state)
{
	struct out o = sh(DIFF "teaching profile:teaching");

	(void)state;
	assert_int_equal(o.code, 0);
	o = sh(DIFF "exam teaching");
	assert_int_equal(o.code, 1);
	assert_says(o, "- Home=read-only (/usr/share/cordon/profiles/exam.conf:");
	assert_says(o, "+ Home=persistent (default)\n");
	assert_silent(o, "Profile=");
	/* a user precedes a profile of the same name */
	o = sh("useradd guest 2>/dev/null; " DIFF "guest bob");
	assert_says(o, "--- guest: left alone (no rule matches)\n");
	assert_int_equal(sh(DIFF "profile:guest user:bob").code, 1);
	assert_says(sh(DIFF "profile:guest exam"), "--- profile:guest\n");
}

static void usage(void **state)
{
	(void)state;
	assert_int_equal(sh(DIFF "bob").code, 2);
	assert_says(sh(DIFF "bob alice root"), "write 'cordon explain --diff A B'");
	assert_says(sh(DIFF "--all bob alice"), "--diff excludes --command and --all");
	assert_says(sh(DIFF "bob nosuch"), "nosuch: there is no such user or profile");
	assert_says(sh("cordon explain --user bob alice"), "--user requires --diff or --exposure");
}

static void json(void **state)
{
	(void)state;
	assert_int_equal(sh(DIFF "--json bob alice | python3 -c 'import json,sys\n"
				 "o=json.load(sys.stdin)\n"
				 "assert not o[\"same\"] and o[\"old\"][\"verdict\"] == \"confined\"\n"
				 "c={x[\"name\"]: x for x in o[\"changes\"]}\n"
				 "assert set(c) == {\"ReadOnlyPaths\", \"PrivateNetwork\"}\n"
				 "assert c[\"PrivateNetwork\"][\"old\"] == \"no\"\n"
				 "assert c[\"PrivateNetwork\"][\"new_from\"] == \"default\"'")
				 .code,
			 0);
	assert_says(sh(DIFF "--json bob bob"), "\"changes\":[],\"same\":true}");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(users), cmocka_unit_test(files),
					    cmocka_unit_test(profiles), cmocka_unit_test(usage),
					    cmocka_unit_test(json) };

	return cmocka_run_group_tests(tests, prepare, NULL);
}
