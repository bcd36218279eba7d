/* SPDX-License-Identifier: Apache-2.0 */
/* fs_real.c - a path as it is without symlinks, as far as only root can have made them */
#include "policy/compile/fs_points.h"

#include "base/bounded.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct look {
	int root;
	const char *path;
	const struct facts *facts;
};

static void real_walk(const void *arg, void *ret)
{
	const struct look *l = arg;
	const int fd = path_walk(l->root, l->path);
	char *text = ret, link[64];
	ssize_t n;

	if (fd < 0)
		return;
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd); /* fits */
	n = readlink(link, text, PATH_MAX - 1);
	if (n <= 0 || (size_t)n == PATH_MAX - 1)
		text[0] = '\0';
}

/* What is there of @path, by name; what is done with the name later is walked again. */
static bool real_of(int rootfd, const char *path, char *buf, size_t size)
{
	const struct look l = { .root = rootfd, .path = path };
	const int fd = bounded_open(rootfd, path);
	char text[PATH_MAX] = "";

	if (fd >= 0)
		(void)close(fd); /* O_PATH: nothing to lose */
	if (fd == -EAGAIN)	 /* it may have to wait for a file system: not in this process */
		(void)bounded_call(real_walk, &l, text, sizeof text);
	else
		real_walk(&l, text);
	if (text[0] != '/' || strlen(text) >= size)
		return false;
	memcpy(buf, text, strlen(text) + 1);
	return true;
}

static void missing_walk(const void *arg, void *ret)
{
	const struct look *l = arg;
	const struct facts *f = l->facts;
	const int fd = geteuid() == 0 ? path_walk_as(l->root, l->path, f->login.uid, f->gid,
						     f->n_groups, f->groups) :
					path_walk(l->root, l->path);
	const int missing = fd == -ENOENT || fd == -ENOTDIR;

	if (fd >= 0)
		(void)close(fd); /* O_PATH: nothing to lose */
	memcpy(ret, &missing, sizeof missing);
}

bool fs_missing(const struct facts *f, const char *path)
{
	const struct look l = { open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), path, f };
	const int fd = l.root < 0 ? l.root : bounded_open(l.root, path);
	int missing = 0;

	if (fd >= 0)
		(void)close(fd); /* O_PATH: nothing to lose */
	if (l.root < 0)
		return false;
	if (fd == -EAGAIN ||
	    fd == -EACCES) /* it may have to wait for a file system: not in this process */
		(void)bounded_call(missing_walk, &l, &missing, sizeof missing);
	else if (fd < 0)
		missing_walk(&l, &missing);
	(void)close(l.root); /* O_PATH: nothing to lose */
	return missing != 0;
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
