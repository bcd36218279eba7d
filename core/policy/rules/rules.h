/* SPDX-License-Identifier: Apache-2.0 */
/* rules.h - one rule file or profile: its [Match] sections and its assignments */
#ifndef CORDON_POLICY_RULES_RULES_H
#define CORDON_POLICY_RULES_RULES_H

#include "policy/rules/match.h"
#include "policy/settings/settings.h"
#include "policy/text/diag.h"

/* One line of [Session]; @value lies in the text of the rule and is cut up when it is used. */
struct rule_line {
	const struct setting *row;
	char *value;
	unsigned line;
};

/**
 * struct rule - a file as it was read
 * @file:      its path
 * @match_bad: something is wrong in a [Match] section, or no section could be told: whom it
 *             matches isn't known
 * @diag:      what is wrong anywhere, values of [Session] not yet looked at
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
 * rule_parse - sections and assignments of @text
 * @file:    the name for messages
 * @text:    @size bytes and a NUL, allocated by malloc(3); the rule's from now on
 * @profile: only [Session] is allowed
 * @max:     how many errors to keep; 0: the first
 *
 * What is wrong is in ret->diag. Return: 0, the caller's to rule_free(); -ENOMEM.
 */
int rule_parse(const char *file, char *text, size_t size, bool profile, size_t max,
	       struct rule *ret);

/**
 * rule_free - give back what @r holds
 */
void rule_free(struct rule *r);

/**
 * rule_match - does one of the sections hold; a rule without a section holds for everybody
 * @names:    the groups of @facts, looked up once for all rules
 * @ret_line: the line of the section that holds
 *
 * Where it doesn't hold, each section's @why names the key that didn't.
 * Return: 1; 0; -errno with @e filled when that can't be told.
 */
int rule_match(struct rule *r, struct facts *facts, struct match_names *names, unsigned *ret_line,
	       struct err *e);

/**
 * rule_apply - the rule's own lines onto @s, but Profile=
 *
 * Uses the values up: once only.
 * Return: 0; the first error's code, all errors in @d.
 */
int rule_apply(struct rule *r, struct settings *s, struct diag *d);

#endif
