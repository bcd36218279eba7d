/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network.c - the network namespace of a session with NetworkAllow=
 *
 * The namespace belongs to a user namespace that is made with it, so that pasta needs capabilities there
 * alone and none of the host's. The user namespace of the session is another one, beside it.
 */
#include "confine/session/network.h"

#include "confine/child.h"
#include "confine/sync.h"

#include "base/bounded.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

static int give_map(int procfd, pid_t pid, uint32_t id)
{
	char map[48];

	(void)text_number(map, sizeof map, "# # 1", id, 10); /* fits */
	return map_write(procfd, pid, map, map, 0);
}

static int open_network(int procfd, pid_t pid)
{
	char path[32];
	int fd;

	(void)text_number(path, sizeof path, "#/ns/net", (uint64_t)pid, 10); /* fits */
	fd = openat(procfd, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int session_network_make(int procfd, uint32_t id)
{
	cleanup_close int child = -1, network = -1;
	const pid_t pid = sys_clone(CLONE_NEWUSER | CLONE_NEWNET, &child);
	int r = pid < 0 ? pid : 0;

	if (pid == 0) { /* it holds the namespaces until they are open */
		if (child_die_with_parent() == 0)
			(void)pause(); /* until it is killed */
		_exit(0);
	}
	if (r < 0)
		return r;
	r = give_map(procfd, pid, id);
	if (r == 0)
		r = network = open_network(procfd, pid);
	(void)sys_pidfd_kill(child); /* it may have ended */
	bounded_wait(pid, child);
	return r < 0 ? r : take_fd(&network);
}
