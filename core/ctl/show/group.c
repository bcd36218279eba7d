/* SPDX-License-Identifier: Apache-2.0 */
/* group.c - compare what the control group of a session enforces to the plan */
#include "ctl/show/show.h"

#include "base/cgroup.h"
#include "base/cleanup.h"
#include "policy/group/make.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

int group_open(pid_t init)
{
	cleanup_close const int root = cgroup_root();
	char path[PATH_MAX + 1] = ".";
	char proc[64];
	int fd;

	if (root < 0)
		return root;
	(void)snprintf(proc, sizeof proc, "/proc/%d/cgroup", (int)init); /* fits */
	cgroup_of(proc, path + 1, sizeof path - 1);
	fd = path[1] == '/' ? openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	return fd >= 0 ? fd : -ENOENT;
}

static void add(struct found *f, int r, const struct err *e)
{
	if (r < 0)
		found_add(f, r == -EPROTO ? FOUND_DIFFERENT : FOUND_UNREAD, "control group: %s",
			  e->msg);
}

void group_look(const struct shown *s, struct found *f)
{
	const struct group_limits *l = plan_group(s->plan);
	cleanup_close const int fd = l != NULL ? group_open(s->init_pid) : -1;
	struct err e = { 0 };

	if (l == NULL)
		return;
	if (fd < 0) {
		found_add(f, FOUND_UNREAD, "control group could not be opened: %s", strerror(-fd));
		return;
	}
	add(f, group_verify(fd, l, &e), &e);
	e = (struct err){ 0 };
	add(f, group_verify_addresses(fd, s->plan, &e), &e);
}
