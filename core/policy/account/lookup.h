/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup.h - look up users and groups, and distinguish "no such" from "cannot answer"
 *
 * Where nsswitch.conf(5) has "files" first, what /etc/passwd and /etc/group say is what the name service
 * would say, so they are read. All else is asked of the name service; see names.h.
 */
#ifndef CORDON_POLICY_ACCOUNT_LOOKUP_H
#define CORDON_POLICY_ACCOUNT_LOOKUP_H

#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <sys/types.h>

/**
 * lookup_below - from now on, look accounts up in /etc/passwd and /etc/group below @root
 * @root: is not copied; NULL: the name service, which is the default
 *
 * For `cordon explain --root`; never used for a login.
 */
void lookup_below(const char *root);

/**
 * lookup_user - look up a user by @name, or by @uid if @name is NULL
 * @buf: holds the strings of @ret; begins as NULL, for the caller to free(3)
 *
 * Return: 1; 0: no such user; -errno: the directory service cannot answer.
 */
int lookup_user(const char *name, uid_t uid, struct passwd *ret, char **buf);

/**
 * lookup_group - look up a group in the same way
 */
int lookup_group(const char *name, gid_t gid, struct group *ret, char **buf);

/**
 * lookup_groups - look up the primary and all supplementary groups of @user
 * @n: the size of @ret; then the number of groups
 *
 * If a directory service fails, its groups are missing: lookup_group_service() tells.
 * Return: 0; -E2BIG; another -errno.
 */
int lookup_groups(const char *user, gid_t gid, gid_t *ret, int *n);

/**
 * lookup_group_service - does every service of the group database work
 *
 * getgrouplist(3) silently leaves out the groups of a service that fails. A look-up of a name that
 * does not exist asks all services, and so finds one that fails (status "unavail" in
 * nsswitch.conf(5)).
 * Return: 0; -errno.
 */
int lookup_group_service(void);

/**
 * lookup_user_file, lookup_group_file - walk /etc/passwd or /etc/group itself
 * @each: is called for each entry; a value other than 0 ends the walk
 *
 * An id may have several names, and the name service returns only one of them.
 * Return: 0, also if the file does not exist; the value of @each that ended the walk; -errno: the file
 * cannot be read.
 */
int lookup_user_file(int (*each)(void *arg, const char *name, uid_t uid), void *arg);
int lookup_group_file(int (*each)(void *arg, const char *name, gid_t gid), void *arg);

/**
 * lookup_netgroup - is @user in @netgroup, with any host and domain
 *
 * Return: 1; 0: no, or no such netgroup; -errno: the service cannot answer.
 */
int lookup_netgroup(const char *netgroup, const char *user);

/**
 * lookup_text - why a look-up failed, for an error message
 * @r: its -errno
 *
 * Return: a string that stays until the next call.
 */
const char *lookup_text(int r);

#endif
