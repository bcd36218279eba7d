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
 * @help: "" for a command that no list names
 * @run:  gets the arguments from its own name on; answers enum exit_code
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
 * ctl_help - print what --help of a command prints: usage, options, example
 * @rows: its @n options
 * @more: lines after the options, or ""
 */
void ctl_help(const char *name, const struct option_row *rows, size_t n, const char *more);

/**
 * ctl_someone - an ordinary account that does not exist, to try a rule with
 */
void ctl_someone(struct facts *ret);

/**
 * ctl_try_plan - replace the specifiers of @s and compile it, for what a login of @facts would say
 * @paths: whose root holds the files that the settings name
 *
 * Return: 0; -errno with @e filled, which is to be zeroed before.
 */
int ctl_try_plan(const struct policy_paths *paths, struct settings *s, const struct facts *facts,
		 struct err *e);

/**
 * ctl_root - look below @dir in place of /, which may belong to whoever asks
 *
 * Return: 0; -errno, said on stderr.
 */
int ctl_root(struct policy_paths *paths, const char *dir);

/**
 * struct door - a PAM service by which an account gets in although a rule confines or denies it
 * @service: "" for all of them, or if it is not known
 * @why:     the line that lets it in, and what to change
 */
struct door {
	char service[128];
	struct err why;
};

/**
 * doors_open - call @door for each service below @root that neither step of PAM keeps closed
 *
 * Return: how many there are.
 */
size_t doors_open(const char *root, void (*door)(void *arg, const struct door *d), void *arg);

/**
 * door_text - one line about @d, without the place in a file
 */
const char *door_text(const struct door *d, char *buf, size_t size);

/**
 * door_check - is @service one by which no confined account gets in unconfined
 *
 * Return: true; false with @e filled: it is open.
 */
bool door_check(const char *root, const char *service, struct err *e);

/**
 * ctl_no_such - say that there is no user or group @name, and which name is near
 *
 * Return: -ENOENT, with @e filled.
 */
int ctl_no_such(bool user, const char *name, struct err *e);

/**
 * ctl_near - the name of a user or group that is nearest to @bad
 *
 * Looks at /etc/passwd or /etc/group, below the root of lookup_below().
 * Return: the name, the caller's to free(3); NULL: none is near.
 */
char *ctl_near(bool user, const char *bad);

#endif
