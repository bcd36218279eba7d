/* SPDX-License-Identifier: Apache-2.0 */
/*
 * groups_test.c - control groups: limits of memory, processes and CPUs, and what is left of them
 *
 * The limits are tried where cgroup v2 has the controllers. The throwaway host has no systemd, so the
 * groups are made in the tree itself. Elsewhere each directive is refused by the name of its controller.
 */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

#define TOP "/sys/fs/cgroup/cordon"
/* Nothing of cordon's is left in the tree. */
#define NO_GROUP UNTIL("[ ! -e " TOP " ]") "ls -d " TOP " 2>&1"

static bool has_controllers;

static const struct {
	const char *line, *controller;
} directives[] = {
	{ "MemoryMax=64M", "memory" },	 { "MemoryHigh=50%", "memory" },
	{ "MemorySwapMax=0", "memory" }, { "TasksMax=20", "pids" },
	{ "CPUQuota=150%", "cpu" },	 { "CPUWeight=50", "cpu" },
	{ "IOWeight=50", "io" },	 { "AllowedCPUs=0", "cpuset" },
};

static void needs_controllers(void)
{
	if (has_controllers)
		return;
	print_message("SKIPPED: cgroup v2 of this machine lacks the controllers\n");
	skip();
}

static bool has(const char *controller)
{
	return sh("grep -qw %s /sys/fs/cgroup/cgroup.controllers", controller).code == 0;
}

static void refused_by_name(void **state)
{
	char wanted[128], lines[64];

	(void)state;
	for (size_t i = 0; i < sizeof directives / sizeof directives[0]; i++) {
		if (has(directives[i].controller))
			continue;
		(void)snprintf(wanted, sizeof wanted,
			       "%.*s=: this kernel lacks the controller '%s' in cgroup v2",
			       (int)strcspn(directives[i].line, "="), directives[i].line,
			       directives[i].controller);
		rule_set(directives[i].line);
		assert_says(sh("cordon check"), wanted);
		assert_silent(as_bob("id"), "uid=");
		assert_says(sh("cd /; cordon run --set %s true", directives[i].line), wanted);
		/* the limit is there, if not here: only it is an error */
		(void)snprintf(lines, sizeof lines, "%s\nShare=user", directives[i].line);
		rule_set(lines);
		assert_silent(sh("cordon check"), "Share=:");
	}
}

/* The keeper stays in the group of sshd; a session must not see that group. */
static void nothing_without(void **state)
{
	static const char *const rules[] = { "", "PrivateNetwork=no" };

	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		rule_set(rules[i]);
		assert_says(as_bob("ls -A /sys/fs/cgroup | wc -l; touch /sys/fs/cgroup/x 2>&1"),
			    "0\ntouch: cannot touch");
		assert_silent(as_bob("cat /proc/self/mountinfo"), "cgroup2");
	}
	assert_says(
		sh("cd /; setpriv --reuid bob --regid bob --init-groups cordon run --set PrivateNetwork=no -- ls -A /sys/fs/cgroup; echo end"),
		"end");
}

static void limits_are_there(void **state)
{
	(void)state;
	needs_controllers();
	rule_set("MemoryMax=64M\nMemorySwapMax=0\nTasksMax=30\nCPUQuota=50%\nCPUWeight=idle\nAllowedCPUs=0\n");
	assert_says(
		as_bob("cd /sys/fs/cgroup; cat memory.max memory.swap.max pids.max cpu.max cpu.idle cpuset.cpus; cat /proc/self/cgroup; nproc"),
		"67108864\n0\n30\n50000 100000\n1\n0\n0::/\n1\n");
	assert_says(as_bob("cd /sys/fs/cgroup; mkdir x; echo $$ >cgroup.procs; echo max >memory.max"),
		    "Read-only file system");
	rule_set("MemoryMax=64M");
	assert_says(as_bob("cat /sys/fs/cgroup/pids.max"), "4096\n");
	assert_says(sh(NO_GROUP), "No such file");
}

static void processes(void **state)
{
	(void)state;
	needs_controllers();
	rule_set("TasksMax=20");
	assert_says(as_bob("for i in $(seq 40); do sleep 30 & done"),
		    "Resource temporarily unavailable");
	assert_says(as_bob("echo fine"), "fine");
	assert_says(
		sh("cd /; cordon run --set TasksMax=5 -- sh -c 'for i in 1 2 3 4 5 6; do sleep 9 & done; echo no'"),
		"fork");
	assert_says(sh(NO_GROUP), "No such file");
}

#define HOG "python3 -c 'bytearray(200 << 20); print(\"sur\" + \"vived\")'"

#define HOG_TYPED "python3 -c 'bytearray(200 << 20)'"
#define TOLD	  "cordon: this session needed more memory than its limit, and ends"

static void memory(void **state)
{
	(void)state;
	needs_controllers();
	rule_set("MemoryMax=64M\nMemorySwapMax=0");
	assert_int_equal(sh(": >$HOST_LOG").code, 0);
	assert_says(as_bob(HOG "; sleep 60"), TOLD);
	assert_int_equal(expect_run("spawn {*}$SSH -tt bob@h\nwant {$ }\ntype {" HOG_TYPED
				    "}\nwant {" TOLD "}\n")
				 .code,
			 0);
	assert_says(sh(UNTIL("grep -qa event=end $HOST_LOG") "cat $HOST_LOG"), "event=limit");
	assert_says(sh("cat $HOST_LOG"), "limit=memory");
	assert_says(sh("cat $HOST_LOG"), "by=memory");
	assert_says(sh("cd /; cordon run --set MemoryMax=64M --set MemorySwapMax=0 --json - -- " HOG),
		    "\"reason\":\"memory\"");
	assert_says(sh(NO_GROUP), "No such file");
}

/* A session that was killed for memory leaves the other one alone, but both count together. */
static void share(void **state)
{
	(void)state;
	needs_controllers();
	rule_set("TasksMax=40\nShare=user");
	assert_says(
		sh("(su bob -c 'for i in $(seq 25); do sleep 300 & done; wait') >/tmp/one 2>&1 & " UNTIL(
			"[ $(pgrep -c -u bob -x sleep) -ge 25 ]") "cat " TOP
								  "/$(id -u bob)/pids.max; su bob -c 'for i in $(seq 25); do sleep 1 & done';"
								  "pkill -u bob -x sleep; wait"),
		"40\n");
	assert_says(
		sh("(su bob -c 'for i in $(seq 25); do sleep 300 & done; wait') >/tmp/one 2>&1 & " UNTIL(
			"[ $(pgrep -c -u bob -x sleep) -ge 25 ]") "su bob -c 'for i in $(seq 25); do sleep 1 & done';"
								  "pkill -u bob -x sleep; wait"),
		"fork");
	assert_says(sh(NO_GROUP), "No such file");
}

/* A keeper that is killed leaves its group; the next login of the account removes the group. */
static void swept(void **state)
{
	(void)state;
	needs_controllers();
	rule_set("TasksMax=40");
	assert_says(
		sh("(su bob -c 'sleep 300') >/dev/null 2>&1 & " UNTIL("pgrep -u bob -x sleep >/dev/null") "pkill -9 -x cordon-keeper; wait; " UNTIL(
			"! pgrep -u bob -x sleep >/dev/null") "ls -d " TOP "/*/* | wc -l"),
		"1\n");
	assert_says(as_bob("echo fine"), "fine");
	assert_says(sh(NO_GROUP), "No such file");
}

/* Logins at once make and remove the groups above each other's. */
static void at_once(void **state)
{
	(void)state;
	needs_controllers();
	rule_set("TasksMax=400");
	assert_says(sh("for i in $(seq 24); do su bob -c 'echo fine' & done | sort | uniq -c; wait"),
		    "24 fine");
	assert_says(sh(NO_GROUP), "No such file");
}

static int prepare(void **state)
{
	(void)state;
	if (sh("mount -t cgroup2 none /sys/fs/cgroup").code != 0)
		return 0; /* refused_by_name tries this as well */
	has_controllers = has("memory") && has("pids") && has("cpu") && has("cpuset");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_by_name),
		cmocka_unit_test(nothing_without),
		cmocka_unit_test(limits_are_there),
		cmocka_unit_test(processes),
		cmocka_unit_test(memory),
		cmocka_unit_test(share),
		cmocka_unit_test(swept),
		cmocka_unit_test(at_once),
	};

	return cmocka_run_group_tests_name("groups", tests, prepare, NULL);
}
