/* SPDX-License-Identifier: Apache-2.0 */
/* check_warn.h - the warnings of `cordon check`: rules that confine nobody or refuse everybody */
#ifndef CORDON_CTL_CHECK_CHECK_WARN_H
#define CORDON_CTL_CHECK_CHECK_WARN_H

#include "contract/plan.h"
#include "policy/rules/decide.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>

/**
 * check_warn - "file:line: warning: @fmt"
 */
void check_warn(struct diag *d, const char *file, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The code of a warning: the rule confines nobody, or refuses all logins that it matches. */
enum { CHECK_ODD = -EINVAL, CHECK_REFUSES = -EPERM };

/* What the message of every warning begins with. */
#define CHECK_PREFIX "warning: "

/**
 * check_refuses - as check_warn(), of what refuses every login: the code is CHECK_REFUSES
 */
void check_refuses(struct diag *d, const char *file, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * check_find - a path below the directory that is "/" for the rules
 * @root:     "" or that directory; symlinks never lead out of it
 * @ret_real: PATH_MAX bytes: the path without symlinks, seen from @root; or NULL
 *
 * Return: 1; 0: there is none; -errno: it is not known.
 */
int check_find(const char *root, const char *path, struct stat *ret_st, char *ret_real);

/**
 * check_warn_paths - paths that are missing, or of the wrong kind
 * @s:    merged, specifiers replaced or not
 * @home: of the account, or NULL where the settings are for several
 */
void check_warn_paths(const struct policy_paths *paths, const struct settings *s, const char *home,
		      struct diag *d);

/**
 * check_warn_settings - check_warn_paths(), services, 32-bit programs
 * @rule:    whose [Session] it is; of a profile nothing is said that a rule may still complete
 * @profile: is it one
 * @s:       merged, specifiers not replaced yet
 */
void check_warn_settings(const struct policy_paths *paths, const struct rule *rule, bool profile,
			 const struct settings *s, struct diag *d);

/**
 * check_warn_programs - can what a login starts be seen and executed
 */
void check_warn_programs(const struct policy_paths *paths, const struct settings *s, struct diag *d);

/**
 * check_warn_match - users and groups that do not exist, sections that match nobody
 */
void check_warn_match(const struct rule *rule, struct diag *d);

/**
 * check_warn_shadowed - sections of @rule that an earlier rule decides before
 * @before: the @n rules that come first
 */
void check_warn_shadowed(const struct rule *rule, const struct rule *before, size_t n,
			 struct diag *d);

/**
 * check_warn_names - files in a directory of rules or profiles that are ignored for their names
 */
void check_warn_names(const struct policy_paths *paths, const char *dir, struct diag *d);

#endif
