/* SPDX-License-Identifier: Apache-2.0 */
/* nodes.c - give a session the nodes of the host that nodes_find() has found; see nodes.h */
#include "confine/view/nodes.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "base/sys_ns.h"
#include "confine/view/nodes_int.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * A node is a mount of the host's node on a file of this mode, which nobody but root can open, in the
 * session's own file system. The mode tells these files from all else that a rule has below /dev.
 */
enum { MARK = S_IFREG | S_ISVTX };

enum { NODE_ATTR = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC };

/* The two directories with nodes, by whether the session may write to the nodes. */
static const char *const base_path[2] = { DEVICES_READ, "/dev" };

/**
 * struct place - where nodes are put
 * @under: for each base_path a mount of its file system alone, without what is mounted below
 */
struct place {
	int root, under[2];
	const struct nodes *nodes;
};

static void node_path(const struct node *n, bool writes, char path[NODE_PATH_MAX])
{
	const size_t len = strlen(base_path[writes]);

	memcpy(path, base_path[writes], len);
	path[len] = '/';
	memcpy(path + len + 1, n->name, strlen(n->name) + 1);
}

static bool same_node(int fd, const struct node *n)
{
	struct stat st;

	/* a node without a name is one that is gone, although a new one may have its number */
	return fstat(fd, &st) == 0 && st.st_nlink > 0 && st.st_dev == n->dev &&
	       st.st_ino == n->ino && st.st_rdev == n->rdev;
}

static int open_below(int root, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS |
					   RESOLVE_NO_MAGICLINKS };
	const long fd = syscall(SYS_openat2, root, path, &how, sizeof how);

	return fd < 0 ? -errno : (int)fd;
}

bool nodes_there(int root, const struct node *node)
{
	char path[NODE_PATH_MAX];
	cleanup_close int fd = -1;

	node_path(node, node->writes, path);
	fd = open_below(root, path);
	return fd >= 0 && same_node(fd, node);
}

/* Clones the nodes that the session lacks. The namespace of the session cannot clone them. */
static int trees_take(int host, int root, const struct nodes *nodes, int trees[NODES_MAX])
{
	for (unsigned i = 0; i < nodes->n; i++) {
		const struct node *n = &nodes->at[i];
		char path[NODE_PATH_MAX];
		cleanup_close int fd = -1;
		int r;

		trees[i] = -1;
		if (nodes_there(root, n))
			continue;
		node_path(n, true, path);
		fd = path_walk(host, path);
		if (fd < 0 || !same_node(fd, n))
			return -EAGAIN;
		trees[i] = sys_open_tree(fd, "", 0);
		r = trees[i] < 0 ? trees[i] : sys_mount_setattr(trees[i], NODE_ATTR);
		if (r < 0) /* a node that has gone at this moment cannot be cloned */
			return same_node(fd, n) ? r : -EAGAIN;
	}
	return 0;
}

/* The file system at the base, writable whatever the mount of the session is. */
static int under_open(int root, const char *base)
{
	cleanup_close int fd = open_below(root, base), tree = -1;
	int r;

	if (fd < 0)
		return fd;
	tree = sys_open_tree(fd, "", 0);
	r = tree < 0 ? tree : sys_mount_setattr_exact(tree, NODE_ATTR);
	return r < 0 ? r : take_fd(&tree);
}

/* ---- what is taken away ---- */

struct prune {
	const struct place *p;
	bool writes; /* which base */
	char path[NODE_PATH_MAX];
};

static const struct node *node_named(const struct nodes *nodes, const char *name)
{
	for (unsigned i = 0; i < nodes->n; i++)
		if (strcmp(nodes->at[i].name, name) == 0)
			return &nodes->at[i];
	return NULL;
}

/* Is the symlink @name one of place_link()? */
static bool is_link(int dir, const char *name)
{
	char text[sizeof DEVICES_READ];

	return readlinkat(dir, name, text, sizeof text) == sizeof text &&
	       memcmp(text, DEVICES_READ "/", sizeof text) == 0;
}

static int prune_entry(void *arg, int dir, const char *name, unsigned type, unsigned depth)
{
	struct prune *pr = arg;
	const size_t len = strlen(pr->path), name_len = strlen(name);
	const struct node *n;
	struct stat st;
	int r = 0;

	(void)type;
	if (len + 1 + name_len >= sizeof pr->path ||
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	pr->path[len] = '/';
	memcpy(pr->path + len + 1, name, name_len + 1);
	n = node_named(pr->p->nodes, pr->path + strlen(base_path[pr->writes]) + 1);
	if (S_ISDIR(st.st_mode)) {
		cleanup_close int below = openat(dir, name, NODES_DIR_FLAGS);

		if (below >= 0 && depth < NODES_DEPTH)
			r = nodes_each(below, depth + 1, prune_entry, pr);
	} else if (st.st_mode == MARK &&
		   (n == NULL || n->writes != pr->writes || !nodes_there(pr->p->root, n))) {
		(void)sys_umount(pr->path); /* the mount may be gone already */
		r = unlinkat(dir, name, 0) < 0 ? -errno : 0;
	} else if (S_ISLNK(st.st_mode) && pr->writes && is_link(dir, name) &&
		   (n == NULL || n->writes)) {
		r = unlinkat(dir, name, 0) < 0 ? -errno : 0;
	}
	pr->path[len] = '\0';
	return r;
}

static int prune(const struct place *p, bool writes)
{
	struct prune pr = { .p = p, .writes = writes };
	cleanup_close int dir = -1;

	if (p->under[writes] < 0)
		return 0;
	memcpy(pr.path, base_path[writes], strlen(base_path[writes]) + 1);
	dir = openat(p->under[writes], ".", NODES_DIR_FLAGS);
	return dir < 0 ? -errno : nodes_each(dir, 0, prune_entry, &pr);
}

/* ---- what is added ---- */

/* Opens the directory that @name is to be in, and makes it; *@ret_name is the last component. */
static int dir_make(int base, const char *name, const char **ret_name)
{
	cleanup_close int dir = openat(base, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char part[DEVICE_NAME_MAX];

	if (dir < 0)
		return -errno;
	for (const char *slash; (slash = strchr(name, '/')) != NULL; name = slash + 1) {
		int next, r;

		memcpy(part, name, (size_t)(slash - name));
		part[slash - name] = '\0';
		r = sys_mkdirat(dir, part, 0755);
		if (r < 0 && r != -EEXIST)
			return r;
		next = openat(dir, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -errno;
		close_fd(&dir);
		dir = next;
	}
	*ret_name = name;
	return take_fd(&dir);
}

/* Makes the name in /dev of a node that the session may only read. */
static int place_link(const struct place *p, const struct node *n)
{
	char text[NODE_PATH_MAX];
	const char *name;
	cleanup_close int dir = dir_make(p->under[true], n->name, &name);
	int r;

	if (dir < 0)
		return dir == -ENOTDIR || dir == -ELOOP ? 0 : dir;
	node_path(n, false, text);
	r = sys_symlinkat(text, dir, name);
	return r == -EEXIST ? 0 : r;
}

/* A name that the view has for something else stays what it is. */
static int place_one(const struct place *p, const struct node *n, int tree)
{
	const char *name;
	char path[NODE_PATH_MAX];
	cleanup_close int dir = dir_make(p->under[n->writes], n->name, &name), target = -1;
	struct stat mark, there;
	int r;

	if (dir < 0)
		return dir == -ENOTDIR || dir == -ELOOP ? 0 : dir;
	r = sys_mknodat(dir, name, MARK, 0);
	if (r < 0)
		return r == -EEXIST ? 0 : r;
	node_path(n, n->writes, path);
	target = open_below(p->root, path);
	/* something else of the rule may lie over the directory */
	if (target < 0 || fstat(target, &there) < 0 ||
	    fstatat(dir, name, &mark, AT_SYMLINK_NOFOLLOW) < 0 || mark.st_dev != there.st_dev ||
	    mark.st_ino != there.st_ino)
		return unlinkat(dir, name, 0) < 0 ? -errno : 0;
	r = sys_move_mount(tree, target);
	if (r < 0) {			      /* a node that has gone meanwhile cannot be mounted */
		(void)unlinkat(dir, name, 0); /* the next look takes it away as well */
		return same_node(tree, n) ? r : -EAGAIN;
	}
	return !n->writes ? place_link(p, n) : r;
}

static int place_all(struct place *p, int trees[NODES_MAX])
{
	int r = 0;

	for (unsigned writes = 0; writes < 2; writes++) {
		p->under[writes] = under_open(p->root, base_path[writes]);
		if (p->under[writes] < 0 && (writes || p->under[writes] != -ENOENT))
			return p->under[writes];
	}
	for (unsigned writes = 0; r == 0 && writes < 2; writes++)
		r = prune(p, writes);
	for (unsigned i = 0; r == 0 && i < p->nodes->n; i++)
		if (trees[i] >= 0)
			r = place_one(p, &p->nodes->at[i], trees[i]);
	return r;
}

int nodes_place(int host, int root, int ns, const struct nodes *nodes)
{
	struct place p = { .root = root, .under = { -1, -1 }, .nodes = nodes };
	cleanup_close int own_root = -1;
	int trees[NODES_MAX], r;

	for (unsigned i = 0; i < NODES_MAX; i++)
		trees[i] = -1;
	r = trees_take(host, root, nodes, trees);
	if (r == 0 && ns >= 0) {
		r = sys_setns(ns, CLONE_NEWNS);
		p.root = own_root = r < 0 ? -1 : open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (r == 0 && own_root < 0)
			r = -errno;
	}
	if (r == 0)
		r = place_all(&p, trees);
	for (unsigned i = 0; i < 2; i++)
		close_fd(&p.under[i]);
	for (unsigned i = 0; i < nodes->n; i++)
		close_fd(&trees[i]);
	return r;
}
