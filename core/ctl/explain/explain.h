/* SPDX-License-Identifier: Apache-2.0 */
/* explain.h - between the parts of cordon explain */
#ifndef CORDON_CTL_EXPLAIN_EXPLAIN_H
#define CORDON_CTL_EXPLAIN_EXPLAIN_H

#include "ctl/ctl.h"

/**
 * struct explain_options - the command line
 */
struct explain_options {
	const char *service, *rhost, *tty, *at, *root, *command;
	bool all, json, help;
};

/**
 * struct explain - one question, and what is known of the answer
 * @o:       the options: o.command is the command line to judge, o.all asks for every setting and
 *           the whole plan
 * @skipped: the sections that do not match, as text; closed before it is shown
 */
struct explain {
	struct policy_paths paths;
	struct login login;
	time_t at;
	struct explain_options o;
	struct json json;
	FILE *skipped;
	char *skipped_text;
	size_t skipped_size;
	unsigned n_skipped;
};

/**
 * explain_show - the answer about a login for which the rules gave @d
 *
 * Return: enum exit_code.
 */
int explain_show(struct explain *x, struct decision *d, const struct facts *facts);

/**
 * explain_command - the words of x->o.command, and whether the rule admits them
 *
 * By the same code as a login would.
 * Return: EXIT_YES, EXIT_NO.
 */
int explain_command(struct explain *x, const struct settings *s, const char *home);

/**
 * explain_brief - what a confined login may do: files, network, programs, limits, time
 * @line: called for each of the five; @text is a single line
 */
void explain_brief(const struct decision *d, const struct facts *facts, const struct plan *plan,
		   const struct plan_login *login,
		   void (*line)(void *arg, const char *name, const char *text), void *arg);

/**
 * explain_plan - what @plan will do, line by line
 */
void explain_plan(const struct plan *plan, const struct plan_login *login,
		  void (*line)(void *arg, const char *text), void *arg);

/**
 * explain_kernel - what Landlock does for @plan on the running kernel
 * @j: NULL: as a line of text
 */
void explain_kernel(const struct plan *plan, struct json *j);

#endif
