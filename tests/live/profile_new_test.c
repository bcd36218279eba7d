/* SPDX-License-Identifier: Apache-2.0 */
/* profile_new_test.c - cordon new: the rules it writes hold, and what it refuses leaves nothing */
#include "lib/live.h"

#include <string.h>

#define RULES "ls -A /etc/cordon/rules.d"

static int prepare(void **state)
{
	(void)state;
	return sh("rm -f /etc/cordon/rules.d/*; useradd -m 12345 2>/dev/null; useradd -ou 0 -g 0 toor; true")
		.code;
}

static void to_stdout(void **state)
{
	struct out o;

	(void)state;
	o = sh("cordon new --profile teaching --user bob");
	assert_int_equal(o.code, 0);
	assert_says(o, "# the user bob: teaching\n");
	assert_says(o, "# teaching: students on a course server");
	assert_says(o, "# The settings, with reasons: /usr/share/cordon/profiles/teaching.conf");
	assert_says(o, "\n[Match]\nUser=bob\n\n[Session]\nProfile=teaching\n");
	assert_silent(o, "lines like these");
	assert_says(
		sh("cordon new --profile kiosk --user bob"),
		"lines like these:\n#Command=/usr/bin/less -S /srv/kiosk/timetable\n#ExecPaths=/usr/bin/less\n#ReadOnlyPaths=/srv/kiosk\n");
	assert_says(sh("cordon new --profile git-only --user bob"),
		    "lines like these:\n#ReadWritePaths=/srv/git\n");
	assert_string_equal(sh(RULES).text, "");
	/* anybody may print a rule */
	assert_int_equal(
		sh("su alice -s /bin/sh -c 'cordon new --profile guest --group project' >/tmp/x.conf && mv /tmp/x.conf /etc/cordon/rules.d/10-x.conf && cordon check")
			.code,
		0);
	assert_says(as_bob("df --output=size -BM ~ | tail -1"), "256M");
	rule_none();
}

static void into_rules(void **state)
{
	struct out o;

	(void)state;
	o = sh("umask 077; cordon new --profile teaching --user bob --write");
	assert_int_equal(o.code, 0);
	assert_string_equal(
		o.text,
		"/etc/cordon/rules.d/50-bob.conf\nto see what the rule does: cordon explain bob\n");
	assert_string_equal(sh(RULES "; stat -c '%%a %%U %%G' /etc/cordon/rules.d/50-bob.conf").text,
			    "50-bob.conf\n644 root root\n");
	assert_says(sh("cordon explain bob"), "/etc/cordon/rules.d/50-bob.conf:");
	assert_says(as_bob("ulimit -u"), "512");
	/* a rule to complete, which another service than that of explain admits */
	assert_string_equal(sh("cordon new --profile kiosk --user alice --write").text,
			    "/etc/cordon/rules.d/50-alice.conf\n"
			    "complete the rule: correct the lines at its end, and remove their #\n"
			    "to see what the rule does: cordon explain --service login alice\n");
	assert_int_equal(sh("rm /etc/cordon/rules.d/50-alice.conf").code, 0);
	/* not a second time */
	o = sh("cordon new --profile guest --user bob --write");
	assert_int_equal(o.code, 1);
	assert_says(o, "50-bob.conf: already exists");
	assert_says(sh("cat /etc/cordon/rules.d/*.conf; " RULES), "Profile=teaching");
	assert_string_equal(sh(RULES).text, "50-bob.conf\n");
	/* a chosen name; and a warning if another file decides */
	o = sh("cordon new --profile guest --profile teaching --user bob --write=60-more.conf");
	assert_int_equal(o.code, 0);
	assert_says(o, "warning: for user 'bob', /etc/cordon/rules.d/50-bob.conf:");
	assert_silent(sh("cordon new --profile guest --user bob --write=40-first"), "note:");
	assert_says(sh("cordon new --profile guest --group project --write"),
		    "/etc/cordon/rules.d/50-project.conf\n");
	assert_int_equal(sh("cordon check").code, 0);
	rule_none();
	/* a name that is a number would mean the uid */
	assert_says(sh("cordon new --profile guest --user 12345"),
		    sh("printf 'User=%%s\\n' $(id -u 12345)").code == 0 ? "\n[Match]\nUser=" : "?");
	assert_silent(sh("cordon new --profile guest --user 12345"), "User=12345");
}

static void refused(void **state)
{
	static const struct {
		const char *args, *says;
		int code;
	} tries[] = {
		{ "", "no profile given; add --profile PROFILE", 2 },
		{ "--profile guest", "no user or group given; add --user USER or --group GROUP", 2 },
		{ "--profile guest --user bob --group project",
		  "--user and --group exclude each other", 2 },
		{ "--profile guest --user bob --write 50-x", "follows an equals sign", 2 },
		{ "--profile guest --user nosuch --write", "there is no user 'nosuch'", 2 },
		{ "--profile guest --group nosuch --write", "there is no group 'nosuch'", 2 },
		{ "--profile gest --user bob --write",
		  "--profile: profile 'gest' does not exist; did you mean 'guest'?", 2 },
		{ "--profile ../guest --user bob --write",
		  "--profile: invalid profile name '../guest'", 2 },
		{ "--profile guest --user root --write", "root: uid 0 is never confined", 2 },
		{ "--profile guest --user toor --write", "toor: uid 0 is never confined", 2 },
		{ "--profile guest --user bob --write=../x", "../x: invalid name of a rule", 2 },
		{ "--profile guest --user bob --write=.x", ".x: invalid name of a rule", 2 },
		{ "--profile guest --user bob --write=", ": invalid name of a rule", 2 },
		{ "--profile broken --user bob --write",
		  "broken.conf:2: UMaks=: unknown directive; did you mean UMask=?", 1 },
		{ "--profile broken --user bob", "broken.conf:2: UMaks=", 1 },
		{ "--profile open --user bob --write", "is writable by group or others", 3 },
	};

	(void)state;
	assert_int_equal(
		sh("printf '[Session]\\nUMaks=0\\n' >/etc/cordon/profiles/broken.conf;"
		   "printf '[Session]\\n' >/etc/cordon/profiles/open.conf; chmod 666 /etc/cordon/profiles/open.conf")
			.code,
		0);
	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
		struct out o = sh("cordon new %s", tries[i].args);

		if (o.code != tries[i].code)
			fail_msg("cordon new %s: code %d: %s", tries[i].args, o.code, o.text);
		assert_says(o, tries[i].says);
		assert_string_equal(sh(RULES).text, "");
	}
	assert_says(sh("su alice -s /bin/sh -c 'cordon new --profile guest --user bob --write'"),
		    "only root can write rules");
	/* a directory that others can write to is no place for a rule */
	assert_says(
		sh("chmod 777 /etc/cordon/rules.d; cordon new --profile guest --user bob --write; echo code=$?; chmod 755 /etc/cordon/rules.d"),
		"code=3");
	assert_says(
		sh("mkdir -p /usr/lib/cordon/rules.d; echo '[Session]' >/usr/lib/cordon/rules.d/50-bob.conf; "
		   "cordon new --profile guest --user bob --write; echo code=$?; rm /usr/lib/cordon/rules.d/50-bob.conf"),
		"would replace the shipped rule");
	assert_string_equal(sh(RULES).text, "");
}

/* Some profiles refuse without what they need: exam a directory, those of kiosks their program. */
static void every_profile(void **state)
{
	(void)state;
	assert_silent(
		sh("install -d -o bob ~bob/answers; n=0; "
		   "for f in /usr/share/cordon/profiles/*.conf; do p=${f##*/}; p=${p%%.conf}; "
		   "want='bob (uid 2001) by login: confined'; "
		   "[ ${p#kiosk} = $p ] || want='bob (uid 2001) by login: refused: .*kiosk.conf:.*the shell'; "
		   "cordon new --profile $p --user bob --write=$p && cordon explain --service login bob | grep -q \"$want\" || echo FAILED $p; "
		   "rm -f /etc/cordon/rules.d/*; n=$((n+1)); done; "
		   "[ $n = $(ls /usr/share/cordon/profiles/*.conf | wc -l) ] && [ $n -gt 5 ] || echo FAILED $n profiles; rmdir ~bob/answers"),
		"FAILED");
}

/* The completions after @words. */
static struct out tab(const char *words)
{
	return sh("bash -c '. /usr/share/bash-completion/completions/cordon; COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
		  "_cordon; echo \" ${COMPREPLY[*]} \"'",
		  words);
}

static void completion(void **state)
{
	(void)state;
	assert_says(tab("cordon \"\""), " explain ");
	assert_silent(tab("cordon \"\""), " shell ");
	assert_silent(
		sh("cordon --help | grep '^  shell'; man -P cat cordon 2>&1 | grep -w 'cordon shell'"),
		"shell");
	assert_string_equal(tab("cordon new --wri").text, " --write \n");
	assert_string_equal(tab("cordon exp").text, " explain \n");
	assert_string_equal(tab("cordon new --profile sftp").text, " sftp-only \n");
	assert_string_equal(tab("cordon new --prof").text, " --profile \n");
	assert_string_equal(tab("cordon new --user bo").text, " bob \n");
	assert_string_equal(tab("cordon new --group proj").text, " project \n");
	assert_string_equal(tab("cordon explain --serv").text, " --service \n");
	assert_string_equal(tab("cordon explain ali").text, " alice \n");
	assert_string_equal(tab("cordon run --names").text, " --namespaces \n");
	assert_says(tab("cordon run --rule /etc/passw"), " /etc/passwd ");
	assert_says(tab("cordon run dash"), " dash ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(to_stdout),  cmocka_unit_test(into_rules),
		cmocka_unit_test(refused),    cmocka_unit_test(every_profile),
		cmocka_unit_test(completion),
	};

	return cmocka_run_group_tests_name("profile new", tests, prepare, NULL);
}
