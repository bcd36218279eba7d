/* SPDX-License-Identifier: Apache-2.0 */
/* rules_test.c - the rule language: errors with their messages, and decisions */
#include "policy/compile/compile.h"
#include "policy/rules/decide.h"
#include "policy/rules/match_host.h"
#include "policy/settings/types.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A tree of rules of our own, whose files must have its owner. */
static char root[64];
static struct policy_paths paths;
static struct facts facts;

static void put(const char *name, const char *text, size_t size)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/etc/cordon/%s", root, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

static void put_rule(const char *text)
{
	put("rules.d/50-x.conf", text, strlen(text));
}

static enum verdict decide(struct decision *d)
{
	(void)policy_decide(&paths, &facts, d);
	return d->verdict;
}

static int setup(void **state)
{
	static const char *const dirs[] = { "/etc", "/etc/cordon", "/etc/cordon/rules.d",
					    "/etc/cordon/profiles" };
	char path[256];

	(void)state;
	(void)snprintf(root, sizeof root, "/tmp/cordon-rules-XXXXXX");
	if (mkdtemp(root) == NULL || chmod(root, 0755) < 0)
		return -1;
	for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
		(void)snprintf(path, sizeof path, "%s%s", root, dirs[i]);
		if (mkdir(path, 0755) < 0)
			return -1;
	}
	paths = (struct policy_paths){ .root = root,
				       .rules_etc = "/etc/cordon/rules.d",
				       .rules_vendor = "/usr/lib/cordon/rules.d",
				       .profiles_etc = "/etc/cordon/profiles",
				       .profiles_vendor = "/usr/share/cordon/profiles",
				       .owner = geteuid() };
	facts.login.uid = 1234;
	facts.gid = 1234;
	(void)snprintf(facts.login.user, sizeof facts.login.user, "bob");
	facts.n_names = 1;
	(void)snprintf(facts.names[0], sizeof facts.names[0], "bob");
	(void)snprintf(facts.login.service, sizeof facts.login.service, "sshd");
	(void)snprintf(facts.login.rhost, sizeof facts.login.rhost, "192.0.2.7");
	(void)snprintf(facts.home, sizeof facts.home, "/home/bob");
	(void)snprintf(facts.shell, sizeof facts.shell, "/bin/bash");
	(void)snprintf(facts.host, sizeof facts.host, "h");
	(void)snprintf(facts.session, sizeof facts.session, "0");
	facts.now = time(NULL);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -rf %s", root);
	return system(command);
}

static const struct {
	const char *match;
	bool holds;
} matches[] = {
	{ "User=bob", true },
	{ "User=alice", false },
	{ "User=alice bob", true },
	{ "User=!bob", false },
	{ "User=!alice", true },
	{ "User=1234", true },
	{ "User=1000-1999", true },
	{ "User=2000-2999", false },
	{ "User=b*", true },
	{ "User=b* !bob", false },
	{ "User=bob\nService=su", false },
	{ "Service=ssh*", true },
	{ "RemoteHost=192.0.2.0/24", true },
	{ "RemoteHost=192.0.3.0/24", false },
	{ "RemoteHost=::ffff:192.0.2.7", true },
	{ "RemoteHost=none", false },
	{ "TTY=none", true },
	{ "TTY=pts/*", false },
	{ "Group=1234", true },
	{ "Group=no-such-group-here", false },
	{ "Time=Mon..Sun 00:00-24:00", true },
	{ "Time=1999-01-01 00:00-24:00", false },
	{ "Time=!Mon..Sun 00:00-24:00", false },
	{ "User=alice\n[Match]\nUser=bob", true },
};

static void matching(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof matches / sizeof matches[0]; i++) {
		struct decision d;
		char text[256];

		(void)snprintf(text, sizeof text, "[Match]\n%s\n[Session]\n", matches[i].match);
		put_rule(text);
		if ((decide(&d) == VERDICT_CONFINE) != matches[i].holds)
			fail_msg("%s: %s", matches[i].match, d.err.msg);
		decision_free(&d);
	}
}

static void time_goes_past_midnight(void **state)
{
	/* a Tuesday */
	struct tm tm = { .tm_year = 126, .tm_mon = 10, .tm_mday = 24, .tm_isdst = -1 };

	(void)state;
	tm.tm_hour = 23;
	assert_int_equal(
		match_holds(&(struct match){ 0 }, &facts, NULL, &(const char *){ NULL }, NULL), 1);
	for (int hour = 0; hour < 24; hour++) {
		struct decision d;

		tm.tm_hour = hour;
		facts.now = mktime(&tm);
		put_rule("[Match]\nTime=Tue 22:00-06:00\n[Session]\n");
		assert_int_equal(decide(&d) == VERDICT_CONFINE, hour >= 22);
		decision_free(&d);
		put_rule("[Match]\nTime=Mon 22:00-06:00\n[Session]\n");
		assert_int_equal(decide(&d) == VERDICT_CONFINE, hour < 6);
		decision_free(&d);
	}
	facts.now = time(NULL);
}

static void merging(void **state)
{
	static const char low[] = "[Session]\nUMask=0077\nReadOnlyPaths=/a\nHome=empty\n";
	static const char high[] = "[Session]\nProfile=low\nUMask=0027\nReadOnlyPaths=/b\n";
	struct decision d;

	(void)state;
	put("profiles/low.conf", low, sizeof low - 1);
	put("profiles/high.conf", high, sizeof high - 1);
	put_rule("[Session]\nProfile=high\nReadOnlyPaths=/c/%u\n");
	assert_int_equal(decide(&d), VERDICT_CONFINE);
	assert_int_equal(d.settings.umask.v, 0027);
	assert_int_equal(d.settings.read_only_paths.n, 3);
	assert_string_equal(d.settings.read_only_paths.items[2].text, "/c/bob");
	decision_free(&d);
	put_rule("[Session]\nProfile=high\nReadOnlyPaths=\nReadOnlyPaths=/c\n");
	assert_int_equal(decide(&d), VERDICT_CONFINE);
	assert_int_equal(d.settings.read_only_paths.n, 1);
	decision_free(&d);
}

/* Time= is about local time, also on days when the clock changes. */
static void time_is_that_of_the_wall(void **state)
{
	static const struct {
		const char *zone, *window;
		time_t now;
		int holds;
	} cases[] = {
		/* Berlin 2026-03-29: 02:00 becomes 03:00, at 01:00 UTC */
		{ "Europe/Berlin", "01:00-02:00", 1774745999, 1 }, /* 01:59:59 */
		{ "Europe/Berlin", "02:00-03:00", 1774746000,
		  0 }, /* 03:00:00; that hour does not come */
		{ "Europe/Berlin", "03:00-04:00", 1774746000, 1 },
		{ "Europe/Berlin", "Sat 22:00-03:00", 1774745999, 1 },
		{ "Europe/Berlin", "Sat 22:00-03:00", 1774746000, 0 },
		{ "Europe/Berlin", "Sat 22:00-06:00", 1774756799, 1 }, /* Sunday 05:59:59 */
		{ "Europe/Berlin", "Sat 22:00-06:00", 1774756800, 0 },
		/* Berlin 2026-10-25: 03:00 becomes 02:00, at 01:00 UTC: that hour comes twice */
		{ "Europe/Berlin", "02:00-03:00", 1792886400, 1 },
		{ "Europe/Berlin", "02:00-03:00", 1792890000, 1 },
		{ "Europe/Berlin", "02:00-03:00", 1792893600, 0 },
		{ "Europe/Berlin", "Sun 02:30-02:45", 1792891800, 1 },
		{ "Europe/Berlin", "Sat 23:00-02:00", 1792886399, 1 },
		/* New York 2026-03-08, 02:00 becomes 03:00 at 07:00 UTC */
		{ "America/New_York", "Sat..Sun 01:00-03:00", 1772953200, 0 },
		{ "America/New_York", "Sat..Sun 01:00-03:00", 1772953199, 1 },
		/* the day before, where midnight itself does not come: Asuncion 2024-10-06 at 04:00 UTC */
		{ "America/Asuncion", "Sat 22:00-02:00", 1728187200, 1 }, /* Sunday 01:00 */
		{ "America/Asuncion", "Sun 00:00-00:30", 1728187200, 0 },
		/* a date in another zone than UTC */
		{ "Pacific/Auckland", "2026-11-25", 1795518000, 1 }, /* 2026-11-24 11:00 UTC */
		{ "UTC", "2026-11-25", 1795518000, 0 },
		{ "UTC", "2026-11-24 22:00-06:00", 1795564800 + 6 * 3600 - 1, 1 },
		{ "UTC", "2026-11-24 22:00-06:00", 1795564800 + 6 * 3600, 0 },
		{ "UTC", "2026-12-31 22:00-06:00", 1798761600 + 3600, 1 },    /* 2027-01-01 01:00 */
		{ "UTC", "2028-02-29 22:00-06:00", 1835481600 + 3600, 1 },    /* 2028-03-01 01:00 */
		{ "UTC", "Fri..Mon 10:00-24:00", 1795564800 + 11 * 3600, 0 }, /* a Wednesday */
		{ "UTC", "22:00-00:00", 1795564800 - 1, 1 },
		{ "UTC", "22:00-00:00", 1795564800, 0 },
	};

	(void)state;
	if (access("/usr/share/zoneinfo/Europe/Berlin", F_OK) < 0)
		skip(); /* tzdata is not there */
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int got;

		assert_int_equal(setenv("TZ", cases[i].zone, 1), 0);
		tzset();
		got = match_time(cases[i].window, cases[i].now);
		if (got != cases[i].holds)
			fail_msg("%s in %s at %lld: %d", cases[i].window, cases[i].zone,
				 (long long)cases[i].now, got);
	}
	assert_int_equal(unsetenv("TZ"), 0);
	tzset();
}

static void past_windows(void **state)
{
	const time_t six = 1795564800 + 6 * 3600; /* 2026-11-25 06:00 */

	(void)state;
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
	assert_true(match_time_past("2026-11-24 22:00-06:00", six));
	assert_false(match_time_past("2026-11-24 22:00-06:00", six - 1));
	assert_true(match_time_past("2026-11-24", 1795564800));
	assert_false(match_time_past("2026-11-24", 1795564799));
	assert_true(match_time_past("2026-12-31 09:00-12:00", 1798761600));
	assert_false(match_time_past("Mon..Fri 08:00-09:00", six));
	assert_int_equal(unsetenv("TZ"), 0);
	tzset();
}

/* The end of the windows around a moment; 0: none within eight days; -1: no Time=. */
static time_t end_of(const char *windows, time_t now)
{
	struct match_item items[4];
	struct match m = { .items = items };
	char text[128];
	time_t end;

	(void)snprintf(text, sizeof text, "%s", windows);
	for (char *at = strtok(text, "|"); at != NULL; at = strtok(NULL, "|"))
		items[m.n++] = (struct match_item){ .key = MATCH_TIME, .text = at };
	facts.now = now;
	if (match_time_end(&m, &facts, &end) < 0)
		return -1;
	assert_int_equal(facts.now, now);
	return end;
}

static void windows_end(void **state)
{
	(void)state;
	if (access("/usr/share/zoneinfo/Europe/Berlin", F_OK) < 0)
		skip(); /* tzdata is not there */
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
	assert_int_equal(end_of("08:00-18:00", 1795564800 + 9 * 3600 + 7), 1795564800 + 18 * 3600);
	assert_int_equal(end_of("22:00-06:00", 1795564800 - 3600), 1795564800 + 6 * 3600);
	assert_int_equal(end_of("08:00-12:00|12:00-13:30", 1795564800 + 9 * 3600),
			 1795564800 + 13 * 3600 + 1800);
	assert_int_equal(end_of("00:00-24:00", 1795564800), 0);
	assert_int_equal(end_of("", 1795564800), -1);
	/* Berlin 2026-10-25: the hour from 02:00 comes twice; the first half past two ends the window */
	assert_int_equal(setenv("TZ", "Europe/Berlin", 1), 0);
	tzset();
	assert_int_equal(end_of("01:00-02:30", 1792882800), 1792888200);
	assert_int_equal(unsetenv("TZ"), 0);
	tzset();
}

/* A user manager is admitted if no rule confines any login of the account. */
static void user_managers(void **state)
{
	static const struct {
		const char *first, *second; /* of two files, in this order */
		bool admitted;
	} cases[] = {
		{ "[Match]\nUser=alice\n[Session]\n", "[Match]\nUser=!bob\n[Session]\n", true },
		{ "[Match]\nUser=bob\n[Session]\n", NULL, false },
		{ "[Session]\n", NULL, false },
		{ "[Match]\nUser=bob\n[Session]\nAction=deny\n", NULL, false },
		{ "[Match]\nUser=bob\n[Session]\nAction=allow\n", "[Session]\n", true },
		{ "[Match]\nGroup=1234\n[Session]\n", NULL, false },
		{ "[Match]\nGroup=!1234\n[Session]\n", NULL, true },
		/* keys about one login only */
		{ "[Match]\nService=sshd\n[Session]\n", NULL, false },
		{ "[Match]\nUser=alice\nService=sshd\n[Session]\n", NULL, true },
		{ "[Match]\nService=!sshd\n[Session]\n", NULL, false },
		{ "[Match]\nRemoteHost=192.0.2.0/24\n[Session]\n", NULL, false },
		{ "[Match]\nTTY=tty*\n[Session]\n", NULL, false },
		{ "[Match]\nTime=1999-01-01 00:00-24:00\n[Session]\n", NULL, false },
		{ "[Match]\nUser=alice\n[Match]\nUser=bob\nService=su\n[Session]\n", NULL, false },
		/* an exception for some logins is none for the manager */
		{ "[Match]\nService=!sshd\n[Session]\nAction=allow\n", "[Session]\n", false },
		{ "[Match]\nService=su\n[Session]\nAction=allow\n", "[Session]\n", false },
		{ "[Match]\nService=system*\n[Session]\nAction=allow\n", "[Session]\n", false },
		{ "[Match]\nService=su\n[Session]\nAction=allow\n",
		  "[Match]\nUser=alice\n[Session]\n", true },
		/* logins that are denied leave nothing behind, but a denied manager stays denied */
		{ "[Match]\nService=sshd\n[Session]\nAction=deny\n", NULL, true },
		{ "[Match]\nService=systemd-user\n[Session]\nAction=deny\n", NULL, false },
		{ "[Match]\nTime=00:00-24:00\n[Session]\nAction=deny\n", NULL, false },
		/* a rule about managers alone */
		{ "[Match]\nService=su systemd-user\n[Session]\nAction=allow\n", "[Session]\n",
		  true },
		{ "[Match]\nUser=alice\nService=systemd-user\n[Session]\nAction=allow\n",
		  "[Session]\n", false },
		{ "[Match]\nService=sshd\n[Session]\n",
		  "[Match]\nService=systemd-user\n[Session]\nAction=allow\n", false },
		{ "[Session]\nServices=sshd systemd-user\n", NULL, false },
		/* what cannot be read may be about bob */
		{ "[Match]\nUser=alice\n[Session]\n", "nonsense", false },
		{ "[Match]\nService=su\n[Session]\nNonsense=1\n", NULL, false },
	};
	struct decision root_has_one;

	(void)state;
	(void)snprintf(facts.login.service, sizeof facts.login.service, FACTS_SERVICE_MANAGER);
	facts.login.rhost[0] = '\0';
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *second = cases[i].second != NULL ? cases[i].second :
							       "[Match]\nUser=alice\n[Session]\n";
		struct decision d;

		put_rule(cases[i].first);
		put("rules.d/60-y.conf", second, strlen(second));
		if ((decide(&d) == VERDICT_UNCONFINED) != cases[i].admitted ||
		    d.verdict == VERDICT_CONFINE)
			fail_msg("%s%s: verdict %d: %s", cases[i].first, second, d.verdict,
				 d.err.msg);
		decision_free(&d);
	}
	facts.login.uid = 0;
	put_rule("[Session]\n");
	assert_int_equal(decide(&root_has_one), VERDICT_UNCONFINED);
	decision_free(&root_has_one);
}

/* Every default prints and reads back as itself. */
static void every_row(void **state)
{
	size_t n;
	const struct setting *row = settings_table(&n);
	struct settings s;
	char text[4096], again[4096];

	(void)state;
	assert_int_equal(settings_init(&s), 0);
	for (size_t i = 0; i < n; i++, row++) {
		(void)settings_print(&s, row, text, sizeof text);
		if (text[0] == '\0')
			continue;
		(void)strcpy(again, text);
		if (row->append) {
			char none[1] = "";

			assert_int_equal(settings_assign(&s, row, none, "f", 1, NULL), 0);
		}
		assert_int_equal(settings_assign(&s, row, again, "f", 2, NULL), 0);
		(void)settings_print(&s, row, again, sizeof again);
		assert_string_equal(again, text);
		assert_true(row->help[0] != '\0');
	}
	settings_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(past_windows),
		cmocka_unit_test(matching),
		cmocka_unit_test(time_goes_past_midnight),
		cmocka_unit_test(time_is_that_of_the_wall),
		cmocka_unit_test(merging),
		cmocka_unit_test(every_row),
		cmocka_unit_test(windows_end),
		cmocka_unit_test(user_managers), /* the last one, as it changes the login */
	};

	return cmocka_run_group_tests_name("rules", tests, setup, teardown);
}
