/* SPDX-License-Identifier: Apache-2.0 */
/* nsswitch.h - what nsswitch.conf(5) says of a database */
#ifndef CORDON_POLICY_ACCOUNT_NSSWITCH_H
#define CORDON_POLICY_ACCOUNT_NSSWITCH_H

#include <stdbool.h>

/* What the file of a database alone can answer; see nsswitch_files(). */
enum nsswitch_files {
	NSSWITCH_ASK = 0, /* nothing: another source comes first, or the sources are not known */
	NSSWITCH_FOUND,	  /* an entry that it has, because "files" comes first */
	NSSWITCH_ALL,	  /* also that there is no such entry: "files" is the only source */
};

/**
 * nsswitch_sources - the sources of @database, with their [actions]
 *
 * Return: for the caller to free(3); NULL: nsswitch.conf does not name the database, or cannot be read.
 */
char *nsswitch_sources(const char *database);

/**
 * nsswitch_kind - what "files" can answer, by the sources of a database
 */
enum nsswitch_files nsswitch_kind(const char *sources);

/**
 * nsswitch_files - may the file of @database be read without asking libc
 * @database: "passwd", "group" or "initgroups"
 *
 * nsswitch.conf is read once, because a login takes some milliseconds.
 */
enum nsswitch_files nsswitch_files(const char *database);

/**
 * nsswitch_has - does nsswitch.conf name @database, of the same three
 */
bool nsswitch_has(const char *database);

#endif
