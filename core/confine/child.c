/* SPDX-License-Identifier: Apache-2.0 */
/* child.c - see child.h */
#include "confine/child.h"
#include "confine/sync.h"
#include "confine/view/nodes.h"
#include "confine/view/view.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "base/sys_ns.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int child_close_but(int *keep, unsigned n)
{
	unsigned from = 3;
	int r = 0;

	for (unsigned i = 0; i < n; i++) /* insertion sort, because there are few */
		for (unsigned j = i + 1; j < n; j++)
			if (keep[j] < keep[i]) {
				const int t = keep[i];

				keep[i] = keep[j];
				keep[j] = t;
			}
	for (unsigned i = 0; r == 0 && i < n; i++) {
		if (keep[i] < (int)from)
			continue;
		if ((unsigned)keep[i] > from)
			r = sys_close_range(from, (unsigned)keep[i] - 1);
		from = (unsigned)keep[i] + 1;
	}
	return r < 0 ? r : sys_close_range(from, ~0u);
}

int child_die_with_parent(void)
{
	const int r = sys_prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);

	return r < 0 ? r : sys_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* NetworkNamespacePath=, or NULL. */
static const char *network_path(const struct plan *plan)
{
	return plan->clone_flags & CLONE_NEWNET ? plan_str(plan, plan->set.network_namespace_path) :
						  NULL;
}

uint64_t child_clone_flags(const struct plan *plan)
{
	const uint64_t later = (network_path(plan) != NULL ? (uint64_t)CLONE_NEWNET : 0) |
			       (plan->group.len != 0 ? (uint64_t)CLONE_NEWCGROUP : 0);

	return plan->clone_flags & ~later;
}

/* Only root can change the directories above @path, so nobody can have replaced the namespace. */
static int join_network(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	cleanup_close const int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int parent = -1, fd = -1;
	char dir[PATH_MAX];

	if (root < 0)
		return -errno;
	memcpy(dir, path, (size_t)(name - path));
	dir[name - path] = '\0';
	parent = path_walk_roots(root, dir);
	if (parent < 0)
		return parent;
	fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	/* -EINVAL if the file is no network namespace */
	return fd < 0 ? -errno : sys_setns(fd, CLONE_NEWNET);
}

/*
 * These settings are a convenience, so no session is refused for them. If the kernel lacks the setting,
 * or the file cannot be written, as in a container, the value of the kernel stays.
 */
static int tune(int procfd, const char *path, const char *text)
{
	cleanup_close const int fd = openat(procfd, path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

/* Lets all groups use ping(8) without a capability; a new network namespace allows it to none. */
static void ping_for_all(int procfd)
{
	static const char path[] = "sys/net/ipv4/ping_group_range";

	/* all groups; a container that maps fewer ids accepts only a lower maximum */
	if (tune(procfd, path, "0 2147483647") == -EINVAL)
		(void)tune(procfd, path, "0 65535"); /* a convenience, see tune() */
}

/*
 * Makes the first pid random. If all sessions used the same few pids, a pid file of an earlier session
 * (git gc, vim, gpg) would seem to belong to a live process.
 */
static void pids_begin(int procfd)
{
	enum {
		PID_MAX_SMALL = 32768,
		RESERVED = 300
	}; /* the same in every kernel, see kernel/pid.c */
	char text[24];
	uint32_t n;

	if (syscall(SYS_getrandom, &n, sizeof n, 1 /* GRND_NONBLOCK */) != (long)sizeof n)
		return;
	(void)text_number(text, sizeof text, "#", RESERVED + n % (PID_MAX_SMALL - 2 * RESERVED), 10);
	(void)tune(procfd, "sys/kernel/ns_last_pid", text); /* a convenience */
}

int group_enter(struct confine *c)
{
	return c->plan->group.len != 0 && (c->plan->clone_flags & CLONE_NEWCGROUP) ?
		       sys_unshare(CLONE_NEWCGROUP) :
		       0;
}

int hostname_set(struct confine *c)
{
	const char *host = plan_str(c->plan, c->plan->hostname);

	if (host == NULL)
		return 0;
	c->object = c->plan->hostname.off;
	/* without a namespace, this would change the name of the host */
	return c->plan->clone_flags & CLONE_NEWUTS ? sys_sethostname(host) : -EPERM;
}

int network_join(struct confine *c)
{
	const char *path = network_path(c->plan);
	int r;

	if (c->plan->network.len != 0) {
		r = c->network <= 0 ? -EBADF : sys_setns(c->network, CLONE_NEWNET);
		close_fd(&c->network);
		return r;
	}
	if (path == NULL)
		return 0;
	c->object = c->plan->set.network_namespace_path.off;
	return join_network(path);
}

int loopback_raise(struct confine *c)
{
	const bool own = (child_clone_flags(c->plan) & CLONE_NEWNET) != 0;
	const int r = own ? sys_loopback_up() : 0;

	if (own && r == 0)
		ping_for_all(c->procfd);
	return r;
}

int memfd_noexec(struct confine *c)
{
	if (c->plan->clone_flags & CLONE_NEWPID)
		pids_begin(c->procfd);
	/* a setting of the pid namespace (Linux 6.3), so that memfds do not bypass NoExecPaths= */
	return c->plan->flags & PLAN_MEMFD_NOEXEC ?
		       sys_write_at(c->procfd, "sys/vm/memfd_noexec", "2") :
		       0;
}

int die_with_parent(struct confine *c)
{
	(void)c;
	return child_die_with_parent();
}

int await_map(struct confine *c)
{
	int r;

	if (!c->awaits_map)
		return 0;
	r = sync_report(c->sync, &c->fail, c->dirs, c->n_dirs);
	return r < 0 ? r : sync_await_go(c->sync);
}

int view_begin(struct confine *c)
{
	return c->view != NULL ? view_start(c->view, &c->fail) : 0;
}

int view_make(struct confine *c)
{
	return c->view != NULL ? view_build(c->view, 0, &c->fail) : 0;
}

int view_nodes(struct confine *c)
{
	static struct nodes nodes; /* large */
	int r;

	if (c->view == NULL || c->plan->set.device_allow.len == 0)
		return 0;
	r = nodes_find(c->plan, c->view->host, &nodes, NULL, NULL);
	return r < 0 ? r : nodes_place(c->view->host, c->view->root, -1, &nodes);
}

int view_close(struct confine *c)
{
	return c->view != NULL ? view_seal(c->view) : 0;
}

int child_drop(const struct plan *plan, uint64_t keep)
{
	int r = 0;

	for (unsigned cap = 0; r == 0 && cap <= plan->last_cap; cap++)
		r = sys_prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	if (r == 0)
		r = sys_capset(keep, keep, 0);
	if (r == 0)
		r = sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return r;
}
