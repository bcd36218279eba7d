/* SPDX-License-Identifier: Apache-2.0 */
/* expect_limits.c - attempts at limits, scheduling, control groups, time and commands */
#include "ctl/selftest/selftest.h"

#include "base/cpus.h"
#include "contract/group.h"
#include "contract/words.h"

#include <fnmatch.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { LOCK_MAX = 64 << 20 };

static void limit(struct selftest *t, const char *setting, int resource, const struct plan_pair *p)
{
	char what[64];

	if (p->given == PAIR_NONE) {
		(void)snprintf(what, sizeof what, "exceed the limit of %s", setting + 5);
		expect_none(t, setting, RESULT_NOT_SET, what);
		return;
	}
	if (p->soft <= INT64_MAX)
		expect_try(t, setting, "the soft limit", ASK_AT_MOST, (int64_t)p->soft, "soft\t%d",
			   resource);
	if (p->hard > INT64_MAX)
		return;
	expect_try(t, setting, "the hard limit", ASK_AT_MOST, (int64_t)p->hard, "hard\t%d",
		   resource);
	expect_try(t, setting, "raise the hard limit", ASK_REFUSED, 0, "raise\t%d", resource);
}

static void limits(struct selftest *t)
{
	static const struct {
		const char *setting;
		int resource;
		size_t at;
	} rows[] = {
#define LIMIT(RESOURCE, field, type, def, help) \
	{ "Limit" #RESOURCE, RLIMIT_##RESOURCE, offsetof(struct plan_settings, limit_##field) },
#include "limits.def"
#undef LIMIT
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		limit(t, rows[i].setting, rows[i].resource,
		      (const void *)((const char *)&t->plan->set + rows[i].at));
}

/* Beyond the numbers: what the kernel does at the limit. */
static void limits_reached(struct selftest *t)
{
	const struct plan_settings *s = &t->plan->set;

	if (s->limit_nofile.given != PAIR_NONE && s->limit_nofile.soft <= INT32_MAX)
		expect_try(t, "LimitNOFILE", "open more files", ASK_AT_MOST,
			   (int64_t)s->limit_nofile.soft, "files");
	if (s->limit_fsize.given != PAIR_NONE && s->limit_fsize.soft <= INT64_MAX)
		expect_try(t, "LimitFSIZE", "write a larger file", ASK_REFUSED, 0,
			   "file_size\t%llu", (unsigned long long)s->limit_fsize.soft);
	if (s->limit_as.given != PAIR_NONE && s->limit_as.soft <= INT64_MAX)
		expect_try(t, "LimitAS", "map more memory", ASK_REFUSED, 0, "map\t%llu",
			   (unsigned long long)s->limit_as.soft);
	if (s->limit_data.given != PAIR_NONE && s->limit_data.soft <= INT64_MAX)
		expect_try(t, "LimitDATA", "map more writable memory", ASK_REFUSED, 0, "map\t%llu",
			   (unsigned long long)s->limit_data.soft);
	if (s->limit_memlock.given != PAIR_NONE && s->limit_memlock.soft < LOCK_MAX)
		expect_try(t, "LimitMEMLOCK", "lock more memory", ASK_REFUSED, 0, "lock\t%llu",
			   (unsigned long long)s->limit_memlock.soft + 4096);
}

/* The first 64 CPUs that a list of words allows. */
static uint64_t cpu_mask(const struct set_list *l)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < l->n; i++) {
		const char *at = l->items[i].text;
		unsigned from, to;

		while (cpus_next(&at, &from, &to) > 0)
			for (; from <= to && from < 64; from++)
				mask |= 1ull << from;
	}
	return mask;
}

static void scheduling(struct selftest *t)
{
	const struct settings *s = t->set;

	if (s->nice.v != NUM_UNSET)
		expect_try(t, "Nice", "the nice value, plus 20", ASK_IS, (int64_t)s->nice.v,
			   "nice_value");
	if (!s->limit_nice.given)
		expect_try(t, "Nice", "lower the nice value", ASK_REFUSED, 0, "renice");
	if (s->oom_score_adjust.v != NUM_UNSET)
		expect_try(t, "OOMScoreAdjust", "the OOM score, plus 1000", ASK_IS,
			   (int64_t)s->oom_score_adjust.v, "oom_score");
	expect_try(t, "OOMScoreAdjust", "lower the OOM score", ASK_REFUSED, 0, "oom_lower");
	if (s->cpu_scheduling_policy.v != NUM_UNSET)
		expect_try(t, "CPUSchedulingPolicy", "another policy", ASK_IS,
			   (int64_t)s->cpu_scheduling_policy.v, "policy");
	else
		expect_none(t, "CPUSchedulingPolicy", RESULT_NOT_SET, "another policy");
	if (s->cpu_affinity.n > 0)
		expect_try(t, "CPUAffinity", "use other CPUs", ASK_REFUSED, 0, "cpus\t%#llx",
			   (unsigned long long)cpu_mask(&s->cpu_affinity));
	else
		expect_none(t, "CPUAffinity", RESULT_NOT_SET, "use other CPUs");
}

/* The value of ioprio_get(2): the class above 13 bits of the level. */
static void io_scheduling(struct selftest *t)
{
	const uint64_t class = t->set->io_scheduling_class.v;
	const uint64_t level = t->set->io_scheduling_priority.v;
	int64_t want = 0;

	if (class == NUM_UNSET && level == NUM_UNSET) {
		expect_none(t, "IOSchedulingClass", RESULT_NOT_SET, "the I/O priority");
		return;
	}
	if (class == NUM_UNSET || class == IO_CLASS_BEST_EFFORT || class == IO_CLASS_REALTIME)
		want = level != NUM_UNSET ? (int64_t)level : 4;
	if (class != IO_CLASS_NONE)
		want |= (int64_t)(class == NUM_UNSET ? IO_CLASS_BEST_EFFORT : class) << 13;
	expect_try(t, "IOSchedulingClass", "the I/O priority", ASK_IS, want, "io_priority");
}

static bool matches(const struct set_list *globs, const char *name)
{
	for (size_t i = 0; i < globs->n; i++)
		if (fnmatch(globs->items[i].text, name, 0) == 0)
			return true;
	return false;
}

static void environment(struct selftest *t)
{
	const struct set_list *unset = &t->set->unset_environment;

	if (!matches(&t->set->pass_environment, "CORDON_SELFTEST"))
		expect_try(t, "PassEnvironment", "a variable of the caller", ASK_REFUSED, 0,
			   "variable\tCORDON_SELFTEST")
			->only_login = true;
	else
		expect_none(t, "PassEnvironment", RESULT_NOT_SET, "a variable of the caller");
	for (size_t i = 0; i < unset->n; i++)
		if (strpbrk(unset->items[i].text, "*?[\t\n") == NULL)
			expect_try(t, "UnsetEnvironment", unset->items[i].text, ASK_REFUSED, 0,
				   "variable\t%s", unset->items[i].text);
}

static void groups(struct selftest *t)
{
	static const struct {
		const char *setting, *file;
		enum group_limit limit;
	} rows[] = { { "MemoryMax", "memory.max", GROUP_MEMORY_MAX },
		     { "MemoryHigh", "memory.high", GROUP_MEMORY_HIGH },
		     { "MemorySwapMax", "memory.swap.max", GROUP_MEMORY_SWAP_MAX },
		     { "TasksMax", "pids.max", GROUP_TASKS_MAX } };
	const struct group_limits *g = plan_group(t->plan);

	if (t->set->allowed_cpus.n > 0)
		expect_try(t, "AllowedCPUs", "use other CPUs", ASK_REFUSED, 0, "cpus\t%#llx",
			   (unsigned long long)cpu_mask(&t->set->allowed_cpus));

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (g != NULL && (g->given & 1u << rows[i].limit) &&
		    g->value[rows[i].limit] <= INT64_MAX)
			expect_try(t, rows[i].setting, rows[i].file, ASK_AT_MOST,
				   (int64_t)g->value[rows[i].limit], "group\t%s", rows[i].file);
		else
			expect_none(t, rows[i].setting, RESULT_NOT_SET, rows[i].file);
}

static void login(struct selftest *t)
{
	const char *hostname = plan_str(t->plan, t->plan->hostname);

	if (hostname != NULL && hostname[0] != '\0' && strpbrk(hostname, "\t\n") == NULL)
		expect_try(t, "Hostname", "the host name is the rule's", ASK_IS, 1, "host_name\t%s",
			   hostname);
	else
		expect_none(t, "Hostname", RESULT_NOT_SET, "the host name is the rule's");
	if (t->set->umask.v != MODE_UNSET)
		expect_try(t, "UMask", "the mask", ASK_IS, (int64_t)t->set->umask.v, "mask");
	else
		expect_none(t, "UMask", RESULT_NOT_SET, "the mask");
	if (t->set->command.n > 0)
		expect_try(t, "Command", "run a command in its place", ASK_REFUSED, 0, "@exit 77");
	else if (t->set->allow_commands.n > 0) {
		expect_try(t, "AllowCommands", "run 'exit 77'", ASK_REFUSED, 0, "@exit 77");
		expect_try(t, "AllowCommands", "run a shell that exits", ASK_REFUSED, 0,
			   "@/bin/sh -c 'exit 77'");
		expect_try(t, "AllowCommands", "run two commands", ASK_REFUSED, 0, "@true; exit 77");
	} else {
		expect_none(t, "AllowCommands", RESULT_NOT_SET, "run 'exit 77'");
	}
}

/* What would take hours, or other logins of the account. */
static void not_tried(struct selftest *t)
{
	const struct {
		const char *setting;
		bool set;
		const char *what;
	} rows[] = {
		{ "RuntimeMaxSec", t->set->runtime_max_sec.v != LIMIT_INFINITY, "wait for the end" },
		{ "StopIdleSessionSec", t->set->stop_idle_session_sec.v != LIMIT_INFINITY,
		  "wait without input" },
		{ "EndWithTime", t->set->end_with_time.v != 0, "wait for the end of Time=" },
		{ "PasswordChange", t->set->password_change.v != 0, "change the password" },
		{ "MaxSessions", t->set->max_sessions.v != LIMIT_INFINITY, "log in further times" },
		{ "LimitCPU", t->set->limit_cpu.given, "use up the CPU time" },
		{ "CPUQuota", t->set->cpu_quota.v != NUM_UNSET, "use more CPU time" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		expect_none(t, rows[i].setting, rows[i].set ? RESULT_CANNOT : RESULT_NOT_SET,
			    rows[i].what);
}

void expect_limits(struct selftest *t)
{
	limits(t);
	limits_reached(t);
	scheduling(t);
	io_scheduling(t);
	groups(t);
	environment(t);
	login(t);
	not_tried(t);
}
