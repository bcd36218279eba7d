/* SPDX-License-Identifier: Apache-2.0 */
/* edit_test.c - cordon edit at a real terminal: what is saved, what is refused, and what nothing is left of */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

#define RULE   "/etc/cordon/rules.d/50-bob.conf"
#define EDITOR "/tmp/editor"

/* No temporary file, no directory, and the rule as it was. */
static void nothing_left(void)
{
	assert_string_equal(
		sh("ls -d /run/cordon-edit.* 2>/dev/null; find /etc/cordon/rules.d -name '.*' -type f")
			.text,
		"");
}

/* The editor is a script that gets the file as $1. */
static void editor(const char *script)
{
	FILE *f = fopen(EDITOR, "w");

	assert_non_null(f);
	assert_true(fprintf(f, "#!/bin/sh\n%s\n", script) > 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(sh("chmod 755 " EDITOR).code, 0);
}

/* Runs cordon edit with @words and the dialog. */
static struct out edit(const char *words, const char *dialog)
{
	char script[4096];

	(void)snprintf(script, sizeof script,
		       "set env(NO_COLOR) 1\nset env(EDITOR) " EDITOR
		       "\nunset -nocomplain env(VISUAL)\n"
		       "spawn -noecho env -u SUDO_UID -u SUDO_USER cordon edit %s\n%s\ndone\n",
		       words, dialog);
	return expect_run(script);
}

static int prepare(void **state)
{
	(void)state;
	rule_none();
	rule_file("50-bob", "User=bob", "LimitNPROC=77");
	return sh("groupadd sudo 2>/dev/null; usermod -G '' bob; useradd -G sudo anna; chmod 640 " RULE
		  "; chown root:adm " RULE "; echo " EDITOR " $(id -u anna)")
		.code;
}

static void saved(void **state)
{
	struct out o;

	(void)state;
	editor("sed -i s/=77/=78/ \"$1\"");
	o = edit("50-bob", "want {save? (y)es, (e)dit again, (N)o: }\ntype y");
	assert_int_equal(o.code, 0);
	assert_says(o, "bob:\r\n  --- before: confined (" RULE ":1)\r\n  +++ after: confined (");
	assert_says(o, "- LimitNPROC=77 (" RULE ":5)");
	assert_says(o, "+ LimitNPROC=78 (" RULE ":5)");
	assert_says(o, RULE ": saved");
	assert_says(sh("cat " RULE), "LimitNPROC=78");
	/* owner and mode stay */
	assert_string_equal(sh("stat -c '%%a %%U %%G' " RULE).text, "640 root adm\n");
	nothing_left();
	/* the only rule needs no name; no is the answer without an answer */
	editor("sed -i s/=78/=79/ \"$1\"");
	o = edit("", "want {(N)o: }\ntype {}");
	assert_int_equal(o.code, 0);
	assert_says(o, RULE ": unchanged");
	assert_says(sh("cat " RULE), "LimitNPROC=78");
	/* no change, no question */
	editor("true");
	assert_says(edit("", ""), RULE ": no change");
	nothing_left();
}

static void a_bad_text_is_not_saved(void **state)
{
	struct out o;

	(void)state;
	editor("grep -q NPORC \"$1\" && sed -i 's/NPORC/NPROC/' \"$1\" || sed -i s/NPROC=.*/NPORC=80/ \"$1\"");
	o = edit("50-bob.conf", "want {without saving? }\ntype q");
	assert_says(o, RULE ":5: LimitNPORC=: unknown directive; did you mean LimitNPROC=?");
	assert_says(o, "1 error: not saved");
	assert_says(o, RULE ": unchanged");
	assert_int_equal(o.code, 1);
	assert_says(sh("cat " RULE), "LimitNPROC=78");
	nothing_left();
	/* edited again, with the text of before */
	o = edit(RULE, "want {without saving? }\ntype e\nwant {(N)o: }\ntype y");
	assert_int_equal(o.code, 0);
	assert_says(sh("cat " RULE), "LimitNPROC=80");
	/* an error elsewhere does not prevent a change here */
	(void)sh("printf '[Session]\\nX=1\\n' >/etc/cordon/rules.d/90-x.conf");
	editor("sed -i s/=80/=78/ \"$1\"");
	o = edit("50-bob", "want {(N)o: }\ntype y");
	assert_says(o, "other files have ");
	assert_says(o, ": saved");
	/* an end of input is no */
	o = edit("50-bob", "want {(N)o: }\nsend \\004");
	assert_says(o, ": unchanged");
	(void)sh("rm /etc/cordon/rules.d/90-x.conf");
	nothing_left();
}

static void a_new_rule(void **state)
{
	struct out o;

	(void)state;
	editor("sed -i -e s/^User=.*/User=alice/ -e s/#Profile/Profile/ \"$1\"");
	o = edit("60-alice", "want {create it? (y)es, (N)o: }\ntype n");
	assert_int_equal(sh("test -e /etc/cordon/rules.d/60-alice.conf").code, 1);
	o = edit("60-alice", "want {(N)o: }\ntype y\nwant {(N)o: }\ntype y");
	assert_int_equal(o.code, 0);
	assert_says(o, "alice:\r\n  --- before: left alone (no rule matches)");
	assert_string_equal(sh("stat -c '%%a %%U %%G' /etc/cordon/rules.d/60-alice.conf").text,
			    "644 root root\n");
	assert_says(sh("cordon explain alice"), "alice (uid ");
	/* the text that it begins with is no rule */
	editor("echo >>\"$1\"");
	o = edit("70-x", "want {(N)o: }\ntype y\nwant {without saving? }\ntype q");
	assert_says(o, ":7: User=: value is missing");
	/* several rules: which */
	o = edit("", "");
	assert_int_equal(o.code, 2);
	assert_says(o,
		    "which rule? write 'cordon edit RULE' with one of:\r\n  50-bob\r\n  60-alice");
	(void)sh("rm /etc/cordon/rules.d/60-alice.conf");
	nothing_left();
}

/* Many accounts that change in the same way are one change; a package's rule becomes one of /etc. */
static void a_rule_of_a_package(void **state)
{
	struct out o;

	(void)state;
	(void)sh("groupadd crowd; for i in 1 2 3 4 5 6 7; do useradd -g crowd crowd$i; done; mkdir -p /usr/lib/cordon/rules.d; "
		 "printf '[Match]\\nGroup=crowd\\n[Session]\\n' >/usr/lib/cordon/rules.d/55-v.conf");
	editor("echo PrivateNetwork=no >>\"$1\"");
	o = edit("55-v", "want {(N)o: }\ntype y");
	assert_int_equal(o.code, 0);
	assert_says(o, "crowd1, crowd2, crowd3, crowd4, crowd5 and 2 more:\r\n");
	assert_says(o, "  + PrivateNetwork=no (/etc/cordon/rules.d/55-v.conf:4)");
	assert_says(sh("cat /etc/cordon/rules.d/55-v.conf"),
		    "Group=crowd\n[Session]\nPrivateNetwork=no\n");
	assert_silent(sh("cat /usr/lib/cordon/rules.d/55-v.conf"), "PrivateNetwork");
	(void)sh("rm /etc/cordon/rules.d/55-v.conf /usr/lib/cordon/rules.d/55-v.conf");
	nothing_left();
}

static void nobody_is_locked_out(void **state)
{
	struct out o;

	(void)state;
	/* the caller, by sudo's variable, and by the owner of the terminal */
	editor("sed -i s/^User=.*/'User=bob anna'/ \"$1\"");
	o = expect_run("set env(EDITOR) " EDITOR "\nset env(SUDO_UID) [exec id -u anna]\n"
		       "spawn -noecho cordon edit 50-bob\nwant {without saving? }\ntype q\ndone\n");
	assert_says(o, "anna, who runs this command, would be confined by sshd");
	assert_says(o, "if that is meant, run 'cordon edit --allow-lockout'");
	assert_silent(sh("cat " RULE), "anna");
	/* another administrator may be confined, and not refused */
	o = edit("50-bob", "want {save? (y)es, (e)dit again, (N)o: }\ntype n");
	assert_says(o, "anna:\r\n");
	editor("sed -i -e s/^User=.*/User=anna/ -e 's/LimitNPROC=.*/Action=deny/' \"$1\"");
	o = edit("50-bob", "want {without saving? }\ntype q");
	assert_says(o, "anna, an administrator, would be refused by sshd");
	assert_silent(sh("cat " RULE), "anna");
	o = edit("--allow-lockout 50-bob", "want {(N)o: }\ntype y");
	assert_int_equal(o.code, 0);
	assert_says(sh("cat " RULE), "User=anna");
	rule_file("50-bob", "User=bob", "LimitNPROC=78");
	/* by logins from some hosts alone */
	editor("printf '[Match]\\nUser=bob\\nRemoteHost=none\\n[Match]\\nUser=anna\\nRemoteHost=10.*\\n[Session]\\nAction=deny\\n' >\"$1\"");
	o = edit("50-bob", "want {without saving? }\ntype q");
	assert_says(o, "anna:\r\n");
	assert_says(o, "by sshd from 10.1; other hosts were not looked at");
	assert_says(o, "anna, an administrator, would be refused by sshd from 10.1");
	assert_silent(sh("cat " RULE), "anna");
	nothing_left();
}

static void two_editors(void **state)
{
	struct out o;

	(void)state;
	editor("touch /tmp/editing; sed -i s/=78/=81/ \"$1\"; while [ -e /tmp/editing ]; do sleep 0.05; done");
	(void)sh("rm -f /tmp/editing");
	o = expect_run(
		"set env(EDITOR) " EDITOR
		"\nset env(SUDO_USER) anna\nspawn -noecho cordon edit 50-bob\n"
		"while {![file exists /tmp/editing]} { after 50 }\n"
		"catch { exec script -qec {cordon edit 50-bob} /dev/null 2>@1 } second\n"
		"puts \"second: $second\"\nexec rm /tmp/editing\nwant {(N)o: }\ntype y\ndone\n");
	assert_int_equal(o.code, 0);
	assert_says(o, "anna is editing the rules (process ");
	assert_says(o, "try again later");
	assert_says(sh("cat " RULE), "LimitNPROC=81");
	/* others can lock what they can read: that keeps nobody out */
	(void)sh("setsid su alice -s /bin/sh -c 'exec flock /etc/cordon/rules.d sh -c \"touch /tmp/held; exec sleep 60\"' "
		 ">/dev/null 2>&1 & " UNTIL("[ -e /tmp/held ]"));
	editor("sed -i s/=81/=84/ \"$1\"");
	assert_says(edit("50-bob", "want {(N)o: }\ntype n"), ": unchanged");
	(void)sh("pkill -u alice sleep");
	/* who does not ask for the lock */
	editor("cp " RULE " " RULE ".x; mv " RULE ".x " RULE "; sed -i s/=81/=82/ \"$1\"");
	o = edit("50-bob", "want {(N)o: }\ntype y\nwant {without saving? }\ntype q");
	assert_says(o, "somebody else has changed the rule meanwhile");
	assert_says(sh("cat " RULE), "LimitNPROC=81");
	nothing_left();
}

static void an_end_leaves_nothing(void **state)
{
	static const char *const ends[] = { "exit 3", "kill -SEGV $$", "kill -HUP $PPID; sleep 20",
					    "kill -TERM $PPID; sleep 20",
					    "kill -INT $PPID; exit 1" };

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		char script[256];
		struct out o;

		(void)snprintf(
			script, sizeof script,
			"sed -i s/=81/=90/ \"$1\"; touch \"$1~\" \"$(dirname \"$1\")/.x.swp\"; %s",
			ends[i]);
		editor(script);
		o = edit("50-bob", "");
		if (o.code == 0)
			fail_msg("%s: %s", ends[i], o.text);
		assert_says(o, RULE ": unchanged");
		assert_says(sh("cat " RULE), "LimitNPROC=81");
		nothing_left();
	}
	/* at a question */
	editor("sed -i s/=81/=90/ \"$1\"");
	(void)edit("50-bob", "want {(N)o: }\nsend \\003");
	assert_says(sh("cat " RULE), "LimitNPROC=81");
	nothing_left();
	/* no editor */
	assert_int_equal(sh("rm " EDITOR).code, 0);
	assert_says(edit("50-bob", ""), "set EDITOR");
	nothing_left();
}

static void who_and_where(void **state)
{
	(void)state;
	assert_says(sh("cordon edit 50-bob"), "requires a terminal; elsewhere change a copy");
	assert_says(sh("su alice -s /bin/sh -c 'cordon edit 50-bob'"), "only root can change rules");
	editor("true");
	assert_says(edit("../x", ""), "invalid name of a rule");
	assert_says(edit("a b", ""), "edit takes one rule");
	(void)sh("ln -s /dev/null /etc/cordon/rules.d/70-m.conf");
	assert_says(edit("70-m", ""), "the rule is masked");
	(void)sh("rm /etc/cordon/rules.d/70-m.conf");
	rule_none();
	assert_says(edit("", ""), "there is none yet");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(saved),
					    cmocka_unit_test(a_bad_text_is_not_saved),
					    cmocka_unit_test(a_new_rule),
					    cmocka_unit_test(a_rule_of_a_package),
					    cmocka_unit_test(nobody_is_locked_out),
					    cmocka_unit_test(two_editors),
					    cmocka_unit_test(an_end_leaves_nothing),
					    cmocka_unit_test(who_and_where) };

	return cmocka_run_group_tests(tests, prepare, NULL);
}
