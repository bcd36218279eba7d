/* SPDX-License-Identifier: Apache-2.0 */
/* container_test.c - a host that is itself an unprivileged container: logins work, or the log says why not */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

#define CONTAINER "sh $HOST_SOURCE/tests/live/container/container "

/* Shows the properties of a session, which are the same on any host. */
#define LOOK \
	"id; cat /proc/self/uid_map /proc/self/status; stat -c %%U:%%a /etc/passwd /dev/null; " \
	"echo text >/dev/null && echo written; sleep 60 & ps -e -o comm=; kill $!; " \
	"ls /home; touch /etc/x /home/bob/mine; ping -c 1 -W 5 127.0.0.1"

static const char *const maps[] = { "0", "100000" };

static int over(void **state)
{
	(void)state;
	return wait_gone(60) ? 0 : -1;
}

static bool confined(struct out o)
{
	static const char *const on[] = { "uid=2001(bob)",
					  "         0          0      65536\n",
					  "CapEff:\t0000000000000000",
					  "CapBnd:\t0000000000000000",
					  "NoNewPrivs:\t1",
					  "Seccomp:\t2",
					  "root:644",
					  ":666",
					  "written",
					  "touch: cannot touch '/etc/x'",
					  " 0% packet loss" };
	bool ok = silent(o, "'/home/bob/mine'");

	for (unsigned i = 0; i < sizeof on / sizeof on[0]; i++)
		ok = says(o, on[i]) && ok;
	return ok;
}

static void by_su(void **state)
{
	(void)state;
	rule_set("");
	for (unsigned i = 0; i < 2; i++)
		assert_true(
			confined(sh(CONTAINER "%s \"su bob -c '" LOOK "' </dev/null\"", maps[i])));
}

static void by_ssh(void **state)
{
	(void)state;
	rule_set("");
	assert_true(confined(sh(
		CONTAINER
		"100000 \"chmod 600 /root/host_key; "
		"sed -i s,/run/host/host_key,/root/host_key, /root/sshd_config; "
		"sed -i s,/run/host/keys,/root/.ssh, /root/.ssh/ssh_config; /usr/sbin/sshd -f /root/sshd_config -p 2222; "
		"ssh -F /root/.ssh/ssh_config bob@h '" LOOK "'\"")));
}

static void other_maps(void **state)
{
	(void)state;
	rule_set("PrivateUsers=self");
	assert_says(
		sh(CONTAINER
		   "0 \"su bob -c 'cat /proc/self/uid_map; id -un; echo in >/dev/null && echo in'\""),
		"bob\nin\n");
	rule_set("PrivateUsers=no");
	assert_says(sh(CONTAINER "0 \"su bob -c 'cat /proc/self/uid_map; id -un'\""),
		    "65536\nbob\n");
	/* the container's root owns the namespace, and explain says so */
	rule_set("");
	assert_says(sh(CONTAINER "0 'cordon explain --all bob'"),
		    "owner of the user namespace: root, whose kernel quotas the session uses");
}

/* A setting that the container cannot provide is refused with the reason. */
static void what_a_container_lacks(void **state)
{
	(void)state;
	rule_set("");
	assert_says(sh("setpriv --bounding-set -sys_admin sh -c 'su bob -c id'; true"), "refused");
	assert_says(sh("grep event=deny $HOST_LOG | tail -1"), "CAP_SYS_ADMIN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(by_su, over),
		cmocka_unit_test_teardown(by_ssh, over),
		cmocka_unit_test_teardown(other_maps, over),
		cmocka_unit_test_teardown(what_a_container_lacks, over),
	};

	return cmocka_run_group_tests_name("container", tests, NULL, NULL);
}
