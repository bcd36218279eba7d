/* SPDX-License-Identifier: Apache-2.0 */
/* fs_emit.c - put the view of a login together: its defaults, then what the rule says, then the order */
#include "policy/compile/compile.h"
#include "policy/compile/fs_int.h"
#include "policy/compile/group_emit.h"

#include "base/cleanup.h"
#include "contract/places.h"
#include "contract/words.h"
#include "policy/account/lookup.h"
#include "policy/settings/types.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Sockets through which root follows orders, and data about other accounts. */
static const char *const masked[] = {
	"/etc/cordon",	   "/var/lib/docker",	 "/var/lib/containerd",	  "/var/lib/lxd",
	"/var/lib/incus",  "/var/snap",		 "/var/lib/snapd/cookie", "/var/spool/cron",
	"/var/spool/at",   "/var/spool/postfix", "/var/lib/libvirt",	  "/var/cache/cordon",
	"/var/lib/wtmpdb", "/var/lib/lastlog",
};

/* Directories of homes beside /home, which is not shown; the home of the user is mounted there again. */
static const char *const homes[] = { "/var/home", "/srv/home", "/usr/home" };

/* Sockets of the services that look up users, groups and hosts; nothing else of /run is shown. */
static const char *const name_service[] = { "/run/nscd",
					    "/run/nslcd",
					    "/run/systemd/userdb",
					    "/run/userdb",
					    "/run/systemd/resolve",
					    "/run/resolvconf",
					    "/run/NetworkManager/resolv.conf" };

static struct point *add_default(struct emit *m, enum view_kind kind, const char *target,
				 const char *source, unsigned flags)
{
	return points_add(&m->p, RANK_BASE, kind, target, source, flags);
}

/* ---- the system ---- */

/* Hide @dir, or the directory that the symlink @dir leads to; most hosts do not have these. */
static void hide_homes_in(struct emit *m, const char *dir)
{
	char text[16], real[PATH_MAX];

	if (m->root[0] == '\0' && readlink(dir, text, sizeof text) >= 0)
		dir = fs_real(dir, real, sizeof real);
	if (fs_shown(dir))
		add_default(m, VIEW_EMPTY, dir, NULL, VIEW_OPTIONAL);
}

static void emit_system(struct emit *m)
{
	const enum protect_system protect = (enum protect_system)m->set->protect_system.v;
	const unsigned flags = VIEW_OPTIONAL | VIEW_CREATE | VIEW_COPY_LINK |
			       (m->root[0] != '\0' ? VIEW_ROOTS : 0u);
	char source[PATH_MAX + 16];

	points_attr(&m->p, "/", protect == PROTECT_SYSTEM_STRICT, -1, false);
	m->p.root =
		m->root; /* a directory missing below it is left out; the tree itself must exist */
	for (size_t i = 0; fs_tops[i] != NULL; i++) {
		(void)snprintf(source, sizeof source, "%s%s", m->root,
			       fs_tops[i]); /* both are bounded */
		add_default(m, VIEW_BIND, fs_tops[i], source, flags);
		if (protect == PROTECT_SYSTEM_NO || strcmp(fs_tops[i], "/var") == 0 ||
		    strcmp(fs_tops[i], "/opt") == 0 || strcmp(fs_tops[i], "/srv") == 0)
			continue;
		if (strcmp(fs_tops[i], "/etc") != 0 || protect == PROTECT_SYSTEM_FULL)
			points_attr(&m->p, fs_tops[i], 1, -1, false);
	}
	add_default(m, VIEW_DIR, "/home", NULL, 0);
	add_default(m, VIEW_DIR, "/mnt", NULL, 0);
	add_default(m, VIEW_DIR, "/media", NULL, 0);
	add_default(m, VIEW_DIR, "/root", NULL, 0)->mode = 0700;
	for (size_t i = 0; i < sizeof masked / sizeof masked[0]; i++)
		add_default(m, VIEW_EMPTY, masked[i], NULL, VIEW_OPTIONAL);
	for (size_t i = 0; i < sizeof homes / sizeof homes[0]; i++)
		hide_homes_in(m, homes[i]);
}

/* ---- the home ---- */

/*
 * The directory above @home, which holds the homes of other people as well, if the view shows it;
 * NULL where hiding that directory would hide a part of the system.
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
	add_default(m, VIEW_TMPFS, dir, NULL, VIEW_OPTIONAL)->size_bytes = 65536;
	points_attr(&m->p, dir, 1, -1, false);
}

/*
 * passwd(5) may name a directory of the system, or a directory of homes, as the home. A session does
 * not get such a directory: it has no home then, or an empty one.
 */
static bool has_home(struct emit *m, const char *home)
{
	const size_t n = m->p.n;

	if (fs_shared(home, m->facts->login.uid) || fs_shared(m->facts->home, m->facts->login.uid)) {
		if (fs_shown(home) && !fs_hide_people(m, home))
			add_default(m, VIEW_EMPTY, home, NULL, VIEW_OPTIONAL);
		return m->set->home.v == HOME_EMPTY && !fs_shown(home) && strcmp(home, "/") != 0;
	}
	if (m->set->home.v == HOME_EMPTY || m->set->home.v == HOME_NONE || fs_hide_people(m, home))
		return true;
	points_drop(&m->p, n);
	if (fs_shown(home))
		add_default(m, VIEW_EMPTY, home, NULL, VIEW_OPTIONAL);
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
	if (strcmp(home, m->facts->home) != 0) /* optional: the view may show the symlink already */
		add_default(m, VIEW_SYMLINK, m->facts->home, home, VIEW_OPTIONAL)->home = true;
	points_attr(&m->p, home, m->set->home.v == HOME_READ_ONLY, -1, false);
	switch ((enum home)m->set->home.v) {
	case HOME_PERSISTENT:
	case HOME_READ_ONLY: /* optional: sshd itself reports a home that does not exist */
		add_default(m, VIEW_BIND, home, home, VIEW_CREATE | VIEW_OPTIONAL)->home = true;
		return;
	case HOME_EPHEMERAL:
		p = add_default(m, VIEW_OVERLAY, home, home, VIEW_CREATE);
		break;
	case HOME_EMPTY:
		p = add_default(m, VIEW_TMPFS, home, NULL, VIEW_CREATE | VIEW_OWNER);
		break;
	case HOME_NONE:
	default:
		if (fs_shown(home))
			add_default(m, VIEW_EMPTY, home, NULL, VIEW_OPTIONAL);
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

/* A directory of the session's only tmpfs, which TmpSize= limits. */
static struct point *add_scratch(struct emit *m, const char *target, const char *name,
				 unsigned flags)
{
	struct point *p = add_default(m, VIEW_SCRATCH, target, name, flags);

	if (m->set->tmp_size.v != LIMIT_INFINITY) {
		p->size_bytes = m->set->tmp_size.v;
		p->inodes = fs_inodes(p->size_bytes);
	}
	return p;
}

static void add_tmp(struct emit *m, const char *target, const char *name)
{
	/* optional: a host may have no /var/tmp */
	add_scratch(m, target, name, VIEW_CREATE | VIEW_OPTIONAL)->mode = 01777;
	points_attr(&m->p, target, 0, 0, false);
}

static void add_shared(struct emit *m, const char *target)
{
	add_default(m, VIEW_BIND, target, target, VIEW_CREATE | VIEW_OPTIONAL);
	points_attr(&m->p, target, 0, 0, false);
}

static void emit_tmp(struct emit *m)
{
	if (m->set->private_tmp.v) {
		add_tmp(m, "/tmp", "tmp");
		add_tmp(m, "/var/tmp", "var-tmp");
		add_tmp(m, "/dev/shm", "shm");
		/* hosts make these at boot: X servers and clients check that root owns them */
		add_default(m, VIEW_DIR, "/tmp/.X11-unix", NULL, VIEW_OPTIONAL)->mode = 01777;
		add_default(m, VIEW_DIR, "/tmp/.ICE-unix", NULL, VIEW_OPTIONAL)->mode = 01777;
	} else {
		add_shared(m, "/tmp");
		add_shared(m, "/var/tmp");
		add_shared(m, "/dev/shm");
	}
}

/* Each terminal has a name on the host: a login by ssh may come to a session of another service. */
static uint64_t terminals(const struct emit *m)
{
	const uint64_t max = m->set->terminals_max.v;

	return max > NAMED_TERMINALS ? NAMED_TERMINALS : max;
}

static void emit_dev(struct emit *m)
{
	cleanup_free char *buf = NULL;
	char options[96];
	struct group g;
	gid_t tty = 5; /* by custom */

	points_attr(&m->p, "/dev", 0, 1, false);
	if (m->set->protect_kernel_logs.v)
		add_default(m, VIEW_EMPTY, "/dev/kmsg", NULL, VIEW_OPTIONAL);
	if (!m->set->private_devices.v) {
		add_default(m, VIEW_BIND, "/dev", "/dev", VIEW_CREATE | VIEW_DEVICES);
		return;
	}
	/* the group that programs such as write(1) run as */
	if (lookup_group("tty", 0, &g, &buf) == 1)
		tty = g.gr_gid;
	(void)snprintf(options, sizeof options, "gid=%u,mode=620,ptmxmode=666", tty); /* fits */
	add_default(m, VIEW_DEV, "/dev", options, VIEW_CREATE)->inodes = terminals(m);
	add_default(m, VIEW_NAMES, "/dev/pts", NULL, VIEW_CALLER_ONLY)->inodes = terminals(m);
}

/* In the existing directory @dir, the caller view has @source of the host as @place. */
static void log_caller(struct emit *m, const char *dir, const char *place, const char *source)
{
	/* on a tmpfs, so that the session view does not have the place either */
	add_default(m, VIEW_TMPFS, dir, NULL, VIEW_CALLER_ONLY)->size_bytes = 4096;
	add_default(m, VIEW_BIND, place, source, VIEW_CREATE | VIEW_OPTIONAL | VIEW_CALLER_ONLY);
}

/*
 * sshd and PAM modules call syslog(3) in the caller view, so that view keeps the log socket. The
 * session view has the socket only with BindLogSockets=yes.
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
		add_default(m, VIEW_BIND, journal[i], journal[i], VIEW_CREATE | VIEW_OPTIONAL);
	if (m->set->private_devices.v && inside) {
		add_default(m, VIEW_BIND, "/dev/log", real, VIEW_CREATE | VIEW_OPTIONAL);
	} else if (m->set->private_devices.v) {
		add_default(m, VIEW_DIR, "/dev/.log", NULL, 0);
		add_default(m, VIEW_SYMLINK, "/dev/log", ".log/socket", 0);
		log_caller(m, "/dev/.log", "/dev/.log/socket", real);
	} else if (own_run && !inside &&
		   path_below(real, "/run")) { /* the symlink of the host leads there */
		(void)snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(real, '/') - real),
			       real); /* it fits */
		if (strcmp(dir, "/run") == 0)
			return;
		add_default(m, VIEW_DIR, dir, NULL, 0);
		log_caller(m, dir, real, real);
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
	/*
	 * Each login has a Landlock domain of its own, so with hidepid= one login would not see the
	 * processes of another. All processes there are the user's, but for init.
	 */
	const bool shared = m->set->lifetime.v == LIFETIME_USER && m->set->private_pids.v != 0;
	char options[64];

	(void)snprintf(options, sizeof options, "%s%s",
		       hide[shared ? (uint64_t)PROTECT_PROC_DEFAULT : m->set->protect_proc.v],
		       m->set->proc_subset.v == PROC_SUBSET_PID ? ",subset=pid" : ""); /* fits */
	add_default(m, VIEW_PROC, "/proc", options, VIEW_CREATE);
	points_attr(&m->p, "/proc", 0, 1, false);
	for (size_t i = 0; protect && i < sizeof tunables / sizeof tunables[0]; i++) {
		add_default(m, VIEW_SAME, tunables[i], NULL, VIEW_OPTIONAL);
		points_attr(&m->p, tunables[i], 1, -1, false);
	}
	for (size_t i = 0; protect && i < sizeof secret / sizeof secret[0]; i++)
		add_default(m, VIEW_EMPTY, secret[i], NULL, VIEW_OPTIONAL);
	if (m->set->protect_kernel_logs.v)
		add_default(m, VIEW_EMPTY, "/proc/kmsg", NULL, VIEW_OPTIONAL);
}

static void emit_sys(struct emit *m)
{
	struct group_directive d;
	size_t at = 0;

	add_default(m, VIEW_SYSFS, "/sys", NULL, VIEW_CREATE);
	points_attr(&m->p, "/sys", m->set->protect_kernel_tunables.v != 0, 1, false);
	if (!m->set->protect_control_groups.v)
		add_default(m, VIEW_BIND, "/sys/fs/cgroup", "/sys/fs/cgroup", VIEW_OPTIONAL);
	else if (group_directive_next(m->set, &at, &d)) /* the session's own group */
		add_default(m, VIEW_CGROUP, "/sys/fs/cgroup", NULL, VIEW_OPTIONAL);
	else if (!m->set->private_network.v) /* /sys may be the host's, without root */
		add_default(m, VIEW_TMPFS, "/sys/fs/cgroup", NULL, VIEW_OPTIONAL)->size_bytes = 4096;
	else /* the directory is empty: a session without a group would show the keeper's */
		return;
	points_attr(&m->p, "/sys/fs/cgroup", m->set->protect_control_groups.v != 0, -1, false);
}

/*
 * On many hosts resolv.conf(5) is a symlink to a file in /run, so that file is shown as well. Only
 * root can write to the directories of both names.
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
	add_default(m, VIEW_BIND, path, fs_real(path, real, sizeof real),
		    VIEW_CREATE | VIEW_OPTIONAL);
	points_attr(&m->p, path, 1, -1, false);
}

/*
 * XDG_RUNTIME_DIR: the session's own. That of the host has the socket of the user's D-Bus, by which
 * programs can be started outside of the session. If the session has the host's /run, all of its
 * /run/user is covered.
 */
static void emit_runtime(struct emit *m)
{
	const unsigned optional = m->set->private_run.v ? 0u : VIEW_OPTIONAL;
	char path[FS_RUNTIME_MAX];

	if (!m->set->private_run.v) {
		add_scratch(m, FS_RUNTIME, "run-user", VIEW_OPTIONAL | VIEW_NOEXEC);
		points_attr(&m->p, FS_RUNTIME, 0, -1, false);
	}
	fs_runtime(m->facts, path);
	add_default(m, VIEW_DIR, path, NULL, VIEW_OWNER | optional)->mode = 0700;
}

static void emit_run(struct emit *m, const char *shell)
{
	struct point *p;

	if (!m->set->private_run.v) {
		add_shared(m, "/run");
		p = add_default(m, VIEW_TMPFS, "/run/cordon", NULL, 0);
		p->size_bytes = 65536;
		p->needed = true;
		add_default(m, VIEW_EMPTY, "/run/utmp", NULL, VIEW_OPTIONAL);
	} else {
		add_scratch(m, "/run", "run", VIEW_CREATE | VIEW_NOEXEC);
		points_attr(&m->p, "/run", 0, -1,
			    false); /* only root writes there, except in three directories */
		add_default(m, VIEW_DIR, "/run/cordon", NULL, 0)->needed = true;
		add_default(m, VIEW_DIR, "/run/lock", NULL, 0)->mode = 01777;
		add_default(m, VIEW_DIR, "/run/screen", NULL, 0)->mode = 01777;
		add_default(m, VIEW_DIR, "/run/utmp", NULL, VIEW_IS_FILE);
		for (size_t i = 0; i < sizeof name_service / sizeof name_service[0]; i++) {
			add_default(m, VIEW_BIND, name_service[i], name_service[i],
				    VIEW_CREATE | VIEW_OPTIONAL);
			points_attr(&m->p, name_service[i], 1, -1, false);
		}
		emit_resolv_conf(m);
	}
	add_default(m, VIEW_SYMLINK, "/run/cordon/shell", shell, 0)->needed = true;
}

/*
 * Debian 13 keeps the database of wtmpdb in /var/log. SQLite writes its journal beside the database,
 * so the caller view has the directory.
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
	add_default(m, VIEW_BIND, real, real, VIEW_OPTIONAL | VIEW_CALLER_ONLY);
}

/*
 * sshd, login and PAM modules record logins in the files of the host, so the caller view has these
 * files. The session view does not: they tell of all logins, and a lock on one of them would delay
 * other logins. All of /var/log is hidden, because log rotation makes new files there.
 */
static void emit_records(struct emit *m)
{
	static const char *const records[] = { "/var/log/wtmp", "/var/log/lastlog", "/run/utmp",
					       "/var/lib/wtmpdb", "/var/lib/lastlog" };
	char log[PATH_MAX + 16];

	(void)snprintf(log, sizeof log, "%s/var/log", m->root); /* it is bounded */
	if (!fs_missing(m->facts,
			log)) { /* otherwise there is nothing to hide, and no place for the mount */
		add_scratch(m, "/var/log", "log", VIEW_OPTIONAL | VIEW_NOEXEC);
		points_attr(&m->p, "/var/log", 1, -1, false);
		add_default(m, VIEW_DIR, "/var/log/wtmp", NULL, VIEW_IS_FILE | VIEW_OPTIONAL);
		add_default(m, VIEW_DIR, "/var/log/lastlog", NULL, VIEW_IS_FILE | VIEW_OPTIONAL);
	}
	emit_wtmpdb(m);
	for (size_t i = 0; i < sizeof records / sizeof records[0]; i++)
		add_default(m, VIEW_BIND, records[i], records[i], VIEW_OPTIONAL | VIEW_CALLER_ONLY);
}

/*
 * ssh(1) accepts an included configuration file only from root or the user. With PrivateUsers=self
 * root has no id in the session, so the session has copies that the user owns.
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
			add_scratch(m, config, "ssh", VIEW_OPTIONAL | VIEW_NOEXEC);
		any = true;
		(void)snprintf(path, sizeof path, "%s/%s", dir, d->d_name); /* both are bounded */
		(void)snprintf(target, sizeof target, "%s/%s", config,
			       d->d_name); /* bounded by NAME_MAX */
		add_default(m, VIEW_COPY, target,
			    m->root[0] != '\0' ? path : fs_real(path, source, sizeof source),
			    VIEW_OPTIONAL);
	}
	if (any)
		points_attr(&m->p, config, 1, -1, false);
	if (list != NULL)
		(void)closedir(list); /* read-only */
}

void fs_runtime(const struct facts *facts, char ret[FS_RUNTIME_MAX])
{
	(void)snprintf(ret, FS_RUNTIME_MAX, FS_RUNTIME "/%u", facts->login.uid); /* fits */
}

/*
 * In the place of programs whose set-user-ID or set-group-ID bit has no effect, so that they only fail. A
 * package that replaces one of them on the host lets the mount fall off, and the session has the
 * program itself again. Programs that work without the bit for some purpose, such as mount, stay.
 */
static void emit_set_id(struct emit *m)
{
	static const struct {
		const char *path;
		bool password; /* also with PasswordChange=yes */
	} programs[] = {
		{ SESSION_PASSWD, true },      { "/usr/bin/chsh", true },
		{ "/usr/bin/chfn", true },     { "/usr/bin/sudo", false },
		{ "/usr/bin/su", false },      { "/usr/bin/newgrp", false },
		{ "/usr/bin/gpasswd", false }, { "/usr/bin/chage", false },
		{ "/usr/bin/crontab", false }, { "/usr/bin/at", false },
		{ "/usr/bin/pkexec", false },  { "/usr/bin/doas", false },
	};

	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
		if (m->set->explain_suidsgid.v ||
		    (programs[i].password && m->set->password_change.v))
			add_default(m, VIEW_BIND, programs[i].path,
				    CORDON_LIBEXECDIR "/cordon-passwd", VIEW_OPTIONAL | VIEW_PLAIN);
}

int fs_emit(const struct settings *set, const struct facts *facts, const char *shell,
	    struct plan_buf *b, struct span *ret, struct span *ret_follow, struct err *e)
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
	fs_devices(&m);
	emit_tmp(&m);
	emit_proc(&m);
	emit_sys(&m);
	emit_run(&m, shell);
	emit_runtime(&m);
	emit_log(&m);
	emit_records(&m);
	emit_ssh(&m);
	emit_set_id(&m);
	r = fs_given(&m, e);
	if (r == 0)
		r = fs_follow(&m, b, ret_follow, e);
	if (r == 0)
		r = fs_devices_check(&m, e);
	fs_caller(&m);
	if (r == 0)
		r = points_emit(&m.p, b, ret, e);
	points_free(&m.p);
	return r;
}
