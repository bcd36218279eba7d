/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup.c - see cgroup.h */
#include "base/cgroup.h"

#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

void cgroup_of(const char *proc, char *ret, size_t size)
{
	cleanup_close int fd = open(proc, O_RDONLY | O_CLOEXEC);
	char text[PATH_MAX + 1024];
	const ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	const char *line = text;

	ret[0] = '\0';
	text[n > 0 ? n : 0] = '\0';
	while (line != NULL && strncmp(line, "0::/", 4) != 0) {
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	if (line == NULL || strcspn(line, "\n") - 3 >= size)
		return;
	memcpy(ret, line + 3, strcspn(line, "\n") - 3);
	ret[strcspn(line, "\n") - 3] = '\0';
}

int cgroup_root(void)
{
	static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		cleanup_close int fd = open(places[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		struct statfs fs;

		if (fd < 0)
			continue;
		if (fstatfs(fd, &fs) == 0 && fs.f_type == 0x63677270 /* CGROUP2_SUPER_MAGIC */)
			return take_fd(&fd);
	}
	return -ENOENT;
}

int cgroup_read(int fd, const char *name, char *buf, size_t size)
{
	cleanup_close int file = openat(fd, name, O_RDONLY | O_CLOEXEC);
	const ssize_t n = file < 0 ? -1 : read(file, buf, size - 1);
	const int r = n < 0 ? -errno : 0;

	buf[n > 0 ? n : 0] = '\0';
	return r;
}

int cgroup_count(int fd, const char *name, const char *key, uint64_t *ret)
{
	char text[4096];
	const int r = cgroup_read(fd, name, text, sizeof text);
	const size_t len = key != NULL ? strlen(key) : 0;

	if (r < 0)
		return r;
	for (const char *at = text; *at != '\0';
	     at += strcspn(at, "\n") + (strchr(at, '\n') != NULL)) {
		if (key != NULL && (strncmp(at, key, len) != 0 || at[len] != ' '))
			continue;
		at += key != NULL ? len + 1 : 0;
		*ret = 0;
		if (*at < '0' || *at > '9')
			return -ENOENT;
		for (; *at >= '0' && *at <= '9'; at++)
			*ret = *ret * 10 + (uint64_t)(*at - '0');
		return 0;
	}
	return -ENOENT;
}

int cgroup_has_word(const char *text, const char *word)
{
	const size_t len = strlen(word);

	for (; *text != '\0'; text += strcspn(text, " \n")) {
		text += strspn(text, " \n");
		if (strncmp(text, word, len) == 0 && strchr(" \n", text[len]) != NULL)
			return 1;
	}
	return 0;
}

int cgroup_move(int fd, pid_t pid)
{
	char text[24];

	(void)text_number(text, sizeof text, "#", (uint64_t)pid, 10); /* fits */
	return sys_write_at(fd, "cgroup.procs", text);
}

/* Waits until no process is left in the group. */
static void await_empty(int fd)
{
	enum { TURNS = 20, TURN_MS = 100 };
	cleanup_close const int events = openat(fd, "cgroup.events", O_RDONLY | O_CLOEXEC);

	for (int i = 0; events >= 0 && i < TURNS; i++) {
		struct pollfd p = { .fd = events, .events = POLLPRI };
		char text[256];
		const ssize_t n = pread(events, text, sizeof text - 1, 0);

		text[n > 0 ? n : 0] = '\0';
		if (n <= 0 || strstr(text, "populated 0") != NULL)
			return;
		(void)poll(&p, 1, TURN_MS); /* the file is read again, whatever this says */
	}
}

void cgroup_remove(int fd, int hold, uid_t uid, const char *name)
{
	cleanup_close int root = -1;
	char account[24], path[64];
	const int top = hold;
	struct stat st;
	size_t len;

	(void)sys_write_at(fd, "cgroup.kill", "1"); /* Linux 5.14; without it, init has been killed */
	if (fstat(hold, &st) < 0 || !S_ISDIR(st.st_mode))
		return; /* systemd removes it */
	await_empty(fd);
	(void)text_number(account, sizeof account, "#", (uint64_t)uid, 10); /* fits */
	len = strlen(account);
	if (strlen(name) > sizeof path - len - 2)
		return;
	memcpy(path, account, len);
	path[len] = '/';
	memcpy(path + len + 1, name, strlen(name) + 1);
	if (unlinkat(top, path, AT_REMOVEDIR) < 0 || unlinkat(top, account, AT_REMOVEDIR) < 0)
		return; /* it has other groups */
	root = openat(top, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0)
		(void)unlinkat(root, CGROUP_TOP, AT_REMOVEDIR); /* unless it has other groups */
}
