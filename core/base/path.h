/* SPDX-License-Identifier: Apache-2.0 */
/* path.h - the one walker of paths: a root process uses no other for paths that users can change */
#ifndef CORDON_BASE_PATH_H
#define CORDON_BASE_PATH_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/**
 * path_walk - open @path below @rootfd, O_PATH, trusting no symlink that a user could have made
 * @rootfd: directory that is "/" for @path; ".." does not leave it
 * @path:   absolute, normalised
 *
 * A symlink is followed only while every directory so far belongs to root and can be written by
 * root alone (sticky or not). The file system has to be one whose owners path_vouched() believes.
 * Below the first directory that somebody else can write to, every symlink is refused, the last
 * component included. Magic links are never followed. A directory is opened as a directory, so that
 * an automounter mounts it. Callers act on the descriptor, never on the name again.
 *
 * Return: a close-on-exec O_PATH descriptor, the caller's; -ELOOP for a refused symlink;
 *         -ENOENT, -ENOTDIR, -EACCES ... of openat(2); -ENAMETOOLONG.
 * See:    openat2(2); CVE-2025-6020 (pam_namespace), CVE-2021-30465 (runc).
 */
int path_walk(int rootfd, const char *path);

/**
 * path_walk_roots - path_walk() for trees whose content is trusted as the system's own
 *
 * Every directory on the way, the last component included, has to belong to root and to be
 * writable by root alone.
 *
 * Return: as path_walk(); -EPERM where others could have changed something.
 */
int path_walk_roots(int rootfd, const char *path);

/**
 * path_walk_program - path_walk_roots() for a program that root is going to execute
 *
 * The last component may be a file. It has to belong to root and to be writable by root alone, too.
 *
 * Return: as path_walk_roots().
 */
int path_walk_program(int rootfd, const char *path);

/**
 * path_walk_as - path_walk() as root, and again with a user's rights where root is refused
 *
 * NFS with root_squash refuses root. The rights of @uid, @gid and the @n @groups are used for the
 * walk and for nothing else. The caller is root, and is root again afterwards.
 *
 * Return: as path_walk(); -EPERM where the rights could not be changed.
 */
int path_walk_as(int rootfd, const char *path, uid_t uid, gid_t gid, size_t n, const gid_t *groups);

/**
 * path_vouched - can the owner in @st, which fstat(2) gave for @fd, be believed
 *
 * A FUSE daemon, and so any user, or a file server can claim that all files belong to root, and can
 * serve another tree at each look. Believed are the local file systems that only root can mount, and
 * the file system of "/", which the whole system comes from.
 *
 * Return: 1; 0 where it is not, or where the kernel does not say.
 */
int path_vouched(int fd, const struct stat *st);

/**
 * path_host - remember the file system of @rootfd as the one of the host's "/"
 *
 * Without this call path_vouched() takes the file system that "/" is on when it is first asked.
 */
void path_host(int rootfd);

/**
 * path_root_unmapped - expect root's files to show the overflow id from now on
 *
 * For a process in a user namespace that maps no root. Files of other unmapped ids look the same
 * there, so their symlinks are followed, too. They lead to nothing that the caller could not reach
 * by itself. See user_namespaces(7).
 */
void path_root_unmapped(void);

/**
 * struct path_own - file systems that this process made and that nobody else can reach yet
 *
 * Directories are made in these alone. A mount point is never created on the host's disk.
 */
struct path_own {
	dev_t dev[256];
	unsigned n;
};

/**
 * path_owned - is the file of @fd in one of the file systems of @own
 *
 * Return: 0; -EROFS where it is not; another -errno.
 */
int path_owned(const struct path_own *own, int fd);

/**
 * path_make - as mkdir -p below @rootfd, but no symlink is followed
 * @own:     where directories may be made
 * @as_file: the last component is to be an empty regular file, not a directory
 *
 * Directories are made with mode 0755, the file with 0644; what exists is left as it is.
 *
 * Return: an O_PATH descriptor of the last component, the caller's; -EROFS where something
 *         would have to be made outside @own; another -errno.
 */
int path_make(int rootfd, const char *path, const struct path_own *own, int as_file);

/**
 * path_copy - copy what is left of the file @from to @to, a file on a tmpfs
 * @max: bytes at most
 *
 * Return: 0; -EFBIG: there is more; -ENOSPC: the tmpfs is full; another -errno of read(2).
 */
int path_copy(int to, int from, size_t max);

#endif
