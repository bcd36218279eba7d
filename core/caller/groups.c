/* SPDX-License-Identifier: Apache-2.0 */
/* groups.c - see groups.h */
#include "caller/groups.h"

#include "base/cleanup.h"
#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/time.h>

/*
 * Can the user who has started the application keep a name service from answering in it? Then
 * getgrouplist(3) leaves its groups out, and does not say so. A set-user-ID program, as su is, has the
 * environment of the user: libnss_sss, for one, does nothing with _SSS_LOOPS=NO. The limits of the user
 * also stay below sudo(8), and its terminal may stop the application in the middle of a system call.
 */
static bool is_users(void)
{
	cleanup_close int terminal = -1;

	if (getauxval(AT_SECURE) != 0 || !own_limits_suffice())
		return true;
	terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return terminal >= 0 || errno != ENXIO;
}

/* Asks the name service. Return: the number of groups, at @ret for the caller to free(3); -errno. */
static int look_up(const char *user, gid_t gid, gid_t **ret)
{
	for (int room = 64; room <= FACTS_GROUPS_MAX; room *= 4) {
		cleanup_free gid_t *list = malloc((size_t)room * sizeof *list);
		int n = room;

		if (list == NULL)
			return -ENOMEM;
		if (getgrouplist(user, gid, list, &n) >= 0) {
			*ret = take_ptr(&list);
			return n;
		}
		if (n <= room) /* not for lack of room */
			return -EIO;
	}
	return -E2BIG;
}

/*
 * The groups may be more than a packet can have. A file in memory would be subject to the application's
 * limit on the size of files, and so to SIGXFSZ.
 */
static int put(int fd, const gid_t *list, int n)
{
	const char *at = (const char *)list;
	size_t left = (size_t)n * sizeof *list;

	while (left > 0) {
		const ssize_t sent = send(fd, at, left, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR)
			return -errno;
		at += sent > 0 ? sent : 0;
		left -= sent > 0 ? (size_t)sent : 0;
	}
	return 0;
}

static int open_pair(int *ret_ours, int *ret_theirs)
{
	const struct timeval limit = { .tv_sec = WIRE_DEADLINE_MS / 1000 };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	*ret_ours = wire_fd_up(pair[0]);
	*ret_theirs = wire_fd_up(pair[1]);
	if (*ret_ours < 0 || *ret_theirs < 0)
		return *ret_ours < 0 ? *ret_ours : *ret_theirs;
	return setsockopt(*ret_ours, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) < 0 ? -errno : 0;
}

int groups_tell(int fd, const struct login *who, const struct wire_msg *ask)
{
	cleanup_free gid_t *list = NULL;
	cleanup_close int ours = -1, theirs = -1;
	struct wire_msg m;
	const int n = is_users() ? -EAGAIN : look_up(who->user, ask->object, &list);
	int r = n < 0 ? n : open_pair(&ours, &theirs);

	wire_init(&m, r < 0 ? WIRE_FAIL : WIRE_GROUPS_ARE);
	m.err = r;
	if (r < 0)
		return wire_send(fd, &m, NULL, 0);
	r = wire_send(fd, &m, &theirs, 1);
	return r < 0 ? r : put(ours, list, n);
}
