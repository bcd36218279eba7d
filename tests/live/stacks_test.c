/* SPDX-License-Identifier: Apache-2.0 */
/* stacks_test.c - the PAM lines that cordon-pam writes, and their effect */
#include "lib/live.h"

/* The last refusal of a service, once its reason has @text: the log comes a moment after the refusal. */
static struct out refusal(const char *service, const char *text)
{
#define LAST "grep 'event=deny.*service=\"%s\"' $HOST_LOG | tail -n 1"
	return sh(UNTIL(LAST " | grep -qF \"%s\"") LAST, service, text, service);
}

static void written_once(void **state)
{
	(void)state;
	assert_int_equal(
		sh("cp -a /etc/pam.d /tmp/pam.d && touch /tmp/pam.d/cron /tmp/pam.d/doas && cordon-pam disable /tmp/pam.d && "
		   "! grep -r pam_cordon /tmp/pam.d && cp -a /tmp/pam.d /tmp/pam.before")
			.code,
		0);
	assert_int_equal(sh("cordon-pam enable /tmp/pam.d && cordon-pam enable /tmp/pam.d").code, 0);
	for (unsigned i = 0; i < 7; i++) {
		static const char *const stack[] = { "sshd",   "su",   "login", "sudo",
						     "sudo-i", "doas", "cron" };

		assert_says(sh("grep -c pam_cordon /tmp/pam.d/%s; tail -n 1 /tmp/pam.d/%s",
			       stack[i], stack[i]),
			    "1\nsession\trequired\tpam_cordon.so");
	}
	/* su-l, if it does not include su */
	assert_silent(sh("cat /tmp/pam.d/su-l"), "pam_cordon");
	assert_int_equal(
		sh("cordon-pam disable /tmp/pam.d && diff -r /tmp/pam.before /tmp/pam.d").code, 0);
	assert_says(
		sh("cp /tmp/pam.d/su-l /tmp/su-l; cp /tmp/pam.d/su /tmp/pam.d/su-l; cordon-pam enable /tmp/pam.d; tail -n 1 /tmp/pam.d/su-l"),
		"session\trequired\tpam_cordon.so");
	assert_int_equal(
		sh("cordon-pam disable /tmp/pam.d && cmp /tmp/pam.d/su /tmp/pam.d/su-l && cp /tmp/su-l /tmp/pam.d/su-l && "
		   "diff -r /tmp/pam.before /tmp/pam.d")
			.code,
		0);
	assert_int_equal(sh("cordon-pam status /tmp/pam.d").code, 1);
	assert_int_equal(sh("cordon-pam status").code, 0);
}

/* A line of libpam-sss ends the account stack for every local account. */
static void account_line_first(void **state)
{
	(void)state;
	rule_set("Services=sshd su");
	assert_int_equal(
		sh("printf 'account sufficient pam_localuser.so\n' >>/etc/pam.d/common-account && cordon-pam enable && "
		   "printf 'auth required pam_permit.so\n@include common-account\nsession required pam_permit.so\n' >/etc/pam.d/jobs")
			.code,
		0);
	assert_says(sh("head -n 1 /etc/pam.d/common-account"), "account\trequired\tpam_cordon.so");
	assert_int_not_equal(sh("pamtester jobs bob acct_mgmt").code, 0);
	assert_int_equal(sh("pamtester jobs alice acct_mgmt").code, 0);
	/* pam-auth-update writes its own block, and leaves the line alone */
	assert_int_equal(
		sh("DEBIAN_FRONTEND=noninteractive pam-auth-update --package && grep -c pam_cordon /etc/pam.d/common-account")
			.code,
		0);
	/* at the end of the file, the line is never reached, so the rule refuses all services */
	assert_int_equal(
		sh("sed -i /pam_cordon/d /etc/pam.d/common-account && echo 'account required pam_cordon.so' >>/etc/pam.d/common-account")
			.code,
		0);
	assert_int_equal(sh("pamtester jobs bob acct_mgmt").code, 0);
	(void)sh("cp /etc/pam.d/jobs /etc/pam.d/atd");
	assert_silent(sh("su bob -c id"), "uid=");
	assert_says(refusal("su", "can end the stack before pam_cordon.so"),
		    "account stack of PAM service '");
	assert_int_equal(
		sh("sed -i /pam_cordon/d /etc/pam.d/common-account && cordon-pam enable && su bob -c id")
			.code,
		0);
	assert_true(wait_gone(10));
}

/* Without the account line, processes that a session leaves behind could run. */
static void account_line_lost(void **state)
{
	(void)state;
	rule_set("");
	assert_int_equal(sh("cordon check && cordon explain bob").code, 0);
	assert_silent(sh("cordon explain bob"), "open: ");
	assert_int_equal(
		sh("mkdir -p /usr/lib/pam.d; printf 'account required pam_permit.so\nsession required pam_permit.so\n' >/etc/pam.d/vsftpd")
			.code,
		0);
	for (unsigned i = 0; i < 2; i++) {
		static const char *const service[] = { "vsftpd", "systemd-user" };

		if (i == 1)
			(void)sh("rm /etc/pam.d/vsftpd; sed -i /pam_cordon/d /etc/pam.d/common-account; cp /etc/pam.d/other /etc/pam.d/systemd-user");
		/* the stack admits bob without pam_cordon */
		assert_int_equal(
			sh("pamtester %s bob acct_mgmt open_session close_session", service[i]).code,
			0);
		assert_says(sh("cordon check; echo rc=$?"), "rc=1");
		assert_says(sh("cordon check"),
			    i == 0 ? "PAM service 'vsftpd' admits confined accounts" :
				     "PAM service 'systemd-user' admits confined accounts");
		assert_says(sh("cordon explain --service %s bob; echo rc=$?", service[i]),
			    ": not confined: ");
		assert_says(sh("cordon explain bob; echo rc=$?"), "rc=1");
		assert_says(sh("cordon explain bob"), "bob (uid 2001) by sshd: refused: ");
		assert_says(
			sh("cordon explain --json bob | python3 -c 'import json,sys; print(json.load(sys.stdin)[\"open\"])'"),
			service[i]);
		assert_int_equal(sh("cordon explain alice && su alice -c id && su -c id").code, 0);
		/* so no session can leave a process behind */
		assert_silent(sh("su bob -c id; " SSH "bob@h id"), "uid=2001");
		assert_says(
			refusal("sshd", i == 0 ? "vsftpd" : "the account stack"),
			i == 0 ?
				"vsftpd" :
				"why=\"the account stack of PAM service 'sshd' has no pam_cordon.so line; run 'cordon-pam enable'");
	}
	/* nor if all that starts user managers and jobs is closed in another way */
	assert_int_equal(
		sh("cp -a /etc/pam.d /tmp/pam.was; for s in atd cron jobs systemd-user other; do "
		   "echo 'account required pam_deny.so' >/etc/pam.d/$s; done; cordon check >/tmp/said")
			.code,
		1);
	assert_says(sh("cordon explain bob; echo rc=$?"), "bob (uid 2001) by sshd: refused: ");
	assert_silent(sh("cordon explain bob"), "open: ");
	assert_says(
		sh("cat /tmp/said"),
		"PAM service 'sshd' has lost its account line, so logins of confined accounts are refused");
	assert_silent(sh("su bob -c id; " SSH "bob@h id"), "uid=2001");
	(void)sh("rm -rf /etc/pam.d && mv /tmp/pam.was /etc/pam.d");
	/* without any line, bob gets in, and explain says so */
	(void)sh("cp -a /etc/pam.d /tmp/pam.all; cordon-pam disable");
	assert_says(sh("su bob -c id"), "uid=2001");
	assert_says(sh("cordon explain bob; echo rc=$?"), "by sshd: not confined: ");
	assert_says(
		sh("cordon check; echo rc=$?"),
		"pam_cordon is in no PAM stack, so no login is confined; run 'cordon-pam enable'\n1 error\nrc=1");
	/* without rules, missing lines are no error */
	assert_int_equal(
		sh("mv /etc/cordon/rules.d/50-bob.conf /tmp; cordon check && cordon explain bob && mv /tmp/50-bob.conf /etc/cordon/rules.d")
			.code,
		0);
	assert_int_equal(
		sh("cordon-pam enable; rm /etc/pam.d/systemd-user; cordon check && cordon explain bob && su bob -c id")
			.code,
		0);
	assert_true(wait_gone(10));
}

/* Files are replaced with the same mode, also if the last line has no newline. */
static void edited_whole(void **state)
{
	(void)state;
	assert_int_equal(
		sh("rm -rf /tmp/p; mkdir /tmp/p; cd /tmp/p; printf 'session required pam_unix.so' >real; ln -s real sshd; chmod 640 real; "
		   "printf 'account required pam_unix.so' >common-account; cp sshd su.pam-old; cp sshd login~; cp sshd cron.dpkg-old")
			.code,
		0);
	assert_int_equal(sh("cordon-pam enable /tmp/p").code, 0);
	assert_says(
		sh("cat /tmp/p/sshd"),
		"session required pam_unix.so\nsession\trequired\tpam_cordon.so # added by cordon-pam\n");
	assert_says(sh("stat -c %%a /tmp/p/real; readlink /tmp/p/sshd; ls /tmp/p | tr '\n' ' '"),
		    "640\nreal\ncommon-account cron.dpkg-old login~ real sshd su.pam-old ");
	/* copies are no stacks */
	assert_int_equal(
		sh("cd /tmp/p; for copy in su.pam-old login~ cron.dpkg-old; do cp real $copy; done")
			.code,
		0);
	assert_silent(sh("cordon-pam status /tmp/p"), "su.pam-old");
	assert_int_equal(sh("cordon-pam disable /tmp/p; cordon-pam status /tmp/p").code, 1);
	assert_says(sh("cordon-pam status /tmp/p"), "run 'cordon-pam enable'");
	assert_int_equal(sh("echo '#pam_cordon.so' >>/tmp/p/real; cordon-pam status /tmp/p").code,
			 1);
}

/* A stack whose module is gone refuses root as well. */
static void uninstall_after_disable(void **state)
{
	(void)state;
#define MAKE "make -C $HOST_SOURCE B=$HOST_BUILD -o all DESTDIR=/tmp/dest "
	assert_int_equal(
		sh(MAKE "install && mkdir -p /tmp/dest/etc && cp -a /etc/pam.d /tmp/dest/etc").code,
		0);
	assert_says(sh(MAKE "uninstall"), "run \"cordon-pam disable\" first");
	assert_int_equal(
		sh("test -e /tmp/dest/usr/bin/cordon && ls /tmp/dest/lib/*/security/pam_cordon.so").code,
		0);
	assert_int_equal(
		sh("cp -a /tmp/dest/etc/pam.d/su /tmp/dest/etc/pam.d/su.pam-old && cordon-pam disable /tmp/dest/etc/pam.d && "
		   "echo '# not pam_cordon.so' >>/tmp/dest/etc/pam.d/su")
			.code,
		0);
	assert_silent(sh(MAKE "uninstall && ! ls /run/cordon/sessions"), "these sessions");
	assert_silent(sh("find /tmp/dest -name '*cordon*' ! -type d"), "cordon");
}

/* The account line admits nobody if there is no session line to confine them. */
static void both_lines_or_none(void **state)
{
#define STACK "auth required pam_permit.so\n@include common-account\n"
	(void)state;
	rule_set("Services=sshd su jobs");
	(void)sh("printf '" STACK "session required pam_permit.so\n' >/etc/pam.d/jobs");
	assert_int_not_equal(sh("pamtester jobs bob acct_mgmt").code, 0);
	assert_says(
		refusal("jobs", "the session stack of PAM service 'jobs' has no"),
		"why=\"the session stack of PAM service 'jobs' has no pam_cordon.so line; add 'session required pam_cordon.so'");
	assert_says(sh("cordon explain --service jobs bob; true"), "has no pam_cordon.so line");
	/* runuser takes no account step, and explain says the result */
	assert_says(sh("runuser -u bob -- grep NoNewPrivs /proc/self/status"), "NoNewPrivs:\t0");
	assert_says(sh("cordon explain --service runuser bob; true"), "by runuser: not confined: ");
	assert_int_equal(sh("pamtester jobs alice acct_mgmt && pamtester jobs root acct_mgmt").code,
			 0);
	(void)sh(
		"printf '" STACK
		"session sufficient pam_permit.so\nsession required pam_cordon.so\n' >/etc/pam.d/jobs");
	assert_int_not_equal(sh("pamtester jobs bob acct_mgmt").code, 0);
	assert_says(
		refusal("jobs", "/etc/pam.d/jobs:3:"),
		"why=\"/etc/pam.d/jobs:3: session stack of PAM service 'jobs': can end the stack before pam_cordon.so");
	/* the whole stack counts, also the lines after ours */
	(void)sh(
		"printf '" STACK
		"session required pam_cordon.so\nsession [default=reset] pam_permit.so\nsession required pam_permit.so\n' >/etc/pam.d/jobs");
	assert_int_not_equal(sh("pamtester jobs bob acct_mgmt").code, 0);
	assert_says(sh("cordon explain --service jobs bob; true"),
		    "/etc/pam.d/jobs:4: session stack of PAM service 'jobs': can turn a refusal");
	(void)sh(
		"printf '" STACK
		"session required pam_permit.so\nsession required pam_cordon.so\n' >/etc/pam.d/jobs");
	assert_int_equal(sh("pamtester jobs bob acct_mgmt").code, 0);
	/* an unconfined account has no keeper, with or without an open session */
	assert_true(wait_gone(20));
	assert_int_equal(sh("pamtester jobs alice acct_mgmt").code, 0);
	assert_true(wait_gone(20));
	assert_int_equal(sh("pamtester jobs alice acct_mgmt open_session close_session").code, 0);
	/* not even for a service of the default list */
	assert_says(sh("su bob -c id"), "uid=2001");
	assert_says(
		sh("cp /etc/pam.d/su /tmp/su; sed -i '/^session.*pam_cordon/d' /etc/pam.d/su; su bob -c id; echo code=$?; su -c 'id -u'"),
		"its session could not be set up as the rules require");
	assert_silent(sh("su bob -c id"), "uid=2001");
	assert_says(
		sh("su alice -c 'id -u'; su -c 'id -u'; cp /tmp/su /etc/pam.d/su; su bob -c 'id -u'"),
		"2002\n0\n2001\n");
	assert_true(wait_gone(10));
}

/* sudo names the user only in the session stack, and would run commands without the login shell. */
static void sudo_refused(void **state)
{
	(void)state;
	rule_set("");
	assert_silent(sh("sudo -n -u bob id"), "uid=");
	assert_silent(sh("sudo -n -i -u bob id"), "uid=");
	assert_says(sh("sudo -n -u alice id"), "uid=2002(alice)");
	assert_says(sh("sudo -n id"), "uid=0(root)");
	assert_int_equal(sh("echo 'alice ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/alice").code, 0);
	assert_silent(sh(SSH "alice@h sudo -n -u bob id"), "uid=");
	assert_says(sh(SSH "alice@h sudo -n id"), "uid=0(root)");
	assert_true(wait_gone(5));
	/* the account line of such a service is about its caller, and closes nothing */
	assert_says(
		sh("sed -i /pam_cordon/d /etc/pam.d/sudo; cordon check"),
		"PAM service 'sudo' admits confined accounts without confining them: the session stack");
	assert_says(
		sh("cordon-pam enable; printf '@include common-auth\n@include common-account\n@include common-session-noninteractive\n' >/etc/pam.d/doas; cordon check"),
		"PAM service 'doas' admits confined accounts without confining them: the session stack of PAM service 'doas' has no pam_cordon.so line; run 'cordon-pam enable'");
	assert_silent(sh("cordon-pam enable; cordon check; rm /etc/pam.d/doas"), "admits");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_once),
		cmocka_unit_test(account_line_first),
		cmocka_unit_test(account_line_lost),
		cmocka_unit_test(edited_whole),
		cmocka_unit_test(uninstall_after_disable),
		cmocka_unit_test(both_lines_or_none),
		cmocka_unit_test(sudo_refused),
	};

	return cmocka_run_group_tests_name("stacks", tests, NULL, NULL);
}
