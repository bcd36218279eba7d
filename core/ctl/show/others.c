/* SPDX-License-Identifier: Apache-2.0 */
/* others.c - look for mounts that the plan does not explain */
#include "ctl/show/show.h"

#include "base/cleanup.h"
#include "base/sys.h"
#include "confine/view/nodes.h"
#include "confine/view/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* @path as it is behind @dir; NULL: it is not below. */
static const char *behind(const char *path, const char *dir)
{
	const size_t len = strcmp(dir, "/") == 0 ? 0 : strlen(dir);

	return strncmp(path, dir, len) == 0 && path[len] == '/' ? path + len : NULL;
}

/* Does a path of the view lead to the mount? One that another mount covers can be reached by nobody. */
static bool visible(const struct shown *s, const struct mount_row *row)
{
	cleanup_close const int fd = view_walk(s->plan, s->root, row->point);
	struct sys_statx st;

	return fd >= 0 && sys_statx(fd, &st) == 0 && st.mnt_id == row->id;
}

/* The nearest place above @point before place @from that is a mount; -1: none. */
static long place_above(const struct show_view *v, const char *point, long from)
{
	long best = -1;

	for (long i = 0; i < (long)v->n; i++) {
		const struct mount_row *row = v->places[i].row;

		if (row == NULL || (from >= 0 && i >= from) ||
		    (behind(point, row->point) == NULL && strcmp(point, row->point) != 0))
			continue;
		if (best < 0 || strlen(row->point) >= strlen(v->places[best].row->point))
			best = i;
	}
	return best;
}

/* Has the host the same mount at the same place below the source? */
static bool host_has(const struct shown *s, const struct show_view *v, const struct show_place *p,
		     const struct mount_row *row, int host_root)
{
	const char *source = plan_str(s->plan, p->op->source), *rest;
	cleanup_close const int fd = source == NULL ? -1 : view_walk(s->plan, host_root, source);
	char link[32], real[PATH_MAX], path[2 * PATH_MAX];
	ssize_t n;

	rest = behind(row->point, p->row->point);
	if (fd < 0 || rest == NULL)
		return false;
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd); /* fits */
	n = readlink(link, real, sizeof real - 1);
	if (n <= 0)
		return false;
	real[n] = '\0';
	(void)snprintf(path, sizeof path, "%s%s", strcmp(real, "/") == 0 ? "" : real,
		       rest); /* both are bounded */
	for (size_t i = 0; i < v->host.n; i++) {
		const struct mount_row *h = &v->host.rows[i];

		if (h->major == row->major && h->minor == row->minor &&
		    strcmp(h->root, row->root) == 0 && strcmp(h->point, path) == 0)
			return true;
	}
	return false;
}

static void flags_demand(const struct mount_row *row, unsigned flags, struct found *f)
{
	static const struct {
		unsigned flag;
		const char *word;
	} words[] = { { VIEW_READ_ONLY, "ro" }, { VIEW_NOEXEC, "noexec" } };

	for (unsigned i = 0; i < 2; i++)
		if ((flags & words[i].flag) && !mount_has(row->options, words[i].word))
			found_add(f, FOUND_DIFFERENT,
				  "view: %s: is not %s, and the plan has it %s (%s)", row->point,
				  words[i].word, words[i].word, row->options);
	if (!mount_has(row->options, "nosuid") ||
	    (!(flags & VIEW_DEVICES) && !mount_has(row->options, "nodev")))
		found_add(f, FOUND_DIFFERENT, "view: %s: is not nosuid and nodev (%s)", row->point,
			  row->options);
	if (row->shared[0] != '\0')
		found_add(f, FOUND_DIFFERENT,
			  "view: %s: mounts go from here to other namespaces or come from them (%s)",
			  row->point, row->shared);
}

/* Is the same terminal at @inside in the session and at @tty on the host? */
static bool same_terminal(const struct shown *s, const char *inside, int host_root, const char *tty)
{
	cleanup_close const int a = view_walk(s->plan, s->root, inside);
	cleanup_close const int b = view_walk(s->plan, host_root, tty);
	struct sys_statx x, y;

	return a >= 0 && b >= 0 && sys_statx(a, &x) == 0 && sys_statx(b, &y) == 0 &&
	       S_ISCHR(x.mode) && x.dev_major == y.dev_major && x.dev_minor == y.dev_minor &&
	       x.ino == y.ino;
}

/*
 * What the own /dev of a session has below it: terminals, queues, bound nodes, and the terminals that
 * logins have brought along. A session that outlives its logins may give these another number.
 */
static bool of_dev(const struct shown *s, const struct show_place *p, const struct mount_row *row,
		   int host_root)
{
	static const char *const nodes[] = { "/null",	"/zero",    "/full",
					     "/random", "/urandom", "/tty" };
	const char *rest = behind(row->point, p->row->point);

	if (rest == NULL)
		return false;
	if (strcmp(rest, "/pts") == 0)
		return strcmp(row->type, "devpts") == 0;
	if (strcmp(rest, "/mqueue") == 0)
		return strcmp(row->type, "mqueue") == 0;
	for (unsigned i = 0; i < sizeof nodes / sizeof nodes[0]; i++)
		if (strcmp(rest, nodes[i]) == 0)
			return strcmp(row->root, nodes[i]) == 0;
	for (unsigned i = 0; i < s->n_logins; i++) {
		const char *tty = plan_str(s->logins[i], s->logins[i]->tty);

		if (tty != NULL && same_terminal(s, row->point, host_root, tty))
			return true;
	}
	return false;
}

/* A directory of "/" that the view made: a mount, because the session view has another root. */
static bool of_root(const struct mount_row *row)
{
	return strchr(row->point + 1, '/') == NULL && strcmp(row->type, "tmpfs") == 0 &&
	       strcmp(row->root, row->point) == 0 && mount_has(row->options, "ro") &&
	       mount_has(row->options, "nosuid") && mount_has(row->options, "nodev") &&
	       mount_has(row->options, "noexec") && row->shared[0] == '\0';
}

static bool explained(const struct shown *s, const struct show_view *v, const struct mount_row *row,
		      int host_root, struct found *f)
{
	unsigned flags = 0;
	long i = -1;

	while ((i = place_above(v, row->point, i)) >= 0) {
		const struct show_place *p = &v->places[i];

		if (p->op->kind == VIEW_DEV) {
			if (!of_dev(s, p, row, host_root))
				return false;
			flags_demand(row, VIEW_DEVICES | (flags & VIEW_NOEXEC), f);
			return true;
		}
		flags |= p->op->flags & (VIEW_READ_ONLY | VIEW_NOEXEC | VIEW_DEVICES);
		if (p->op->kind == VIEW_SAME)
			continue; /* it shows what is below it once more */
		if (p->op->kind != VIEW_BIND || (p->op->flags & VIEW_NOT_RECURSIVE) ||
		    !host_has(s, v, p, row, host_root))
			return false;
		flags_demand(row, flags, f);
		return true;
	}
	return of_root(row);
}

static void root_look(struct mount_row *row, struct found *f)
{
	row->seen = true;
	if (strcmp(row->type, "tmpfs") != 0 || !mount_has(row->options, "ro") ||
	    !mount_has(row->options, "nosuid") || !mount_has(row->options, "nodev") ||
	    !mount_has(row->options, "noexec"))
		found_add(f, FOUND_DIFFERENT, "view: /: is a %s (%s), and not the view's own root",
			  row->type, row->options);
}

void others_look(const struct shown *s, struct show_view *v, int host_root, struct found *f)
{
	for (size_t i = 0; i < v->table.n; i++) {
		struct mount_row *row = &v->table.rows[i];

		if (strcmp(row->point, "/") == 0 && visible(s, row))
			root_look(row, f);
		if (row->seen || !visible(s, row))
			continue;
		if (!explained(s, v, row, host_root, f))
			found_add(f, FOUND_DIFFERENT,
				  "view: %s: a %s is mounted there, and the plan has no such mount (%s)",
				  row->point, row->type, row->options);
	}
}

/* Explains the mounts of the nodes of DeviceAllow=. The keeper has a moment to follow the host. */
static void devices_look(const struct shown *s, struct show_view *v, int host_root, struct found *f)
{
	static struct nodes nodes; /* large */
	const int r = s->plan->set.device_allow.len == 0 ?
			      1 :
			      nodes_find(s->plan, host_root, &nodes, NULL, NULL);

	if (r < 0)
		found_add(f, FOUND_UNREAD,
			  "view: the devices of DeviceAllow= could not be read: %s", strerror(-r));
	for (unsigned i = 0; r == 0 && i < nodes.n; i++) {
		const struct node *n = &nodes.at[i];
		char point[PATH_MAX];

		(void)snprintf(point, sizeof point, "%s/%s", n->writes ? "/dev" : DEVICES_READ,
			       n->name); /* fits */
		for (size_t k = 0; k < v->table.n; k++) {
			struct mount_row *row = &v->table.rows[k];

			if (strcmp(row->point, point) != 0 || !nodes_there(s->root, n))
				continue;
			row->seen = true;
			flags_demand(row, VIEW_NOEXEC | VIEW_DEVICES, f);
		}
	}
}

int view_read(const struct shown *s, struct show_view *ret, struct found *f)
{
	cleanup_close const int host_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close const int self =
		openat(s->proc, "self", O_PATH | O_DIRECTORY | O_CLOEXEC); /* the host's mounts */
	size_t n;
	const struct view_op *op = plan_array(s->plan, s->plan->view, sizeof *op, &n);
	int r;

	*ret = (struct show_view){ 0 };
	if (host_root < 0 || self < 0)
		return -errno;
	r = table_read(s->init, &ret->table);
	if (r == 0)
		r = table_read(self, &ret->host);
	ret->places = calloc(n + 1, sizeof *ret->places);
	if (r == 0 && ret->places == NULL)
		r = -ENOMEM;
	if (r < 0) {
		view_free(ret);
		return r;
	}
	for (size_t i = 0; op != NULL && i < n; i++) {
		if ((op[i].flags & VIEW_CALLER_ONLY) || op[i].kind == VIEW_SEAL ||
		    op[i].kind == VIEW_CHECK)
			continue; /* a seal is a flag of another operation, a check is of the host */
		ret->places[ret->n].op = &op[i];
		place_look(s, ret, &ret->places[ret->n++], host_root, f);
	}
	devices_look(s, ret, host_root, f);
	others_look(s, ret, host_root, f);
	return 0;
}

void view_free(struct show_view *v)
{
	table_free(&v->table);
	table_free(&v->host);
	free(v->places);
	*v = (struct show_view){ 0 };
}
