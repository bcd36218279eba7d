/* SPDX-License-Identifier: Apache-2.0 */
/* files.c - the limits of a group as the files of cgroup v2; Documentation/admin-guide/cgroup-v2.rst */
#include "policy/group/make.h"

#include "base/cgroup.h"
#include "base/cpus.h"
#include "base/sys.h"
#include "contract/group.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cpu.max in microseconds: the kernel takes periods to a second, and quotas from a millisecond on. */
enum { PERIOD = 100000, PERIOD_LONG = 1000000, QUOTA_LEAST = 1000, SECOND = 1000000 };
enum { TEXT_MAX = 16384 };

static const struct {
	const char *file, *controller, *prefix;
} rows[GROUP_LIMITS] = {
	[GROUP_MEMORY_MAX] = { "memory.max", "memory", "" },
	[GROUP_MEMORY_HIGH] = { "memory.high", "memory", "" },
	[GROUP_MEMORY_SWAP_MAX] = { "memory.swap.max", "memory", "" },
	[GROUP_TASKS_MAX] = { "pids.max", "pids", "" },
	[GROUP_CPU_QUOTA] = { "cpu.max", "cpu", "" },
	[GROUP_CPU_WEIGHT] = { "cpu.weight", "cpu", "" },
	[GROUP_IO_WEIGHT] = { "io.weight", "io", "default " },
};

static bool given(const struct group_limits *l, unsigned limit)
{
	return (l->given >> limit & 1) != 0;
}

void group_controllers(const struct group_limits *l, char *buf, size_t size)
{
	buf[0] = '\0';
	for (unsigned i = 0; i < GROUP_LIMITS; i++) {
		char plus[32];

		(void)snprintf(plus, sizeof plus, "+%s", rows[i].controller); /* fits */
		if (!given(l, i) || strstr(buf, plus) != NULL)
			continue;
		if (strlen(buf) + strlen(plus) + 2 <= size)
			(void)snprintf(buf + strlen(buf), size - strlen(buf), "%s%s",
				       buf[0] != '\0' ? " " : "", plus); /* fits */
	}
	if (l->cpus_given && strlen(buf) + sizeof " +cpuset" <= size)
		(void)strcat(buf, buf[0] != '\0' ? " +cpuset" : "+cpuset"); /* fits */
}

/* CPU numbers and ranges. */
static void cpus_text(const uint64_t *cpus, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (unsigned c = 0; c < GROUP_CPUS_MAX; c++) {
		const unsigned from = c;

		if (!(cpus[c / 64] >> c % 64 & 1))
			continue;
		while (c + 1 < GROUP_CPUS_MAX && (cpus[(c + 1) / 64] >> (c + 1) % 64 & 1))
			c++;
		if (at + 16 < size)
			at += (size_t)snprintf(buf + at, size - at, "%s%u-%u", at > 0 ? "," : "",
					       from, c); /* fits */
	}
}

/* The text for the file of the limit, and for CPUWeight=idle another file. */
static const char *limit_text(const struct group_limits *l, unsigned limit, char *buf, size_t size)
{
	const uint64_t v = l->value[limit];
	const unsigned period = v < (uint64_t)QUOTA_LEAST * (SECOND / PERIOD) ? PERIOD_LONG : PERIOD;

	if (limit == GROUP_CPU_QUOTA && v != GROUP_INFINITY)
		(void)snprintf(buf, size, "%llu %u", (unsigned long long)(v * period / SECOND),
			       period); /* fits */
	else if (v == GROUP_INFINITY)
		(void)snprintf(buf, size, "max"); /* fits */
	else if (limit == GROUP_CPU_WEIGHT && v == GROUP_WEIGHT_IDLE)
		(void)snprintf(buf, size, "1"); /* fits */
	else
		(void)snprintf(buf, size, "%s%llu", rows[limit].prefix, (unsigned long long)v);
	return limit == GROUP_CPU_WEIGHT && v == GROUP_WEIGHT_IDLE ? "cpu.idle" : rows[limit].file;
}

static int cannot(const char *file, int r, struct err *e)
{
	return err_set(e, r, "%s of the session's control group cannot be written: %s%s", file,
		       strerror(-r),
		       r == -ENOENT ? "; this kernel lacks it: remove the directive that needs it" :
				      "");
}

int group_write(int fd, const struct group_limits *l, struct err *e)
{
	static char text[TEXT_MAX]; /* large */
	int r = 0;

	for (unsigned i = 0; i < GROUP_LIMITS; i++) {
		const char *file;

		if (!given(l, i))
			continue;
		file = limit_text(l, i, text, sizeof text);
		r = sys_write_at(fd, file, text);
		if (r < 0)
			return cannot(file, r, e);
	}
	if (l->cpus_given) {
		cpus_text(l->cpus, text, sizeof text);
		r = sys_write_at(fd, "cpuset.cpus", text);
	}
	return r < 0 ? cannot("cpuset.cpus", r, e) : 0;
}

/* systemd may choose another period for the same quota. */
static bool same_quota(const char *text, uint64_t v)
{
	unsigned long long quota, period;

	if (v == GROUP_INFINITY)
		return strncmp(text, "max", 3) == 0;
	if (sscanf(text, "%llu %llu", &quota, &period) != 2 || period == 0)
		return false;
	quota = quota * SECOND / period;
	return quota <= v + v / 100 && quota + v / 100 + 1 >= v;
}

/* Are the CPUs that count a part of the allowed ones, and are there any? */
static bool cpus_within(const char *text, const uint64_t *cpus)
{
	char list[TEXT_MAX];
	const char *at = list;
	unsigned from, to;
	int r;

	(void)snprintf(list, sizeof list, "%.*s", (int)strcspn(text, "\n"), text);
	while ((r = cpus_next(&at, &from, &to)) > 0)
		for (unsigned c = from; c <= to; c++)
			if (!(cpus[c / 64] >> c % 64 & 1))
				return false;
	return r == 0 && list[0] != '\0';
}

int group_verify(int fd, const struct group_limits *l, struct err *e)
{
	static char text[TEXT_MAX]; /* large */
	char wanted[64];
	int r;

	for (unsigned i = 0; i < GROUP_LIMITS; i++) {
		const char *file;
		bool same;

		if (!given(l, i))
			continue;
		file = limit_text(l, i, wanted, sizeof wanted);
		r = cgroup_read(fd, file, text, sizeof text);
		text[strcspn(text, "\n")] = '\0';
		same = i == GROUP_CPU_QUOTA ? same_quota(text, l->value[i]) :
					      strcmp(text, wanted) == 0;
		if (r < 0 || !same)
			return err_set(
				e, r < 0 ? r : -EPROTO,
				"%s of the session's control group is '%.64s' and not '%s'; see cordon.rules(5), CONTROL GROUPS",
				file, r < 0 ? strerror(-r) : text, wanted);
	}
	if (!l->cpus_given)
		return 0;
	r = cgroup_read(fd, "cpuset.cpus.effective", text, sizeof text);
	if (r < 0 || !cpus_within(text, l->cpus))
		return err_set(
			e, r < 0 ? r : -EPROTO,
			"AllowedCPUs=: the session could run on other CPUs; write CPUs that are online");
	return 0;
}
