/* fs_emit.c - the directives about files -> the operations of the view */
#include "fs_points.h"

#include "../base/words.h"
#include "types.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct emit {
	const struct settings *set;
	const struct facts *facts;
	struct points p;
};

/* The directories of "/" that are shown, where the host has them; all others aren't there. */
static const char *const tops[] = { "/usr",   "/etc",   "/var",    "/opt", "/srv", "/bin", "/sbin",
				    "/lib",   "/lib32", "/lib64",  "/libx32", "/nix", "/gnu" };

/* Sockets through which root does as it is told, and what tells of other accounts. */
static const char *const masked[] = {
	"/etc/cordon",	      "/var/lib/docker",     "/var/lib/containerd", "/var/lib/lxd",
	"/var/lib/incus",     "/var/snap",	     "/var/lib/snapd/cookie", "/var/spool/cron",
	"/var/spool/at",      "/var/spool/postfix",  "/var/lib/libvirt",    "/var/cache/cordon",
};

/* Through these the names of users, groups and hosts are looked up; all else of /run is absent. */
static const char *const name_service[] = { "/run/nscd",
					    "/run/nslcd",
					    "/run/systemd/userdb",
					    "/run/systemd/resolve",
					    "/run/resolvconf",
					    "/run/NetworkManager/resolv.conf" };

static struct point *base(struct emit *m, enum view_kind kind, const char *target,
			  const char *source, unsigned flags)
{
	return points_add(&m->p, RANK_BASE, kind, target, source, flags);
}

static bool is_top(const char *path)
{
	for (size_t i = 0; i < sizeof tops / sizeof tops[0]; i++)
		if (strcmp(path, tops[i]) == 0)
			return true;
	return false;
}

static bool below_top(const char *path)
{
	for (size_t i = 0; i < sizeof tops / sizeof tops[0]; i++)
		if (path_below(path, tops[i]))
			return true;
	return false;
}

/* ---- the system ---- */

static void emit_system(struct emit *m)
{
	const char *root = m->set->root_directory.n > 0 ? m->set->root_directory.items[0].text : "";
	const enum protect_system protect = (enum protect_system)m->set->protect_system.v;
	char source[PATH_MAX + 16];

	points_attr(&m->p, "/", protect == PROTECT_SYSTEM_STRICT, -1, false);
	for (size_t i = 0; i < sizeof tops / sizeof tops[0]; i++) {
		(void)snprintf(source, sizeof source, "%s%s", root, tops[i]); /* both are bounded */
		base(m, VIEW_BIND, tops[i], source, VIEW_OPTIONAL | VIEW_CREATE | VIEW_COPY_LINK);
		if (protect == PROTECT_SYSTEM_NO || strcmp(tops[i], "/var") == 0 ||
		    strcmp(tops[i], "/opt") == 0 || strcmp(tops[i], "/srv") == 0)
			continue;
		if (strcmp(tops[i], "/etc") != 0 || protect == PROTECT_SYSTEM_FULL)
			points_attr(&m->p, tops[i], 1, -1, false);
	}
	base(m, VIEW_DIR, "/home", NULL, 0);
	base(m, VIEW_DIR, "/mnt", NULL, 0);
	base(m, VIEW_DIR, "/media", NULL, 0);
	base(m, VIEW_DIR, "/root", NULL, 0)->mode = 0700;
	for (size_t i = 0; i < sizeof masked / sizeof masked[0]; i++)
		base(m, VIEW_EMPTY, masked[i], NULL, VIEW_OPTIONAL);
}

/* ---- the home ---- */

static uint64_t inodes_for(uint64_t bytes)
{
	return bytes / 8192 < 1000 ? 1000 : bytes / 8192; /* a bound that grows with the size */
}

/*
 * The directory that holds other people's homes as well, where it lies in a part of the system
 * that is shown; NULL where hiding it would hide the system.
 */
static const char *homes_of(const char *home, char *buf, size_t size)
{
	static const char *const system[] = { "/var/lib", "/var/spool", "/var/cache", "/var/log",
					      "/var/mail", "/var/www",	"/var/backups" };
	char *slash;

	(void)snprintf(buf, size, "%s", home); /* a home is shorter than PATH_MAX */
	slash = strrchr(buf, '/');
	if (slash == NULL || slash == buf)
		return NULL;
	*slash = '\0';
	if (is_top(buf) || !below_top(buf) || path_below(buf, "/usr") || path_below(buf, "/etc"))
		return NULL;
	for (size_t i = 0; i < sizeof system / sizeof system[0]; i++)
		if (strcmp(buf, system[i]) == 0)
			return NULL;
	return buf;
}

static void emit_home(struct emit *m)
{
	const char *home = m->facts->home;
	char buf[PATH_MAX];
	const char *homes;
	struct point *p;

	if (home[0] == '\0' || strcmp(home, "/") == 0)
		return;
	homes = homes_of(home, buf, sizeof buf);
	if (homes != NULL) {
		base(m, VIEW_TMPFS, homes, NULL, VIEW_OPTIONAL)->size_bytes = 65536;
		points_attr(&m->p, homes, 1, -1, false);
	}
	points_attr(&m->p, home, m->set->home.v == HOME_READ_ONLY, -1, false);
	switch ((enum home)m->set->home.v) {
	case HOME_PERSISTENT:
	case HOME_READ_ONLY: /* sshd says itself when there is none */
		base(m, VIEW_BIND, home, home, VIEW_CREATE | VIEW_OPTIONAL);
		return;
	case HOME_EPHEMERAL:
		p = base(m, VIEW_OVERLAY, home, home, VIEW_CREATE);
		break;
	case HOME_EMPTY:
		p = base(m, VIEW_TMPFS, home, NULL, VIEW_CREATE | VIEW_OWNER);
		break;
	case HOME_NONE:
	default:
		if (below_top(home))
			base(m, VIEW_EMPTY, home, NULL, VIEW_OPTIONAL);
		return;
	}
	p->mode = 0700;
	if (m->set->home_size.v != LIMIT_INFINITY) {
		p->size_bytes = m->set->home_size.v;
		p->inodes = inodes_for(p->size_bytes);
	}
}

/* ---- /tmp, /dev, /proc, /sys, /run ---- */

static void scratch(struct emit *m, const char *target, const char *name)
{
	struct point *p = base(m, VIEW_SCRATCH, target, name, VIEW_CREATE);

	p->mode = 01777;
	if (m->set->tmp_size.v != LIMIT_INFINITY) {
		p->size_bytes = m->set->tmp_size.v;
		p->inodes = inodes_for(p->size_bytes);
	}
	points_attr(&m->p, target, 0, -1, false);
}

static void shared(struct emit *m, const char *target)
{
	base(m, VIEW_BIND, target, target, VIEW_CREATE | VIEW_OPTIONAL);
	points_attr(&m->p, target, 0, -1, false);
}

static void emit_tmp(struct emit *m)
{
	if (m->set->private_tmp.v) {
		scratch(m, "/tmp", "tmp");
		scratch(m, "/var/tmp", "var-tmp");
		scratch(m, "/dev/shm", "shm");
	} else {
		shared(m, "/tmp");
		shared(m, "/var/tmp");
		shared(m, "/dev/shm");
	}
}

static bool is_terminal_name(const char *tty)
{
	if (strncmp(tty, "pts/", 4) == 0)
		return tty[4] != '\0' && strspn(tty + 4, "0123456789") == strlen(tty + 4);
	return strncmp(tty, "tty", 3) == 0 && tty[3] != '\0' && strlen(tty) < 16 &&
	       strspn(tty + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(tty + 3);
}

static void emit_dev(struct emit *m)
{
	char buf[2048], options[96], tty[FACTS_NAME_MAX + 8];
	struct group g, *found = NULL;

	points_attr(&m->p, "/dev", 0, -1, false);
	if (!m->set->private_devices.v) {
		base(m, VIEW_BIND, "/dev", "/dev", VIEW_CREATE | VIEW_DEVICES);
		return;
	}
	/* the group that write(1) and its like run as; 5 by custom */
	(void)getgrnam_r("tty", &g, buf, sizeof buf, &found);
	(void)snprintf(options, sizeof options, "gid=%u,mode=620,ptmxmode=666,max=1024",
		       found != NULL ? g.gr_gid : 5u); /* fits */
	base(m, VIEW_DEV, "/dev", options, VIEW_CREATE);
	base(m, VIEW_DIR, "/dev/log", NULL, VIEW_IS_FILE); /* a place: by then /dev may be read-only */
	base(m, VIEW_BIND, "/dev/log", "/dev/log", VIEW_OPTIONAL | VIEW_OUTER_ONLY);
	if (is_terminal_name(m->facts->login.tty)) {
		(void)snprintf(tty, sizeof tty, "/dev/%s", m->facts->login.tty); /* fits */
		base(m, VIEW_TTY, tty, tty, VIEW_CREATE | VIEW_OPTIONAL);
	}
}

static void emit_proc(struct emit *m)
{
	static const char *const tunables[] = { "/proc/sys", "/proc/sysrq-trigger", "/proc/irq",
						"/proc/bus", "/proc/fs" };
	static const char *const hide[] = { [PROTECT_PROC_INVISIBLE] = "hidepid=invisible",
					    [PROTECT_PROC_PTRACEABLE] = "hidepid=ptraceable",
					    [PROTECT_PROC_NOACCESS] = "hidepid=noaccess",
					    [PROTECT_PROC_DEFAULT] = "hidepid=off" };
	char options[64];

	(void)snprintf(options, sizeof options, "%s%s", hide[m->set->protect_proc.v],
		       m->set->proc_subset.v == PROC_SUBSET_PID ? ",subset=pid" : ""); /* fits */
	base(m, VIEW_PROC, "/proc", options, VIEW_CREATE);
	points_attr(&m->p, "/proc", 0, -1, false);
	for (size_t i = 0; m->set->protect_kernel_tunables.v && i < sizeof tunables / sizeof tunables[0];
	     i++) {
		base(m, VIEW_SAME, tunables[i], NULL, VIEW_OPTIONAL);
		points_attr(&m->p, tunables[i], 1, -1, false);
	}
	base(m, VIEW_SYSFS, "/sys", NULL, VIEW_CREATE);
}

static void emit_run(struct emit *m, const char *shell)
{
	if (!m->set->private_run.v) {
		shared(m, "/run");
		base(m, VIEW_TMPFS, "/run/cordon", NULL, 0)->size_bytes = 65536;
	} else {
		base(m, VIEW_DIR, "/run", NULL, 0);
		base(m, VIEW_DIR, "/run/cordon", NULL, 0);
		base(m, VIEW_DIR, "/run/lock", NULL, 0);
		base(m, VIEW_DIR, "/run/utmp", NULL, VIEW_IS_FILE);
		base(m, VIEW_BIND, "/run/utmp", "/run/utmp", VIEW_OPTIONAL | VIEW_OUTER_ONLY);
		for (size_t i = 0; i < sizeof name_service / sizeof name_service[0]; i++) {
			base(m, VIEW_BIND, name_service[i], name_service[i], VIEW_CREATE | VIEW_OPTIONAL);
			points_attr(&m->p, name_service[i], 1, -1, false);
		}
	}
	base(m, VIEW_SYMLINK, "/run/cordon/shell", shell, 0);
	/* who logs in is written down by sshd and login, on the host's files as ever */
	base(m, VIEW_BIND, "/var/log/wtmp", "/var/log/wtmp", VIEW_OPTIONAL | VIEW_OUTER_ONLY);
	base(m, VIEW_BIND, "/var/log/lastlog", "/var/log/lastlog", VIEW_OPTIONAL | VIEW_OUTER_ONLY);
}

/* ---- what the rule names itself ---- */

static int bad_item(struct err *e, const struct set_item *item, const char *key, const char *what)
{
	return err_at(e, item->from.file != NULL ? item->from.file : "", item->from.line, -EINVAL,
		      "%s=: '%s': %s", key, item->text, what);
}

/*
 * "/bin" is a symlink to "usr/bin" on most systems, and shown as one: what the rule says of the
 * one is meant for the other.
 */
static const char *real_top(const struct emit *m, const char *path, char *buf, size_t size)
{
	const char *root = m->set->root_directory.n > 0 ? m->set->root_directory.items[0].text : "";
	const size_t len = 1 + strcspn(path + 1, "/");
	char top[2 * PATH_MAX], text[256];
	ssize_t n;

	(void)snprintf(top, sizeof top, "%s%.*s", root, (int)len, path); /* both are bounded */
	n = readlink(top, text, sizeof text - 1);
	if (n <= 0 || n == sizeof text - 1 || strchr("/.", text[0]) != NULL)
		return path;
	text[n] = '\0';
	(void)snprintf(buf, size, "/%s%s", text, path + len); /* both are bounded */
	return buf;
}

/* The place of @path gets a mount of its own, so that it can have flags of its own. */
static void give_point(struct emit *m, const char *path, unsigned optional, bool writable)
{
	struct point *above = points_above(&m->p, path);
	char source[2 * PATH_MAX];

	if (strcmp(path, "/") == 0 || (above != NULL && strcmp(above->target, path) == 0))
		return; /* the flags alone */
	if (above == NULL || above->kind == VIEW_DIR || above->kind == VIEW_EMPTY ||
	    (writable && (above->kind == VIEW_TMPFS || above->kind == VIEW_OVERLAY))) {
		if (above != NULL && above->kind == VIEW_EMPTY) { /* to be passed through, not listed */
			above->kind = VIEW_TMPFS;
			above->mode = 0111;
			above->size_bytes = 65536;
			above->read_only_given = true;
		}
		points_add(&m->p, RANK_LIST, VIEW_BIND, path, path, VIEW_CREATE | optional);
	} else if (above->kind == VIEW_BIND) {
		(void)snprintf(source, sizeof source, "%s%s", above->source,
			       path + strlen(above->target)); /* both are bounded */
		points_add(&m->p, RANK_LIST, VIEW_BIND, path, source, optional);
	} else {
		points_add(&m->p, RANK_LIST, VIEW_SAME, path, NULL, optional);
	}
}

static void give_list(struct emit *m, const struct set_list *l, int read_only, int noexec)
{
	char buf[2 * PATH_MAX];

	for (size_t i = 0; i < l->n; i++) {
		const char *path = real_top(m, l->items[i].text, buf, sizeof buf);

		give_point(m, path, l->items[i].optional ? VIEW_OPTIONAL : 0u, read_only == 0);
		points_attr(&m->p, path, read_only, noexec, true);
	}
}

static int give_inaccessible(struct emit *m, struct err *e)
{
	const struct set_list *l = &m->set->inaccessible_paths;
	char buf[2 * PATH_MAX];

	for (size_t i = 0; i < l->n; i++) {
		const struct set_item *item = &l->items[i];
		const char *path = real_top(m, item->text, buf, sizeof buf);
		const struct point *above = points_above(&m->p, path);

		if (strcmp(item->text, "/") == 0)
			return bad_item(e, item, "InaccessiblePaths", "nothing would be left; name what is to be hidden");
		if (above == NULL || (above->kind == VIEW_DIR && strcmp(above->target, path) != 0))
			continue; /* it isn't in the view at all */
		points_add(&m->p, RANK_GIVEN, VIEW_EMPTY, path, NULL,
			   item->optional ? VIEW_OPTIONAL : 0);
	}
	return 0;
}

static int give_binds(struct emit *m, const struct set_list *l, int read_only, struct err *e)
{
	for (size_t i = 0; i < l->n; i++) {
		char source[PATH_MAX];
		const char *colon = strchr(l->items[i].text, ':');
		const size_t len = colon != NULL ? (size_t)(colon - l->items[i].text) :
						   strlen(l->items[i].text);
		const char *target = colon != NULL ? colon + 1 : l->items[i].text;

		if (len >= sizeof source)
			return bad_item(e, &l->items[i], "BindPaths", "too long a path");
		memcpy(source, l->items[i].text, len);
		source[len] = '\0';
		if (strcmp(target, "/") == 0)
			return bad_item(e, &l->items[i], read_only ? "BindReadOnlyPaths" : "BindPaths",
					"can't be put over /; RootDirectory= is for that");
		points_add(&m->p, RANK_GIVEN, VIEW_BIND, target, source,
			   VIEW_CREATE | (l->items[i].optional ? VIEW_OPTIONAL : 0u));
		points_attr(&m->p, target, read_only, -1, true);
	}
	return 0;
}

static int tmpfs_options(struct point *p, char *options, int *ret_noexec, struct err *e)
{
	char *save = NULL;
	int r = 0;

	for (char *o = strtok_r(options, ",", &save); r == 0 && o != NULL;
	     o = strtok_r(NULL, ",", &save)) {
		if (strncmp(o, "size=", 5) == 0)
			r = type_size(o + 5, &p->size_bytes, e);
		else if (strncmp(o, "nr_inodes=", 10) == 0)
			r = type_size(o + 10, &p->inodes, e);
		else if (strncmp(o, "mode=", 5) == 0)
			p->mode = (uint32_t)strtoul(o + 5, NULL, 8);
		else if (strcmp(o, "ro") == 0)
			p->read_only_given = true;
		else if (strcmp(o, "noexec") == 0)
			*ret_noexec = 1;
	}
	return r;
}

static int give_tmpfs(struct emit *m, struct err *e)
{
	const struct set_list *l = &m->set->temporary_file_system;

	for (size_t i = 0; i < l->n; i++) {
		char text[PATH_MAX + 256];
		char *colon;
		struct point *p;
		int noexec = -1, r;

		(void)snprintf(text, sizeof text, "%s", l->items[i].text); /* bounded by its type */
		colon = strchr(text, ':');
		if (colon != NULL)
			*colon = '\0';
		if (strcmp(text, "/") == 0)
			return bad_item(e, &l->items[i], "TemporaryFileSystem", "can't be put over /");
		p = points_add(&m->p, RANK_GIVEN, VIEW_TMPFS, text, NULL, VIEW_CREATE);
		p->size_bytes = 512ull << 20; /* never the half of the memory that tmpfs(5) would give */
		r = colon != NULL ? tmpfs_options(p, colon + 1, &noexec, e) : 0;
		if (r < 0)
			return r;
		if (p->inodes == 0)
			p->inodes = inodes_for(p->size_bytes);
		points_attr(&m->p, text, 0, noexec, true);
	}
	return 0;
}

int fs_emit(const struct settings *set, const struct facts *facts, const char *shell,
	    struct plan_buf *b, struct span *ret, struct err *e)
{
	struct emit m = { .set = set, .facts = facts };
	int r;

	emit_system(&m);
	emit_home(&m);
	emit_dev(&m);
	emit_tmp(&m);
	emit_proc(&m);
	emit_run(&m, shell);
	r = give_binds(&m, &set->bind_paths, 0, e);
	if (r == 0)
		r = give_binds(&m, &set->bind_read_only_paths, 1, e);
	if (r == 0)
		r = give_tmpfs(&m, e);
	if (r == 0)
		r = give_inaccessible(&m, e);
	if (r == 0) {
		give_list(&m, &set->read_only_paths, 1, -1);
		give_list(&m, &set->read_write_paths, 0, -1);
		give_list(&m, &set->no_exec_paths, -1, 1);
		give_list(&m, &set->exec_paths, -1, 0);
		r = points_emit(&m.p, b, ret, e);
	}
	points_free(&m.p);
	return r;
}
