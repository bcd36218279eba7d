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
#include <sys/mman.h>
#include <unistd.h>

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

/* A file in memory, because the groups may be more than a packet can have. */
static int file_of(const gid_t *list, int n)
{
	const size_t size = (size_t)n * sizeof *list;
	cleanup_close int fd = memfd_create("cordon-groups", MFD_CLOEXEC | 0x8u /* NOEXEC_SEAL */);

	if (fd < 0 && errno == EINVAL) /* before Linux 6.3 */
		fd = memfd_create("cordon-groups", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (pwrite(fd, list, size, 0) != (ssize_t)size)
		return -EIO;
	return take_fd(&fd);
}

int groups_tell(int fd, const struct login *who, const struct wire_msg *ask)
{
	cleanup_free gid_t *list = NULL;
	cleanup_close int file = -1;
	struct wire_msg m;
	int r = is_users() ? -EAGAIN : look_up(who->user, ask->object, &list);

	if (r >= 0)
		r = file = wire_fd_up(file_of(list, r));
	wire_init(&m, r >= 0 ? WIRE_GROUPS_ARE : WIRE_FAIL);
	m.err = r < 0 ? r : 0;
	return wire_send(fd, &m, &file, r >= 0 ? 1 : 0);
}
