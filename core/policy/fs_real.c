/* fs_real.c - a path as it is without symlinks, as far as only root can have made them */
#include "fs_points.h"

#include "../base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What is there of @path, by name; what is done with the name later is walked again. */
static bool real_of(int rootfd, const char *path, char *buf, size_t size)
{
	const int fd = path_walk(rootfd, path);
	char link[64];
	ssize_t n;

	if (fd < 0)
		return false;
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd); /* fits */
	n = readlink(link, buf, size - 1);
	(void)close(fd); /* O_PATH: nothing to lose */
	if (n <= 0 || (size_t)n == size - 1 || buf[0] != '/')
		return false;
	buf[n] = '\0';
	return true;
}

bool fs_missing(const struct facts *f, const char *path)
{
	const int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd;

	if (root < 0)
		return false;
	fd = geteuid() == 0 ? path_walk_as(root, path, f->login.uid, f->gid, f->n_groups, f->groups) :
			      path_walk(root, path);
	if (fd >= 0)
		(void)close(fd); /* O_PATH: nothing to lose */
	(void)close(root);	 /* the same */
	return fd == -ENOENT || fd == -ENOTDIR;
}

const char *fs_real(const char *path, char *buf, size_t size)
{
	const int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *ret = path;
	char head[PATH_MAX];

	if (root < 0 || strlen(path) >= sizeof head)
		goto out;
	memcpy(head, path, strlen(path) + 1);
	for (char *end = head + strlen(head); end > head; end = strrchr(head, '/')) {
		const char *rest = path + (end - head);

		*end = '\0';
		if (!real_of(root, head, buf, size))
			continue; /* without its last component, then */
		if (strcmp(head, buf) != 0 && strlen(buf) + strlen(rest) < size) {
			memmove(buf + strlen(buf), rest, strlen(rest) + 1);
			ret = buf;
		}
		break;
	}
out:
	if (root >= 0)
		(void)close(root); /* O_PATH: nothing to lose */
	return ret;
}
