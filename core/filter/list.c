/* SPDX-License-Identifier: Apache-2.0 */
/* list.c - cordon syscalls: the groups a rule can name, and what the default leaves out */
#include "filter/filter.h"

#include "base/text.h"

#include <string.h>

static void list_groups(void)
{
	size_t n, n_out;
	const struct group *g = groups(&n), *out = left_out(&n_out);

	for (size_t i = 0; i < n; i++)
		(void)printf("%s\n    %s\n", g[i].name, g[i].help);
	(void)printf("\nleft out of @default-session:\n");
	for (size_t i = 0; i < n_out; i++) {
		(void)printf("   ");
		for (const char *const *m = out[i].members; *m != NULL; m++)
			(void)printf(" %s", member_name(*m));
		(void)printf("\n        %s\n", out[i].name);
	}
}

static bool has(const struct group *group, size_t id)
{
	struct filter_set set = { 0 };

	group_expand(group, &set);
	return set.in[id];
}

static void list_members(const struct group *g)
{
	struct filter_set set = { 0 };

	group_expand(g, &set);
	(void)printf("%s: %s\n", g->name, g->help);
	for (size_t id = 0; id < calls_n(); id++)
		if (set.in[id])
			(void)printf("    %s%s\n", call_name(id),
				     call_nr(id, 0) < 0 ? " (not on this architecture)" : "");
}

static void show_call(size_t id)
{
	size_t n, n_out;
	const struct group *g = groups(&n), *out = left_out(&n_out);

	(void)printf("%s: in", call_name(id));
	for (size_t i = 0; i < n; i++)
		if (has(&g[i], id))
			(void)printf(" %s", g[i].name);
	(void)printf("\n");
	for (size_t i = 0; i < n_out; i++)
		if (has(&out[i], id))
			(void)printf("    not in @default-session: %s\n", out[i].name);
}

static void unknown(const char *name)
{
	const char *near = name_nearest(name);
	char plain[128];

	(void)text_plain(plain, sizeof plain, name, SIZE_MAX); /* cut when too long */
	(void)fprintf(stderr, "cordon: no system call or group '%s'; ", plain);
	if (near != NULL)
		(void)fprintf(stderr, "did you mean 'cordon syscalls %s'?\n", near);
	else
		(void)fprintf(stderr, "'cordon syscalls' lists the groups\n");
}

static bool show_name(const char *name)
{
	const struct group *group = group_find(name, strlen(name));
	const int id = call_find(name, strlen(name));

	if (group != NULL)
		list_members(group);
	else if (id >= 0)
		show_call((size_t)id);
	else
		unknown(name);
	return group != NULL || id >= 0;
}

bool filter_list(char *const *names, size_t n)
{
	bool all = true;

	if (n == 0)
		list_groups();
	for (size_t i = 0; i < n; i++)
		all = show_name(names[i]) && all;
	return all;
}
