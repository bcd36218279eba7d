/* SPDX-License-Identifier: Apache-2.0 */
/* shown.c - open what is read of a session */
#include "ctl/show/show.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The number that a process has here; -ESRCH: it has ended. */
static pid_t pid_of(int pidfd)
{
	char path[64], text[1024];
	const char *at;
	cleanup_close int fd = -1;
	ssize_t n;
	int pid;

	(void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd); /* fits */
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof text - 1);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, "Pid:");
	if (at == NULL || sscanf(at + 4, "%d", &pid) != 1)
		return -EPROTO;
	return pid > 0 ? pid : -ESRCH;
}

static bool ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

int shown_open(int pidfd, struct shown *s)
{
	char name[32];
	int r = 0;

	s->init = s->root = -1;
	s->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (s->proc < 0)
		return -errno;
	s->init_pid = pid_of(pidfd);
	if (s->init_pid < 0)
		r = s->init_pid;
	(void)snprintf(name, sizeof name, "%d", (int)s->init_pid); /* fits */
	if (r == 0)
		s->init = openat(s->proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (r == 0 && (s->init < 0 || ended(pidfd))) /* the number may be another's now */
		r = -ESRCH;
	if (r == 0)
		r = ns_ids_read(s->init, "ns", &s->ns);
	if (r == 0) {
		s->root = openat(s->init, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
		r = s->root < 0 ? -errno : 0;
	}
	if (r < 0)
		shown_close(s);
	return r;
}

void shown_close(struct shown *s)
{
	close_fd(&s->proc);
	close_fd(&s->init);
	close_fd(&s->root);
}
