/* SPDX-License-Identifier: Apache-2.0 */
/* calls.c - the system calls that libseccomp knows, their numbers, and the groups of them */
#include "filter/filter.h"

#include "base/near.h"

#include <errno.h>
#include <limits.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 640 }; /* x32's last of its own is 547 */

/* SystemCallArchitectures= has systemd's words for them. */
const struct abi abis[] = {
#if defined(__x86_64__) && !defined(__ILP32__)
	{ SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64, 0, "x86-64" },
	{ SCMP_ARCH_X86, AUDIT_ARCH_I386, 0, "x86" },
	{ SCMP_ARCH_X32, AUDIT_ARCH_X86_64, X32_BIT, "x32" },
#elif defined(__i386__)
	{ SCMP_ARCH_X86, AUDIT_ARCH_I386, 0, "x86" },
#elif defined(__aarch64__)
	{ SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64, 0, "arm64" },
	{ SCMP_ARCH_ARM, AUDIT_ARCH_ARM, 0, "arm" },
#elif defined(__arm__)
	{ SCMP_ARCH_ARM, AUDIT_ARCH_ARM, 0, "arm" },
#elif defined(__riscv) && __riscv_xlen == 64
	{ SCMP_ARCH_RISCV64, AUDIT_ARCH_RISCV64, 0, "riscv64" },
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
	{ SCMP_ARCH_PPC64LE, AUDIT_ARCH_PPC64LE, 0, "ppc64-le" },
#elif defined(__s390x__)
	{ SCMP_ARCH_S390X, AUDIT_ARCH_S390X, 0, "s390x" },
#else
#error "add this architecture to the table: its tokens, and its name in systemd.exec(5)"
#endif
};
const size_t abis_n = sizeof abis / sizeof abis[0];

#define C(call)	 #call,
#define G(group) "@" #group,

#define GROUP(id, name, help, members) static const char *const members_##id[] = { members NULL };
#include "filter/groups.def"
#undef GROUP

/* @known and @unrestricted have every call of the table below. */
static const char *const members_all[] = { "@", NULL };

static const struct group group_table[] = {
#define GROUP(id, name, help, members) { #id, name, help, members_##id },
#include "filter/groups.def"
#undef GROUP
	{ "known", "@known", "every call that cordon knows", members_all },
	{ "unrestricted", "@unrestricted", "profile: every call that cordon knows", members_all },
};

static const struct group left_out_table[] = {
#define LEFT_OUT(reason, ...) { NULL, reason, NULL, (const char *const[]){ __VA_ARGS__ NULL } },
#include "filter/left_out.def"
#undef LEFT_OUT
};
#undef C
#undef G

enum { NOT_HERE = INT_MIN };
static const struct young {
	const char *name;
	int nr; /* NOT_HERE: the name is known, on another architecture */
} youngs[] = {
#define YOUNG(name, nr) { #name, nr },
#include "filter/young.def"
#undef YOUNG
};

/* A name in memory of libseccomp's stays allocated while it is in the table. */
static struct call {
	const char *name;
	char *owned; /* the same, NULL for a name of the tables above */
	int rule_nr; /* INT_MIN: libseccomp does not know the name */
	int nr[ABIS_MAX];
	bool young;
} table[CALLS_MAX];
static size_t table_n;

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct call *)a)->name, ((const struct call *)b)->name);
}

static struct call *table_add(const char *name)
{
	struct call *c;

	if (table_n == CALLS_MAX)
		abort(); /* the tests hold that there is room for twice the calls of today */
	c = &table[table_n++];
	*c = (struct call){ .name = name, .rule_nr = INT_MIN };
	for (size_t i = 0; i < ABIS_MAX; i++)
		c->nr[i] = -1;
	return c;
}

static void add_members(const struct group *g, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (const char *const *m = g[i].members; *m != NULL; m++)
			if (**m != '@')
				(void)table_add(*m);
}

/*
 * One entry a name. The scan by number finds the direct calls of ABIs where libseccomp gives a
 * multiplexed call (socketcall, ipc) for the name.
 */
static void table_merge(void)
{
	size_t n = 0;

	qsort(table, table_n, sizeof table[0], by_name);
	for (size_t i = 0; i < table_n; i++) {
		struct call *c;

		if (n == 0 || strcmp(table[n - 1].name, table[i].name) != 0) {
			table[n++] = table[i];
			continue;
		}
		c = &table[n - 1];
		free(table[i].owned);
		for (size_t a = 0; a < ABIS_MAX; a++)
			if (c->nr[a] < 0)
				c->nr[a] = table[i].nr[a];
	}
	table_n = n;
}

static void table_resolve(struct call *c)
{
	c->rule_nr = seccomp_syscall_resolve_name(c->name);
	for (size_t a = 0; a < abis_n; a++) {
		const int nr = seccomp_syscall_resolve_name_arch(abis[a].token, c->name);

		if (c->nr[a] < 0 && nr >= 0)
			c->nr[a] = nr;
	}
	if (c->rule_nr != __NR_SCMP_ERROR)
		return;
	c->rule_nr = INT_MIN;
	for (size_t i = 0; i < sizeof youngs / sizeof youngs[0]; i++)
		if (strcmp(youngs[i].name, c->name) == 0) {
			c->young = true;
			c->rule_nr = youngs[i].nr;
			c->nr[0] = c->rule_nr == NOT_HERE ? -1 : c->rule_nr;
		}
}

static void table_fill(void)
{
	add_members(group_table, sizeof group_table / sizeof group_table[0]);
	add_members(left_out_table, sizeof left_out_table / sizeof left_out_table[0]);
	for (size_t i = 0; i < sizeof youngs / sizeof youngs[0]; i++)
		(void)table_add(youngs[i].name);
	table_merge();
	for (size_t a = 0; a < abis_n; a++) {
		for (int nr = 0; nr < NUMBERS; nr++) {
			const int number = nr | (int)abis[a].bit;
			char *name = seccomp_syscall_resolve_num_arch(abis[a].token, number);
			struct call *c = name != NULL ? table_add(name) : NULL;

			if (c != NULL) {
				c->owned = name;
				c->nr[a] = number;
			}
		}
		table_merge();
	}
	for (size_t i = 0; i < table_n; i++)
		table_resolve(&table[i]);
}

size_t calls_n(void)
{
	if (table_n == 0)
		table_fill();
	return table_n;
}

const char *call_name(size_t id)
{
	return id < calls_n() ? table[id].name : NULL;
}

int call_nr(size_t id, size_t abi)
{
	return id < calls_n() ? table[id].nr[abi] : -1;
}

int call_rule_nr(size_t id, bool *ret_young)
{
	*ret_young = id < calls_n() && table[id].young;
	return id < calls_n() ? table[id].rule_nr : INT_MIN;
}

/* Like strcmp(3) of @a and the @len bytes at @b. */
static int compare(const char *a, const char *b, size_t len)
{
	const int d = strncmp(a, b, len);

	return d != 0 ? d : a[len] == '\0' ? 0 : 1;
}

int call_find(const char *name, size_t len)
{
	size_t lo = 0, hi = calls_n();

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;
		const int d = compare(table[mid].name, name, len);

		if (d == 0)
			return (int)mid;
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -ENOENT;
}

bool call_is(size_t id, const char *names)
{
	const char *name = call_name(id);
	const size_t len = strlen(name);

	for (const char *at = names; (at = strstr(at, name)) != NULL; at += len)
		if ((at == names || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

const struct group *groups(size_t *ret_n)
{
	*ret_n = sizeof group_table / sizeof group_table[0];
	return group_table;
}

const struct group *left_out(size_t *ret_n)
{
	*ret_n = sizeof left_out_table / sizeof left_out_table[0];
	return left_out_table;
}

const struct group *group_find(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof group_table / sizeof group_table[0]; i++)
		if (compare(group_table[i].name, name, len) == 0)
			return &group_table[i];
	return NULL;
}

static const struct group *group_by_id(const char *id)
{
	for (size_t i = 0; i < sizeof group_table / sizeof group_table[0]; i++)
		if (strcmp(group_table[i].id, id) == 0)
			return &group_table[i];
	abort(); /* groups.def names a group that is not in it: see the tests */
}

void group_expand(const struct group *group, struct filter_set *set)
{
	for (const char *const *m = group->members; *m != NULL; m++) {
		if ((*m)[0] != '@')
			set->in[call_find(*m, strlen(*m))] = true; /* all members are in the table */
		else if ((*m)[1] != '\0')
			group_expand(group_by_id(*m + 1), set); /* no group names itself */
		else
			memset(set->in, true, calls_n() * sizeof set->in[0]);
	}
}

const char *member_name(const char *member)
{
	return member[0] == '@' ? group_by_id(member + 1)->name : member;
}

const char *name_nearest(const char *name)
{
	struct near near;
	size_t n;
	const struct group *g = groups(&n);

	near_start(&near, name);
	for (size_t i = 0; name[0] == '@' && i < n; i++)
		near_try(&near, g[i].name);
	for (size_t i = 0; name[0] != '@' && i < calls_n(); i++)
		near_try(&near, call_name(i));
	return near.best;
}
