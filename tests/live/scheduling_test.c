/* SPDX-License-Identifier: Apache-2.0 */
/* scheduling_test.c - a session has the scheduling of the system, not that of the daemon */
#include "lib/live.h"

#include <string.h>

#define SHOW \
	"nice; chrt -p $$ | sed -n 1p; ionice -p $$; taskset -pc $$ | sed s/.*:// ; cat /proc/self/oom_score_adj"
#define ODD_SSH "ssh -F $HOST_KEYS/ssh_config -o HostKeyAlias=[127.0.0.1]:2222 -p 2227 "

/* By an sshd with values of its own, as those of a unit of systemd would be. */
static struct out odd(const char *how, const char *command)
{
	return sh("%s /usr/sbin/sshd -f /run/host/sshd_config -p 2227 -o PidFile=/run/sshd.odd; "
		  "n=0; until [ -s /run/sshd.odd ] || [ $n -gt 200 ]; do sleep 0.05; n=$((n+1)); done; " ODD_SSH
		  "bob@h '%s'; kill $(cat /run/sshd.odd); rm -f /run/sshd.odd",
		  how, command);
}

#define ALL "nice -n 5 chrt -b 0 ionice -c 3 taskset -c 0 "

static void not_the_daemons(void **state)
{
	const int two = sh("[ $(nproc) = 2 ]").code == 0;
	struct out o;

	(void)state;
	rule_set("");
	o = odd(ALL, SHOW);
	assert_says(o, "0\n");
	assert_says(o, "SCHED_OTHER");
	assert_says(o, "none: prio 0");
	assert_silent(o, "SCHED_BATCH");
	assert_silent(o, "idle");
	assert_int_equal(o.text[0], '0');
	if (two)
		assert_says(o, "0,1");
	/* each by itself, so that none hides another */
	assert_says(odd("nice -n 5", "nice"), "0\n");
	assert_says(odd("chrt -b 0", "chrt -p $$"), "SCHED_OTHER");
	assert_says(odd("ionice -c 2 -n 7", "ionice -p $$"), "none: prio 0");
	assert_silent(odd("taskset -c 1", "taskset -pc $$"), ": 1\n");
	/* the kernel lets root lower the score only with CAP_SYS_RESOURCE */
	assert_says(odd("choom -n 300 --", "cat /proc/self/oom_score_adj"),
		    sh("choom -n 300 -- choom -n 0 -- true").code == 0 ? "0\n" : "300\n");
}

/* What a rule says, and what the PAM stack does, is not the daemon's. */
static void what_was_meant(void **state)
{
	(void)state;
	rule_set("Nice=3\nIOSchedulingClass=idle\nCPUAffinity=1\nCPUSchedulingPolicy=batch");
	assert_says(odd(ALL, "nice; ionice -p $$"), "3\nidle");
	assert_says(odd(ALL, "chrt -p $$; taskset -pc $$"), "SCHED_BATCH");
	assert_says(odd(ALL, "taskset -pc $$"), ": 1\n");
	rule_set("");
	assert_int_equal(sh("cp /etc/security/limits.conf /tmp/limits.was && "
			    "echo 'bob - priority 7' >>/etc/security/limits.conf && "
			    "cp /etc/pam.d/sshd /tmp/sshd.was && "
			    "sed -i '1i session required pam_limits.so' /etc/pam.d/sshd")
				 .code,
			 0);
	assert_says(odd("nice -n 5", "nice"), "7\n");
	assert_says(odd("", "nice"), "7\n");
	assert_says(odd(ALL, "nice; chrt -p $$"), "7\n");
	assert_says(odd(ALL, "chrt -p $$"), "SCHED_OTHER");
	(void)sh("cp /tmp/limits.was /etc/security/limits.conf; cp /tmp/sshd.was /etc/pam.d/sshd");
	/* who starts su with a nice value means it */
	assert_says(sh("nice -n 5 ionice -c 3 su bob -c 'nice; ionice -p $$'"), "5\nidle");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_the_daemons),
		cmocka_unit_test(what_was_meant),
	};

	return cmocka_run_group_tests_name("scheduling", tests, NULL, NULL);
}
