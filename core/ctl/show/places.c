/* SPDX-License-Identifier: Apache-2.0 */
/* places.c - compare each operation of the view to what is mounted at its target */
#include "ctl/show/show.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "confine/view/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

/**
 * struct looking - one operation that is looked at
 * @fd:     O_PATH, what is at its target; -1: nothing is
 * @st:     of @fd
 * @row:    the mount at the target; NULL: there is none
 * @target: its path
 */
struct looking {
	const struct shown *s;
	const struct show_view *v;
	const struct view_op *op;
	int fd, host_root;
	struct sys_statx st;
	struct mount_row *row;
	const char *target, *source;
	struct found *f;
	bool different;
};

#define DIFFERS(l, fmt, ...) \
	do { \
		found_add((l)->f, FOUND_DIFFERENT, "view: %s: " fmt, (l)->target, __VA_ARGS__); \
		(l)->different = true; \
	} while (0)

static bool is_mount(const struct view_op *op)
{
	switch ((enum view_kind)op->kind) {
	case VIEW_REFUSE:
	case VIEW_DIR:
	case VIEW_SYMLINK:
	case VIEW_SEAL:
	case VIEW_CHECK:
	case VIEW_COPY:
	case VIEW_NAMES:
		return false;
	case VIEW_BIND:
	case VIEW_TMPFS:
	case VIEW_SAME:
	case VIEW_EMPTY:
	case VIEW_PROC:
	case VIEW_DEV:
	case VIEW_OVERLAY:
	case VIEW_SCRATCH:
	case VIEW_SYSFS:
	case VIEW_CGROUP:
		break;
	}
	return true;
}

/* ---- flags ---- */

/* Is the target made read-only when its content is in place? */
static bool sealed(const struct looking *l)
{
	size_t n;
	const struct view_op *op = plan_array(l->s->plan, l->s->plan->view, sizeof *op, &n);

	for (size_t i = 0; op != NULL && i < n; i++) {
		const char *target = plan_str(l->s->plan, op[i].target);

		if (op[i].kind == VIEW_SEAL && target != NULL && strcmp(target, l->target) == 0)
			return true;
	}
	return false;
}

static void flag_demand(struct looking *l, const char *word)
{
	if (!mount_has(l->row->options, word))
		DIFFERS(l, "is not %s, and the plan has it %s (%s)", word, word, l->row->options);
}

static bool devices_work(const struct looking *l)
{
	return l->op->kind == VIEW_DEV || l->op->kind == VIEW_SAME ||
	       (l->op->flags & VIEW_DEVICES) != 0;
}

/* The file systems that cordon makes for the view, where no host has made anything read-only. */
static bool own_files(const struct looking *l)
{
	return l->op->kind == VIEW_TMPFS || l->op->kind == VIEW_SCRATCH ||
	       l->op->kind == VIEW_OVERLAY || l->op->kind == VIEW_DEV;
}

static void flags_look(struct looking *l)
{
	const bool read_only = (l->op->flags & VIEW_READ_ONLY) || l->op->kind == VIEW_EMPTY ||
			       sealed(l);

	/* written in the middle, these two are sealed at the end */
	if ((l->op->kind == VIEW_TMPFS || l->op->kind == VIEW_SCRATCH || l->op->kind == VIEW_DEV ||
	     l->op->kind == VIEW_PROC) ?
		    sealed(l) :
		    read_only)
		flag_demand(l, "ro");
	else if (own_files(l) && mount_has(l->row->options, "ro"))
		DIFFERS(l, "is read-only, and the plan has it writable (%s)", l->row->options);
	flag_demand(l, "nosuid");
	if (!devices_work(l))
		flag_demand(l, "nodev");
	if ((l->op->flags & VIEW_NOEXEC) || l->op->kind == VIEW_EMPTY || l->op->kind == VIEW_PROC ||
	    l->op->kind == VIEW_SYSFS || l->op->kind == VIEW_CGROUP || l->op->kind == VIEW_DEV)
		flag_demand(l, "noexec");
	if (l->row->shared[0] != '\0')
		DIFFERS(l, "mounts go from here to other namespaces or come from them (%s)",
			l->row->shared);
}

/* ---- what is mounted ---- */

static void type_demand(struct looking *l, const char *type)
{
	if (strcmp(l->row->type, type) != 0)
		DIFFERS(l, "is a file system of type %s, and not %s", l->row->type, type);
}

/* The kernel rounds a size up to whole pages. */
static void size_look(struct looking *l)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t want = (l->op->size_bytes + page - 1) / page * page;
	struct statfs fs;
	uint64_t have;

	if (l->op->size_bytes == 0)
		return;
	if (fstatfs(l->fd, &fs) < 0) {
		found_add(l->f, FOUND_UNREAD, "view: %s: size could not be read: %s", l->target,
			  strerror(errno));
		return;
	}
	have = (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize;
	if (have != want)
		DIFFERS(l, "has room for %llu bytes, and not %llu", (unsigned long long)have,
			(unsigned long long)want);
	if (l->op->inodes != 0 && (uint64_t)fs.f_files != l->op->inodes)
		DIFFERS(l, "has room for %llu files, and not %llu", (unsigned long long)fs.f_files,
			(unsigned long long)l->op->inodes);
}

static void mode_look(struct looking *l, unsigned mode)
{
	if ((l->st.mode & 07777u) != mode)
		DIFFERS(l, "has mode %04o, and not %04o", l->st.mode & 07777u, mode);
}

static void tmpfs_look(struct looking *l)
{
	const unsigned owner = l->op->flags & VIEW_OWNER ? l->s->plan->view_uid : 0;

	type_demand(l, "tmpfs");
	size_look(l);
	if (owner == 0) /* the user may change the mode of an own directory */
		mode_look(l, l->op->mode);
	if (l->st.uid != owner)
		DIFFERS(l, "belongs to uid %u, and not %u", l->st.uid, owner);
}

static void scratch_look(struct looking *l)
{
	type_demand(l, "tmpfs");
	size_look(l);
	if (l->row->root[0] != '/' || strcmp(l->row->root + 1, l->source) != 0)
		DIFFERS(l, "is '%s' of the session's tmpfs, and not '/%s'", l->row->root, l->source);
	mode_look(l, l->op->mode);
}

/* What hides a path is an empty file or directory of a tmpfs, which nobody but root may open. */
static void empty_look(struct looking *l)
{
	type_demand(l, "tmpfs");
	mode_look(l, 0);
	if (l->st.uid != 0)
		DIFFERS(l, "belongs to uid %u, and not to root", l->st.uid);
	if (S_ISREG(l->st.mode) && l->st.size != 0)
		DIFFERS(l, "%s", "is not empty");
}

/* proc shows the values of its options; it does not show those that are the default. */
static void proc_look(struct looking *l)
{
	char options[128], *save = NULL;
	struct stat init;

	type_demand(l, "proc");
	(void)snprintf(options, sizeof options, "%s", l->source); /* it is short */
	for (char *o = strtok_r(options, ",", &save); o != NULL; o = strtok_r(NULL, ",", &save))
		if (strcmp(o, "hidepid=off") != 0 && !mount_has(l->row->super, o))
			DIFFERS(l, "lacks the option %s (%s)", o, l->row->super);
	/* the process ids that it shows are those of its pid namespace */
	if (fstatat(l->fd, "1/ns/pid", &init, 0) == 0 &&
	    (uint32_t)init.st_ino != l->s->ns.ino[NS_PID] &&
	    l->s->ns.ino[NS_PID] != l->s->host.ino[NS_PID])
		DIFFERS(l, "%s", "shows the processes of another pid namespace");
}

static bool same_file(const struct sys_statx *a, const struct sys_statx *b)
{
	return a->dev_major == b->dev_major && a->dev_minor == b->dev_minor && a->ino == b->ino;
}

static bool ends_with(const char *s, const char *end)
{
	const size_t len = strlen(s), n = strlen(end);

	return len >= n && strcmp(s + len - n, end) == 0;
}

static void bind_look(struct looking *l)
{
	cleanup_close const int source = l->op->flags & VIEW_ROOTS ?
						 path_walk_roots(l->host_root, l->source) :
						 view_walk(l->s->plan, l->host_root, l->source);
	struct sys_statx st;

	if (source >= 0 && sys_statx(source, &st) == 0 && same_file(&st, &l->st))
		return;
	if (ends_with(l->row->root, "//deleted") || source == -ENOENT || source == -ENOTDIR)
		found_add(l->f, FOUND_NOTE,
			  "view: %s: shows the host's %s as it was before it was replaced on the host",
			  l->target, l->source);
	else if (source < 0)
		found_add(l->f, FOUND_UNREAD, "view: %s: the host's %s could not be opened: %s",
			  l->target, l->source, strerror(-source));
	else
		DIFFERS(l, "is '%s' of a %s, and not the host's %s", l->row->root, l->row->type,
			l->source);
}

/* It shows what is below it once more: the same directory of the same file system. */
static void same_look(struct looking *l)
{
	const struct mount_row *up = table_find(&l->v->table, l->row->parent);
	const char *rest = NULL;
	char root[2 * PATH_MAX];
	size_t len;

	if (up != NULL) {
		len = strcmp(up->point, "/") == 0 ? 0 : strlen(up->point);
		if (strncmp(l->row->point, up->point, len) == 0)
			rest = l->row->point + len;
	}
	if (rest != NULL)
		(void)snprintf(root, sizeof root, "%s%s",
			       strcmp(up->root, "/") == 0 && rest[0] != '\0' ? "" : up->root,
			       rest); /* both are bounded */
	if (rest == NULL || up->major != l->row->major || up->minor != l->row->minor ||
	    (strcmp(root, l->row->root) != 0 && !ends_with(l->row->root, "//deleted")))
		DIFFERS(l, "is '%s' of a %s, and not what the view has there", l->row->root,
			l->row->type);
}

static void mount_look(struct looking *l)
{
	switch ((enum view_kind)l->op->kind) {
	case VIEW_BIND:
		bind_look(l);
		break;
	case VIEW_TMPFS:
		tmpfs_look(l);
		break;
	case VIEW_SCRATCH:
		scratch_look(l);
		break;
	case VIEW_EMPTY:
		empty_look(l);
		break;
	case VIEW_PROC:
		proc_look(l);
		break;
	case VIEW_DEV:
		type_demand(l, "tmpfs");
		break;
	case VIEW_OVERLAY:
		type_demand(l, "overlay");
		break;
	case VIEW_SYSFS:
		type_demand(l, "sysfs");
		break;
	case VIEW_CGROUP:
		type_demand(l, "cgroup2");
		break;
	case VIEW_SAME:
		same_look(l);
		break;
	case VIEW_REFUSE:
	case VIEW_DIR:
	case VIEW_SYMLINK:
	case VIEW_SEAL:
	case VIEW_CHECK:
	case VIEW_COPY:
	case VIEW_NAMES:
		break;
	}
	flags_look(l);
}

/* ---- what is not mounted ---- */

static const char *symlink_look(struct looking *l)
{
	char dir[PATH_MAX], text[PATH_MAX];
	const char *name = view_split(l->target, dir, sizeof dir);
	cleanup_close const int fd = name == NULL ? -ENAMETOOLONG :
						    view_walk(l->s->plan, l->s->root, dir);
	const ssize_t n = fd < 0 ? -1 : readlinkat(fd, name, text, sizeof text - 1);

	text[n > 0 ? n : 0] = '\0';
	if (strcmp(text, l->source) == 0)
		return "as planned";
	if ((l->op->flags & VIEW_OPTIONAL) && n < 0)
		return "skipped";
	DIFFERS(l, "is not a symbolic link to %s", l->source);
	return "different";
}

static const char *file_look(struct looking *l)
{
	const bool as_file = l->op->kind == VIEW_COPY || (l->op->flags & VIEW_IS_FILE);
	const unsigned owner = l->op->flags & VIEW_OWNER ? l->s->plan->view_uid : 0;

	if (l->fd < 0 && (l->op->flags & VIEW_OPTIONAL))
		return "skipped";
	if (l->fd < 0)
		DIFFERS(l, "%s", "does not exist");
	else if (as_file ? !S_ISREG(l->st.mode) : !S_ISDIR(l->st.mode))
		DIFFERS(l, "is not a %s", as_file ? "file" : "directory");
	else if (l->op->kind == VIEW_DIR && l->st.uid != owner)
		DIFFERS(l, "belongs to uid %u, and not to %u", l->st.uid, owner);
	else if (l->op->kind == VIEW_DIR && !as_file && owner == 0)
		mode_look(l, l->op->mode);
	/* the directories of "/" are mounts, because the session view has another root */
	if (l->row != NULL && l->op->kind == VIEW_DIR && strchr(l->target + 1, '/') == NULL) {
		type_demand(l, "tmpfs");
		flag_demand(l, "ro");
		flag_demand(l, "nosuid");
		l->row->seen = true;
	}
	return l->different ? "different" : "as planned";
}

/* A symlink of the host's "/" is a symlink in the view. */
static bool copied_link(const struct looking *l)
{
	char have[PATH_MAX], want[PATH_MAX];
	ssize_t n, m;

	if (l->op->kind != VIEW_BIND || !(l->op->flags & VIEW_COPY_LINK))
		return false;
	n = readlinkat(l->s->root, l->target + 1, have, sizeof have);
	m = readlinkat(l->host_root, l->source + 1, want, sizeof want);
	return n > 0 && n == m && memcmp(have, want, (size_t)n) == 0;
}

/* Nothing is mounted at the target. Was the operation skipped, because there was nothing to do? */
static const char *missing_look(struct looking *l)
{
	const bool optional = (l->op->flags & VIEW_OPTIONAL) != 0;

	if (l->fd < 0 && optional)
		return "skipped"; /* there is no such path in the session */
	if (optional && l->op->kind == VIEW_CGROUP)
		return "skipped"; /* the kernel lacks the file system, or the place was in use */
	if (optional && (l->op->kind == VIEW_BIND || l->op->kind == VIEW_OVERLAY)) {
		cleanup_close const int source = view_walk(l->s->plan, l->host_root, l->source);

		if (source == -ENOENT || source == -ENOTDIR)
			return "skipped";
	}
	DIFFERS(l, "%s", "nothing is mounted there, and the plan has a mount");
	return "different";
}

/* ---- one operation ---- */

static int target_open(struct looking *l)
{
	l->fd = view_walk(l->s->plan, l->s->root, l->target);
	if (l->fd >= 0)
		return sys_statx(l->fd, &l->st);
	return l->fd == -ENOENT || l->fd == -ENOTDIR ? 0 : l->fd;
}

void place_look(const struct shown *s, struct show_view *v, struct show_place *p, int host_root,
		struct found *f)
{
	struct looking l = { .s = s, .v = v, .op = p->op, .fd = -1, .host_root = host_root, .f = f };
	int r;

	l.target = plan_str(s->plan, p->op->target);
	l.source = plan_str(s->plan, p->op->source);
	if (l.target == NULL)
		l.target = "/";
	if (l.source == NULL)
		l.source = "";
	p->state = "as planned";
	if (p->op->kind == VIEW_SYMLINK) {
		p->state = symlink_look(&l);
		return;
	}
	if (copied_link(&l))
		return;
	r = target_open(&l);
	if (r < 0) {
		found_add(f, FOUND_UNREAD, "view: %s: could not be opened: %s", l.target,
			  strerror(-r));
		p->state = "unknown";
	} else {
		if (l.fd >= 0 && (l.st.attributes & SYS_STATX_MOUNT_ROOT))
			l.row = table_find(&v->table, l.st.mnt_id);
		p->row = l.row;
		if (!is_mount(p->op)) {
			p->state = file_look(&l);
		} else if (l.row == NULL) {
			p->state = missing_look(&l);
		} else {
			l.row->seen = true;
			mount_look(&l);
			if (l.different)
				p->state = "different";
		}
	}
	if (l.fd >= 0)
		(void)close(l.fd); /* O_PATH, so closing cannot lose data */
}
