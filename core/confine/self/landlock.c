/* SPDX-License-Identifier: Apache-2.0 */
/* landlock.c - see landlock.h */
#include "confine/self/landlock.h"
#include "confine/view/ops.h"

#include "base/cleanup.h"
#include "base/landlock_abi.h"
#include "base/path.h"
#include "base/ports.h"
#include "base/standard.h"
#include "base/sys.h"
#include "base/sys_ns.h"
#include "contract/words.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What makes sense for a file; with another right add_rule answers EINVAL. */
enum { FS_OF_A_FILE = LL_FS_WRITE_FILE | LL_FS_TRUNCATE | LL_FS_IOCTL_DEV };

/* Each ABI knows what those before it do, and more. @roots: looked at beneath the roots alone. */
static const struct {
	int abi;
	uint64_t fs, roots, scoped;
} ladder[] = {
	{ LL_ABI_FIRST,
	  LL_FS_WRITE_FILE | LL_FS_REMOVE_DIR | LL_FS_REMOVE_FILE | LL_FS_MAKE_CHAR |
		  LL_FS_MAKE_DIR | LL_FS_MAKE_REG | LL_FS_MAKE_SOCK | LL_FS_MAKE_FIFO |
		  LL_FS_MAKE_BLOCK | LL_FS_MAKE_SYM,
	  LL_FS_READ_FILE | LL_FS_READ_DIR, 0 },
	{ LL_ABI_REFER, LL_FS_REFER, 0, 0 },
	{ LL_ABI_TRUNCATE, LL_FS_TRUNCATE, 0, 0 },
	{ LL_ABI_IOCTL_DEV, LL_FS_IOCTL_DEV, 0, 0 },
	{ LL_ABI_SCOPE, 0, 0, LL_SCOPE_ABSTRACT_UNIX | LL_SCOPE_SIGNAL },
	{ LL_ABI_RESOLVE_UNIX, 0, LL_FS_RESOLVE_UNIX, 0 },
};

/* What SocketBindDeny= and SocketConnectDeny= are about. */
enum {
	NET_BIND = LL_NET_BIND_TCP | LL_NET_BIND_UDP,
	NET_CONNECT = LL_NET_CONNECT_TCP | LL_NET_CONNECT_SEND_UDP,
};

static uint64_t net_rights(unsigned protocols)
{
	return (protocols & PORTS_TCP ? LL_NET_BIND_TCP | LL_NET_CONNECT_TCP : 0u) |
	       (protocols & PORTS_UDP ? LL_NET_BIND_UDP | LL_NET_CONNECT_SEND_UDP : 0u);
}

/* The protocols that @list, a Deny directive, names. */
static unsigned denied(const struct plan *plan, struct span list)
{
	unsigned protocols = 0;

	for (const char *at = NULL; (at = plan_next(plan, list, at)) != NULL;)
		protocols |= ports_protocols(at);
	return protocols;
}

struct landlock_ask landlock_ask(const struct plan *plan, int abi)
{
	struct landlock_ask ask = { 0 };

	for (size_t i = 0; i < sizeof ladder / sizeof ladder[0] && ladder[i].abi <= abi; i++) {
		ask.fs |= ladder[i].fs;
		ask.roots |= ladder[i].fs | ladder[i].roots;
		ask.scoped |= ladder[i].scoped;
	}
	if (plan->view.len == 0) /* no place is named: all are as they were */
		ask.fs = ask.roots = 0;
	ask.net = (net_rights(denied(plan, plan->set.socket_bind_deny)) & NET_BIND) |
		  (net_rights(denied(plan, plan->set.socket_connect_deny)) & NET_CONNECT);
	ask.flags = plan->flags & PLAN_AUDIT ? LL_LOG_NEW_EXEC_ON : 0u;
	/*
	 * Abstract sockets also in a network namespace of the session's own, as a socket that somebody
	 * hands in keeps its namespace. But the logins of a place have a domain each, and the programs of
	 * all of them are one session; only the namespace keeps them from others.
	 */
	if (plan->set.lifetime == LIFETIME_USER && (plan->clone_flags & CLONE_NEWNET) &&
	    plan_str(plan, plan->set.network_namespace_path) == NULL)
		ask.scoped &= ~(uint64_t)LL_SCOPE_ABSTRACT_UNIX;
	if (plan->set.private_pids)
		ask.scoped &= ~(uint64_t)LL_SCOPE_SIGNAL;
	return ask;
}

enum {
	FS_ALL = FS_OF_A_FILE | LL_FS_REMOVE_DIR | LL_FS_REMOVE_FILE | LL_FS_MAKE_DIR |
		 LL_FS_MAKE_REG | LL_FS_MAKE_SOCK | LL_FS_MAKE_FIFO | LL_FS_MAKE_SYM |
		 LL_FS_MAKE_CHAR | LL_FS_MAKE_BLOCK /* CAP_MKNOD is what says no */ | LL_FS_REFER,
	FS_USUAL = FS_ALL & ~LL_FS_IOCTL_DEV,
};

/* What may be done at the place of @op; 0: nothing. @later: the operations behind it. */
static uint64_t rights_at(const struct plan *plan, const struct view_op *op,
			  const struct view_op *later, size_t n_later, bool caller_view)
{
	static const uint64_t by_kind[VIEW_KIND_LAST + 1] = {
		[VIEW_DEV] = FS_ALL,	   [VIEW_BIND] = FS_USUAL, [VIEW_TMPFS] = FS_USUAL,
		[VIEW_SAME] = FS_USUAL,	   [VIEW_PROC] = FS_USUAL, [VIEW_OVERLAY] = FS_USUAL,
		[VIEW_SCRATCH] = FS_USUAL,
	};

	if ((op->flags & VIEW_READ_ONLY) || (!caller_view && (op->flags & VIEW_CALLER_ONLY)))
		return 0;
	if (op->kind == VIEW_TMPFS && (op->flags & VIEW_DEVICES))
		return LL_FS_IOCTL_DEV; /* nodes to read from */
	for (size_t i = 0; i < n_later; i++) {
		const char *a = plan_str(plan, op->target), *b = plan_str(plan, later[i].target);

		if (later[i].kind != VIEW_SEAL)
			continue;
		while (*a != '\0' && *a == *b)
			a++, b++;
		if (*a == *b)
			return 0; /* made writable to be filled, then sealed */
	}
	return op->kind == VIEW_BIND && (op->flags & VIEW_DEVICES) ? FS_ALL : by_kind[op->kind];
}

/* Closes @place. A place that is not there, or that nobody can get at, needs no right. */
static int allow(int ruleset, int place, uint64_t rights)
{
	cleanup_close const int fd = place;
	struct stat st;

	if (fd == -ENOENT || fd == -ENOTDIR || fd == -EACCES || fd == -ELOOP)
		return 0;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0) {
		if (errno != EACCES)
			return -errno;
		st.st_mode = S_IFDIR; /* a user's own FUSE mount */
	}
	if (!S_ISDIR(st.st_mode))
		rights &= FS_OF_A_FILE;
	return rights != 0 ? sys_landlock_add_path(ruleset, fd, rights) : 0;
}

static bool follows(const struct plan *plan, const char *path)
{
	const char *at = NULL;

	while ((at = plan_next(plan, plan->follow, at)) != NULL && strcmp(at, path) != 0)
		;
	return at != NULL;
}

/*
 * Opens what lies below the mounts at @path. With a path of FollowMounts=, the mount there may change, and
 * a rule is about an inode: on the way up from a later mount, the kernel comes to this one. It is
 * reached through a copy of the mount above, which has no other mounts.
 */
static int covered_open(int rootfd, const char *path)
{
	char dir[PATH_MAX];
	const char *name = view_split(path, dir, sizeof dir);
	cleanup_close const int parent = name == NULL ? -ENAMETOOLONG : path_walk(rootfd, dir);
	cleanup_close const int tree = parent < 0 ? parent : sys_open_tree(parent, "", 0);
	int fd;

	if (tree < 0)
		return tree;
	fd = openat(tree, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* @root: root looks, who may see less than the user */
static int allow_places(const struct plan *plan, int ruleset, uint64_t handled, bool caller_view,
			bool root, struct child_fail *f)
{
	size_t n;
	const struct view_op *op = plan_array(plan, plan->view, sizeof *op, &n);
	cleanup_close const int rootfd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (rootfd < 0)
		return fail_set(f, STEP_LANDLOCK, -errno, 0);
	for (size_t i = 0; i < n; i++) {
		const uint64_t rights =
			rights_at(plan, &op[i], op + i + 1, n - i - 1, caller_view) & handled;
		const char *path = plan_str(plan, op[i].target);
		int r = 0;

		if (rights != 0)
			r = allow(ruleset,
				  root ? view_walk(plan, rootfd, path) : path_walk(rootfd, path),
				  rights);
		if (r == 0 && rights != 0 && follows(plan, path))
			r = allow(ruleset, covered_open(rootfd, path), rights);
		if (r < 0)
			return fail_set(f, STEP_LANDLOCK, r, op[i].target.off);
	}
	return 0;
}

/* @rights: of those that the ruleset handles */
static int allow_ports(const struct plan *plan, int ruleset, struct span list, uint64_t rights)
{
	int r = 0;

	for (const char *at = NULL; r == 0 && (at = plan_next(plan, list, at)) != NULL;) {
		struct ports p;
		uint64_t right;

		r = ports_parse(at, &p);
		if (r < 0)
			break;
		right = net_rights(p.protocols) & rights;
		for (uint32_t port = p.from; right != 0 && r == 0 && port <= p.to; port++)
			r = sys_landlock_add_port(ruleset, (uint16_t)port, right);
	}
	return r;
}

static int allow_net(const struct plan *plan, int ruleset, uint64_t handled)
{
	const int r = allow_ports(plan, ruleset, plan->set.socket_bind_allow, handled & NET_BIND);

	return r < 0 ? r :
		       allow_ports(plan, ruleset, plan->set.socket_connect_allow,
				   handled & NET_CONNECT);
}

/*
 * The kernel's own mount of the message queues lies beneath no root. @mqueue, or else what is in
 * the view's /dev, is another mount of the same file system: its root stands for both.
 */
static int allow_queues(int ruleset, int mqueue, uint64_t rights)
{
	cleanup_close int dev = -1;

	if (mqueue < 0)
		mqueue = dev = open("/dev/mqueue", O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* else hidden, or there are none */
	return mqueue < 0 ? 0 : sys_landlock_add_path(ruleset, mqueue, rights);
}

int landlock_queues(const struct plan *plan, struct child_fail *f)
{
	size_t n;
	const struct view_op *op = plan_array(plan, plan->view, sizeof *op, &n);
	int r;

	for (size_t i = 0; i < n; i++)
		if (op[i].kind == VIEW_DEV && (plan->clone_flags & CLONE_NEWIPC)) /* has them */
			return -1;
	if (n == 0)
		return -1;
	r = mount_new("mqueue", "", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	/* a kernel without them, or the host's, which only the host's root may mount */
	if (r == -ENODEV || r == -EPERM)
		return -1;
	return r < 0 ? fail_set(f, STEP_LANDLOCK, r, 0) : r;
}

static int ruleset(const struct plan *plan, uint64_t fs, const struct landlock_ask *ask, int mqueue,
		   bool caller_view, struct child_fail *f)
{
	cleanup_close int fd = sys_landlock_create(fs, ask->net, ask->scoped);
	int r = fd < 0 ? fd : 0;

	if (r == 0 && plan->view.len != 0) {
		r = allow_places(plan, fd, fs, caller_view, caller_view, f);
		if (r < 0)
			return r;
		r = allow_queues(fd, mqueue, ask->fs & FS_USUAL);
	}
	if (r == 0)
		r = allow_net(plan, fd, ask->net);
	return r < 0 ? fail_set(f, STEP_LANDLOCK, r, 0) : take_fd(&fd);
}

/* @root: another root beside "/", -1 for none */
static int roots(const struct landlock_ask *ask, int root, int mqueue, struct child_fail *f)
{
	cleanup_close const int here = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int fd = here < 0 ? -errno : sys_landlock_create(ask->roots, 0, 0);
	int r = fd < 0 ? fd : sys_landlock_add_path(fd, here, ask->roots);

	if (r == 0 && root >= 0)
		r = sys_landlock_add_path(fd, root, ask->roots);
	if (r == 0)
		r = allow_queues(fd, mqueue,
				 ask->roots & (FS_USUAL | LL_FS_READ_FILE | LL_FS_READ_DIR));
	return r < 0 ? fail_set(f, STEP_LANDLOCK, r, 0) : take_fd(&fd);
}

int landlock_gate(const struct plan *plan, int root, int ret[2], struct child_fail *f)
{
	const int abi = sys_landlock_abi();
	const struct landlock_ask ask = landlock_ask(plan, abi);
	cleanup_close int mqueue = -1; /* the rules keep what they need of it */

	ret[0] = ret[1] = -1;
	if (abi < 0)
		return fail_set(f, STEP_LANDLOCK, abi, 0);
	mqueue = landlock_queues(plan, f);
	if (mqueue < -1)
		return mqueue;
	ret[0] = roots(&ask, root, mqueue, f);
	if (ret[0] < 0)
		return ret[0];
	ret[1] = ruleset(plan, ask.fs | LL_FS_EXECUTE | LL_FS_REFER, &ask, mqueue, true, f);
	return ret[1] < 0 ? ret[1] : 0;
}

int landlock_gate_inside(const struct plan *plan, int fd, struct child_fail *f)
{
	const int abi = sys_landlock_abi();

	if (abi < 0)
		return fail_set(f, STEP_LANDLOCK, abi, 0);
	return plan->view.len == 0 ? 0 :
				     allow_places(plan, fd, landlock_ask(plan, abi).fs | LL_FS_REFER,
						  false, true, f);
}

/* Closes @ruleset. What is open at 0, 1 and 2 may be opened again by its name in /proc/self/fd. */
static int restrict_self(const struct landlock_ask *ask, int ruleset, bool files, bool reading,
			 struct child_fail *f)
{
	cleanup_close const int fd = ruleset;
	int r = 0;

	if (fd < 0)
		return fd;
	if (files)
		r = standard_allow(fd, reading);
	if (r == 0)
		r = sys_landlock_restrict_self(fd, ask->flags);
	return r < 0 ? fail_set(f, STEP_LANDLOCK, r, 0) : 0;
}

int landlock_apply(const struct plan *plan, int mqueue, struct child_fail *f)
{
	const int abi = sys_landlock_abi();
	const struct landlock_ask ask = landlock_ask(plan, abi);
	int r = 0;

	if (abi < 0 && abi != -ENOSYS && abi != -EOPNOTSUPP) /* the kernel cannot tell */
		return fail_set(f, STEP_LANDLOCK, abi, 0);
	if (ask.roots != 0)
		r = restrict_self(&ask, roots(&ask, -1, mqueue, f), true, true, f);
	if (r == 0 && (ask.fs != 0 || ask.net != 0 || ask.scoped != 0))
		r = restrict_self(&ask, ruleset(plan, ask.fs, &ask, mqueue, false, f), ask.fs != 0,
				  false, f);
	return r;
}
