/* stacks_test.c - the PAM lines that cordon-pam writes, and what they do */
#include "lib/live.h"

static void written_once(void **state)
{
	(void)state;
	assert_int_equal(sh("cp -a /etc/pam.d /tmp/pam.d && touch /tmp/pam.d/cron && cordon-pam disable /tmp/pam.d && "
			    "! grep -r pam_cordon /tmp/pam.d && cp -a /tmp/pam.d /tmp/pam.before").code, 0);
	assert_int_equal(sh("cordon-pam enable /tmp/pam.d && cordon-pam enable /tmp/pam.d").code, 0);
	for (unsigned i = 0; i < 6; i++) {
		static const char *const stack[] = { "sshd", "su", "login", "sudo", "sudo-i", "cron" };

		assert_says(sh("grep -c pam_cordon /tmp/pam.d/%s; tail -n 1 /tmp/pam.d/%s", stack[i], stack[i]),
			    "1\nsession\trequired\tpam_cordon.so");
	}
	/* su-l, where it isn't su's by an include */
	assert_silent(sh("cat /tmp/pam.d/su-l"), "pam_cordon");
	assert_int_equal(sh("cordon-pam disable /tmp/pam.d && diff -r /tmp/pam.before /tmp/pam.d").code, 0);
	assert_says(sh("cp /tmp/pam.d/su-l /tmp/su-l; cp /tmp/pam.d/su /tmp/pam.d/su-l; cordon-pam enable /tmp/pam.d; tail -n 1 /tmp/pam.d/su-l"),
		    "session\trequired\tpam_cordon.so");
	assert_int_equal(sh("cordon-pam disable /tmp/pam.d && cmp /tmp/pam.d/su /tmp/pam.d/su-l && cp /tmp/su-l /tmp/pam.d/su-l && "
			    "diff -r /tmp/pam.before /tmp/pam.d").code, 0);
	assert_int_equal(sh("cordon-pam status /tmp/pam.d").code, 1);
	assert_int_equal(sh("cordon-pam status").code, 0);
}

/* A stack whose module is gone refuses root as well. */
static void uninstall_after_disable(void **state)
{
	(void)state;
#define MAKE "make -C $HOST_SOURCE B=$HOST_BUILD -o all DESTDIR=/tmp/dest "
	assert_int_equal(sh(MAKE "install && mkdir -p /tmp/dest/etc && cp -a /etc/pam.d /tmp/dest/etc").code, 0);
	assert_says(sh(MAKE "uninstall"), "run \"cordon-pam disable\" first");
	assert_int_equal(sh("test -e /tmp/dest/usr/bin/cordon && ls /tmp/dest/lib/*/security/pam_cordon.so").code, 0);
	assert_int_equal(sh("cordon-pam disable /tmp/dest/etc/pam.d && echo '# not pam_cordon.so' >>/tmp/dest/etc/pam.d/su").code, 0);
	assert_int_equal(sh(MAKE "uninstall").code, 0);
	assert_silent(sh("find /tmp/dest -name '*cordon*' ! -type d"), "cordon");
}

/* The account line lets nobody in whom no session line would confine. */
static void both_lines_or_none(void **state)
{
#define STACK "auth required pam_permit.so\n@include common-account\n"
	(void)state;
	rule_set("Services=sshd su jobs");
	(void)sh("printf '" STACK "session required pam_permit.so\n' >/etc/pam.d/jobs");
	assert_int_not_equal(sh("pamtester jobs bob acct_mgmt").code, 0);
	assert_says(sh("grep 'event=deny.*service=\"jobs\"' $HOST_LOG | tail -n 1"),
		    "why=\"nothing would confine it: the session stack of 'jobs' has no required pam_cordon.so");
	assert_says(sh("cordon explain --service jobs bob; true"), "nothing would confine it");
	assert_int_equal(sh("pamtester jobs alice acct_mgmt && pamtester jobs root acct_mgmt").code, 0);
	(void)sh("printf '" STACK "session sufficient pam_permit.so\nsession required pam_cordon.so\n' >/etc/pam.d/jobs");
	assert_int_not_equal(sh("pamtester jobs bob acct_mgmt").code, 0);
	(void)sh("printf '" STACK "session required pam_permit.so\nsession required pam_cordon.so\n' >/etc/pam.d/jobs");
	assert_int_equal(sh("pamtester jobs bob acct_mgmt").code, 0);
	/* an account that is left alone has nobody beside it, whether its session is opened or not */
	assert_int_equal(sh("pamtester jobs alice acct_mgmt && ! pgrep -x 'cordon-(session|policy)'").code, 0);
	assert_int_equal(sh("pamtester jobs alice acct_mgmt open_session close_session").code, 0);
	/* not even of a service that has it by default */
	assert_says(sh("su bob -c id"), "uid=2001");
	assert_says(sh("cp /etc/pam.d/su /tmp/su; sed -i '/^session.*pam_cordon/d' /etc/pam.d/su; su bob -c id; echo code=$?; su -c 'id -u'"),
		    "its session could not be set up as the rules say");
	assert_silent(sh("su bob -c id"), "uid=2001");
	assert_says(sh("su alice -c 'id -u'; su -c 'id -u'; cp /tmp/su /etc/pam.d/su; su bob -c 'id -u'"), "2002\n0\n2001\n");
	assert_true(wait_gone(10));
}

/* It would run without the login shell: sudo names the user in the session stack alone. */
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
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_once),
		cmocka_unit_test(uninstall_after_disable),
		cmocka_unit_test(both_lines_or_none),
		cmocka_unit_test(sudo_refused),
	};

	return cmocka_run_group_tests_name("stacks", tests, NULL, NULL);
}
