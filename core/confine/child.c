/* SPDX-License-Identifier: Apache-2.0 */
/* child.c - see child.h */
#include "confine/child.h"
#include "confine/session/session.h"

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
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int child_close_but(int *keep, unsigned n)
{
	unsigned from = 3;
	int r = 0;

	for (unsigned i = 0; i < n; i++) /* few: sort in place */
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
	return plan->clone_flags & ~(network_path(plan) != NULL ? (uint64_t)CLONE_NEWNET : 0);
}

/* The directories above it are root's, so nobody can have put another namespace there. */
static int join_network(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	const int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char dir[PATH_MAX];
	int parent, fd, r;

	if (root < 0)
		return -errno;
	memcpy(dir, path, (size_t)(name - path));
	dir[name - path] = '\0';
	r = parent = path_walk_roots(root, dir);
	(void)close(root); /* O_PATH: nothing to lose */
	if (parent < 0)
		return r;
	fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	r = fd < 0 ? -errno : 0;
	(void)close(parent); /* O_PATH: nothing to lose */
	if (fd < 0)
		return r;
	r = sys_setns(fd, CLONE_NEWNET); /* -EINVAL for anything else */
	(void)close(fd);		 /* read-only */
	return r;
}

/*
 * A convenience, which no session is refused for: where the kernel has no such setting, or where it
 * can't be written, as in a container, things are as they always were.
 */
static int tune(int procfd, const char *path, const char *text)
{
	const int fd = openat(procfd, path, O_WRONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : 0;

	if (r == 0 && write(fd, text, strlen(text)) < 0)
		r = -errno;
	if (fd >= 0)
		(void)close(fd); /* a sysctl is written at once */
	return r;
}

/* ping(8) without a capability, for all groups; in a new network namespace it is for none. */
static void ping_for_all(int procfd)
{
	static const char path[] = "sys/net/ipv4/ping_group_range";

	/* all that there are: in a container the highest is what the container has */
	if (tune(procfd, path, "0 2147483647") == -EINVAL)
		(void)tune(procfd, path, "0 65535"); /* as above: a convenience */
}

/*
 * The first pid is a random one. In each session of the same few numbers a pid file of an earlier one
 * (of git gc, vim, gpg) would seem to belong to a process that is alive.
 */
static void pids_begin(int procfd)
{
	enum {
		PID_MAX_SMALL = 32768,
		RESERVED = 300
	}; /* what every kernel has; see kernel/pid.c */
	char text[24];
	uint32_t n;

	if (syscall(SYS_getrandom, &n, sizeof n, 1 /* GRND_NONBLOCK */) != (long)sizeof n)
		return;
	(void)text_number(text, sizeof text, "#", RESERVED + n % (PID_MAX_SMALL - 2 * RESERVED), 10);
	(void)tune(procfd, "sys/kernel/ns_last_pid", text); /* a convenience */
}

int child_namespaces(const struct plan *plan, int procfd, struct child_fail *f)
{
	const char *host = plan_str(plan, plan->hostname);
	int r;

	if (host != NULL && !(plan->clone_flags & CLONE_NEWUTS)) /* it would be the host's own */
		return fail_set(f, STEP_HOSTNAME, -EPERM, plan->hostname.off);
	if (host != NULL && (r = sys_sethostname(host)) < 0)
		return fail_set(f, STEP_HOSTNAME, r, plan->hostname.off);
	if (network_path(plan) != NULL) {
		r = join_network(network_path(plan));
		if (r < 0)
			return fail_set(f, STEP_JOIN_NETWORK, r,
					plan->set.network_namespace_path.off);
	} else if ((plan->clone_flags & CLONE_NEWNET) && (r = sys_loopback_up()) < 0)
		return fail_set(f, STEP_LOOPBACK, r, 0);
	if (child_clone_flags(plan) & CLONE_NEWNET)
		ping_for_all(procfd);
	if (plan->clone_flags & CLONE_NEWPID)
		pids_begin(procfd);
	/* the pid namespace's own (Linux 6.3): no way round NoExecPaths= */
	if ((plan->flags & PLAN_MEMFD_NOEXEC) &&
	    (r = sys_write_at(procfd, "sys/vm/memfd_noexec", "2")) < 0)
		return fail_set(f, STEP_MEMFD_NOEXEC, r, 0);
	return 0;
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
