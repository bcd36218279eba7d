/* SPDX-License-Identifier: Apache-2.0 */
/* trust.c - open and read configuration that only its owner can have written */
#include "policy/text/trust.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "policy/text/lex.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int check_owner(const char *path, const struct stat *st, uid_t owner, struct err *e)
{
	if (st->st_uid != owner && st->st_uid != 0) /* root can change all files anyway */
		return err_at(e, path, 0, -EPERM,
			      "is owned by uid %u; change the owner to uid %u: chown %u %s",
			      st->st_uid, owner, owner, path);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return err_at(e, path, 0, -EPERM,
			      "is writable by group or others; remove that permission: chmod go-w %s",
			      path);
	return 0;
}

static int check_dir(int fd, const char *path, uid_t owner, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_at(e, path, 0, -errno, "cannot be examined: %s", strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return err_at(e, path, 0, -ENOTDIR,
			      "is not a directory; replace it with a directory");
	if (st.st_uid == 0 && !path_vouched(fd, &st))
		return err_at(
			e, path, 0, -EPERM,
			"is on a FUSE or network file system, whose file owners are not trusted; move it to a local file system");
	return check_owner(path, &st, owner, e);
}

/* Report, from errno, why a directory could not be opened. */
static int no_dir(int parentfd, const char *path, const char *name, struct err *e)
{
	const int err = errno;
	struct stat st;

	if (err == ENOENT)
		return -ENOENT;
	if (fstatat(parentfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
		return err_at(e, path, 0, -ELOOP,
			      "is a symbolic link; replace it with the directory itself");
	if (err == ENOTDIR)
		return err_at(e, path, 0, -err, "is not a directory; replace it with a directory");
	return err_at(e, path, 0, -err, "cannot be opened: %s", strerror(err));
}

int trust_dir(const char *root, const char *path, uid_t owner, struct err *e)
{
	cleanup_close int fd =
		open(root[0] != '\0' ? root : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char sofar[PATH_MAX];
	size_t at = (size_t)snprintf(sofar, sizeof sofar, "%s", root);
	int r;

	if (fd < 0)
		return err_at(e, at != 0 ? sofar : "/", 0, -errno, "cannot be opened: %s",
			      strerror(errno));
	r = check_dir(fd, at != 0 ? sofar : "/", owner, e);
	for (path += strspn(path, "/"); r == 0 && *path != '\0'; path += strspn(path, "/")) {
		const size_t len = strcspn(path, "/");
		int next;

		if (at + len + 2 > sizeof sofar)
			return err_at(e, root, 0, -ENAMETOOLONG,
				      "path is too long; choose a shorter path");
		sofar[at++] = '/';
		memcpy(sofar + at, path, len);
		sofar[at + len] = '\0';
		next = openat(fd, sofar + at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		at += len;
		if (next < 0)
			return no_dir(fd, sofar, sofar + at - len, e);
		close_fd(&fd);
		fd = next;
		path += len;
		r = check_dir(fd, sofar, owner, e);
	}
	return r == 0 ? take_fd(&fd) : r;
}

static bool is_mask(int dirfd, const char *name)
{
	char text[16];
	const ssize_t n = readlinkat(dirfd, name, text, sizeof text);

	return n == 9 && memcmp(text, "/dev/null", 9) == 0;
}

static int read_whole(int fd, const char *path, const struct stat *st, char **ret, struct err *e)
{
	const size_t size = (size_t)st->st_size;
	cleanup_free char *text = malloc(size + 2);
	size_t at = 0;

	if (text == NULL)
		return err_at(e, path, 0, -ENOMEM, "out of memory");
	while (at <=
	       size) { /* ask for one byte more than its size: a byte there means that the file grew */
		const ssize_t n = read(fd, text + at, size + 1 - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_at(e, path, 0, -errno, "cannot be read: %s", strerror(errno));
		at += (size_t)n;
		if (at < size + 1) /* a short read of a regular file is its end */
			break;
	}
	if (at != size)
		return err_at(e, path, 0, -EAGAIN, "changed while being read; try again");
	text[size] = '\0';
	*ret = take_ptr(&text);
	return 0;
}

int trust_read(int dirfd, const char *dir, const char *name, uid_t owner, bool *ret_masked,
	       char **ret_text, size_t *ret_size, struct err *e)
{
	char path[PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name); /* cut when too long */
	return trust_read_stat(dirfd, path, name, owner, ret_masked, ret_text, ret_size, &st, e);
}

/* Report why a file could not be opened; a symlink to /dev/null is a mask and no error. */
static int no_file(int dirfd, const char *name, const char *path, int err, bool *ret_masked,
		   struct stat *ret_st, struct err *e)
{
	if (err == ENOENT)
		return -ENOENT;
	if (fstatat(dirfd, name, ret_st, AT_SYMLINK_NOFOLLOW) < 0)
		memset(ret_st, 0, sizeof *ret_st);
	if (err != ELOOP)
		return err_at(e, path, 0, -err, "cannot be opened: %s", strerror(err));
	*ret_masked = is_mask(dirfd, name);
	return *ret_masked ?
		       0 :
		       err_at(e, path, 0, -ELOOP,
			      "is a symbolic link; replace it with the file itself, or link to /dev/null to mask it");
}

int trust_read_stat(int dirfd, const char *path, const char *name, uid_t owner, bool *ret_masked,
		    char **ret_text, size_t *ret_size, struct stat *ret_st, struct err *e)
{
	cleanup_close const int fd =
		openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int r;

	*ret_masked = false;
	if (fd < 0)
		return no_file(dirfd, name, path, errno, ret_masked, ret_st, e);
	if (fstat(fd, ret_st) < 0)
		return err_at(e, path, 0, -errno, "cannot be examined: %s", strerror(errno));
	if (!S_ISREG(ret_st->st_mode))
		return err_at(e, path, 0, -EINVAL,
			      "is not a regular file; replace it with a regular file");
	if (ret_st->st_size > LEX_SIZE_MAX)
		return err_at(e, path, 0, -EFBIG, "is larger than 1 MiB; split the file");
	r = check_owner(path, ret_st, owner, e);
	if (r == 0)
		r = read_whole(fd, path, ret_st, ret_text, e);
	if (r == 0)
		*ret_size = (size_t)ret_st->st_size;
	return r;
}
