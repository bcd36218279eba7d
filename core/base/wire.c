/* wire.c - see wire.h */
#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What unix(7) lets a peer send at once; more than any kind has, so that none is lost to us. */
enum { FDS_ROOM = 16 };

int wire_fds(uint32_t kind)
{
	switch ((enum wire_kind)kind) {
	case WIRE_NONE:
		break;
	case WIRE_HELLO:
		return 1;
	case WIRE_READY:
		return 4;
	case WIRE_PLAN:
		return 3;
	case WIRE_VERDICT:
	case WIRE_OPEN:
	case WIRE_CLOSE:
	case WIRE_JOIN:
	case WIRE_HOT:
	case WIRE_FAIL:
		return 0;
	}
	return -1;
}

void wire_close(int *fds, int n)
{
	for (int i = 0; i < n; i++) {
		if (fds[i] >= 0)
			(void)close(fds[i]); /* nothing was written to it here */
		fds[i] = -1;
	}
}

int wire_send(int fd, struct wire_msg *m, const int *fds, size_t n)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(WIRE_FDS_MAX * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = m, .iov_len = sizeof *m };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t sent;

	if (wire_fds(m->kind) != (int)n)
		return -EPROTO;
	m->magic = WIRE_MAGIC;
	if (n > 0) {
		memset(&control, 0, sizeof control);
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(&control.head), fds, n * sizeof(int));
	}
	do
		sent = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : sent == (ssize_t)sizeof *m ? 0 : -EIO;
}

static int64_t now_ms(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail for this clock */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int wait_readable(int fd, int deadline_ms)
{
	const int64_t end = now_ms() + deadline_ms;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		const int64_t left = end - now_ms();
		const int n = poll(&p, 1, left > 0 ? (int)left : 0);

		if (n > 0)
			return 0;
		if (n == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

/* Take every descriptor out of @msg, also of a message that will be refused. */
static int take_fds(struct msghdr *msg, int fds[FDS_ROOM])
{
	int n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; CMSG_LEN(at + sizeof(int)) <= c->cmsg_len && n < FDS_ROOM;
		     at += sizeof(int))
			memcpy(&fds[n++], CMSG_DATA(c) + at, sizeof(int));
	}
	return n;
}

static int well_formed(const struct wire_msg *m, ssize_t size, int flags, int n_fds)
{
	return size == (ssize_t)sizeof *m && (flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 &&
	       m->magic == WIRE_MAGIC && wire_fds(m->kind) == n_fds &&
	       memchr(m->session, '\0', sizeof m->session) != NULL &&
	       memchr(m->text, '\0', sizeof m->text) != NULL &&
	       ((m->kind != WIRE_HELLO && m->kind != WIRE_OPEN) || login_check(&m->login) == 0);
}

int wire_recv(int fd, struct wire_msg *ret, int ret_fds[WIRE_FDS_MAX], int deadline_ms)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(FDS_ROOM * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = ret, .iov_len = sizeof *ret };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof control };
	int fds[FDS_ROOM], n_fds, r = wait_readable(fd, deadline_ms);
	ssize_t size;

	if (r < 0)
		return r;
	do
		size = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (size < 0 && errno == EINTR);
	if (size < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	n_fds = take_fds(&msg, fds);
	if (size == 0 || !well_formed(ret, size, msg.msg_flags, n_fds)) {
		wire_close(fds, n_fds);
		return size == 0 && n_fds == 0 ? -EPIPE : -EPROTO;
	}
	memcpy(ret_fds, fds, (size_t)n_fds * sizeof(int));
	return 0;
}

int wire_peer(int fd, uid_t *ret_uid)
{
	struct ucred cred;
	socklen_t len = sizeof cred;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	*ret_uid = cred.uid;
	return 0;
}
