/* identity_test.c - the numbers and names that a session sees: pids, groups of the network, owners */
#include "lib/live.h"

#include <stdlib.h>
#include <string.h>

static int over(void **state)
{
	(void)state;
	(void)sh("pkill -u bob; echo 1 0 >/proc/sys/net/ipv4/ping_group_range");
	return wait_gone(60) ? 0 : -1;
}

/* A pid file of an earlier session names nobody in a later one. */
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
	assert_true(same <= 1); /* one in thirty thousand, for each pair */
	/* git holds a lock whose owner it finds alive */
	assert_int_equal(as_bob("git init -q repo && cd repo && echo \"$$ $(hostname)\" >.git/gc.pid").code, 0);
	assert_silent(as_bob("cd repo && git gc 2>&1; rm -rf ~/repo"), "already running");
	assert_says(sh("cordon run --user bob --chdir / -- sh -c 'echo $$' | awk '{ print ($1 > 300) }'"), "1");
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
	/* the host's network: whoever the host lets */
	rule_set("PrivateNetwork=no");
	assert_int_equal(sh("echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range").code, 0);
	assert_says(as_bob("ping -c 1 -W 5 127.0.0.1"), " 0% packet loss");
	assert_int_equal(sh("echo 1 0 >/proc/sys/net/ipv4/ping_group_range").code, 0);
	assert_says(as_bob("ping -c 1 -W 5 127.0.0.1; echo rc=$?"), "rc=2");
	/* what was unlocked for it gives nothing */
	assert_says(as_bob("setpriv --dump; grep Cap /proc/self/status"), "noroot_locked");
	assert_says(as_bob("python3 -c 'import ctypes; print(\"keep\", ctypes.CDLL(None).prctl(8, 1, 0, 0, 0))'; "
			   "grep CapPrm /proc/self/status"), "keep 0\nCapPrm:\t0000000000000000");
}

/* What the manual says of PrivateUsers=self and ssh(1), and its way out. */
static void ssh_with_roots_files(void **state)
{
	(void)state;
	assert_int_equal(sh("mkdir -p /etc/ssh/ssh_config.d && echo 'Host *' >/etc/ssh/ssh_config.d/test.conf").code, 0);
	rule_set("");
	assert_says(as_bob("ssh -G example.org"), "hostname example.org");
	rule_set("PrivateUsers=self");
	assert_says(as_bob("ssh -G example.org"), "Bad owner or permissions on /etc/ssh/ssh_config.d/test.conf");
	assert_says(as_bob("ssh -F none -G example.org"), "hostname example.org");
	assert_int_equal(sh("rm /etc/ssh/ssh_config.d/test.conf").code, 0);
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
