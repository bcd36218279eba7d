/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c - see wire.h */
#include "contract/wire.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(struct login) == 8 + 4 * FACTS_NAME_MAX, "padding in struct login");
_Static_assert(sizeof(struct wire_msg) ==
		       8 * 4 + NS_N * 4 + 32 + WIRE_TEXT_MAX + sizeof(struct login) +
			       sizeof(struct account_limits) + sizeof(int64_t) +
			       sizeof(struct wire_usage) + 2 * 4 + sizeof(struct wire_state),
	       "padding in struct wire_msg");
_Static_assert(WIRE_JOIN_FLAGS == (CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET |
				   CLONE_NEWCGROUP),
	       "wrong WIRE_JOIN_FLAGS");

/* One control message with descriptors, aligned as cmsg(3) demands. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(WIRE_FDS_MAX * sizeof(int))];
};

void wire_init(struct wire_msg *m, enum wire_kind kind)
{
	memset(m, 0, sizeof *m);
	m->magic = WIRE_MAGIC;
	m->kind = kind;
}

int wire_fds(uint32_t kind)
{
	switch ((enum wire_kind)kind) {
	case WIRE_HELLO:
	case WIRE_GROUPS_ARE:
	case WIRE_FORKED:
		return 1;
	case WIRE_KEEP:
	case WIRE_HELPER:
	case WIRE_AFTER:
		return 2;
	case WIRE_KEEP_GROUP:
	case WIRE_SPAWN:
		return 4;
	case WIRE_FORK:
		return 5;
	case WIRE_READY:
		return 6;
	case WIRE_PLAN:
	case WIRE_LOGIN:
		return 3;
	case WIRE_HANDLES:
		return WIRE_HANDLES_N;
	case WIRE_VERDICT:
	case WIRE_CREDENTIAL:
	case WIRE_OPEN:
	case WIRE_CLOSE:
	case WIRE_JOIN:
	case WIRE_HOT:
	case WIRE_FAIL:
	case WIRE_REFUSED:
	case WIRE_USAGE:
	case WIRE_STATUS:
	case WIRE_STATE:
	case WIRE_INSPECT:
	case WIRE_END:
	case WIRE_WAIT:
	case WIRE_GROUPS:
	case WIRE_RELAY:
	case WIRE_SIGNAL:
	case WIRE_ENDED:
		return 0;
	case WIRE_NONE:
		break;
	}
	return -EPROTO;
}

static int verdict_known(uint32_t v)
{
	return v == VERDICT_DENY || v == VERDICT_CONFINE || v == VERDICT_UNCONFINED;
}

static bool keeps(uint32_t kind)
{
	return kind == WIRE_KEEP || kind == WIRE_KEEP_GROUP || kind == WIRE_LOGIN;
}

static bool has_login(uint32_t kind)
{
	return kind == WIRE_HELLO || keeps(kind) || kind == WIRE_OPEN || kind == WIRE_STATE ||
	       kind == WIRE_HANDLES;
}

/* Those that only the forker and its partners use. */
static bool forker_members_fit(const struct wire_msg *m)
{
	const uint32_t kind = m->kind;
	const bool slot = kind == WIRE_FORK || kind == WIRE_FORKED || kind == WIRE_FAIL ||
			  kind == WIRE_USAGE;

	if (m->slot != 0 && !slot)
		return false;
	if (kind == WIRE_SPAWN || kind == WIRE_FORK)
		return m->value == 0 || m->value == 1;
	if (kind == WIRE_FORKED || kind == WIRE_SIGNAL)
		return m->value > 0 && (kind == WIRE_FORKED || m->value <= WIRE_SIGNAL_MAX);
	return m->value == 0 || kind == WIRE_ENDED;
}

/* The members that only some kinds may use. */
static bool members_fit(const struct wire_msg *m)
{
	static const struct ns_ids no_ns;
	static const struct account_limits no_limits;
	static const struct wire_usage no_usage;
	static const struct wire_state no_state;
	const uint32_t kind = m->kind;

	if ((m->flags & ~(kind == WIRE_READY || kind == WIRE_HANDLES ? WIRE_JOIN_FLAGS : 0u)) != 0 ||
	    (m->serve & ~(kind == WIRE_READY ? (uint32_t)WIRE_SERVE_ALL : 0u)) != 0)
		return false;
	if (kind != WIRE_PLAN && kind != WIRE_HANDLES && memcmp(&m->ns, &no_ns, sizeof no_ns) != 0)
		return false;
	if (m->object != 0 && kind != WIRE_FAIL && kind != WIRE_GROUPS &&
	    (kind != WIRE_END || m->object > WIRE_SIGNAL_MAX))
		return false;
	if (kind != WIRE_OPEN && memcmp(&m->limits, &no_limits, sizeof no_limits) != 0)
		return false;
	if (m->nice != 0 && !keeps(kind))
		return false;
	if (kind != WIRE_USAGE && memcmp(&m->usage, &no_usage, sizeof no_usage) != 0)
		return false;
	if (kind == WIRE_STATE || kind == WIRE_HANDLES)
		return (m->state.flags & ~(uint32_t)WIRE_STATE_ALL) == 0 && m->state.reserved == 0 &&
		       memchr(m->state.place, '\0', sizeof m->state.place) != NULL;
	return memcmp(&m->state, &no_state, sizeof no_state) == 0;
}

int wire_check(const struct wire_msg *m)
{
	static const struct login none;

	if (m->magic != WIRE_MAGIC || wire_fds(m->kind) < 0 || !verdict_known(m->verdict))
		return -EPROTO;
	if (m->kind == WIRE_READY && m->verdict != VERDICT_CONFINE)
		return -EPROTO;
	if (!members_fit(m) || !forker_members_fit(m))
		return -EPROTO;
	if (memchr(m->session, '\0', sizeof m->session) == NULL ||
	    memchr(m->text, '\0', sizeof m->text) == NULL)
		return -EPROTO;
	if (has_login(m->kind))
		return login_check(&m->login);
	return memcmp(&m->login, &none, sizeof none) == 0 ? 0 : -EPROTO;
}

int wire_send(int fd, const struct wire_msg *m, const int *fds, size_t n)
{
	union {
		const struct wire_msg *from;
		void *to;
	} p = { .from = m }; /* the kernel only reads it */
	struct iovec iov = { .iov_base = p.to, .iov_len = sizeof *m };
	union control control;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t sent;

	if (wire_check(m) < 0 || wire_fds(m->kind) != (int)n)
		return -EINVAL;
	if (n > 0) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof control);
		msg.msg_control = control.bytes;
		msg.msg_controllen = (socklen_t)CMSG_SPACE(n * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = (socklen_t)CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	do
		sent = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	return sent == (ssize_t)sizeof *m ? 0 : -EPROTO;
}

static int wait_readable(int fd, int64_t until_ms)
{
	for (;;) {
		const int64_t left = until_ms - clock_ms();
		struct pollfd p = { .fd = fd, .events = POLLIN };
		const int r = poll(&p, 1, left > 0 ? (int)left : 0);

		if (r > 0)
			return (p.revents & POLLNVAL) != 0 ? -EBADF : 0;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (left <= 0)
			return -ETIMEDOUT;
	}
}

/*
 * Takes every descriptor that arrived, even if the message is wrong, so that the caller can close
 * them. The buffer has room for one control message, and the kernel puts all descriptors into one.
 */
static int take_fds(struct msghdr *msg, int *ret_fds, int *ret_n)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	size_t size;

	if (c == NULL)
		return 0;
	if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || c->cmsg_len < CMSG_LEN(0))
		return -EPROTO;
	size = c->cmsg_len - CMSG_LEN(0);
	memcpy(ret_fds, CMSG_DATA(c), size);
	*ret_n = (int)(size / sizeof(int));
	return 0;
}

static int fds_up(int *fds, int n)
{
	int r = 0;

	for (int i = 0; i < n; i++) {
		fds[i] = wire_fd_up(fds[i]);
		if (fds[i] < 0)
			r = fds[i];
	}
	return r;
}

static int check_received(const struct wire_msg *m, const struct msghdr *msg, ssize_t n, int n_fds)
{
	if (n == 0 && n_fds == 0)
		return -EPIPE;
	if (n != (ssize_t)sizeof *m || (msg->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		return -EPROTO;
	if (wire_fds(m->kind) != n_fds)
		return -EPROTO;
	return wire_check(m);
}

/* The caller owns the descriptors in @fds even if this fails. */
static int receive(int fd, struct wire_msg *m, int *fds, int *ret_n, int64_t until_ms)
{
	struct iovec iov = { .iov_base = m, .iov_len = sizeof *m };
	union control control;
	struct msghdr msg;
	ssize_t n;
	int r;

	do {
		r = wait_readable(fd, until_ms);
		if (r < 0)
			return r;
		memset(&msg, 0, sizeof msg);
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof control.bytes;
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
		/*
		 * The peer has closed its end without reading all of ours. The kernel says so once, before
		 * it gives out what the peer has sent.
		 */
	} while (n < 0 && (errno == EINTR || errno == EAGAIN || errno == ECONNRESET));
	if (n < 0)
		return -errno;
	r = take_fds(&msg, fds, ret_n);
	return r < 0 ? r : check_received(m, &msg, n, *ret_n);
}

int wire_recv(int fd, struct wire_msg *ret, int ret_fds[WIRE_FDS_MAX], int deadline_ms)
{
	int fds[sizeof(union control) / sizeof(int)];
	struct wire_msg m = { 0 };
	int n = 0, r;

	if (ret_fds != NULL)
		wire_no_fds(ret_fds);
	if (deadline_ms < 0)
		return -EINVAL;
	r = receive(fd, &m, fds, &n, clock_ms() + deadline_ms);
	if (r == 0 && ret_fds == NULL && n > 0)
		r = -EPROTO;
	if (r == 0)
		r = fds_up(fds, n);
	if (r < 0) {
		wire_close(fds, n);
		return r;
	}
	for (int i = 0; ret_fds != NULL && i < n; i++)
		ret_fds[i] = fds[i];
	*ret = m;
	return 0;
}

void wire_no_fds(int fds[WIRE_FDS_MAX])
{
	for (int i = 0; i < WIRE_FDS_MAX; i++)
		fds[i] = -1;
}

void wire_close(int *fds, int n)
{
	for (int i = 0; i < n; i++)
		close_fd(&fds[i]);
}

int wire_verdict(int fd, enum verdict verdict, const char *session, const char *text)
{
	struct wire_msg m;

	wire_init(&m, WIRE_VERDICT);
	m.verdict = verdict;
	(void)snprintf(m.session, sizeof m.session, "%.31s", session); /* fits */
	if (verdict == VERDICT_DENY)
		(void)snprintf(m.text, sizeof m.text, "cordon: %.180s (session %.20s)", text,
			       session[0] != '\0' ? session : "-"); /* fits */
	return wire_send(fd, &m, NULL, 0);
}

int wire_peer(int fd, uid_t *ret_uid, pid_t *ret_pid)
{
	struct ucred peer = { 0 };
	socklen_t size = sizeof peer;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -errno;
	if (size != sizeof peer)
		return -EPROTO;
	*ret_uid = peer.uid;
	*ret_pid = peer.pid;
	return 0;
}

int wire_fd_up(int fd)
{
	int up;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	up = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (up < 0)
		up = -errno;
	(void)close(fd); /* @up refers to the same file, or the call failed */
	return up;
}
