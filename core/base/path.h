/* SPDX-License-Identifier: Apache-2.0 */
/* path.h - the one walker of paths that a root process must not be tricked with */
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
 * A symlink is followed only while every directory so far belongs to root, by the word of a file
 * system that path_vouched() believes, and can be written by root alone (sticky or not); beyond the first directory that somebody else can write to, a
 * symlink anywhere, the last component included, is refused. Magic links are never followed.
 * A directory is opened as one, so that an automounter mounts it.
 * What is returned is a descriptor: act on it, never on the name again.
 *
 * Return: a close-on-exec O_PATH descriptor, the caller's; -ELOOP for a refused symlink;
 *         -ENOENT, -ENOTDIR, -EACCES ... of openat(2); -ENAMETOOLONG.
 * See:    openat2(2); CVE-2025-6020 (pam_namespace), CVE-2021-30465 (runc).
 */
int path_walk(int rootfd, const char *path);

/**
 * path_walk_roots - path_walk() where nothing but root's own will do
 *
 * For trees whose content is trusted as the system's: every directory on the way, the last
 * component included, belongs to root and can be written by root alone.
 *
 * Return: as path_walk(); -EPERM where others could have changed something.
 */
int path_walk_roots(int rootfd, const char *path);

/**
 * path_walk_as - path_walk() by root, and with a user's rights where root may not look
 *
 * On a home on NFS with root_squash the rights of @uid, @gid and the @n @groups govern the walk and
 * nothing else. The caller is root, and is root again afterwards.
 *
 * Return: as path_walk(); -EPERM where the rights could not be changed.
 */
int path_walk_as(int rootfd, const char *path, uid_t uid, gid_t gid, size_t n, const gid_t *groups);

/**
 * path_vouched - is the owner of @fd, which has @st, the kernel's word
 *
 * What a FUSE daemon, and so any user, or a file server answers is somebody else's word: it may say
 * that all belongs to root, and serve another tree at each look. Believed are the local file systems
 * that only root can mount, and whatever "/" is, which the whole system comes from.
 *
 * Return: 1; 0 where it is not, or where the kernel does not say.
 */
int path_vouched(int fd, const struct stat *st);

/**
 * path_host - @rootfd is the host's "/", whatever is laid over it or entered later
 *
 * Without it path_vouched() takes for that what "/" is when it is asked first.
 */
void path_host(int rootfd);

/**
 * path_root_unmapped - from now on root's files show the overflow id
 *
 * For a process in a user namespace of its own that has no place for root; what belongs to others
 * that have none looks the same there, so their symlinks are followed, too: they lead to nothing
 * that the caller could not reach by itself. See user_namespaces(7).
 */
void path_root_unmapped(void);

/**
 * struct path_own - the file systems that were made here, and nobody else can reach yet
 *
 * Only in them are directories made: a mount point is never created on the host's disk.
 */
struct path_own {
	dev_t dev[256];
	unsigned n;
};

/**
 * path_owned - is what @fd refers to in one of the file systems of @own
 *
 * Return: 0; -EROFS where it is not; another -errno.
 */
int path_owned(const struct path_own *own, int fd);

/**
 * path_make - as mkdir -p below @rootfd, no symlink followed
 * @own:     where directories may be made
 * @as_file: the last component is to be an empty regular file, not a directory
 *
 * Directories are made with mode 0755, the file with 0644; what exists is left as it is.
 *
 * Return: an O_PATH descriptor of the last component, the caller's; -EROFS where something
 *         would have to be made outside @own; another -errno.
 */
int path_make(int rootfd, const char *path, const struct path_own *own, int as_file);

#endif
