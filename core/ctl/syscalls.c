/* SPDX-License-Identifier: Apache-2.0 */
/* syscalls.c - cordon syscalls: cordon-filter lists the groups that a rule can name */
#include "ctl/ctl.h"

#include "base/cleanup.h"
#include "policy/filter/filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Becomes cordon-filter, which answers with the exit codes of cordon. Where it cannot start, the dynamic
 * linker would answer in its place, so it is tried first.
 */
static int list(char **names, int n)
{
	static char program[] = "cordon-filter", option[] = "--syscalls";
	cleanup_free char **argv = calloc((size_t)n + 3, sizeof *argv);
	struct err e = { 0 };
	char text[1024];

	if (filter_usable(&e) < 0) {
		sayf(stderr, "cordon: %s\n", err_text(&e, text, sizeof text));
		return EXIT_SYSTEM;
	}
	if (argv == NULL) {
		sayf(stderr, "cordon: %s\n", strerror(ENOMEM));
		return EXIT_SYSTEM;
	}
	argv[0] = program;
	argv[1] = option;
	for (int i = 0; i < n; i++)
		argv[i + 2] = names[i];
	(void)execv(filter_helper(), argv); /* returns only to fail */
	sayf(stderr, "cordon: %s: %s; install cordon again\n", filter_helper(), strerror(errno));
	return EXIT_SYSTEM;
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

	if (first < 0)
		return EXIT_USAGE;
	if (o.help) {
		ctl_help("syscalls", rows, 1, "");
		return EXIT_YES;
	}
	return list(argv + first, argc - first);
}
