/* SPDX-License-Identifier: Apache-2.0 */
/* identity_test.c - pids, groups allowed to ping, and owners of files in a session */
#include "lib/live.h"

#include <stdlib.h>
#include <string.h>

static int over(void **state)
{
	(void)state;
	(void)sh("pkill -u bob; echo 1 0 >/proc/sys/net/ipv4/ping_group_range");
	return wait_gone(60) ? 0 : -1;
}

/* A pid file of an earlier session does not name a live process in a later one. */
static void pids_begin_anywhere(void **state)
{
	long seen[6];
	unsigned low = 0, same = 0;

	(void)state;
	rule_set("");
	for (unsigned i = 0; i < 6; i++) {
		seen[i] = strtol(as_bob("echo $$").text, NULL, 10);
		assert_true(seen[i] > 1);
		low += seen[i] < 300;
		for (unsigned j = 0; j < i; j++)
			same += seen[i] == seen[j];
	}
	assert_int_equal(low, 0);
	assert_true(same <= 1); /* by chance, one pair in thirty thousand has the same pid */
	/* git respects a lock if a process with the owner's pid is alive */
	assert_int_equal(
		as_bob("git init -q repo && cd repo && echo \"$$ $(hostname)\" >.git/gc.pid").code,
		0);
	assert_silent(as_bob("cd repo && git gc 2>&1; rm -rf ~/repo"), "already running");
	assert_says(
		sh("cordon run --user bob --chdir / -- sh -c 'echo $$' | awk '{ print ($1 > 300) }'"),
		"1");
}

static void ping(void **state)
{
	(void)state;
	assert_int_equal(sh("command -v ping").code, 0);
	rule_set("");
	assert_says(as_bob("ping -c 1 -W 5 127.0.0.1"), " 0% packet loss");
	assert_says(as_bob("ping -c 1 -W 5 ::1"), " 0% packet loss");
	rule_set("PrivateUsers=self");
	assert_says(as_bob("ping -c 1 -W 5 127.0.0.1"), " 0% packet loss");
	/* with the host's network, the host decides who may ping */
	rule_set("PrivateNetwork=no");
	assert_int_equal(sh("echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range").code, 0);
	assert_says(as_bob("ping -c 1 -W 5 127.0.0.1"), " 0% packet loss");
	assert_int_equal(sh("echo 1 0 >/proc/sys/net/ipv4/ping_group_range").code, 0);
	assert_says(as_bob("ping -c 1 -W 5 127.0.0.1; echo rc=$?"), "rc=2");
	/* the unlocked bit for ping gives no capabilities */
	assert_says(as_bob("setpriv --dump; grep Cap /proc/self/status"), "noroot_locked");
	assert_says(as_bob("python3 -c 'import ctypes; print(\"keep\", ctypes.CDLL(None).prctl(8, 1, 0, 0, 0))'; "
			   "grep CapPrm /proc/self/status"),
		    "keep 0\nCapPrm:\t0000000000000000");
}

/* ssh(1) accepts included configuration files only from root or the user. */
static void ssh_with_roots_files(void **state)
{
	(void)state;
	assert_int_equal(
		sh("mkdir -p /etc/ssh/ssh_config.d && echo 'Host *' >/etc/ssh/ssh_config.d/test.conf")
			.code,
		0);
	rule_set("");
	assert_says(as_bob("ssh -G example.org"), "hostname example.org");
	assert_int_equal(
		sh("cd /etc/ssh/ssh_config.d && echo '  User frida' >>test.conf && mkdir -p /usr/lib/cordon-test &&"
		   "printf 'Host *\\n  Port 2299\\n' >/usr/lib/cordon-test/link.conf && ln -s ../../../usr/lib/cordon-test/link.conf link.conf")
			.code,
		0);
	rule_set("PrivateUsers=self");
	assert_says(as_bob("ssh -G example.org"), "user frida\nhostname example.org\nport 2299\n");
	assert_says(
		as_bob("stat -c '%U %a' /etc/ssh/ssh_config.d/*; exec 2>&1; echo x >>/etc/ssh/ssh_config.d/test.conf;"
		       "chmod 600 /etc/ssh/ssh_config.d/test.conf; touch /etc/ssh/ssh_config.d/new; rm /etc/ssh/ssh_config.d/test.conf"),
		"bob 444\nbob 444\n");
	assert_says(as_bob("ls /etc/ssh/ssh_config.d; grep -c x /etc/ssh/ssh_config.d/test.conf"),
		    "link.conf\ntest.conf\n0\n");
	/* a file that others than root could have written, or that the user may not read, is not copied */
	assert_int_equal(
		sh("cd /etc/ssh/ssh_config.d && chown alice link.conf -h && chown alice /usr/lib/cordon-test/link.conf && chmod 600 test.conf")
			.code,
		0);
	assert_says(as_bob("ls /etc/ssh/ssh_config.d | wc -l; ssh -G example.org 2>/dev/null"),
		    "0\nhost example.org\nuser bob\nhostname example.org\nport 22\n");
	rule_set("PrivateUsers=self\nInaccessiblePaths=/etc/ssh");
	assert_says(as_bob("ls /etc/ssh; id -un"), "bob");
	rule_set("PrivateUsers=self\nBindReadOnlyPaths=/usr/lib/cordon-test:/etc/ssh/ssh_config.d");
	assert_says(as_bob("ls /etc/ssh/ssh_config.d"), "link.conf\n");
	assert_int_equal(
		sh("rm -r /etc/ssh/ssh_config.d/test.conf /etc/ssh/ssh_config.d/link.conf /usr/lib/cordon-test")
			.code,
		0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(pids_begin_anywhere, over),
		cmocka_unit_test_teardown(ping, over),
		cmocka_unit_test_teardown(ssh_with_roots_files, over),
	};

	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
