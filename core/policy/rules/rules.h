/* SPDX-License-Identifier: Apache-2.0 */
/* rules.h - one rule file or profile: its [Match] sections and the lines of [Session] */
#ifndef CORDON_POLICY_RULES_RULES_H
#define CORDON_POLICY_RULES_RULES_H

#include "policy/rules/match.h"
#include "policy/settings/settings.h"
#include "policy/text/diag.h"

/* One line of [Session]; @value is in the text of the rule and is split when it is assigned. */
struct rule_line {
	const struct setting *row;
	char *value;
	unsigned line;
};

/**
 * struct rule - a parsed file
 * @file:      its path
 * @match_bad: a [Match] section has an error, or a line belongs to no known section: it is not known
 *             whom the rule matches
 * @diag:      the errors found so far; values of [Session] are checked later
 */
struct rule {
	char *file;
	char *text;
	struct match *matches;
	size_t n_matches;
	struct rule_line *lines;
	size_t n_lines;
	unsigned session_line;
	bool match_bad;
	struct diag diag;
};

/**
 * rule_parse - parse the sections and lines of @text
 * @file:    the path, for messages
 * @text:    @size bytes and a NUL, allocated by malloc(3); the rule owns it now
 * @profile: only [Session] is allowed
 * @max:     the number of errors to keep; 0: only the first
 *
 * Errors in the file are in ret->diag.
 * Return: 0, and the caller must call rule_free(); -ENOMEM.
 */
int rule_parse(const char *file, char *text, size_t size, bool profile, size_t max,
	       struct rule *ret);

/**
 * rule_free - free what @r holds
 */
void rule_free(struct rule *r);

/**
 * rule_match - does a [Match] section match @facts; a rule without a section matches everybody
 * @names:   the names of the groups of @facts, looked up once for all rules
 * @section: gets the section that matches, which belongs to @r; NULL for a rule without a section
 *
 * If none matches, @why of each section names the key that does not match.
 * Return: 1; 0; -errno with @e filled: unknown.
 */
int rule_match(struct rule *r, struct facts *facts, struct match_names *names,
	       const struct match **section, struct err *e);

/* The logins of an account that a rule matches; a greater value wins. */
enum rule_reach {
	REACH_NONE,  /* no login */
	REACH_SOME,  /* some logins, but not that of the user manager */
	REACH_OWN,   /* the login of the user manager, but not every login */
	REACH_EVERY, /* every login, or a section names the service of user managers */
};

/**
 * rule_reach - as rule_match(), for the user manager of an account
 * @facts:   the login of the user manager, by FACTS_SERVICE_MANAGER
 * @section: gets the section that reaches furthest
 *
 * Return: enum rule_reach; -errno with @e filled: unknown.
 */
int rule_reach(struct rule *r, struct facts *facts, struct match_names *names,
	       const struct match **section, struct err *e);

/**
 * rule_apply - assign the lines of the rule to @s, except Profile=
 *
 * Splits the values, so it can be called only once.
 * Return: 0; the code of the first error, with all errors in @d.
 */
int rule_apply(struct rule *r, struct settings *s, struct diag *d);

#endif
