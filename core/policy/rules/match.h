/* SPDX-License-Identifier: Apache-2.0 */
/* match.h - the [Match] sections of a rule */
#ifndef CORDON_POLICY_RULES_MATCH_H
#define CORDON_POLICY_RULES_MATCH_H

#include "base/err.h"
#include "contract/facts.h"

#include <stdbool.h>
#include <stddef.h>

enum match_key {
	MATCH_USER,
	MATCH_GROUP,
	MATCH_NETGROUP,
	MATCH_SERVICE,
	MATCH_REMOTE_HOST,
	MATCH_TTY,
	MATCH_TIME,
	MATCH_KEYS
};

/* One value; @text lies in the text of the file. */
struct match_item {
	enum match_key key;
	bool negated;
	unsigned line;
	const char *text;
};

/**
 * struct match - one [Match] section: all its keys must hold
 * @why: the key that didn't, once that was asked
 */
struct match {
	unsigned line;
	const char *why;
	struct match_item *items; /* the owner's to free(3) */
	size_t n;
};

/**
 * match_key - the key called @name
 *
 * Return: the key; -1 for a name that is none.
 */
int match_key(const char *name);

/**
 * match_key_name - the reverse
 */
const char *match_key_name(enum match_key key);

/**
 * match_check - is @text a value of @key
 *
 * Return: 0; -EINVAL with the message of @e filled.
 */
int match_check(enum match_key key, const char *text, struct err *e);

/**
 * struct match_names - the names of a login's groups, looked up when a rule first asks
 * @err: they could not all be told, and why; then only a "yes" is certain
 *
 * Zeroed, it is ready; to be given to match_names_free(). One login, one of these.
 */
struct match_names {
	bool looked, probed;
	char **groups;
	size_t n;
	int err;
};

/**
 * match_names_free - give back what @names holds
 */
void match_names_free(struct match_names *names);

/**
 * match_holds - does the section hold for @facts
 * @ret_why: what didn't: "User", "Group" ...; untouched when it holds
 *
 * Asks the directory service about groups and netgroups, after all other keys have held, and
 * about nothing else.
 * Return: 1; 0; -errno with the message of @e filled when the directory service can't tell.
 */
int match_holds(const struct match *m, struct facts *facts, struct match_names *names,
		const char **ret_why, struct err *e);

#endif
