/* SPDX-License-Identifier: Apache-2.0 */
/* sync.c - see sync.h */
#include "confine/sync.h"

#include "base/sys.h"
#include "base/text.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SYNC_GO = 'G' };

union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(SYNC_FDS_MAX * sizeof(int))];
};

int sync_pair(int ret[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0 ? -errno : 0;
}

int sync_report(int sync, const struct child_fail *f, const int *fds, unsigned n)
{
	union {
		const struct child_fail *from;
		void *to;
	} data = { .from = f }; /* sendmsg(2) only reads it */
	struct iovec iov = { .iov_base = data.to, .iov_len = sizeof *f };
	union control control;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control };

	if (n == 0)
		return write(sync, f, sizeof *f) == (ssize_t)sizeof *f ? 0 : -EPIPE;
	memset(&control, 0, sizeof control);
	msg.msg_controllen = (socklen_t)CMSG_SPACE(n * sizeof *fds);
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = (socklen_t)CMSG_LEN(n * sizeof *fds);
	memcpy(CMSG_DATA(&control.head), fds, n * sizeof *fds);
	return sendmsg(sync, &msg, MSG_NOSIGNAL) == (ssize_t)sizeof *f ? 0 : -EPIPE;
}

int sync_await_go(int sync)
{
	unsigned char got = 0;
	ssize_t n;

	do
		n = recv(sync, &got, 1, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == 0 ? -EPIPE : got == SYNC_GO ? 0 : -EPROTO;
}

static int wait_for(int fd, int deadline_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, deadline_ms);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n == 0 ? -ETIMEDOUT : 0;
}

/* Takes what came with a report: descriptors, and the sender if the socket passes it. */
static int control_take(struct msghdr *msg, int *fds, unsigned max, unsigned *ret_n, pid_t *ret_pid)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	const size_t size = c == NULL ? 0 : c->cmsg_len - CMSG_LEN(0);
	struct ucred cred;

	if (ret_pid != NULL) {
		if (c == NULL || c->cmsg_type != SCM_CREDENTIALS || size != sizeof cred)
			return -EPROTO;
		memcpy(&cred, CMSG_DATA(c), sizeof cred);
		*ret_pid = cred.pid;
		return 0;
	}
	if (c == NULL)
		return 0;
	if (c->cmsg_type != SCM_RIGHTS || size > max * sizeof *fds)
		return -EPROTO;
	memcpy(fds, CMSG_DATA(c), size);
	*ret_n = (unsigned)(size / sizeof *fds);
	return 0;
}

int sync_take(int sync, int *fds, unsigned max, unsigned *ret_n, pid_t *ret_pid, int deadline_ms,
	      struct child_fail *f)
{
	union control control;
	struct child_fail got;
	struct iovec iov = { .iov_base = &got, .iov_len = sizeof got };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof control };
	int r = wait_for(sync, deadline_ms);
	ssize_t size;

	*ret_n = 0;
	if (r < 0)
		return r;
	size = recvmsg(sync, &msg, MSG_CMSG_CLOEXEC);
	if (size <= 0)
		return size < 0 ? -errno : -EPIPE;
	if (size != (ssize_t)sizeof got || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return -EPROTO;
	*f = got;
	r = control_take(&msg, fds, max, ret_n, ret_pid);
	return f->err == 0 ? r : f->err < 0 ? f->err : -EPROTO;
}

int sync_failed(struct child_fail *f, enum step step, int r)
{
	return f->err < 0 ? f->err : fail_set(f, step, r, 0);
}

int sync_go(int sync)
{
	return sys_send_byte(sync, SYNC_GO);
}

/* @file is "#/" and a name in /proc/PID; the pid replaces "#". */
static int map_file(int procfd, pid_t pid, const char *file, const char *text)
{
	char path[64];

	(void)text_number(path, sizeof path, file, (uint64_t)pid, 10); /* fits */
	return sys_write_at(procfd, path, text);
}

int map_write(int procfd, pid_t pid, const char *uid_map, const char *gid_map, int deny)
{
	int r = map_file(procfd, pid, "#/uid_map", uid_map);

	if (r == 0 && deny)
		r = map_file(procfd, pid, "#/setgroups", "deny");
	return r < 0 ? r : map_file(procfd, pid, "#/gid_map", gid_map);
}

int sync_map(int sync, int procfd, pid_t pid, const char *uid_map, const char *gid_map, int deny,
	     struct child_fail *f)
{
	int r = uid_map == NULL ? 0 :
		gid_map == NULL ? -EPROTO :
				  map_write(procfd, pid, uid_map, gid_map, deny);

	if (r < 0)
		return fail_set(f, STEP_MAP, r, 0);
	r = sync_go(sync);
	return r < 0 ? fail_set(f, STEP_GO, r, 0) : 0;
}
