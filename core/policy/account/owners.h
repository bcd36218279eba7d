/* SPDX-License-Identifier: Apache-2.0 */
/* owners.h - which ids are there for sessions: the owners' range, and what is mapped here at all */
#ifndef CORDON_POLICY_ACCOUNT_OWNERS_H
#define CORDON_POLICY_ACCOUNT_OWNERS_H

#include "base/err.h"
#include "policy/text/diag.h"
#include "policy/text/paths.h"

#include <stdbool.h>
#include <stdint.h>

/* The host's own file; [Host] OwnerIDs=FIRST-LAST is all that it has. */
#define OWNERS_FILE CORDON_SYSCONFDIR "/cordon.conf"

/*
 * Above what administrators, directories and systemd give out (see systemd's UIDS-GIDS), and below
 * what programs take for -1 and -2.
 */
#define OWNERS_FIRST 0x80000000u
#define OWNERS_LAST  0xfffffffdu

/**
 * owners_load - read the range of OWNERS_FILE below @paths->root, once
 *
 * Without it the range is the default. An error is kept: owners_of() answers with it, so that accounts
 * that no rule confines are left alone.
 * Return: 0; -errno with @e (which may be NULL) filled.
 */
int owners_load(const struct policy_paths *paths, struct err *e);

/**
 * owners_range - the range that is in force
 */
void owners_range(uint32_t *ret_first, uint32_t *ret_last);

/**
 * owners_id - the id that owns the user namespaces of @uid's sessions
 *
 * Each uid has an id of its own. No account is looked up.
 * Return: the id; 0, root, for uid 0, and where there is none.
 */
uint32_t owners_id(uid_t uid);

/**
 * owners_of - the same for a session that is to start
 * @taken: the account that has this id, "" for none
 *
 * Where the host is itself in a user namespace without these ids, the owner is root.
 * Return: 0; -errno with @e filled, where the id can't be this session's alone.
 */
int owners_of(uid_t uid, const char *taken, uint32_t *ret, struct err *e);

/**
 * owners_check - report each account and each line of subuid(5) that the range overlaps
 */
void owners_check(const struct policy_paths *paths, struct diag *d);

/**
 * struct id_ranges - ids that are mapped here, lowest first
 */
struct id_ranges {
	unsigned n;
	struct {
		uint32_t first, count;
	} at[340]; /* user_namespaces(7) */
};

/**
 * ids_mapped - the ids of the user namespace that we are in
 * @name: "uid_map" or "gid_map"
 *
 * Return: 0; -errno with @e filled.
 */
int ids_mapped(const char *name, struct id_ranges *ret, struct err *e);

#endif
