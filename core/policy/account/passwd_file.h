/* SPDX-License-Identifier: Apache-2.0 */
/* passwd_file.h - read /etc/passwd and /etc/group as the source "files" of the name service does */
#ifndef CORDON_POLICY_ACCOUNT_PASSWD_FILE_H
#define CORDON_POLICY_ACCOUNT_PASSWD_FILE_H

#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * passwd_file_user - look up a user by @name, or by @uid if @name is NULL
 * @root: a prefix of the path; "" for this host
 * @buf:  holds the strings of @ret; begins as NULL, for the caller to free(3)
 *
 * Return: 1; 0: the file has no such entry; -EAGAIN: a line is not as passwd(5) says, so that only libc
 * knows; another -errno: it cannot be read.
 */
int passwd_file_user(const char *root, const char *name, uid_t uid, struct passwd *ret, char **buf);

/**
 * passwd_file_group - look up a group in the same way; @buf also holds the list of members
 */
int passwd_file_group(const char *root, const char *name, gid_t gid, struct group *ret, char **buf);

/**
 * passwd_file_groups - @gid and all groups of /etc/group that @user is a member of
 * @n: the size of @ret; then the number of groups
 *
 * Return: 0; -EAGAIN, see above; -E2BIG; another -errno.
 */
int passwd_file_groups(const char *root, const char *user, gid_t gid, gid_t *ret, int *n);

/**
 * passwd_file_walk - call @each for each entry of the file @path but odd ones
 *
 * Return: 0, also if the file does not exist; the value of @each that ended the walk; -errno: the file
 * cannot be read.
 */
int passwd_file_walk(const char *root, const char *path,
		     int (*each)(void *arg, const char *name, uint32_t id), void *arg);

#endif
