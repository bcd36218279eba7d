/* SPDX-License-Identifier: Apache-2.0 */
/* fs_emit.c - the directives about files -> the operations of the view */
#include "policy/compile/fs_points.h"

#include "contract/words.h"
#include "policy/settings/types.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The directories of "/" that are shown, where the host has them; all others aren't there. */
static const char *const tops[] = { "/usr", "/etc",   "/var",	"/opt",	   "/srv", "/bin", "/sbin",
				    "/lib", "/lib32", "/lib64", "/libx32", "/nix", "/gnu" };

/* Sockets through which root does as it is told, and what tells of other accounts. */
static const char *const masked[] = {
	"/etc/cordon",	   "/var/lib/docker",	 "/var/lib/containerd",	  "/var/lib/lxd",
	"/var/lib/incus",  "/var/snap",		 "/var/lib/snapd/cookie", "/var/spool/cron",
	"/var/spool/at",   "/var/spool/postfix", "/var/lib/libvirt",	  "/var/cache/cordon",
	"/var/lib/wtmpdb", "/var/lib/lastlog",
};

/* Where people live beside /home, which isn't shown; one's own home is put there again. */
static const char *const homes[] = { "/var/home", "/srv/home", "/usr/home" };

/* Through these the names of users, groups and hosts are looked up; all else of /run is absent. */
static const char *const name_service[] = { "/run/nscd",
					    "/run/nslcd",
					    "/run/systemd/userdb",
					    "/run/userdb",
					    "/run/systemd/resolve",
					    "/run/resolvconf",
					    "/run/NetworkManager/resolv.conf" };

static struct point *base(struct emit *m, enum view_kind kind, const char *target,
			  const char *source, unsigned flags)
{
	return points_add(&m->p, RANK_BASE, kind, target, source, flags);
}

bool fs_top(const char *path)
{
	for (size_t i = 0; i < sizeof tops / sizeof tops[0]; i++)
		if (strcmp(path, tops[i]) == 0)
			return true;
	return false;
}

bool fs_shown(const char *path)
{
	for (size_t i = 0; i < sizeof tops / sizeof tops[0]; i++)
		if (path_below(path, tops[i]))
			return true;
	return false;
}

/* ---- the system ---- */

/* @dir, or what it leads to where it is a symlink; most hosts have none of them. */
static void hide_people(struct emit *m, const char *dir)
{
	char text[16], real[PATH_MAX];

	if (m->root[0] == '\0' && readlink(dir, text, sizeof text) >= 0)
		dir = fs_real(dir, real, sizeof real);
	if (fs_shown(dir))
		base(m, VIEW_EMPTY, dir, NULL, VIEW_OPTIONAL);
}

static void emit_system(struct emit *m)
{
	const enum protect_system protect = (enum protect_system)m->set->protect_system.v;
	const unsigned flags = VIEW_OPTIONAL | VIEW_CREATE | VIEW_COPY_LINK |
			       (m->root[0] != '\0' ? VIEW_ROOTS : 0u);
	char source[PATH_MAX + 16];

	points_attr(&m->p, "/", protect == PROTECT_SYSTEM_STRICT, -1, false);
	m->p.root = m->root; /* what is missing in it is left out, but not the tree itself */
	for (size_t i = 0; i < sizeof tops / sizeof tops[0]; i++) {
		(void)snprintf(source, sizeof source, "%s%s", m->root,
			       tops[i]); /* both are bounded */
		base(m, VIEW_BIND, tops[i], source, flags);
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
	for (size_t i = 0; i < sizeof homes / sizeof homes[0]; i++)
		hide_people(m, homes[i]);
}

/* ---- the home ---- */

/*
 * The directory that holds other people's homes as well, where it lies in a part of the system
 * that is shown; NULL where hiding it would hide the system.
 */
static const char *homes_of(const char *home, char *buf, size_t size)
{
	static const char *const system[] = { "/var/lib",  "/var/spool", "/var/cache",	"/var/log",
					      "/var/mail", "/var/www",	 "/var/backups" };
	char *slash;

	(void)snprintf(buf, size, "%s", home); /* a home is shorter than PATH_MAX */
	slash = strrchr(buf, '/');
	if (slash == NULL || slash == buf)
		return NULL;
	*slash = '\0';
	if (fs_top(buf) || !fs_shown(buf) || path_below(buf, "/usr") || path_below(buf, "/etc"))
		return NULL;
	for (size_t i = 0; i < sizeof system / sizeof system[0]; i++)
		if (strcmp(buf, system[i]) == 0)
			return NULL;
	return buf;
}

static void hide_homes(struct emit *m, const char *home)
{
	char buf[PATH_MAX];
	const char *dir = homes_of(home, buf, sizeof buf);

	if (dir == NULL)
		return;
	base(m, VIEW_TMPFS, dir, NULL, VIEW_OPTIONAL)->size_bytes = 65536;
	points_attr(&m->p, dir, 1, -1, false);
}

/*
 * Where passwd(5) calls a directory of the system, or of other people's homes, somebody's home, it
 * isn't given: the session has no home of its own then, unless an empty one.
 */
static bool has_home(struct emit *m, const char *home)
{
	const size_t n = m->p.n;

	if (fs_shared(home, m->facts->login.uid) || fs_shared(m->facts->home, m->facts->login.uid)) {
		if (fs_shown(home) && !fs_hide_people(m, home))
			base(m, VIEW_EMPTY, home, NULL, VIEW_OPTIONAL);
		return m->set->home.v == HOME_EMPTY && !fs_shown(home) && strcmp(home, "/") != 0;
	}
	if (m->set->home.v == HOME_EMPTY || m->set->home.v == HOME_NONE || fs_hide_people(m, home))
		return true;
	points_drop(&m->p, n);
	if (fs_shown(home))
		base(m, VIEW_EMPTY, home, NULL, VIEW_OPTIONAL);
	return false;
}

static void emit_home(struct emit *m)
{
	const char *home = m->home;
	struct point *p;

	if (home[0] == '\0' || !has_home(m, home))
		return;
	hide_homes(m, m->facts->home);
	hide_homes(m, home);
	if (strcmp(home, m->facts->home) != 0) /* unless the symlink is in what is shown */
		base(m, VIEW_SYMLINK, m->facts->home, home, VIEW_OPTIONAL)->home = true;
	points_attr(&m->p, home, m->set->home.v == HOME_READ_ONLY, -1, false);
	switch ((enum home)m->set->home.v) {
	case HOME_PERSISTENT:
	case HOME_READ_ONLY: /* sshd says itself when there is none */
		base(m, VIEW_BIND, home, home, VIEW_CREATE | VIEW_OPTIONAL)->home = true;
		return;
	case HOME_EPHEMERAL:
		p = base(m, VIEW_OVERLAY, home, home, VIEW_CREATE);
		break;
	case HOME_EMPTY:
		p = base(m, VIEW_TMPFS, home, NULL, VIEW_CREATE | VIEW_OWNER);
		break;
	case HOME_NONE:
	default:
		if (fs_shown(home))
			base(m, VIEW_EMPTY, home, NULL, VIEW_OPTIONAL);
		return;
	}
	p->home = true;
	p->mode = 0700;
	if (m->set->home_size.v != LIMIT_INFINITY) {
		p->size_bytes = m->set->home_size.v;
		p->inodes = fs_inodes(p->size_bytes);
	}
}

/* ---- /tmp, /dev, /proc, /sys, /run ---- */

/* A directory of the session's one tmpfs, which TmpSize= bounds. */
static struct point *scratch(struct emit *m, const char *target, const char *name, unsigned flags)
{
	struct point *p = base(m, VIEW_SCRATCH, target, name, flags);

	if (m->set->tmp_size.v != LIMIT_INFINITY) {
		p->size_bytes = m->set->tmp_size.v;
		p->inodes = fs_inodes(p->size_bytes);
	}
	return p;
}

static void scratch_tmp(struct emit *m, const char *target, const char *name)
{
	/* optional: a host without /var/tmp needs none */
	scratch(m, target, name, VIEW_CREATE | VIEW_OPTIONAL)->mode = 01777;
	points_attr(&m->p, target, 0, 0, false);
}

static void shared(struct emit *m, const char *target)
{
	base(m, VIEW_BIND, target, target, VIEW_CREATE | VIEW_OPTIONAL);
	points_attr(&m->p, target, 0, 0, false);
}

static void emit_tmp(struct emit *m)
{
	if (m->set->private_tmp.v) {
		scratch_tmp(m, "/tmp", "tmp");
		scratch_tmp(m, "/var/tmp", "var-tmp");
		scratch_tmp(m, "/dev/shm", "shm");
		/* made at boot elsewhere, by root: X servers and clients look at whose they are */
		base(m, VIEW_DIR, "/tmp/.X11-unix", NULL, VIEW_OPTIONAL)->mode = 01777;
		base(m, VIEW_DIR, "/tmp/.ICE-unix", NULL, VIEW_OPTIONAL)->mode = 01777;
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

/* What ssh servers say in the place of a terminal: there may be some later, and they are recorded. */
static bool by_ssh(const struct emit *m)
{
	return strcmp(m->facts->login.tty, "ssh") == 0;
}

/* devpts bounds the numbers: the login's own terminal keeps the number that it has on the host. */
static unsigned long terminals(const struct emit *m)
{
	const char *tty = m->facts->login.tty;
	unsigned long max = m->set->terminals_max.v;
	const unsigned long own = strncmp(tty, "pts/", 4) == 0 ? strtoul(tty + 4, NULL, 10) : 0;

	if (by_ssh(m) && max > NAMED_TERMINALS)
		max = NAMED_TERMINALS;
	return own < max || own > 1u << 20 ? max : own + 1;
}

static void emit_dev(struct emit *m)
{
	char buf[2048], options[96], tty[FACTS_NAME_MAX + 8];
	struct group g, *found = NULL;

	points_attr(&m->p, "/dev", 0, 1, false);
	if (m->set->protect_kernel_logs.v)
		base(m, VIEW_EMPTY, "/dev/kmsg", NULL, VIEW_OPTIONAL);
	if (!m->set->private_devices.v) {
		base(m, VIEW_BIND, "/dev", "/dev", VIEW_CREATE | VIEW_DEVICES);
		return;
	}
	/* the group that write(1) and its like run as; 5 by custom */
	(void)getgrnam_r("tty", &g, buf, sizeof buf, &found);
	(void)snprintf(options, sizeof options, "gid=%u,mode=620,ptmxmode=666,max=%lu",
		       found != NULL ? g.gr_gid : 5u, terminals(m)); /* fits */
	base(m, VIEW_DEV, "/dev", options, VIEW_CREATE);
	if (is_terminal_name(m->facts->login.tty)) {
		(void)snprintf(tty, sizeof tty, "/dev/%s", m->facts->login.tty); /* fits */
		base(m, VIEW_TTY, tty, tty, VIEW_CREATE | VIEW_OPTIONAL);
	}
	if (by_ssh(m))
		base(m, VIEW_NAMES, "/dev/pts", NULL, VIEW_OUTER_ONLY)->inodes = terminals(m);
}

/* In @dir, which is there, the PAM caller's view has the host's @source as @place. */
static void log_outside(struct emit *m, const char *dir, const char *place, const char *source)
{
	/* a file system of its own: the place isn't to be seen in the session */
	base(m, VIEW_TMPFS, dir, NULL, VIEW_OUTER_ONLY)->size_bytes = 4096;
	base(m, VIEW_BIND, place, source, VIEW_CREATE | VIEW_OPTIONAL | VIEW_OUTER_ONLY);
}

/*
 * syslog(3) of sshd and PAM modules goes on in the view of the PAM caller. In the session there is no
 * socket, unless the rule wants the host's.
 */
static void emit_log(struct emit *m)
{
	static const char *const journal[] = { "/run/systemd/journal/dev-log",
					       "/run/systemd/journal/socket",
					       "/run/systemd/journal/stdout" };
	const bool inside = m->set->bind_log_sockets.v != 0, own_run = m->set->private_run.v != 0;
	char buf[PATH_MAX], dir[PATH_MAX];
	const char *real = fs_real("/dev/log", buf, sizeof buf); /* a symlink where systemd runs */

	for (size_t i = 0; inside && own_run && i < sizeof journal / sizeof journal[0]; i++)
		base(m, VIEW_BIND, journal[i], journal[i], VIEW_CREATE | VIEW_OPTIONAL);
	if (m->set->private_devices.v && inside) {
		base(m, VIEW_BIND, "/dev/log", real, VIEW_CREATE | VIEW_OPTIONAL);
	} else if (m->set->private_devices.v) {
		base(m, VIEW_DIR, "/dev/.log", NULL, 0);
		base(m, VIEW_SYMLINK, "/dev/log", ".log/socket", 0);
		log_outside(m, "/dev/.log", "/dev/.log/socket", real);
	} else if (own_run && !inside &&
		   path_below(real, "/run")) { /* the host's symlink leads there */
		(void)snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(real, '/') - real),
			       real); /* it fits */
		if (strcmp(dir, "/run") == 0)
			return;
		base(m, VIEW_DIR, dir, NULL, 0);
		log_outside(m, dir, real, real);
	}
}

static void emit_proc(struct emit *m)
{
	/* systemd.exec(5), ProtectKernelTunables= */
	static const char *const tunables[] = { "/proc/sys",	       "/proc/sysrq-trigger",
						"/proc/latency_stats", "/proc/mtrr",
						"/proc/apm",	       "/proc/acpi",
						"/proc/timer_stats",   "/proc/fs",
						"/proc/irq",	       "/proc/bus" };
	static const char *const secret[] = { "/proc/kallsyms", "/proc/kcore" };
	static const char *const hide[] = { [PROTECT_PROC_INVISIBLE] = "hidepid=invisible",
					    [PROTECT_PROC_PTRACEABLE] = "hidepid=ptraceable",
					    [PROTECT_PROC_NOACCESS] = "hidepid=noaccess",
					    [PROTECT_PROC_DEFAULT] = "hidepid=off" };
	const bool protect = m->set->protect_kernel_tunables.v != 0;
	char options[64];

	(void)snprintf(options, sizeof options, "%s%s", hide[m->set->protect_proc.v],
		       m->set->proc_subset.v == PROC_SUBSET_PID ? ",subset=pid" : ""); /* fits */
	base(m, VIEW_PROC, "/proc", options, VIEW_CREATE);
	points_attr(&m->p, "/proc", 0, 1, false);
	for (size_t i = 0; protect && i < sizeof tunables / sizeof tunables[0]; i++) {
		base(m, VIEW_SAME, tunables[i], NULL, VIEW_OPTIONAL);
		points_attr(&m->p, tunables[i], 1, -1, false);
	}
	for (size_t i = 0; protect && i < sizeof secret / sizeof secret[0]; i++)
		base(m, VIEW_EMPTY, secret[i], NULL, VIEW_OPTIONAL);
	if (m->set->protect_kernel_logs.v)
		base(m, VIEW_EMPTY, "/proc/kmsg", NULL, VIEW_OPTIONAL);
}

static void emit_sys(struct emit *m)
{
	base(m, VIEW_SYSFS, "/sys", NULL, VIEW_CREATE);
	points_attr(&m->p, "/sys", m->set->protect_kernel_tunables.v != 0, 1, false);
	if (m->set->protect_control_groups.v) /* of the session's own cgroup namespace alone */
		base(m, VIEW_CGROUP, "/sys/fs/cgroup", NULL, VIEW_OPTIONAL);
	else
		base(m, VIEW_BIND, "/sys/fs/cgroup", "/sys/fs/cgroup", VIEW_OPTIONAL);
	points_attr(&m->p, "/sys/fs/cgroup", m->set->protect_control_groups.v != 0, -1, false);
}

/*
 * resolv.conf(5) is a symlink into /run on many hosts, to a file of whatever manages it: that
 * one is passed through as well. Both names are in directories that only root can write to.
 */
static void emit_resolv_conf(struct emit *m)
{
	char text[PATH_MAX], real[PATH_MAX];
	const ssize_t n = readlink("/etc/resolv.conf", text, sizeof text - 1);
	const char *path = text;

	if (n <= 0 || n == sizeof text - 1)
		return;
	text[n] = '\0';
	if (strncmp(path, "../", 3) == 0)
		path += 2;
	if (!path_below(path, "/run") || strstr(path, "/../") != NULL || strstr(path, "/./") != NULL)
		return;
	for (size_t i = 0; i < sizeof name_service / sizeof name_service[0]; i++)
		if (path_below(path, name_service[i]))
			return;
	base(m, VIEW_BIND, path, fs_real(path, real, sizeof real), VIEW_CREATE | VIEW_OPTIONAL);
	points_attr(&m->p, path, 1, -1, false);
}

static void emit_run(struct emit *m, const char *shell)
{
	struct point *p;

	if (!m->set->private_run.v) {
		shared(m, "/run");
		p = base(m, VIEW_TMPFS, "/run/cordon", NULL, 0);
		p->size_bytes = 65536;
		p->needed = true;
		base(m, VIEW_EMPTY, "/run/utmp", NULL, VIEW_OPTIONAL);
	} else {
		scratch(m, "/run", "run", VIEW_CREATE | VIEW_NOEXEC);
		points_attr(&m->p, "/run", 0, -1, false); /* root's alone, but for two directories */
		base(m, VIEW_DIR, "/run/cordon", NULL, 0)->needed = true;
		base(m, VIEW_DIR, "/run/lock", NULL, 0)->mode = 01777;
		base(m, VIEW_DIR, "/run/screen", NULL, 0)->mode = 01777;
		base(m, VIEW_DIR, "/run/utmp", NULL, VIEW_IS_FILE);
		for (size_t i = 0; i < sizeof name_service / sizeof name_service[0]; i++) {
			base(m, VIEW_BIND, name_service[i], name_service[i],
			     VIEW_CREATE | VIEW_OPTIONAL);
			points_attr(&m->p, name_service[i], 1, -1, false);
		}
		emit_resolv_conf(m);
	}
	base(m, VIEW_SYMLINK, "/run/cordon/shell", shell, 0)->needed = true;
}

/*
 * Where Debian 13 keeps wtmpdb's database, /var/log: SQLite makes its journal beside the file, so the
 * PAM application has the directory.
 */
static void emit_wtmpdb(struct emit *m)
{
	static const char name[] = "/var/lib/wtmpdb/wtmp.db";
	char real[PATH_MAX], *slash;

	if (m->root[0] != '\0' || strcmp(fs_real(name, real, sizeof real), name) == 0)
		return;
	slash = strrchr(real, '/');
	if (slash == real || !path_below(real, "/var/log"))
		return;
	*slash = '\0';
	base(m, VIEW_BIND, real, real, VIEW_OPTIONAL | VIEW_OUTER_ONLY);
}

/*
 * Who logs in is written down by sshd, login and PAM modules in the host's files as ever. Inside they
 * aren't shown: they tell of everybody's logins, and a lock on one would hold up those of others. All
 * of /var/log isn't, since they are rotated there.
 */
static void emit_records(struct emit *m)
{
	static const char *const records[] = { "/var/log/wtmp", "/var/log/lastlog", "/run/utmp",
					       "/var/lib/wtmpdb", "/var/lib/lastlog" };
	char log[PATH_MAX + 16];

	(void)snprintf(log, sizeof log, "%s/var/log", m->root); /* it is bounded */
	if (!fs_missing(m->facts, log)) { /* else nothing is to be hidden, nor to be made */
		scratch(m, "/var/log", "log", VIEW_OPTIONAL | VIEW_NOEXEC);
		points_attr(&m->p, "/var/log", 1, -1, false);
		base(m, VIEW_DIR, "/var/log/wtmp", NULL, VIEW_IS_FILE | VIEW_OPTIONAL);
		base(m, VIEW_DIR, "/var/log/lastlog", NULL, VIEW_IS_FILE | VIEW_OPTIONAL);
	}
	emit_wtmpdb(m);
	for (size_t i = 0; i < sizeof records / sizeof records[0]; i++)
		base(m, VIEW_BIND, records[i], records[i], VIEW_OPTIONAL | VIEW_OUTER_ONLY);
}

/*
 * ssh(1) takes a file that its configuration includes from root or the user alone. Where the map has
 * no place for root, the user has copies of them.
 */
static void emit_ssh(struct emit *m)
{
	static const char config[] = "/etc/ssh/ssh_config.d";
	char dir[PATH_MAX + 32], path[2 * PATH_MAX], source[PATH_MAX],
		target[sizeof config + NAME_MAX + 1];
	const struct dirent *d;
	bool any = false;
	DIR *list;

	if (m->set->private_users.v != PRIVATE_USERS_SELF)
		return;
	(void)snprintf(dir, sizeof dir, "%s%s", m->root, config); /* it is bounded */
	list = opendir(dir);
	while (list != NULL && (d = readdir(list)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		if (!any)
			scratch(m, config, "ssh", VIEW_OPTIONAL | VIEW_NOEXEC);
		any = true;
		(void)snprintf(path, sizeof path, "%s/%s", dir, d->d_name); /* both are bounded */
		(void)snprintf(target, sizeof target, "%s/%s", config,
			       d->d_name); /* bounded by NAME_MAX */
		base(m, VIEW_COPY, target,
		     m->root[0] != '\0' ? path : fs_real(path, source, sizeof source),
		     VIEW_OPTIONAL);
	}
	if (any)
		points_attr(&m->p, config, 1, -1, false);
	if (list != NULL)
		(void)closedir(list); /* read-only */
}

int fs_emit(const struct settings *set, const struct facts *facts, const char *shell,
	    struct plan_buf *b, struct span *ret, struct err *e)
{
	char home[PATH_MAX];
	struct emit m = {
		.set = set,
		.facts = facts,
		.root = set->root_directory.n > 0 ? set->root_directory.items[0].text : "",
		.home = fs_real(facts->home, home, sizeof home),
	};
	int r;

	emit_system(&m);
	emit_home(&m);
	emit_dev(&m);
	emit_tmp(&m);
	emit_proc(&m);
	emit_sys(&m);
	emit_run(&m, shell);
	emit_log(&m);
	emit_records(&m);
	emit_ssh(&m);
	r = fs_given(&m, e);
	fs_outer(&m);
	if (r == 0)
		r = points_emit(&m.p, b, ret, e);
	points_free(&m.p);
	return r;
}
