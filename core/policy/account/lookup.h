/* SPDX-License-Identifier: Apache-2.0 */
/* lookup.h - the account database, and whether it could answer */
#ifndef CORDON_POLICY_ACCOUNT_LOOKUP_H
#define CORDON_POLICY_ACCOUNT_LOOKUP_H

#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <sys/types.h>

/**
 * lookup_below - from now on, accounts are those of @root's /etc/passwd and /etc/group
 * @root: has to live on; NULL: the name service again, which is where it starts
 *
 * For `cordon explain --root`: never in the line of a login.
 */
void lookup_below(const char *root);

/**
 * lookup_deadline - from now on, all look-ups together may take @seconds
 * @over: is called when they have taken longer, and must not return; @what is being looked up
 *
 * @over runs in a signal handler in the middle of a look-up: no allocation, no stdio, no look-up.
 */
void lookup_deadline(unsigned seconds, void (*over)(const char *what));

/**
 * lookup_user - by @name, or by @uid where @name is NULL
 * @buf: holds the strings of @ret; start with NULL, the caller's to free(3)
 *
 * Return: 1; 0 there is no such account; -errno the directory service can't tell.
 */
int lookup_user(const char *name, uid_t uid, struct passwd *ret, char **buf);

/**
 * lookup_group - the same for a group
 */
int lookup_group(const char *name, gid_t gid, struct group *ret, char **buf);

/**
 * lookup_groups - the primary and all supplementary groups of @user
 * @n: room in @ret; then how many there are
 *
 * A directory service that fails shows as missing groups: ask lookup_group_service().
 * Return: 0; -E2BIG; another -errno.
 */
int lookup_groups(const char *user, gid_t gid, gid_t *ret, int *n);

/**
 * lookup_group_service - can the group database answer "no" at all
 *
 * getgrouplist(3) leaves out what a service that fails would have told, without a word. The
 * answer to a name that doesn't exist tells: nsswitch.conf(5), status "unavail".
 * Return: 0; -errno.
 */
int lookup_group_service(void);

/**
 * lookup_user_file, lookup_group_file - walk /etc/passwd or /etc/group itself
 * @each: called for each entry; something else than 0 ends the walk
 *
 * An id may have further names, which the name service tells only to who knows them already.
 * Return: 0, also where there is no such file; or what @each returned.
 */
int lookup_user_file(int (*each)(void *arg, const char *name, uid_t uid), void *arg);
int lookup_group_file(int (*each)(void *arg, const char *name, gid_t gid), void *arg);

/**
 * lookup_netgroup - is @user in @netgroup, on whatever host and domain
 *
 * Return: 1; 0 no, or no such netgroup; -errno the service can't tell.
 */
int lookup_netgroup(const char *netgroup, const char *user);

#endif
