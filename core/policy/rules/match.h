/* SPDX-License-Identifier: Apache-2.0 */
/* match.h - the keys of [Match]: are their values valid, and do they match a login */
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
 * struct match - one [Match] section: all its keys must match
 * @why: the key that did not match, after match_holds()
 */
struct match {
	unsigned line;
	const char *why;
	struct match_item *items; /* for the owner to free(3) */
	size_t n;
};

/**
 * match_key - the key with the name @name
 *
 * Return: the key; -1: there is no such key.
 */
int match_key(const char *name);

/**
 * match_key_name - the name of @key
 */
const char *match_key_name(enum match_key key);

/**
 * match_check - is @text a valid value of @key
 *
 * Return: 0; -EINVAL with the message of @e filled.
 */
int match_check(enum match_key key, const char *text, struct err *e);

/**
 * struct match_names - the names of the groups of one login, looked up when a rule first asks
 * @err: why some could not be looked up, or 0; on an error only a match is certain
 *
 * A zeroed structure is ready for use. The owner must call match_names_free().
 */
struct match_names {
	bool looked, probed;
	char **groups;
	size_t n;
	int err;
};

/**
 * match_names_free - free what @names holds
 */
void match_names_free(struct match_names *names);

/**
 * match_holds - does the section match @facts
 * @ret_why: the key that does not match: "User", "Group" ...; unchanged on a match
 *
 * Asks the directory service only about groups and netgroups, and only if all other keys match.
 * Return: 1; 0; -errno with the message of @e filled: the directory service cannot answer.
 */
int match_holds(const struct match *m, struct facts *facts, struct match_names *names,
		const char **ret_why, struct err *e);

/**
 * match_account - could the section match another login of the account of @facts
 * @ret_every: the section matches every login of the account
 *
 * Compares only the keys about accounts: User, Group and Netgroup.
 * Return: 1; 0; -errno with the message of @e filled: the directory service cannot answer.
 */
int match_account(const struct match *m, struct facts *facts, struct match_names *names,
		  bool *ret_every, struct err *e);

/**
 * match_time_end - find the moment from which Time= does not match any more
 * @facts:   the login, which matches; unchanged in the end
 * @ret_end: the moment, in seconds since the epoch; 0: none within eight days
 *
 * Looks at each minute in local time, so that windows that touch are one.
 * Return: 0; -ENOENT: the section has no Time=; -EINVAL: the local time is unknown.
 */
int match_time_end(const struct match *m, struct facts *facts, time_t *ret_end);

/**
 * match_time_begin - find the moment from which a section matches that does not match because of Time=
 * @facts:     the login; unchanged in the end
 * @ret_begin: the moment, in seconds since the epoch; 0: none, or the section matches for no time
 *
 * A window without a date is found within eight days, a date at any time.
 * Return: 0; -errno with the message of @e filled: the directory service cannot answer, or the local
 *         time is unknown.
 */
int match_time_begin(const struct match *m, struct facts *facts, struct match_names *names,
		     time_t *ret_begin, struct err *e);

/**
 * match_names_service - is @service itself a value of Service=, rather than a glob that fits
 */
bool match_names_service(const struct match *m, const char *service);

#endif
