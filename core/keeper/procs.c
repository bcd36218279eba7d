/* SPDX-License-Identifier: Apache-2.0 */
/* procs.c - see procs.h */
#include "keeper/procs.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void process_text(const struct procs *p, pid_t pid, const char *name, char *buf, size_t size)
{
	char path[64];
	cleanup_close int fd = -1;
	ssize_t n;

	(void)snprintf(path, sizeof path, "%d/%s", pid, name); /* fits */
	fd = openat(p->dir, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
}

uint32_t process_ns(const struct procs *p, pid_t pid, const char *name)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof path, "%d/%s", pid, name); /* fits */
	return fstatat(p->dir, path, &st, 0) < 0 ? 0 : (uint32_t)st.st_ino;
}

bool process_read(const struct procs *p, pid_t pid, struct process *ret)
{
	char buf[1024];
	const char *at;
	unsigned long long own[2], waited[2], pages;

	*ret = (struct process){ .pid = pid };
	process_text(p, pid, "stat", buf, sizeof buf);
	at = strrchr(buf, ')'); /* the name before it is the user's choice */
	if (at == NULL ||
	    sscanf(at + 1,
		   " %c %d %*d %d %u %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu %*d %*d %ld %*d %*u %*u %llu",
		   &ret->state, &ret->parent, &ret->session, &ret->tty, &own[0], &own[1],
		   &waited[0], &waited[1], &ret->threads, &pages) != 10)
		return false;
	ret->own = own[0] + own[1];
	ret->waited = waited[0] + waited[1];
	ret->pages = pages;
	return true;
}

int procs_each(const struct procs *p, unsigned max,
	       void (*each)(const struct procs *p, const struct process *of, void *arg), void *arg)
{
	const int fd = p->dir < 0 ? -1 : openat(p->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	struct process of;
	unsigned n = 0;

	if (dir == NULL) {
		const int r = fd < 0 && p->dir < 0 ? -ENOENT : -errno;

		if (fd >= 0)
			(void)close(fd); /* only read */
		return r;
	}
	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		if (n++ == max)
			break;
		if (process_read(p, (pid_t)strtol(e->d_name, NULL, 10), &of))
			each(p, &of, arg);
	}
	(void)closedir(dir); /* only read */
	return e != NULL ? -E2BIG : 0;
}

bool process_lives(const struct process *of)
{
	/* the first thread of a process can end before the others, and looks like a zombie then */
	return (of->state != 'Z' && of->state != 'X') || of->threads > 1;
}

bool process_catches(const struct procs *p, pid_t pid, int sig)
{
	char buf[32768]; /* thousands of groups come before the signals */
	const char *at;
	unsigned long long mask;

	process_text(p, pid, "status", buf, sizeof buf);
	at = strstr(buf, "\nSigCgt:"); /* a newline in the name is written as \n */
	return at != NULL && sscanf(at + 8, " %llx", &mask) == 1 && (mask >> (sig - 1) & 1) != 0;
}
