/* SPDX-License-Identifier: Apache-2.0 */
/* explain.h - what the parts of cordon explain share */
#ifndef CORDON_CTL_EXPLAIN_EXPLAIN_H
#define CORDON_CTL_EXPLAIN_EXPLAIN_H

#include "ctl/ctl.h"

#include <pwd.h>

/**
 * struct explain_options - the command line
 */
struct explain_options {
	const char *service, *rhost, *tty, *at, *root, *command, *user, *threshold;
	bool all, diff, exposure, json, run_as, help;
};

/**
 * struct explain - one question, and what is known about the answer
 * @o:       the options: o.command is the command line to judge, o.all asks for every setting and
 *           the whole plan
 * @sides:   with o.diff: what is compared, as typed; with o.exposure: one of it
 * @skipped: text about the sections that do not match; the stream is closed before the text is shown
 */
struct explain {
	struct policy_paths paths;
	struct login login;
	time_t at;
	struct explain_options o;
	const char *sides[2];
	struct json json;
	FILE *skipped;
	char *skipped_text;
	size_t skipped_size;
	unsigned n_skipped;
};

/**
 * explain_account - look up an account by its name, or by a uid that no account has for a name
 * @buf: holds the strings of @ret; begins as NULL, for the caller to free(3)
 *
 * With --root, accounts come from the tree if it has passwd(5).
 * Return: 1; 0: no such user; -errno: the directory service cannot answer.
 */
int explain_account(const struct explain *x, const char *name, struct passwd *ret, char **buf);

/**
 * explain_facts - look up the user of @login, and the facts about the login
 *
 * Return: EXIT_YES; the exit code of a failure, after a message on stderr.
 */
int explain_facts(const struct explain *x, struct login *login, struct facts *facts);

/**
 * explain_show - print the answer about a login that the rules decided as @d
 *
 * Return: enum exit_code.
 */
int explain_show(struct explain *x, struct decision *d, const struct facts *facts);

/**
 * explain_command - print the words of x->o.command, and whether the rule allows the command
 *
 * The code is the same as at a login.
 * Return: EXIT_YES, EXIT_NO.
 */
int explain_command(struct explain *x, const struct settings *s, const char *home);

/**
 * explain_brief - say what a confined login may do: files, network, programs, limits, time
 * @line: called for each of the five; @text is a single line
 */
void explain_brief(const struct decision *d, const struct facts *facts, const struct plan *plan,
		   const struct plan_login *login,
		   void (*line)(void *arg, const char *name, const char *text), void *arg);

/**
 * explain_session - say which session a login gets with Lifetime=user, now
 *
 * Only root can ask the keeper of a running session which rule made it.
 * Return: true; false: the session is that of the login, and @text is untouched.
 */
bool explain_session(const struct plan *plan, const struct plan_login *login, char *text,
		     size_t size);

/**
 * explain_plan - print the effects of @plan, one on a line
 */
void explain_plan(const struct plan *plan, const struct plan_login *login,
		  void (*line)(void *arg, const char *text), void *arg);

/**
 * explain_kernel - say what Landlock does for @plan on the running kernel, and what later kernels add
 * @j: gets the answer; NULL: write lines of text
 */
void explain_kernel(const struct plan *plan, struct json *j);

#endif
