/* SPDX-License-Identifier: Apache-2.0 */
/* check_warn.h - the warnings of `cordon check` about rules that confine nobody or refuse everybody */
#ifndef CORDON_CTL_CHECK_CHECK_WARN_H
#define CORDON_CTL_CHECK_CHECK_WARN_H

#include "contract/plan.h"
#include "policy/rules/decide.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>

/**
 * check_warn - add the warning "file:line: warning: @fmt" to @d
 */
void check_warn(struct diag *d, const char *file, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The code of a warning: the rule confines nobody, or refuses all logins that it matches. */
enum { CHECK_ODD = -EINVAL, CHECK_REFUSES = -EPERM };

/* The message of every warning begins with this prefix. */
#define CHECK_PREFIX "warning: "

/**
 * check_refuses - as check_warn(), for a line that refuses every login; the code is CHECK_REFUSES
 */
void check_refuses(struct diag *d, const char *file, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * check_fails - as check_refuses(), for an error: the message has no CHECK_PREFIX
 */
void check_fails(struct diag *d, const char *file, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * check_whole - check all rules and profiles below @paths, as `cordon check` does without files
 * @errors, @warnings: for the caller to free with diag_free()
 *
 * Return: EXIT_YES; EXIT_CONFIG: no rule can be read, and @errors tells.
 */
int check_whole(const struct policy_paths *paths, struct diag *errors, struct diag *warnings);

/**
 * check_find - look up a path below the directory that is "/" for the rules
 * @root:     "" or that directory; symlinks never lead out of it
 * @ret_real: PATH_MAX bytes: the path without symlinks, seen from @root; or NULL
 *
 * Return: 1; 0: the path does not exist; -errno: not known.
 */
int check_find(const char *root, const char *path, struct stat *ret_st, char *ret_real);

/**
 * check_warn_paths - warn about paths that do not exist or have the wrong type
 * @s:    merged settings, with or without specifiers replaced
 * @home: home of the account; NULL if the settings are for several accounts
 */
void check_warn_paths(const struct policy_paths *paths, const struct settings *s, const char *home,
		      struct diag *d);

/**
 * check_warn_settings - warn about paths, services and 32-bit programs
 * @rule:    has the [Session]
 * @profile: @rule is a profile; lines that a rule may still complete get no warning
 * @s:       merged settings, specifiers not replaced yet
 */
void check_warn_settings(const struct policy_paths *paths, const struct rule *rule, bool profile,
			 const struct settings *s, struct diag *d);

/**
 * check_warn_window - EndWithTime=yes has no effect without Time= in @rule, or in one of the @n before it
 */
void check_warn_window(const struct rule *rule, const struct settings *s, const struct rule *before,
		       size_t n, struct diag *d);

/**
 * check_warn_programs - warn about shells and commands that a session cannot see or execute
 * @errors: gets each program that does not exist and that every login starts, by check_fails()
 */
void check_warn_programs(const struct policy_paths *paths, const struct settings *s,
			 struct diag *errors, struct diag *d);

/**
 * check_warn_scheduling - warn about scheduling that starves the host, or that the kernel refuses
 *
 * For root and without another root directory, a child process tries what the login would do.
 */
void check_warn_scheduling(const struct policy_paths *paths, const struct settings *s,
			   struct diag *d);

/**
 * check_warn_network - warn about IPAddressDeny= in a session that has only a loopback interface, and
 *                      about NetworkAllow= without sockets of IP, or without a way out of the host
 */
void check_warn_network(const struct policy_paths *paths, const struct settings *s, struct diag *d);

/**
 * check_warn_commands - warn about lines of AllowCommands= and Command= that should name a set
 *
 * "sftp" admits a command that no client sends, and "@sftp" what the clients send. The function
 * reads no file.
 */
void check_warn_commands(const struct settings *s, struct diag *d);

/**
 * check_means_set - does check_warn_commands() warn about @line
 */
bool check_means_set(const char *line);

/**
 * check_warn_match - warn about users and groups that do not exist, and sections that match nobody
 */
void check_warn_match(const struct rule *rule, struct diag *d);

/**
 * check_warn_shadowed - warn about sections of @rule that an earlier rule makes ineffective
 * @before: the @n rules before @rule
 */
void check_warn_shadowed(const struct rule *rule, const struct rule *before, size_t n,
			 struct diag *d);

/**
 * check_warn_reach - warn if earlier rules decide for every account that @m names
 *
 * Asks the account database: a user of @m may be in a group of an earlier rule. A section of globs, ranges
 * or netgroups names no accounts.
 */
void check_warn_reach(const struct rule *rule, const struct match *m, const struct rule *before,
		      size_t n, struct diag *d);

/**
 * struct accounts - the accounts that a section of [Match] names
 * @certain: there are no others, now
 */
struct accounts {
	struct accounts_one {
		char name[FACTS_NAME_MAX];
		uid_t uid;
	} * list;
	size_t n;
	bool certain;
};

/**
 * check_accounts - find the accounts of @m by User=, or the members of Group= if there is no User=
 *
 * Globs, ranges and netgroups name no accounts, and nothing is certain then. The caller frees ret->list.
 */
void check_accounts(const struct match *m, struct accounts *ret);

/**
 * check_warn_root - warn if @m matches only accounts with uid 0, which are never confined
 *
 * Return: true after the warning.
 */
bool check_warn_root(const struct rule *rule, const struct match *m, struct diag *d);

/**
 * check_warn_login - warn about services, netgroups and hosts of [Match] that do not exist or never fit
 */
void check_warn_login(const struct policy_paths *paths, const struct rule *rule, struct diag *d);

/**
 * check_service - is there a PAM service @name below @root; true if that is not known
 */
bool check_service(const char *root, const char *name);

/**
 * check_warn_effect - warn about directives that have no effect beside others
 * @s: merged settings
 */
void check_warn_effect(const struct rule *rule, const struct settings *s, struct diag *d);

/**
 * check_warn_override - warn about values that open what a profile has closed, and about paths of a
 *                       profile that the rule does not close
 * @s: the merged settings of @rule
 */
void check_warn_override(const struct policy_paths *where, const struct rule *rule,
			 const struct settings *s, struct diag *d);

/**
 * check_host - report PAM lines that services have lost, and servers that go past PAM
 *
 * Nothing is reported before a rule confines.
 */
void check_host(const struct policy_paths *paths, struct diag *errors, struct diag *d);

/**
 * check_host_lost - does check_host() report it as an error if @service has no session line
 */
bool check_host_lost(const char *root, const char *service);

/**
 * check_warn_names - warn about files of rules or profiles that are ignored because of their names
 */
void check_warn_names(const struct policy_paths *paths, const char *dir, struct diag *d);

#endif
