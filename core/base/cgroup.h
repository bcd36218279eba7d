/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup.h - the tree of control groups (cgroup v2), by descriptor; see cgroups(7) */
#ifndef CORDON_BASE_CGROUP_H
#define CORDON_BASE_CGROUP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* System calls only: the keeper uses these as well. */

/**
 * cgroup_root - open the root of the cgroup v2 hierarchy
 *
 * Return: an O_PATH descriptor, the caller's; -ENOENT: cgroup v2 is not mounted.
 */
int cgroup_root(void);

/**
 * cgroup_of - the path of a process in the cgroup v2 hierarchy
 * @proc: a /proc/PID/cgroup
 * @ret:  begins with "/"; "" where there is no path
 */
void cgroup_of(const char *proc, char *ret, size_t size);

/**
 * cgroup_read - the beginning of the file @name of the group @fd, as text
 *
 * Return: 0; -errno, @buf is "" then.
 */
int cgroup_read(int fd, const char *name, char *buf, size_t size);

/**
 * cgroup_count - the number after @key in the file @name of the group @fd, as in memory.events
 * @key: NULL: the file is one number
 *
 * Return: 0; -ENOENT: no such file, or no such line; another -errno.
 */
int cgroup_count(int fd, const char *name, const char *key, uint64_t *ret);

/**
 * cgroup_has_word - is @word one of the words, with blanks between them, of @text
 */
int cgroup_has_word(const char *text, const char *word);

/**
 * cgroup_move - move the process @pid into the group @fd
 *
 * Takes some milliseconds, as the kernel waits until all CPUs have seen it.
 * Return: 0; -errno.
 */
int cgroup_move(int fd, pid_t pid);

/* The group of cordon in the root; below it one for each account, and in that one for each session. */
#define CGROUP_TOP "cordon"

/**
 * cgroup_remove - kill what is left in the group @fd of a session, and remove it
 * @hold: the group CGROUP_TOP; if it is something else, systemd removes the group
 * @uid:  the account
 * @name: the group is UID/NAME below @hold
 *
 * Waits two seconds at most for the processes. The groups above go with their last session. What
 * stays is removed by the next login of the account.
 */
void cgroup_remove(int fd, int hold, uid_t uid, const char *name);

#endif
