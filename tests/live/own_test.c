/* SPDX-License-Identifier: Apache-2.0 */
/* own_test.c - no user can stop, freeze, starve or end the processes of root that stay for a login */
#include "lib/live.h"

#include <string.h>

/* alice begins a session of bob with @settings of her shell; then runs @what for the keeper $K. */
#define BY_ALICE(settings, what) \
	"cat >/tmp/by-alice <<'END'\n" settings "\necho secret | su bob -c 'sleep 300'\nEND\n" \
	"su alice -c 'bash /tmp/by-alice' >/dev/null 2>&1 & " UNTIL( \
		"pgrep -u bob -x sleep >/dev/null") "K=$(pgrep -o -x cordon-keeper); " what \
						    "; pkill -u bob -x sleep; wait"

static void ids(void **state)
{
	(void)state;
	rule_set("");
	assert_says(
		sh(BY_ALICE("", "grep -E '^(Uid|Gid|Groups):' /proc/$K/status | tr -s '\\t ' ' '")),
		"Uid: 0 0 0 0\nGid: 0 0 0 0\nGroups: \n");
	assert_true(wait_gone(30));
	assert_says(
		sh(BY_ALICE(
			"",
			"for s in STOP TERM KILL TSTP HUP USR1; do su alice -c \"kill -$s $K\" 2>&1; done; grep State: /proc/$K/status")),
		"Operation not permitted");
	assert_true(wait_gone(30));
}

static void standing(void **state)
{
	struct out o;

	(void)state;
	rule_set("");
	o = sh(BY_ALICE(
		"ulimit -S -c 0 -n 64 -f 1000000 -i 100; umask 077; trap '' TERM HUP CHLD USR1; renice -n 15 $$; chrt -i -p 0 $$; ionice -c 3 -p $$; "
		"taskset -p 1 $$; echo 900 >/proc/self/oom_score_adj; keyctl new_session 2>/dev/null",
		"cat /proc/$K/oom_score_adj /proc/$K/personality; ps -o ni=,cls=,tty= -p $K | tr -s ' '; ionice -p $K; "
		"echo same=$(taskset -p $K | sed 's/.*: //')=$(taskset -p 1 | sed 's/.*: //'); "
		"grep -E '^(Umask|SigIgn|SigBlk)' /proc/$K/status; "
		"echo leader=$(($(ps -o sid= -p $K) - K)),$(($(ps -o pgid= -p $K) - K)); "
		"awk '/(bytes|files|signals|processes|seconds) *$/ && $(NF-2) != $(NF-1) { print \"LIMITED\", $0 }' /proc/$K/limits; grep 'file size' /proc/$K/limits | tr -s ' '"));
	assert_says(o, "0\n00000000\n 0 TS ?\nnone: prio 0\n");
	assert_says(o, "leader=0,0\n");
	assert_says(o, "Umask:\t0022\n");
	assert_says(o, "Max file size unlimited unlimited bytes");
	assert_silent(o, "LIMITED");
	assert_says(
		sh("taskset -p 1 $$ >/dev/null; " BY_ALICE(
			"taskset -p 1 $$",
			"test \"$(grep Cpus_allowed: /proc/$K/status)\" = \"$(grep Cpus_allowed: /proc/1/status)\" && echo as-init")),
		"as-init");
	assert_true(wait_gone(30));
}

/* A user can freeze processes in an own control group, such as that of a user manager. */
static void control_group(void **state)
{
	(void)state;
	rule_set("");
	if (sh("mount -t cgroup2 none /sys/fs/cgroup && mkdir /sys/fs/cgroup/cordon-test.$$ && rmdir /sys/fs/cgroup/cordon-test.$$")
		    .code != 0) {
		print_message("SKIPPED: no cgroup v2 that may be written\n");
		skip();
	}
	assert_says(
		sh("G=/sys/fs/cgroup/cordon-test-own; mkdir $G && chown alice $G $G/cgroup.*; (echo 0 >$G/cgroup.procs; "
		   "exec su bob -c 'sleep 300') & " UNTIL(
			   "pgrep -u bob -x sleep >/dev/null") "K=$(pgrep -o -x cordon-keeper); grep ^0:: /proc/$K/cgroup /proc/$(pgrep -u bob -n -x sleep)/cgroup | sed 's/.*:0/0/'; "
							       "pkill -u bob -x sleep; wait; n=0; until rmdir $G 2>/dev/null || [ $n -gt 200 ]; do sleep 0.05; n=$((n+1)); done; umount /sys/fs/cgroup"),
		"0::/\n0::/cordon-test-own\n");
	assert_true(wait_gone(30));
}

/* Few open files, and the message if there are too few. Only the user can enter the directory. */
static void few_files(void **state)
{
	(void)state;
	for (unsigned n = 4; n <= 10; n += 2)
		assert_says(
			sh("cd /; cordon run --set LimitNOFILE=%u -- sh -c 'ulimit -n; ulimit -Hn'",
			   n),
			n == 4 ? "4\n4\n" :
			n == 6 ? "6\n6\n" :
			n == 8 ? "8\n8\n" :
				 "10\n10\n");
	rule_set("LimitNOFILE=5");
	assert_says(as_bob("ulimit -n; ulimit -Hn; grep Seccomp: /proc/self/status"),
		    "5\n5\nSeccomp:\t2");
	rule_set("LimitNOFILE=7:2000000"); /* beyond fs.nr_open, or the hard limit */
	assert_says(
		sh(": >$HOST_LOG; su bob -c true; " UNTIL(
			"grep -qa step=limits $HOST_LOG") "cat $HOST_LOG"),
		"step=limits errno=EPERM why=\"LimitNOFILE=7:2000000 cannot be set without CAP_SYS_RESOURCE where the hard limit is ");
	rule_set("");
	for (unsigned n = 6; n <= 9; n++) {
		assert_silent(
			sh("bash -c 'ulimit -n %u; cordon explain --all bob; cordon check'; : >$HOST_LOG; bash -c \"ulimit -n %u; su bob -c true\"; cat $HOST_LOG",
			   n, n),
			"kept changing");
		assert_silent(sh("cat $HOST_LOG"), "changes all the time");
	}
	assert_says(
		sh("chmod 700 /root; cd /; cordon run --user bob --chdir /root -- pwd; cordon run --chdir /root -- pwd"),
		"cordon: working directory /root: Permission denied");
	assert_says(sh("cordon run --chdir /root -- pwd"), "/root\n");
	assert_true(wait_gone(30));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids),
		cmocka_unit_test(standing),
		cmocka_unit_test(control_group),
		cmocka_unit_test(few_files),
	};

	return cmocka_run_group_tests_name("own", tests, NULL, NULL);
}
