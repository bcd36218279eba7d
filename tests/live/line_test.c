/* SPDX-License-Identifier: Apache-2.0 */
/* line_test.c - ssh sessions behave the same with a rule and without */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

static void exit_codes(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(as_bob("exit 7").code, 7);
	assert_int_equal(as_bob("true").code, 0);
	assert_int_equal(as_bob("no-such-program").code, 127);
	assert_int_equal(as_bob("/etc/passwd").code, 126);
	assert_int_equal(as_bob("kill -TERM $$").code, 255); /* as sshd reports it without us */
}

static void streams(void **state)
{
	(void)state;
	rule_set("");
	assert_says(sh(SSH "bob@h 'echo out; echo err >&2' 2>/dev/null"), "out");
	assert_silent(sh(SSH "bob@h 'echo out; echo err >&2' 2>/dev/null"), "err");
	assert_int_equal(sh(SSH "-n bob@h cat").code, 0);
	assert_says(sh("echo hello | " SSH "bob@h 'cat; echo end'"), "hello\nend");
	assert_says(sh("printf 'echo by-stdin\\n' | " SSH "bob@h sh -s"), "by-stdin");
	/* order and separation, without a terminal */
	assert_says(sh(SSH "-T bob@h 'echo a; echo b >&2; echo c' 2>/tmp/err; cat /tmp/err"),
		    "a\nc\nb\n");
	assert_says(sh("printf 'a\\000b\\377\\r\\n' | " SSH "bob@h cat | od -An -tx1"),
		    "61 00 62 ff 0d 0a");
	/* half closed: the remote command sees end of file and still writes */
	assert_says(sh("(echo one; echo two) | " SSH "bob@h 'sort -r; sleep 1; echo after'"),
		    "two\none\nafter");
	assert_says(sh(SSH "bob@h 'exec <&-; sleep 1; echo still' </dev/null"), "still");
	/* in the background, and with a slow reader */
	assert_int_equal(sh(SSH "-f bob@h 'sleep 0.2; touch background'; " UNTIL(
				    "test -e /home/bob/background") "rm /home/bob/background")
				 .code,
			 0);
	assert_says(sh(SSH "bob@h 'head -c 8M /dev/zero' | (sleep 1; wc -c)"), "8388608");
}

/* Transfers the same 64 MiB of random bytes sixteen times in both directions. */
static void eight_bit_clean(void **state)
{
	const char *megabytes = quick() ? "1" : "64";

	(void)state;
	rule_set("");
	assert_int_equal(sh("head -c %sM /dev/urandom >/tmp/noise", megabytes).code, 0);
	assert_says(sh("f=/tmp/noise; all() { for i in 1 2 3 4; do cat $f $f $f $f; done; }; "
		       "here=$(all | sha256sum); there=$(all | " SSH "bob@h sha256sum); "
		       "test \"$here\" = \"$there\" && echo out-equal"),
		    "out-equal");
	assert_says(
		sh("f=/tmp/noise; all() { for i in 1 2 3 4; do cat $f $f $f $f; done; }; cp $f /home/bob/noise; "
		   "here=$(all | sha256sum); "
		   "back=$(" SSH
		   "bob@h 'for i in 1 2 3 4; do cat noise noise noise noise; done' | sha256sum); "
		   "test \"$here\" = \"$back\" && echo back-equal"),
		"back-equal");
	assert_int_equal(sh("rm /tmp/noise /home/bob/noise").code, 0);
}

/* Writes what a login sees of itself to /tmp/OUT-DOOR-USER, by sshd, su and login. */
static void look(const char *user, const char *out)
{
	char script[700];

	assert_int_equal(sh(SSH "%s@h sh /tmp/look >/tmp/%s-ssh-%s", user, out, user).code, 0);
	assert_int_equal(sh("su - %s -c 'sh /tmp/look' >/tmp/%s-su-%s", user, out, user).code, 0);
	(void)snprintf(
		script, sizeof script,
		"spawn login -f %s\nwant {$ }\ntype {sh /tmp/look >/tmp/looked-%s; echo do''ne}\nwant {done}\n"
		"type exit\ndone\n",
		user, user);
	if (strcmp(user, "root") == 0)
		(void)memcpy(strstr(script, "{$ }"), "{# }", 4);
	assert_int_equal(expect_run(script).code, 0);
	assert_int_equal(sh("mv /tmp/looked-%s /tmp/%s-login-%s", user, out, user).code, 0);
}

static void left_alone(void **state)
{
	static const char *const users[] = { "alice", "root",
					     "bob" }; /* no rule, uid 0, Action=allow */

	(void)state;
	assert_int_equal(
		sh("cat >/tmp/look <<'END'\n"
		   "env | grep -v -e ^SSH_CONN -e ^SSH_CLIENT | sort\n"
		   "grep -v -i -E '[pgs]id|ctxt|^Vm|^Rss|Hugetlb|^SigQ|^Cpus|^Mems' /proc/self/status\n"
		   "readlink /proc/self/ns/*; cut -d' ' -f1- /proc/self/mountinfo; umask; ulimit -a; pwd; id\n"
		   "ls /proc/self/fd; cat /proc/self/cgroup; keyctl show 2>/dev/null; cat /proc/self/oom_score_adj\nEND")
			.code,
		0);
	assert_int_equal(
		sh("mkdir /tmp/pam.with && cp /etc/pam.d/* /tmp/pam.with && sed -i /pam_cordon/d /etc/pam.d/*")
			.code,
		0);
	rule_set("Action=allow");
	for (unsigned i = 0; i < 3; i++)
		look(users[i], "without");
	assert_int_equal(
		sh("cp /tmp/pam.with/* /etc/pam.d/ && test $(grep -l pam_cordon /etc/pam.d/* | wc -l) -ge 4")
			.code,
		0);
	for (unsigned i = 0; i < 3; i++)
		look(users[i], "with");
	for (unsigned i = 0; i < 3; i++)
		assert_says(
			sh("for door in ssh su login; do test -s /tmp/with-$door-%s && "
			   "diff /tmp/without-$door-%s /tmp/with-$door-%s || exit; done; echo identical",
			   users[i], users[i], users[i]),
			"identical");
}

static void broken_rule(void **state)
{
	(void)state;
	rule_set("PrivateTmpp=yes");
	assert_int_not_equal(as_bob("id").code, 0);
	assert_silent(as_bob("id"), "uid=");
	assert_says(sh("cat $HOST_LOG"),
		    "50-bob.conf:5: PrivateTmpp=: unknown directive; did you mean PrivateTmp=?");
	assert_says(sh(SSH "alice@h id"), "uid=2002");
	assert_says(sh(SSH "root@h id"), "uid=0");
	assert_says(sh("cordon check; echo code=$?"), "code=1");
	assert_int_equal(sh("mv /etc/cordon/rules.d /etc/cordon/away").code, 0);
	assert_silent(sh(SSH "alice@h id"), "uid=");
	assert_says(sh(SSH "root@h id"), "uid=0");
	assert_int_equal(sh("mv /etc/cordon/away /etc/cordon/rules.d").code, 0);
}

static void refused(void **state)
{
	(void)state;
	rule_set("Action=deny\nMessage=come back on Monday");
	assert_silent(as_bob("id"), "uid=");
	assert_says(sh("su bob -c id"), "come back on Monday");
	assert_says(sh("cat $HOST_LOG"), "event=deny");
	rule_set("Services=\nServices=login");
	assert_silent(as_bob("id"), "uid=");
	/* the program that collects the log may be late */
	assert_says(
		sh(UNTIL("grep -q \"event=deny.*service 'sshd'\" $HOST_LOG") "grep 'event=deny' $HOST_LOG | tail -1"),
		"service 'sshd' is not listed in Services=");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_codes),	   cmocka_unit_test(streams),
		cmocka_unit_test(eight_bit_clean), cmocka_unit_test(left_alone),
		cmocka_unit_test(broken_rule),	   cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
