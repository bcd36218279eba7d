/* SPDX-License-Identifier: Apache-2.0 */
/* calls.c - the tables of system calls and groups, and finding one by its name */
#include "policy/filter/filter_int.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name;
	int16_t nr[ARCH_N];
} calls[CALL_N] = {
#define CALL(name, x86_64, x32, i386, arm64) { #name, { x86_64, x32, i386, arm64 } },
#include "policy/filter/calls.def"
#undef CALL
};

#define C(call)	 CALL_##call,
#define G(group) CALL_N + GROUP_##group,

#define GROUP(id, name, help, members) static const uint16_t members_##id[] = { members };
#include "policy/filter/groups.def"
#undef GROUP

static const uint16_t members_known[] = {
#define CALL(name, x86_64, x32, i386, arm64) CALL_##name,
#include "policy/filter/calls.def"
#undef CALL
};

#define MEMBERS(array) (array), sizeof(array) / sizeof(array)[0]

static const struct filter_group groups[GROUP_N] = {
#define GROUP(id, name, help, members) { name, help, MEMBERS(members_##id) },
#include "policy/filter/groups.def"
#undef GROUP
	{ "@known", "every call that cordon knows", MEMBERS(members_known) },
	{ "@unrestricted", "profile: every call that cordon knows", MEMBERS(members_known) },
};

static const struct filter_left_out left_out[] = {
#define LEFT_OUT(reason, ...) { reason, MEMBERS(((const uint16_t[]){ __VA_ARGS__ })) },
#include "policy/filter/left_out.def"
#undef LEFT_OUT
};

/*
 * What programs do most, by count over a shell, an editor, a compiler, git, an ssh client and a
 * web server. It only shapes the search tree: these are near its root.
 */
/* clang-format off */
const uint16_t filter_hot[] = {
	C(read) C(write) C(close) C(fstat) C(newfstatat) C(mmap) C(munmap) C(mprotect) C(brk)
	C(futex) C(poll) C(ppoll) C(epoll_wait) C(epoll_pwait) C(lseek) C(pread64) C(pwrite64)
	C(rt_sigaction) C(rt_sigprocmask) C(rt_sigreturn) C(getpid) C(clock_gettime) C(recvmsg)
	C(sendmsg) C(recvfrom) C(sendto) C(readv) C(writev) C(getdents64) C(stat) C(lstat)
	C(access) C(fcntl) C(madvise) C(wait4) C(select) C(pselect6) C(sched_yield)
	C(clock_nanosleep) C(statx) C(openat) C(ioctl)
};
/* clang-format on */
const size_t filter_hot_n = sizeof filter_hot / sizeof filter_hot[0];
#undef C
#undef G

const char *call_name(unsigned id)
{
	return id < CALL_N ? calls[id].name : NULL;
}

int call_nr(unsigned id, enum filter_arch arch)
{
	return calls[id].nr[arch];
}

/* Like strcmp(3) of @a and the @len bytes at @b. */
static int compare(const char *a, const char *b, size_t len)
{
	const int d = strncmp(a, b, len);

	return d != 0 ? d : a[len] == '\0' ? 0 : 1;
}

int call_find(const char *name, size_t len)
{
	size_t lo = 0, hi = CALL_N;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;
		const int d = compare(calls[mid].name, name, len);

		if (d == 0)
			return (int)mid;
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -ENOENT;
}

int group_find(const char *name, size_t len)
{
	for (size_t i = 0; i < GROUP_N; i++)
		if (compare(groups[i].name, name, len) == 0)
			return (int)i;
	return -ENOENT;
}

enum { NAME_LONGEST = 64 };

/* Levenshtein's distance of @a and the @len bytes at @b; NAME_LONGEST when that is too long. */
static unsigned distance(const char *a, const char *b, size_t len)
{
	const size_t n = strlen(a);
	unsigned row[NAME_LONGEST + 1];

	if (n > NAME_LONGEST || len > NAME_LONGEST)
		return NAME_LONGEST;
	for (size_t j = 0; j <= len; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= len; j++) {
			const unsigned replace = diagonal + (a[i - 1] != b[j - 1]);
			const unsigned insert = (row[j - 1] < row[j] ? row[j - 1] : row[j]) + 1;

			diagonal = row[j];
			row[j] = replace < insert ? replace : insert;
		}
	}
	return row[len];
}

const char *name_nearest(const char *name, size_t len)
{
	const bool group = len > 0 && name[0] == '@';
	unsigned best = len < 4 ? 2 : 4; /* farther off it is another word, not a slip */
	const char *ret = NULL;

	for (size_t i = 0; i < (group ? (size_t)GROUP_N : (size_t)CALL_N); i++) {
		const char *candidate = group ? groups[i].name : calls[i].name;
		const unsigned d = distance(candidate, name, len);

		if (d < best) {
			best = d;
			ret = candidate;
		}
	}
	return ret;
}

void group_expand(unsigned group, struct filter_set *set)
{
	for (size_t i = 0; i < groups[group].n; i++) {
		const unsigned m = groups[group].members[i];

		if (m < CALL_N)
			set->in[m] = true;
		else
			group_expand(m - CALL_N, set); /* no group names itself: see the tests */
	}
}

const struct filter_group *filter_groups(size_t *ret_n)
{
	*ret_n = GROUP_N;
	return groups;
}

const struct filter_left_out *filter_left_out(size_t *ret_n)
{
	*ret_n = sizeof left_out / sizeof left_out[0];
	return left_out;
}

const char *filter_member_name(uint16_t member)
{
	if (member < CALL_N)
		return calls[member].name;
	return member - CALL_N < GROUP_N ? groups[member - CALL_N].name : NULL;
}

bool filter_has(const char *group, const char *call)
{
	const int g = group_find(group, strlen(group));
	const int c = call_find(call, strlen(call));
	struct filter_set set = { 0 };

	if (g < 0 || c < 0)
		return false;
	group_expand((unsigned)g, &set);
	return set.in[c];
}

const char *filter_call(size_t i, int *ret_nr)
{
	if (i >= CALL_N)
		return NULL;
	if (ret_nr != NULL)
		*ret_nr = calls[i].nr[ARCH_NATIVE];
	return calls[i].name;
}
