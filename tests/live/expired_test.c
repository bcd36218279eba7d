/* SPDX-License-Identifier: Apache-2.0 */
/* expired_test.c - expired passwords, and programs that ask for a password in a session */
#include "lib/live.h"

static void expire(const char *user)
{
	assert_int_equal(sh("echo %s:secret | chpasswd -c SHA256 && chage -d 0 %s", user, user).code,
			 0);
}

#define NEW "Tr0ub4dor-3xyz"

/* sshd executes passwd in the session: the user learns what to do, and stays confined. */
static void by_key(void **state)
{
	struct out o;

	(void)state;
	rule_set("");
	expire("bob");
	o = expect_run(
		"spawn {*}$SSH -tt bob@h\nwant {cannot be changed in this session; log in with the password by keyboard-interactive}\ndone\n");
	assert_int_equal(o.code, 126);
	assert_silent(o, "Permission denied");
	assert_says(sh(SSH "bob@h id; echo code=$?"),
		    "Password change required but no TTY available.");
	/* an unconfined account gets the real passwd */
	expire("alice");
	assert_int_equal(
		expect_run("spawn {*}$SSH -tt alice@h\nwant {Current password: }\nexit 0\n").code,
		0);
	/* under another name, the login shell is unchanged */
	assert_int_equal(sh("chage -d 20000 bob; chage -d 20000 alice").code, 0);
	assert_says(sh(SSH "-tt bob@h 'exec -a passwd /bin/bash -c \"id -u\"' | tr -d '\\r'"),
		    "2001\n");
	assert_true(wait_gone(20));
}

/* Before the session the password can be changed, as without cordon. */
static void before_the_session(void **state)
{
	(void)state;
	rule_set("");
	expire("bob");
	assert_int_equal(
		expect_run(
			"spawn ssh -F /dev/null -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR "
			"-o PreferredAuthentications=keyboard-interactive -p 2223 bob@127.0.0.1 grep NoNewPrivs /proc/self/status\n"
			"want {Password: }\ntype secret\nwant {Current password: }\ntype secret\n"
			"want {New password: }\ntype " NEW "\nwant {new password: }\ntype " NEW "\n"
			"want \"NoNewPrivs:\\t1\"\ndone\n")
			.code,
		0);
	assert_silent(sh("chage -l bob"), "must be changed");
	expire("bob");
	assert_int_equal(
		expect_run(
			"spawn su bob -c {grep NoNewPrivs /proc/self/status}\nwant {Current password: }\ntype secret\n"
			"want {New password: }\ntype " NEW "\nwant {new password: }\ntype " NEW "\n"
			"want \"NoNewPrivs:\\t1\"\ndone\n")
			.code,
		0);
	assert_silent(sh("chage -l bob"), "must be changed");
	expire("bob");
	assert_int_equal(
		expect_run(
			"spawn login bob\nwant {Password: }\ntype secret\nwant {Current password: }\ntype secret\n"
			"want {New password: }\ntype " NEW "\nwant {new password: }\ntype " NEW "\n"
			"want {$ }\ntype {grep NoNewPrivs /proc/self/status; exit}\nwant \"NoNewPrivs:\\t1\"\ndone\n")
			.code,
		0);
	assert_silent(sh("chage -l bob"), "must be changed");
	assert_true(wait_gone(20));
}

/* Checks what pam_cordon(8) says about programs in a session that ask for a password. */
static void inside(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(
		sh("printf 'bob:secret\\nalice:secret\\n' | chpasswd -c SHA256; chage -d 20000 bob; chage -d 20000 alice")
			.code,
		0);
	assert_says(as_bob("echo secret | su alice -c id"), "Authentication failure");
	assert_says(as_bob("printf 'secret\\n" NEW "\\n" NEW "\\n' | passwd"),
		    "Authentication token manipulation error");
	assert_says(as_bob("echo secret | chsh -s /bin/sh"), "Authentication failure");
	assert_int_not_equal(as_bob("sudo -n id").code, 0);
	assert_true(wait_gone(20));
}

static int prepare(void **state)
{
	(void)state;
	/* without modules that judge a new password, which are not tested here */
	return sh("sed -i -e '/pam_pwquality\\|pam_cracklib/d' -e '/pam_unix/s/use_authtok\\|try_first_pass\\|yescrypt//g' /etc/pam.d/common-password; "
		  "/usr/sbin/sshd -f /run/host/sshd_config -o KbdInteractiveAuthentication=yes -o PasswordAuthentication=no -p 2223 -E /tmp/sshd2.log")
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_key),
		cmocka_unit_test(before_the_session),
		cmocka_unit_test(inside),
	};

	return cmocka_run_group_tests_name("expired", tests, prepare, NULL);
}
