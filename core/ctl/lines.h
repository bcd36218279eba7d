/* SPDX-License-Identifier: Apache-2.0 */
/* lines.h - PAM lines that services have lost, for doctor, check and list */
#ifndef CORDON_CTL_LINES_H
#define CORDON_CTL_LINES_H

#include "base/err.h"
#include "policy/rules/decide.h"
#include "policy/settings/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Which services had lines: written by root alone, "account SERVICE" or "session SERVICE" on each line. */
#define LINES_RECORD CORDON_STATEDIR "/pam-lines"

enum { SERVICE_MAX = 128 };

/**
 * struct services - names of PAM services, each once; zeroed when empty
 */
struct services {
	char (*name)[SERVICE_MAX];
	size_t n;
};

/**
 * services_add - add @name if it is not there; without memory it is left out
 */
void services_add(struct services *s, const char *name);

/**
 * services_have - is @name there
 */
bool services_have(const struct services *s, const char *name);

/**
 * services_of - add the installed services that Services= of a rule lists
 */
void services_of(struct services *ret, const char *root, const struct settings *s);

/**
 * services_free - free the names; @s is empty then
 */
void services_free(struct services *s);

/**
 * struct record - the services that had a line when they were recorded
 * @there: there is a record
 */
struct record {
	bool there;
	struct services account, session;
};

/**
 * record_read - read the record below @root; anything that only root cannot have written is no record
 */
void record_read(const char *root, struct record *ret);

/**
 * record_write - add the services that have working lines now to the record
 * @anew: forget the services that have none
 *
 * Writes nothing if nothing changes.
 * Return: 0; -errno with @e filled.
 */
int record_write(const char *root, bool anew, struct err *e);

/**
 * record_free - free the names; @r is empty then
 */
void record_free(struct record *r);

/**
 * struct lost - a line that a service lacks
 * @account: the account line; else the session line
 * @had:     the record has the line
 * @why:     the line of the stack that is wrong, and what to change
 */
struct lost {
	const char *service;
	bool account, had;
	struct err why;
};

/**
 * lines_lost - call @each for each line that one of the services @of has lost
 *
 * An account line that is missing or without effect is lost if the session line is there: logins are
 * refused, and nothing else refuses what the account starts outside of its sessions. A session line is lost if the
 * account step closes the service and the record has the session line, or if there is no record. A
 * service without both is no case for this function: see doors_open().
 * Return: the number of calls.
 */
size_t lines_lost(const char *root, const struct services *of, const struct record *record,
		  void (*each)(void *arg, const struct lost *lost), void *arg);

/**
 * lines_lost_text - write one line about a lost line to @buf, without a file and line
 */
const char *lines_lost_text(const struct lost *lost, char *buf, size_t size);

/**
 * lines_reached - add the installed services that rules which confine list
 * @ret_any: there is such a rule
 *
 * A rule that cannot be read counts as one with the default.
 */
void lines_reached(const struct policy_paths *paths, struct services *ret, bool *ret_any);

/**
 * lines_warn - write a line to @f for each service that rules reach and that has lost a PAM line
 *
 * Does nothing unless the caller is root.
 */
void lines_warn(FILE *f);

#endif
