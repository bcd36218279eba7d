/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - cordon: the administrator's command */
#include "ctl/ctl.h"

#include "base/own.h"
#include "policy/account/owners.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct subcommand commands[] = {
#define COMMAND(name, fn, synopsis, help) { #name, synopsis, help, fn },
#include "ctl/commands.def"
#undef COMMAND
};

static int usage(FILE *out, int code)
{
	sayf(out, "usage: cordon COMMAND [ARG...]\n\n");
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		sayf(out, "  cordon %s %s\n      %s\n", commands[i].name, commands[i].synopsis,
		     commands[i].help);
	sayf(out, "  cordon --version\n");
	return code;
}

int main(int argc, char **argv)
{
	static char self[] = "cordon";
	struct policy_paths paths;

	/* a caller that ignores SIGCHLD would have us wait for ever; what nohup(1) ignores stays */
	if (own_signals(1) < 0) {
		sayf(stderr, "cordon: %s\n", strerror(errno));
		return EXIT_SYSTEM;
	}
	if (argc < 2)
		return usage(stderr, EXIT_USAGE);
	if (strcmp(argv[1], "--version") == 0) {
		sayf(stdout, "cordon %s\n", CORDON_VERSION);
		return EXIT_YES;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)
		return usage(stdout, EXIT_YES);
	policy_paths_default(&paths);
	(void)owners_load(&paths, NULL); /* an error counts where a session is to be made */
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (strcmp(argv[1], commands[i].name) == 0) {
			argv[1] = self; /* getopt(3) begins its messages with it */
			return commands[i].run(argc - 1, argv + 1);
		}
	sayf(stderr, "cordon: no command '%s'; cordon help lists them\n", argv[1]);
	return EXIT_USAGE;
}
