/* SPDX-License-Identifier: Apache-2.0 */
/* stack_int.h - a PAM stack as libpam has it in memory; for stack*.c alone */
#ifndef CORDON_POLICY_ACCOUNT_STACK_INT_H
#define CORDON_POLICY_ACCOUNT_STACK_INT_H

#include "policy/account/stack.h"

#include <stdbool.h>
#include <stddef.h>

/* Return values of modules by their number in libpam; the names are in stack_read.c. */
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

/* What a line does at a return value; above zero: the number of lines to jump over. */
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

/* Modules whose return values are known; all others may return anything. */
enum stack_module { MODULE_OTHER, MODULE_OURS, MODULE_PERMIT, MODULE_DENY, MODULE_SUBSTACK };

/**
 * struct stack_line - one line of one step, after all includes
 * @file:   index in files of the stack
 * @level:  how many substacks it is in
 * @module: MODULE_SUBSTACK is the place where one begins; libpam calls nothing there
 */
struct stack_line {
	size_t file;
	unsigned line, level;
	enum stack_module module;
	short action[CODES];
};

/**
 * struct stack - all lines of one step of a service
 * @there: the service has a file of its own
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

/**
 * stack_read - read the lines of @service's files into @s, which holds root and step alone
 *
 * Return: 0; -errno with @e filled: not readable, or not understood. stack_free() in any case.
 */
int stack_read(struct stack *s, const char *service, struct err *e);

/**
 * stack_walk - try every combination of return values that modules can give, as libpam would
 *
 * Return: 0: no combination succeeds without a success of pam_cordon; -EPERM: one does, and @e
 *         names the line that lets it; another -errno.
 */
int stack_walk(const struct stack *s, const char *service, struct err *e);

/**
 * stack_free - give back what @s holds
 */
void stack_free(struct stack *s);

#endif
