/* SPDX-License-Identifier: Apache-2.0 */
/* owners.h - OwnerIDs=: the ids that own user namespaces of sessions, and the ids mapped on this host */
#ifndef CORDON_POLICY_ACCOUNT_OWNERS_H
#define CORDON_POLICY_ACCOUNT_OWNERS_H

#include "base/err.h"
#include "policy/text/diag.h"
#include "policy/text/paths.h"

#include <stdbool.h>
#include <stdint.h>

/* The settings of the host. The only one is OwnerIDs=FIRST-LAST in [Host]. */
#define OWNERS_FILE CORDON_SYSCONFDIR "/cordon.conf"

/*
 * The default range. It is above the ids of administrators, directories and systemd (see UIDS-GIDS of
 * systemd), and below the ids that programs take for -1 and -2.
 */
#define OWNERS_FIRST 0x80000000u
#define OWNERS_LAST  0xfffffffdu

/**
 * owners_load - read the range from OWNERS_FILE below @paths->root, once
 *
 * Without the file the range is the default. An error is kept for owners_of(), so that accounts
 * that no rule confines are not affected.
 * Return: 0; -errno with @e (which may be NULL) filled.
 */
int owners_load(const struct policy_paths *paths, struct err *e);

/**
 * owners_range - the current range
 */
void owners_range(uint32_t *ret_first, uint32_t *ret_last);

/**
 * owners_id - the id that owns the user namespaces of sessions of @uid
 *
 * Each uid has another id. No account is looked up.
 * Return: the id; 0 (root) for uid 0, and if the range has no id for @uid.
 */
uint32_t owners_id(uid_t uid);

/**
 * owners_of - the id that owns the user namespace of a new session of @uid
 * @taken: the account that has this id, "" for none
 *
 * If the host is itself in a user namespace without these ids, the owner is root.
 * Return: 0; -errno with @e filled: another account uses the id, or the range is not valid.
 */
int owners_of(uid_t uid, const char *taken, uint32_t *ret, struct err *e);

/**
 * owners_check - report each account and each line of subuid(5) that the range overlaps
 */
void owners_check(const struct policy_paths *paths, struct diag *d);

/**
 * struct id_ranges - the ids that are mapped in our user namespace, lowest first
 */
struct id_ranges {
	unsigned n;
	struct {
		uint32_t first, count;
	} at[340]; /* the limit of user_namespaces(7) */
};

/**
 * ids_mapped - the ids that are mapped in our user namespace
 * @name: "uid_map" or "gid_map"
 *
 * Return: 0; -errno with @e filled.
 */
int ids_mapped(const char *name, struct id_ranges *ret, struct err *e);

#endif
