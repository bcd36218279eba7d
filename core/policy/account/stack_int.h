/* SPDX-License-Identifier: Apache-2.0 */
/* stack_int.h - a PAM stack as libpam has it in memory; for the stack*.c files alone */
#ifndef CORDON_POLICY_ACCOUNT_STACK_INT_H
#define CORDON_POLICY_ACCOUNT_STACK_INT_H

#include "policy/account/stack.h"

#include <stdbool.h>
#include <stddef.h>

/* Return values of modules, with the numbers of libpam; stack_read.c has the names. */
enum {
	CODE_SUCCESS = 0,
	CODE_AUTH_ERR = 7,
	CODE_NEW_AUTHTOK_REQD = 12,
	CODE_ACCT_EXPIRED = 13,
	CODE_SESSION_ERR = 14,
	CODE_IGNORE = 25,
	CODE_INCOMPLETE = 31,
	CODES = 32,
};

/* The action of a line for a return value; a positive number is the number of lines to jump over. */
enum {
	ACT_IGNORE = 0,
	ACT_OK = -1,
	ACT_DONE = -2,
	ACT_BAD = -3,
	ACT_DIE = -4,
	ACT_RESET = -5,
	ACT_UNSET = -6
};

enum { STACK_LEVELS = 16, STACK_LINES_MAX = 512 };

/* Modules whose return values are known; another module may return any value. */
enum stack_module { MODULE_OTHER, MODULE_OURS, MODULE_PERMIT, MODULE_DENY, MODULE_SUBSTACK };

/**
 * struct stack_line - one line of one step, with includes resolved
 * @file:   index in files of struct stack
 * @level:  the number of substacks around it
 * @module: MODULE_SUBSTACK marks the beginning of a substack; libpam calls no module there
 */
struct stack_line {
	size_t file;
	unsigned line, level;
	enum stack_module module;
	short action[CODES];
};

/**
 * struct stack - all lines of one step of a service
 * @there: the service has its own file
 */
struct stack {
	const char *root;
	enum stack_step step;
	struct stack_line *lines;
	size_t n;
	char (*files)[256];
	size_t n_files;
	bool there;
};

/* The directories that libpam searches, in its order; those after the second depend on its build. */
enum { STACK_DIRS = 4 };
extern const char *const stack_dirs[STACK_DIRS];

/**
 * stack_read - read the lines of @service into @s, of which only root and step are set
 *
 * Return: 0; -errno with @e filled: a file cannot be read or understood. The caller must call
 * stack_free() in both cases.
 */
int stack_read(struct stack *s, const char *service, struct err *e);

/**
 * stack_walk - walk through the lines as libpam does, for all return values of the modules
 *
 * Return: 0: success requires a success of pam_cordon; -EPERM: it does not, and @e names the line
 *         to change; another -errno.
 */
int stack_walk(const struct stack *s, const char *service, struct err *e);

/**
 * stack_free - free what @s holds
 */
void stack_free(struct stack *s);

#endif
