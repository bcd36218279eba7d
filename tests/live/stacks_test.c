/* stacks_test.c - the PAM lines that cordon-pam writes, and what they do */
#include "lib/live.h"

static void written_once(void **state)
{
	(void)state;
	assert_int_equal(sh("cp -a /etc/pam.d /tmp/pam.d && cordon-pam disable /tmp/pam.d && "
			    "! grep -r pam_cordon /tmp/pam.d && cp -a /tmp/pam.d /tmp/pam.before").code, 0);
	assert_int_equal(sh("cordon-pam enable /tmp/pam.d && cordon-pam enable /tmp/pam.d").code, 0);
	for (unsigned i = 0; i < 5; i++) {
		static const char *const stack[] = { "sshd", "su", "login", "sudo", "sudo-i" };

		assert_says(sh("grep -c pam_cordon /tmp/pam.d/%s; tail -n 1 /tmp/pam.d/%s", stack[i], stack[i]),
			    "1\nsession\trequired\tpam_cordon.so");
	}
	assert_int_equal(sh("cordon-pam disable /tmp/pam.d && diff -r /tmp/pam.before /tmp/pam.d").code, 0);
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
		cmocka_unit_test(sudo_refused),
	};

	return cmocka_run_group_tests_name("stacks", tests, NULL, NULL);
}
