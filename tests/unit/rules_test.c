/* rules_test.c - the rule language: what is refused, with which words, and what is decided */
#include "../../core/policy/compile.h"
#include "../../core/policy/decide.h"
#include "../../core/policy/types.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A tree of rules of our own, which its owner has to own. */
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
	const char *text, *message;
} bad[] = {
	{ "", "empty" },
	{ "[Session]\nPrivateTmpp=yes\n", ":2: PrivateTmpp=: unknown directive; did you mean PrivateTmp=?" },
	{ "[Session]\nxyzzy=1\n", ":2: xyzzy=: unknown directive; see cordon.rules(5)" },
	{ "[Sesion]\n", ":1: unknown section [Sesion]; sections are [Match] and [Session]" },
	{ "[Session]\n[Session]\n", ":2: [Session] appears twice; write all its lines in one section" },
	{ "PrivateTmp=yes\n", ":1: PrivateTmp=: before any section; write [Match] or [Session] first" },
	{ "[Session]\nUser=bob\n", ":2: User=: belongs to [Match]; move it there" },
	{ "[Match]\nPrivateTmp=yes\n", ":2: PrivateTmp=: belongs to [Session]; move it there" },
	{ "[Match]\nUsr=bob\n", ":2: Usr=: unknown key; did you mean User=?" },
	{ "[Match]\nUser=\n", ":2: User=: no value; write one, or take the line out" },
	{ "[Match]\nTime=25:00-26:00\n", ":2: Time=: '25:00-26:00' is no time; write it like" },
	{ "[Match]\nTime=2026-02-30 08:00-09:00\n", ":2: Time=: '2026-02-30 08:00-09:00' is no time" },
	{ "[Match]\nRemoteHost=10.0.0.0/33\n", ":2: RemoteHost=: '10.0.0.0/33' is no network" },
	{ "[Match]\nUser=9-3\n", ":2: User=: '9-3' is no range of uids; write low-high" },
	{ "[Session]\nPrivateTmp=maybe\n", ":2: PrivateTmp=: 'maybe' is no value of it; write yes or no" },
	{ "[Session]\nPrivateTmp=\n", ":2: PrivateTmp=: no value; write yes or no" },
	{ "[Session]\nPrivateTmp=yes\nPrivateTmp=no\n", ":3: PrivateTmp=: given twice; keep one of the lines" },
	{ "[Session]\nHome=gone\n", ":2: Home=: 'gone' is no value of it; write persistent, read-only, ephemeral, empty or none" },
	{ "[Session]\nUMask=0999\n", ":2: UMask=: '0999' is no mask; write it in octal, 0000 to 0777" },
	{ "[Session]\nUMask=07777\n", ":2: UMask=: '07777' is no mask" },
	{ "[Session]\nLimitNOFILE=many\n", ":2: LimitNOFILE=: 'many' is no number; write a number or infinity" },
	{ "[Session]\nLimitNOFILE=20:10\n", ":2: LimitNOFILE=: the soft limit is above the hard one; write soft:hard" },
	{ "[Session]\nLimitAS=5Q\n", ":2: LimitAS=: '5Q' is no size" },
	{ "[Session]\nLimitCPU=1 fortnight\n", ":2: LimitCPU=: '1 fortnight' is no time span" },
	{ "[Session]\nLimitNICE=+20\n", ":2: LimitNICE=: '+20' is no ceiling of the nice value" },
	{ "[Session]\nLimitNOFILE=99999999999999999999\n", ":2: LimitNOFILE=: '99999999999999999999' is no number" },
	{ "[Session]\nReadOnlyPaths=srv\n", ":2: ReadOnlyPaths=: 'srv' is no absolute path; begin it with '/' or %h" },
	{ "[Session]\nReadOnlyPaths=/srv/../etc\n", ":2: ReadOnlyPaths=: '/srv/../etc' has a '..'; write the path that is meant" },
	{ "[Session]\nReadOnlyPaths=/srv/%x\n", ":2: ReadOnlyPaths=: '%x' is no specifier; write %% for a percent sign" },
	{ "[Session]\nBindPaths=/a:/b:/c\n", ":2: BindPaths=: '/a:/b:/c' has more than one ':'; write source:target" },
	{ "[Session]\nTemporaryFileSystem=/a:big\n", ":2: TemporaryFileSystem=: 'big' is no option of it" },
	{ "[Session]\nHostname=a b\n", ":2: Hostname=: more than one word; write a host name" },
	{ "[Session]\nHostname=a/b\n", ":2: Hostname=: 'a/b' is no host name" },
	{ "[Session]\nEnvironment=novalue\n", ":2: Environment=: 'novalue' is no variable; write NAME=value" },
	{ "[Session]\nCapabilityBoundingSet=CAP_FLY\n", ":2: CapabilityBoundingSet=: 'CAP_FLY' is no capability of this kernel" },
	{ "[Session]\nRestrictNamespaces=moon\n", ":2: RestrictNamespaces=: 'moon' is no kind of namespace" },
	{ "[Session]\nSystemCallFilter=opennat\n", "opennat" },
	{ "[Session]\nRestrictAddressFamilies=AF_MOON\n", "AF_MOON" },
	{ "[Session]\nSystemCallErrorNumber=EWHAT\n", "EWHAT" },
	{ "[Session]\nSystemCallArchitectures=vax\n", "vax" },
	{ "[Session]\nProfile=none-such\n", ":2: Profile=: profile 'none-such' doesn't exist; put it into" },
	{ "[Session]\nProfile=../x\n", ":2: Profile=: '../x' is no profile's name" },
	{ "[Session]\nProfile=loop\n", "Profile=: 'loop' comes back to itself; break the circle" },
	{ "[Session]\nInaccessiblePaths=/\n", ":2: InaccessiblePaths=: '/': nothing would be left" },
	{ "[Session]\nNoExecPaths=/tmp\nPrivatePIDs=no\n", "NoExecPaths=: needs PrivatePIDs=yes" },
	{ "[Session]\nUMask=0022\r\n", "carriage return" },
	{ "[Session]\nHostname=\xff\n", "UTF-8" },
	{ "[Session\n", ":1:" },
	{ "[Session]\nUMask\n", ":2:" },
	{ "[Session]\nEnvironment=\"A=b\n", ":2: Environment=:" },
};

static void bad_rules_say_where_and_what(void **state)
{
	static const char loop[] = "[Session]\nProfile=loop\n";

	(void)state;
	put("profiles/loop.conf", loop, sizeof loop - 1);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct decision d;
		struct plan *plan = NULL;
		char text[1024];

		put_rule(bad[i].text);
		if (decide(&d) == VERDICT_CONFINE && plan_compile(&d.settings, &facts, &plan, &d.err) == 0)
			fail_msg("accepted: %s", bad[i].text);
		(void)err_text(&d.err, text, sizeof text);
		if (strstr(text, bad[i].message) == NULL)
			fail_msg("wanted '%s', got '%s'", bad[i].message, text);
		decision_free(&d);
	}
}

static const struct {
	const char *match;
	bool holds;
} matches[] = {
	{ "User=bob", true },	    { "User=alice", false },	{ "User=alice bob", true },
	{ "User=!bob", false },	    { "User=!alice", true },	{ "User=1234", true },
	{ "User=1000-1999", true }, { "User=2000-2999", false }, { "User=b*", true },
	{ "User=b* !bob", false },  { "User=bob\nService=su", false },
	{ "Service=ssh*", true },   { "RemoteHost=192.0.2.0/24", true },
	{ "RemoteHost=192.0.3.0/24", false }, { "RemoteHost=::ffff:192.0.2.7", true },
	{ "RemoteHost=none", false }, { "TTY=none", true }, { "TTY=pts/*", false },
	{ "Group=1234", true },	    { "Group=no-such-group-here", false },
	{ "Time=Mon..Sun 00:00-24:00", true }, { "Time=1999-01-01 00:00-24:00", false },
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
	struct tm tm = { .tm_year = 126, .tm_mon = 10, .tm_mday = 24, .tm_isdst = -1 }; /* a Tuesday */

	(void)state;
	tm.tm_hour = 23;
	assert_int_equal(match_holds(&(struct match){ 0 }, &facts, NULL, &(const char *){ NULL }, NULL), 1);
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

static void trust(void **state)
{
	struct decision d;
	char path[256];

	(void)state;
	(void)snprintf(path, sizeof path, "%s/etc/cordon/rules.d/50-x.conf", root);
	put_rule("[Session]\n");
	assert_int_equal(chmod(path, 0664), 0);
	assert_int_equal(decide(&d), VERDICT_DENY);
	decision_free(&d);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0644), 0); /* must not hang */
	assert_int_equal(decide(&d), VERDICT_DENY);
	decision_free(&d);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(decide(&d), VERDICT_DENY);
	decision_free(&d);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(decide(&d), VERDICT_UNCONFINED);
	decision_free(&d);
	assert_int_equal(unlink(path), 0);
	put_rule("[Sesion]\n");
	facts.login.uid = 0; /* whatever the rules say */
	assert_int_equal(decide(&d), VERDICT_UNCONFINED);
	decision_free(&d);
	facts.login.uid = 1234;
	put("rules.d/10-first.conf", "[Match]\nUser=bob\n[Session]\nAction=allow\n", 40);
	assert_int_equal(decide(&d), VERDICT_UNCONFINED); /* what comes after a match isn't read */
	decision_free(&d);
	(void)snprintf(path, sizeof path, "%s/etc/cordon/rules.d/10-first.conf", root);
	assert_int_equal(unlink(path), 0);
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

/* Any bytes: refused or parsed, never a crash. */
static void any_bytes(void **state)
{
	static const char seed[] = "[Match]\nUser=bob !al\nTime=Mon 22:00-06:00\nRemoteHost=10.0.0.0/8\n[Session]\n"
				   "Environment=\"A=b c\" D=%u\nReadOnlyPaths=/a/./b -/c\\\n /d\nLimitNOFILE=10:20\n"
				   "SystemCallFilter=~@mount mkdir:ENOENT\nTemporaryFileSystem=/x:size=1M,ro\n";
	unsigned random = 1;

	(void)state;
	for (unsigned run = 0; run < 20000; run++) {
		char *text = malloc(sizeof seed);
		struct settings s;
		struct rule rule;

		memcpy(text, seed, sizeof seed);
		for (unsigned i = 0; i <= run % 4; i++) {
			random = random * 1103515245u + 12345u;
			text[(random >> 8) % (sizeof seed - 1)] = (char)(random >> 24);
		}
		assert_int_equal(rule_parse("f", text, sizeof seed - 1, false, 0, &rule), 0);
		assert_int_equal(settings_init(&s), 0);
		(void)rule_apply(&rule, &s, NULL);
		settings_free(&s);
		rule_free(&rule);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_rules_say_where_and_what),
		cmocka_unit_test(matching),
		cmocka_unit_test(time_goes_past_midnight),
		cmocka_unit_test(trust),
		cmocka_unit_test(merging),
		cmocka_unit_test(every_row),
		cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests_name("rules", tests, setup, teardown);
}
