/* SPDX-License-Identifier: Apache-2.0 */
/* syscalls.c - cordon syscalls: list groups of system calls, and calls that the default leaves out */
#include "ctl/ctl.h"

#include "policy/filter/filter.h"

#include <stdio.h>
#include <string.h>

static void list_groups(void)
{
	size_t n, n_out;
	const struct filter_group *g = filter_groups(&n);
	const struct filter_left_out *out = filter_left_out(&n_out);

	for (size_t i = 0; i < n; i++)
		sayf(stdout, "%s\n    %s\n", g[i].name, g[i].help);
	sayf(stdout, "\nleft out of @default-session:\n");
	for (size_t i = 0; i < n_out; i++) {
		sayf(stdout, "   ");
		for (size_t m = 0; m < out[i].n; m++)
			sayf(stdout, " %s", filter_member_name(out[i].members[m]));
		sayf(stdout, "\n        %s\n", out[i].reason);
	}
}

static void list_members(const struct filter_group *g)
{
	const char *name;
	int nr;

	sayf(stdout, "%s: %s\n", g->name, g->help);
	for (size_t i = 0; (name = filter_call(i, &nr)) != NULL; i++)
		if (filter_has(g->name, name))
			sayf(stdout, "    %s%s\n", name,
			     nr < 0 ? " (not on this architecture)" : "");
}

/* The reason why @default-session lacks @call; NULL if the group has the call. */
static const char *why_left_out(const char *call)
{
	size_t n;
	const struct filter_left_out *out = filter_left_out(&n);

	for (size_t i = 0; i < n; i++)
		for (size_t m = 0; m < out[i].n; m++) {
			const char *member = filter_member_name(out[i].members[m]);

			if (strcmp(member, call) == 0 || filter_has(member, call))
				return out[i].reason;
		}
	return NULL;
}

static void show_call(const char *call)
{
	size_t n;
	const struct filter_group *g = filter_groups(&n);
	const char *why = why_left_out(call);

	sayf(stdout, "%s: in", call);
	for (size_t i = 0; i < n; i++)
		if (filter_has(g[i].name, call))
			sayf(stdout, " %s", g[i].name);
	sayf(stdout, "\n");
	if (why != NULL)
		sayf(stdout, "    not in @default-session: %s\n", why);
}

static bool show_name(const char *name)
{
	size_t n;
	const struct filter_group *g = filter_groups(&n);
	const char *call;

	for (size_t i = 0; i < n; i++)
		if (strcmp(g[i].name, name) == 0) {
			list_members(&g[i]);
			return true;
		}
	for (size_t i = 0; (call = filter_call(i, NULL)) != NULL; i++)
		if (strcmp(call, name) == 0) {
			show_call(call);
			return true;
		}
	sayf(stderr, "cordon: no system call or group '%s'; 'cordon syscalls' lists the groups\n",
	     name);
	return false;
}

int syscalls_main(int argc, char **argv)
{
	struct options {
		bool help;
	} o = { 0 };
	static const struct option_row rows[] = {
#define OPTION(name, argument, member, help) \
	OPTION_ROW(struct options, name, argument, member, help),
#include "ctl/options/syscalls.def"
#undef OPTION
	};
	const int first = options_parse(rows, 1, &o, "", argc, argv);
	bool all = true;

	if (first < 0)
		return EXIT_USAGE;
	if (o.help) {
		ctl_help("syscalls", rows, 1, "");
		return EXIT_YES;
	}
	if (first == argc)
		list_groups();
	for (int i = first; i < argc; i++)
		all = show_name(argv[i]) && all;
	return all ? EXIT_YES : EXIT_USAGE;
}
