/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - cordon: the command of the administrator */
#include "ctl/ctl.h"

#include "base/near.h"
#include "base/own.h"
#include "policy/account/owners.h"
#include "policy/filter/filter.h"
#include "policy/text/diag.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct subcommand commands[] = {
#define COMMAND(name, fn, synopsis, help, example) { #name, synopsis, help, example, fn },
#include "ctl/commands.def"
#undef COMMAND
};

enum { COMMANDS_N = sizeof commands / sizeof commands[0] };

static const struct subcommand *command_find(const char *name)
{
	for (size_t i = 0; i < COMMANDS_N; i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

static int print_usage(FILE *out, int code)
{
	sayf(out, "usage: cordon COMMAND [ARG...]\n\nCommands:\n");
	for (size_t i = 0; i < COMMANDS_N; i++)
		if (commands[i].help[0] != '\0')
			sayf(out, "  %s%.*s%s\n", commands[i].name,
			     (int)(10 - strlen(commands[i].name)), "          ", commands[i].help);
	sayf(out, "\n'cordon COMMAND --help' prints the options of a command.\n"
		  "'cordon --version' prints the version.\n");
	return code;
}

void ctl_help(const char *name, const struct option_row *rows, size_t n, const char *more)
{
	const struct subcommand *c = command_find(name);

	if (c == NULL)
		return; /* every name has a row */
	sayf(stdout, "usage: cordon %s %s\n\n", c->name, c->synopsis);
	sayf(stdout, "%c%s.\n\nOptions:\n", c->help[0] - 'a' + 'A', c->help + 1);
	options_help(rows, n);
	(void)fputs(more, stdout);
	sayf(stdout, "\nExample:\n  %s\n", c->example);
}

static int unknown_command(const char *name)
{
	struct near near;

	near_start(&near, name);
	for (size_t i = 0; i < COMMANDS_N; i++)
		if (commands[i].help[0] != '\0')
			near_try(&near, commands[i].name);
	if (near.best != NULL)
		sayf(stderr, "cordon: no command '%s'; did you mean 'cordon %s'?\n", name,
		     near.best);
	else
		sayf(stderr, "cordon: no command '%s'; 'cordon --help' lists the commands\n", name);
	return EXIT_USAGE;
}

/*
 * Where cordon was built, all programs are in one directory. What is installed never looks beside
 * itself: its directory has the programs of others.
 */
static void use_own_build(void)
{
	char path[PATH_MAX];
	const ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof "/cordon-filter");
	char *name;

	if (n <= 0 || n == (ssize_t)(sizeof path - sizeof "/cordon-filter"))
		return;
	path[n] = '\0';
	if (strcmp(path, CORDON_BINDIR "/cordon") == 0)
		return;
	name = strrchr(path, '/');
	(void)strcpy(name, "/cordon-filter"); /* fits: see above */
	if (access(path, X_OK) < 0)
		return;
	*name = '\0';
	filter_beside(path);
}

int main(int argc, char **argv)
{
	const struct subcommand *c;
	struct policy_paths paths;

	/* if the caller ignored SIGCHLD, we would wait for ever; signals that nohup(1) ignores stay ignored */
	if (own_signals(1) < 0) {
		sayf(stderr, "cordon: %s\n", strerror(errno));
		return EXIT_SYSTEM;
	}
	if (argc < 2)
		return print_usage(stderr, EXIT_USAGE);
	if (strcmp(argv[1], "--version") == 0) {
		sayf(stdout, "cordon %s\n", CORDON_VERSION);
		return EXIT_YES;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)
		return print_usage(stdout, EXIT_YES);
	c = command_find(argv[1]);
	if (c == NULL)
		return unknown_command(argv[1]);
	use_own_build();
	policy_paths_default(&paths);
	(void)owners_load(&paths, NULL); /* an error is reported only if a session is made */
	return c->run(argc - 1, argv + 1);
}
