/* SPDX-License-Identifier: Apache-2.0 */
/* group_emit.c - see group_emit.h */
#include "policy/compile/group_emit.h"

#include "base/cgroup.h"
#include "base/cleanup.h"
#include "base/cpus.h"
#include "contract/group.h"
#include "contract/words.h"
#include "policy/compile/needs.h"
#include "policy/settings/addresses.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The directives with a number; those with a list come behind them. */
static const struct {
	const char *name;
	size_t at; /* in struct settings */
	enum group_limit limit;
	enum feature controller;
} rows[] = {
#define ROW(Name, field, LIMIT, CONTROLLER) \
	{ \
#Name, offsetof(struct settings, field), GROUP_##LIMIT, FEATURE_GROUP_##CONTROLLER \
	}
	ROW(MemoryMax, memory_max, MEMORY_MAX, MEMORY),
	ROW(MemoryHigh, memory_high, MEMORY_HIGH, MEMORY),
	ROW(MemorySwapMax, memory_swap_max, MEMORY_SWAP_MAX, MEMORY),
	ROW(TasksMax, tasks_max, TASKS_MAX, PIDS),
	ROW(CPUQuota, cpu_quota, CPU_QUOTA, CPU),
	ROW(CPUWeight, cpu_weight, CPU_WEIGHT, CPU),
	ROW(IOWeight, io_weight, IO_WEIGHT, IO),
#undef ROW
};
enum { NUMBERS = sizeof rows / sizeof rows[0] };

static const struct {
	const char *name;
	size_t at;
	enum feature needs;
} lists[] = {
	{ "AllowedCPUs", offsetof(struct settings, allowed_cpus), FEATURE_GROUP_CPUSET },
	{ "IPAddressAllow", offsetof(struct settings, ip_address_allow), FEATURE_GROUP_ADDRESSES },
	{ "IPAddressDeny", offsetof(struct settings, ip_address_deny), FEATURE_GROUP_ADDRESSES },
};

static const struct set_num *number_of(const struct settings *set, size_t row)
{
	return (const void *)((const char *)set + rows[row].at);
}

bool group_directive_next(const struct settings *set, size_t *at, struct group_directive *ret)
{
	while (*at < NUMBERS) {
		const size_t row = (*at)++;
		const struct set_num *n = number_of(set, row);

		if (n->v == NUM_UNSET)
			continue;
		*ret = (struct group_directive){ rows[row].name, rows[row].controller, n->from };
		return true;
	}
	while (*at < NUMBERS + sizeof lists / sizeof lists[0]) {
		const size_t row = (*at)++ - NUMBERS;
		const struct set_list *l = (const void *)((const char *)set + lists[row].at);

		if (l->n == 0)
			continue;
		*ret = (struct group_directive){ lists[row].name, lists[row].needs, l->from };
		return true;
	}
	return false;
}

/* Is @controller in use by a hierarchy of cgroup v1: the second column of /proc/cgroups. */
static bool in_v1(const char *controller)
{
	cleanup_fclose FILE *f = fopen("/proc/cgroups", "re");
	const char *name = strcmp(controller, "io") == 0 ? "blkio" : controller;
	char line[256], word[64];
	unsigned hierarchy;

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, "%63s %u", word, &hierarchy) == 2 && strcmp(word, name) == 0)
			return hierarchy != 0;
	return false;
}

static int lacks(const struct group_directive *d, struct err *e)
{
	cleanup_close const int root = cgroup_root();
	const char *name = needs_controller(d->needs);

	if (in_v1(name))
		return err_at(
			e, d->from.file, d->from.line, -EOPNOTSUPP,
			"%s=: this kernel lacks the controller '%s' in cgroup v2, because cgroup v1 uses it; boot with cgroup_no_v1=all (with systemd: systemd.unified_cgroup_hierarchy=1), or remove the line",
			d->name, name);
	if (root < 0)
		return err_at(
			e, d->from.file, d->from.line, -EOPNOTSUPP,
			"%s=: this kernel lacks the controller '%s', because cgroup v2 is not mounted; mount it on /sys/fs/cgroup, or remove the line",
			d->name, name);
	return err_at(
		e, d->from.file, d->from.line, -EOPNOTSUPP,
		"%s=: this kernel lacks the controller '%s' in cgroup v2; boot a kernel that has it, allow it to the container, or remove the line",
		d->name, name);
}

int group_needs(const struct settings *set, struct err *e)
{
	struct group_directive d;

	for (size_t at = 0; group_directive_next(set, &at, &d);)
		if (d.needs != FEATURE_GROUP_ADDRESSES && !needs_has(d.needs))
			return lacks(&d, e);
	return 0;
}

static uint64_t file_number(const char *path)
{
	cleanup_fclose FILE *f = fopen(path, "re");
	unsigned long long n;

	return f != NULL && fscanf(f, "%llu", &n) == 1 ? n : UINT32_MAX;
}

/* All that the host has of a limit's unit. */
static uint64_t all_of(enum group_limit limit)
{
	if (limit == GROUP_TASKS_MAX) {
		const uint64_t pids = file_number("/proc/sys/kernel/pid_max");
		const uint64_t threads = file_number("/proc/sys/kernel/threads-max");

		return pids < threads ? pids : threads;
	}
	return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t resolve(enum group_limit limit, uint64_t v)
{
	enum { ALL = 10000, USEC_PER_HUNDREDTH = 100 };
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	if (v == GROUP_NO_BOUND)
		return GROUP_INFINITY;
	if (limit == GROUP_CPU_QUOTA)
		return v * USEC_PER_HUNDREDTH;
	if (limit == GROUP_CPU_WEIGHT || limit == GROUP_IO_WEIGHT)
		return v;
	if (v & GROUP_PERCENT)
		v = all_of(limit) / ALL * (v & ~GROUP_PERCENT);
	if (limit == GROUP_TASKS_MAX)
		return v > 0 ? v : 1;
	return v < page && v > 0 ? page : v - v % page; /* as the kernel counts */
}

static void cpus_put(const struct set_list *l, struct group_limits *g)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *at = l->items[i].text;
		unsigned from, to;

		while (cpus_next(&at, &from, &to) > 0)
			for (unsigned c = from; c <= to; c++)
				g->cpus[c / 64] |= 1ull << c % 64;
	}
	g->cpus_given = l->n > 0;
}

static bool any_cpu(const struct group_limits *g)
{
	const long n = sysconf(_SC_NPROCESSORS_CONF);

	for (long c = 0; c < n && c < GROUP_CPUS_MAX; c++)
		if (g->cpus[c / 64] >> c % 64 & 1)
			return true;
	return false;
}

int group_emit(const struct settings *set, struct plan_buf *b, struct span *ret, struct err *e)
{
	struct group_limits g = { 0 };
	struct group_directive first;
	size_t at = 0;

	*ret = (struct span){ 0 };
	if (!group_directive_next(set, &at, &first))
		return set->share.from.file == NULL || set->share.v == SHARE_SESSION ?
			       0 :
			       err_at(e, set->share.from.file, set->share.from.line, -EINVAL,
				      "Share=: has no effect without a limit such as MemoryMax=; add that line, or remove Share=");
	for (size_t i = 0; i < NUMBERS; i++) {
		uint64_t v = number_of(set, i)->v;

		if (v == NUM_UNSET && rows[i].limit == GROUP_TASKS_MAX &&
		    needs_has(FEATURE_GROUP_PIDS))
			v = GROUP_TASKS_DEFAULT;
		if (v == NUM_UNSET)
			continue;
		g.given |= 1u << rows[i].limit;
		g.value[rows[i].limit] = resolve(rows[i].limit, v);
	}
	cpus_put(&set->allowed_cpus, &g);
	if (g.cpus_given && !any_cpu(&g))
		return err_at(
			e, set->allowed_cpus.from.file, set->allowed_cpus.from.line, -EINVAL,
			"AllowedCPUs=: none of these CPUs exists on this host; write some of 0-%ld",
			sysconf(_SC_NPROCESSORS_CONF) - 1);
	*ret = plan_put(b, &g, sizeof g, sizeof(uint64_t));
	return 0;
}

static bool has_address(const struct group_address *a, size_t n, const struct group_address *one)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(&a[i], one, sizeof *one) == 0)
			return true;
	return false;
}

/* Each prefix once: the kernel counts them so when they are read back. */
static void put_addresses(const struct set_list *l, uint8_t list, struct group_address *to,
			  size_t *n)
{
	struct err ignored; /* the parser of the rule has taken them */

	for (size_t i = 0; i < l->n; i++) {
		struct group_address word[ADDRESSES_OF_WORD];
		const int found = addresses_parse(l->items[i].text, word, &ignored);

		for (int k = 0; k < found; k++) {
			struct group_address *a = &to[*n];

			*a = word[k];
			a->list = list;
			if (!has_address(to, *n, a))
				++*n;
		}
	}
}

int group_emit_addresses(const struct settings *set, struct plan_buf *b, struct span *ret,
			 struct err *e)
{
	const size_t most = (set->ip_address_allow.n + set->ip_address_deny.n) * ADDRESSES_OF_WORD;
	cleanup_free struct group_address *a = NULL;
	size_t n = 0;

	*ret = (struct span){ 0 };
	if (most == 0)
		return 0;
	a = calloc(most, sizeof *a);
	if (a == NULL)
		return err_set(e, -ENOMEM, "there is no memory for the lists of addresses");
	put_addresses(&set->ip_address_allow, GROUP_ALLOW, a, &n);
	put_addresses(&set->ip_address_deny, GROUP_DENY, a, &n);
	*ret = plan_put(b, a, n * sizeof *a, sizeof(uint64_t));
	return 0;
}
