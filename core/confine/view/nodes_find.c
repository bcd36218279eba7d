/* SPDX-License-Identifier: Apache-2.0 */
/* nodes_find.c - find the device nodes of the host that DeviceAllow= names; see nodes.h */
#include "confine/view/nodes.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "confine/view/nodes_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { MAJORS_MAX = 32, FS_NODEV = 0x4 /* ST_NODEV of statfs(2) */ };

/* See getdents64(2). */
struct entry {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

int nodes_each(int dir, unsigned depth,
	       int (*fn)(void *arg, int dir, const char *name, unsigned type, unsigned depth),
	       void *arg)
{
	_Alignas(struct entry) char buf[2048];

	for (;;) {
		const long n = syscall(SYS_getdents64, dir, buf, sizeof buf);

		if (n <= 0)
			return n < 0 ? -errno : 0;
		for (long at = 0; at < n;) {
			const struct entry *e = (const void *)(buf + at);
			const int dots =
				e->name[0] == '.' &&
				(e->name[1] == '\0' || (e->name[1] == '.' && e->name[2] == '\0'));
			const int r = dots ? 0 : fn(arg, dir, e->name, e->type, depth);

			if (r < 0)
				return r;
			at += e->reclen;
		}
	}
}

/**
 * struct finder - one line of DeviceAllow= while its nodes are looked for
 * @path: the path reached so far, below /dev
 * @rest: the rest of the pattern; NULL: all nodes of the driver
 */
struct finder {
	const struct plan *plan;
	int host;
	struct nodes *ret;
	void (*dir)(void *arg, int fd);
	void *dir_arg;
	struct device_rule rule;
	unsigned majors[MAJORS_MAX], n_majors;
	char path[NODE_PATH_MAX];
	const char *rest;
};

/* ---- the numbers of a driver ---- */

static void major_add(struct finder *f, const char *line)
{
	unsigned major = 0;

	line += strspn(line, " ");
	for (; *line >= '0' && *line <= '9' && major < 1u << 20; line++)
		major = major * 10 + (unsigned)(*line - '0');
	if (*line == ' ' && f->n_majors < MAJORS_MAX && fnmatch(f->rule.name, line + 1, 0) == 0)
		f->majors[f->n_majors++] = major;
}

/* The file has a heading for each kind; see proc_devices(5). It is the kernel's, and short. */
static int majors_read(struct finder *f)
{
	cleanup_close const int fd = openat(f->host, "proc/devices", O_RDONLY | O_CLOEXEC);
	const char *const heading = f->rule.kind == DEVICE_CHAR ? "Character" : "Block";
	char text[8192];
	size_t len = 0;
	ssize_t n = 0;
	bool ours = false;

	f->n_majors = 0;
	if (fd < 0)
		return -errno;
	while (len < sizeof text - 1 && (n = read(fd, text + len, sizeof text - 1 - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		return -errno;
	if (len == sizeof text - 1)
		return -EFBIG;
	text[len] = '\0';
	for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		if (strncmp(line, "Character", 9) == 0 || strncmp(line, "Block", 5) == 0)
			ours = strncmp(line, heading, strlen(heading)) == 0;
		else if (ours)
			major_add(f, line);
	}
	return 0;
}

static bool of_driver(const struct finder *f, const struct stat *st)
{
	if (f->rule.kind == DEVICE_PATH)
		return S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);
	if (f->rule.kind == DEVICE_CHAR ? !S_ISCHR(st->st_mode) : !S_ISBLK(st->st_mode))
		return false;
	for (unsigned i = 0; i < f->n_majors; i++)
		if (f->majors[i] == major(st->st_rdev))
			return true;
	return false;
}

/* ---- the nodes ---- */

/* Is this error one of a path that is not there, or that only a user could have made so? */
static bool missing(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -EACCES || r == -ELOOP || r == -ENXIO;
}

static bool hidden(const struct finder *f)
{
	const struct span list = f->plan->set.inaccessible_paths;

	for (const char *at = NULL; (at = plan_next(f->plan, list, at)) != NULL;) {
		const size_t len = strlen(at);

		if (strncmp(f->path, at, len) == 0 && (f->path[len] == '\0' || f->path[len] == '/'))
			return true;
	}
	return false;
}

/* Of two lines for a node, the one that allows more counts. */
static void node_add(struct finder *f, const struct stat *st)
{
	const char *name = f->path + strlen("/dev/");
	struct nodes *const all = f->ret;
	struct node *n = all->at;

	while (n < all->at + all->n && strcmp(n->name, name) != 0)
		n++;
	if (n < all->at + all->n) {
		n->writes = n->writes || f->rule.writes;
		return;
	}
	if (all->n == NODES_MAX) {
		all->left_out++;
		return;
	}
	*n = (struct node){
		.dev = st->st_dev, .ino = st->st_ino, .rdev = st->st_rdev, .writes = f->rule.writes
	};
	memcpy(n->name, name, strlen(name) + 1);
	all->n++;
}

static int consider(struct finder *f)
{
	cleanup_close const int fd = path_walk(f->host, f->path);
	struct statfs fs;
	struct stat st;

	if (fd < 0)
		return missing(fd) ? 0 : fd;
	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return -errno;
	if (of_driver(f, &st) && ((unsigned long)fs.f_flags & FS_NODEV) == 0 && !hidden(f))
		node_add(f, &st);
	return 0;
}

static int look_in(struct finder *f, unsigned depth);

/* Follows the entry @name of f->path. */
static int follow(struct finder *f, const char *name, size_t name_len, unsigned type, unsigned depth)
{
	const size_t len = strlen(f->path), part = f->rest == NULL ? 0 : strcspn(f->rest, "/");
	const char *const rest = f->rest;
	int r;

	if (len + 1 + name_len >= sizeof f->path || len + 1 + name_len - 5 >= DEVICE_NAME_MAX)
		return 0;
	f->path[len] = '/';
	memcpy(f->path + len + 1, name, name_len);
	f->path[len + 1 + name_len] = '\0';
	if (depth == 0 && device_own(f->path + len + 1)) {
		r = 0;
	} else if (rest == NULL ? type != DT_DIR : rest[part] == '\0') {
		r = type == DT_DIR || (rest == NULL && type == DT_LNK) ? 0 : consider(f);
	} else {
		f->rest = rest == NULL ? NULL : rest + part + 1;
		r = depth + 1 < NODES_DEPTH ? look_in(f, depth + 1) : 0;
		f->rest = rest;
	}
	f->path[len] = '\0';
	return r;
}

static int on_entry(void *arg, int dir, const char *name, unsigned type, unsigned depth)
{
	struct finder *f = arg;
	char glob[DEVICE_NAME_MAX];

	(void)dir;
	if (f->rest != NULL) {
		const size_t part = strcspn(f->rest, "/");

		memcpy(glob, f->rest, part);
		glob[part] = '\0';
		if (fnmatch(glob, name, FNM_PERIOD | FNM_NOESCAPE) != 0)
			return 0;
	}
	return follow(f, name, strlen(name), type, depth);
}

/* Looks for the rest of the pattern in the directory f->path. */
static int look_in(struct finder *f, unsigned depth)
{
	cleanup_close const int place = path_walk(f->host, f->path);
	cleanup_close const int fd = place < 0 ? place :
						 openat(place, ".", NODES_DIR_FLAGS & ~O_NOFOLLOW);
	size_t part, wild;

	if (place < 0 || fd < 0) {
		const int r = place < 0 ? place : -errno;

		return missing(r) ? 0 : r;
	}
	if (f->dir != NULL)
		f->dir(f->dir_arg, fd);
	if (f->rest == NULL)
		return nodes_each(fd, depth, on_entry, f);
	part = strcspn(f->rest, "/");
	wild = strcspn(f->rest, "*?[");
	return wild < part ? nodes_each(fd, depth, on_entry, f) :
			     follow(f, f->rest, part, DT_UNKNOWN, depth);
}

int nodes_find(const struct plan *plan, int host, struct nodes *ret, void (*dir)(void *arg, int fd),
	       void *arg)
{
	struct finder f = { .plan = plan, .host = host, .ret = ret, .dir = dir, .dir_arg = arg };
	int r = 0;

	ret->n = ret->left_out = 0;
	for (const char *at = NULL;
	     r == 0 && (at = plan_next(plan, plan->set.device_allow, at)) != NULL;) {
		r = device_rule_parse(at, &f.rule);
		if (r == 0 && f.rule.kind != DEVICE_PATH)
			r = majors_read(&f);
		memcpy(f.path, "/dev", 5);
		f.rest = f.rule.kind == DEVICE_PATH ? f.rule.name : NULL;
		if (r == 0)
			r = look_in(&f, 0);
	}
	return r;
}
