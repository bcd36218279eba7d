/* SPDX-License-Identifier: Apache-2.0 */
/* ctl.h - the subcommands of cordon(1) */
#ifndef CORDON_CTL_CTL_H
#define CORDON_CTL_CTL_H

#include "contract/exits.h"
#include "contract/plan.h"
#include "ctl/json.h"
#include "ctl/options.h"
#include "ctl/say.h"
#include "policy/rules/decide.h"

#include <stdbool.h>

/**
 * struct subcommand - a row of commands.def
 * @help: "" for a command that no help lists
 * @run:  gets the arguments, beginning with the command's name; returns enum exit_code
 */
struct subcommand {
	const char *name;
	const char *synopsis;
	const char *help;
	const char *example;
	int (*run)(int argc, char **argv);
};

#define COMMAND(name, fn, synopsis, help, example) int fn(int argc, char **argv);
#include "ctl/commands.def"
#undef COMMAND

/**
 * ctl_help - print the help of a command: usage, options, example
 * @rows: its @n options
 * @more: lines after the options, or ""
 */
void ctl_help(const char *name, const struct option_row *rows, size_t n, const char *more);

/**
 * ctl_someone - fill @ret with an ordinary account that does not exist, to try a rule with
 */
void ctl_someone(struct facts *ret);

/**
 * ctl_try_plan - replace the specifiers of @s and compile it, to find the errors of a login of @facts
 * @paths: the root in @paths holds the files that the settings name
 *
 * Return: 0; -errno with @e filled. The caller must zero @e before.
 */
int ctl_try_plan(const struct policy_paths *paths, struct settings *s, const struct facts *facts,
		 struct err *e);

/**
 * ctl_root - use @dir in place of /; the directory may belong to the caller
 *
 * Return: 0; -errno, after a message on stderr.
 */
int ctl_root(struct policy_paths *paths, const char *dir);

/**
 * struct door - a PAM service that admits accounts unconfined although a rule confines or denies them
 * @service: "" for all services, or if the service is not known
 * @why:     the line that admits the account, and what to change
 */
struct door {
	char service[128];
	struct err why;
};

/**
 * doors_open - call @door for each service below @root that no step of PAM closes
 *
 * Return: the number of such services.
 */
size_t doors_open(const char *root, void (*door)(void *arg, const struct door *d), void *arg);

/**
 * door_text - write one line about @d to @buf, without a file and line
 */
const char *door_text(const struct door *d, char *buf, size_t size);

/**
 * door_check - check that @service admits no account unconfined if a rule confines the account
 *
 * Return: true; false with @e filled: the service is open.
 */
bool door_check(const char *root, const char *service, struct err *e);

/**
 * ctl_no_such - fill @e: there is no user or group @name; suggest a similar name
 *
 * Return: -ENOENT, with @e filled.
 */
int ctl_no_such(bool user, const char *name, struct err *e);

/**
 * ctl_near - find the user or group whose name is most similar to @bad
 *
 * Reads /etc/passwd or /etc/group, below the root of lookup_below().
 * Return: the name, for the caller to free(3); NULL: no name is similar.
 */
char *ctl_near(bool user, const char *bad);

#endif
