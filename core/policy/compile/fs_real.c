/* SPDX-License-Identifier: Apache-2.0 */
/* fs_real.c - look paths up on the host: without the symlinks of root, and whether they exist */
#include "policy/compile/fs_int.h"

#include "base/bounded.h"
#include "base/cleanup.h"
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

/* The real name of @path. Later uses of that name walk the path again, so nothing depends on it. */
static bool real_of(int rootfd, const char *path, char *buf, size_t size)
{
	const struct look l = { .root = rootfd, .path = path };
	cleanup_close const int fd = bounded_open(rootfd, path);
	char text[PATH_MAX] = "";

	if (fd == -EAGAIN) /* the look-up may wait for a file system: another process does it */
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
	cleanup_close const int fd = geteuid() == 0 ? path_walk_as(l->root, l->path, f->login.uid,
								   f->gid, f->n_groups, f->groups) :
						      path_walk(l->root, l->path);
	const int missing = fd == -ENOENT || fd == -ENOTDIR;

	memcpy(ret, &missing, sizeof missing);
}

bool fs_missing(const struct facts *f, const char *path)
{
	cleanup_close const int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close const int fd = root < 0 ? -1 : bounded_open(root, path);
	const struct look l = { root, path, f };
	int missing = 0;

	if (root < 0)
		return false;
	/* the look-up may wait for a file system, or requires the user's access: another process does it */
	if (fd == -EAGAIN || fd == -EACCES)
		(void)bounded_call(missing_walk, &l, &missing, sizeof missing);
	else if (fd < 0)
		missing_walk(&l, &missing);
	return missing != 0;
}

const char *fs_real(const char *path, char *buf, size_t size)
{
	cleanup_close const int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char head[PATH_MAX];

	if (root < 0 || strlen(path) >= sizeof head)
		return path;
	memcpy(head, path, strlen(path) + 1);
	for (char *end = head + strlen(head); end > head; end = strrchr(head, '/')) {
		const char *rest = path + (end - head);

		*end = '\0';
		if (!real_of(root, head, buf, size))
			continue; /* try again without the last component */
		if (strcmp(head, buf) == 0 || strlen(buf) + strlen(rest) >= size)
			return path;
		memmove(buf + strlen(buf), rest, strlen(rest) + 1);
		return buf;
	}
	return path;
}
