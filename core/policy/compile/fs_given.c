/* SPDX-License-Identifier: Apache-2.0 */
/* fs_given.c - paths and mounts of the rule, added to the default points of the view */
#include "policy/compile/fs_int.h"

#include "contract/words.h"
#include "policy/settings/types.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Several lists may name one path. They apply in this order: access first, then attributes. */
enum list {
	LIST_INACCESSIBLE,
	LIST_READ_WRITE,
	LIST_READ_ONLY,
	LIST_EXEC,
	LIST_NO_EXEC,
	LIST_FOLLOW
};

static const char *const list_key[] = {
	[LIST_INACCESSIBLE] = "InaccessiblePaths",
	[LIST_READ_WRITE] = "ReadWritePaths",
	[LIST_READ_ONLY] = "ReadOnlyPaths",
	[LIST_EXEC] = "ExecPaths",
	[LIST_NO_EXEC] = "NoExecPaths",
	[LIST_FOLLOW] = "FollowMounts",
};

/* One path of a list. */
struct given {
	char *path;
	const struct set_item *item;
	enum list list;
};

struct given_lines {
	struct given *at;
	size_t n;
};

static int bad_item(struct err *e, const struct set_item *item, const char *key, const char *what)
{
	return err_at(e, item->from.file, item->from.line, -EINVAL, "%s=: '%s': %s", key,
		      item->text, what);
}

/* ---- one name for one place ---- */

/* In most trees "/bin" is a symlink to "usr/bin", and the view shows a symlink too. */
static const char *real_top(const struct emit *m, const char *path, char *buf, size_t size)
{
	const size_t len = 1 + strcspn(path + 1, "/");
	char top[2 * PATH_MAX], text[256];
	ssize_t n;

	(void)snprintf(top, sizeof top, "%s%.*s", m->root, (int)len, path); /* both are bounded */
	n = readlink(top, text, sizeof text - 1);
	if (n <= 0 || n == sizeof text - 1 || strchr("/.", text[0]) != NULL)
		return path;
	text[n] = '\0';
	(void)snprintf(buf, size, "/%s%s", text, path + len); /* both are bounded */
	return buf;
}

const char *fs_place(const struct emit *m, const char *path, char *buf, size_t size)
{
	static const char *const own[] = { "/tmp", "/run", "/dev", "/proc", "/sys", "/home", "/root" };
	const char *home = m->facts->home;

	if (home[0] == '/' && strcmp(home, m->home) != 0 && path_below(path, home)) {
		(void)snprintf(buf, size, "%s%s", m->home,
			       path + strlen(home)); /* both are bounded */
		return buf;
	}
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (path_below(path, own[i]))
			return path; /* the session has its own: symlinks of the host do not count */
	if (m->root[0] != '\0')
		return real_top(m, path, buf, size);
	return fs_shown(path) ? fs_real(path, buf, size) : path;
}

/* ---- the five lists ---- */

/* The nearest point above @path that does not hide; NULL: nothing is shown there. */
static struct point *shown_above(const struct points *p, const char *path)
{
	struct point *best = NULL;

	for (size_t i = 0; !p->failed && i < p->n; i++)
		if (path_below(path, p->at[i].target) && p->at[i].kind != VIEW_EMPTY &&
		    !(p->at[i].flags & VIEW_CALLER_ONLY) &&
		    (best == NULL || strlen(p->at[i].target) >= strlen(best->target)))
			best = &p->at[i];
	return best;
}

/* The place on the host of @path, which @above (may be NULL) shows. */
static void origin_of(const struct emit *m, const struct point *above, const char *path, char *buf,
		      size_t size)
{
	if (above != NULL && above->kind == VIEW_BIND)
		(void)snprintf(buf, size, "%s%s", above->source, path + strlen(above->target));
	else
		(void)snprintf(buf, size, "%s%s", m->root, path); /* all parts are bounded */
}

/* The point holds nothing of the host, so that a path of the rule below it needs a mount. */
static bool is_blank(const struct point *pt)
{
	return pt == NULL || pt->kind == VIEW_DIR || pt->kind == VIEW_TMPFS ||
	       pt->kind == VIEW_SCRATCH;
}

/* By default an empty file or directory hides that of the host here, and a rule may show it again. */
static bool stands_in(const char *path)
{
	return strcmp(path, "/mnt") == 0 || strcmp(path, "/media") == 0 ||
	       strcmp(path, "/run/utmp") == 0 || path_below(path, "/var/log");
}

/* Does the empty /var/log of the view hide @path already? */
static bool in_hidden_log(const struct point *above, const char *path)
{
	return above != NULL && above->kind == VIEW_SCRATCH &&
	       strcmp(above->target, "/var/log") == 0 && strcmp(path, "/var/log") != 0;
}

/* The view does not have the path, so nothing is mounted, but a wrong name is still reported. */
static void give_check(struct emit *m, const struct given *g, unsigned optional)
{
	char source[2 * PATH_MAX];

	origin_of(m, shown_above(&m->p, g->path), g->path, source, sizeof source);
	points_add(&m->p, RANK_LIST, VIEW_CHECK, g->path, source, VIEW_CALLER_ONLY | optional);
}

/* Mount the path of @g again from @above: only a mount of its own can have flags of its own. */
static void give_again(struct emit *m, const struct given *g, const struct point *above,
		       unsigned optional)
{
	char source[2 * PATH_MAX];

	if (above->kind != VIEW_BIND) {
		points_add(&m->p, RANK_LIST, VIEW_SAME, g->path, NULL, VIEW_EXACT | optional);
		return;
	}
	origin_of(m, above, g->path, source, sizeof source);
	points_add(&m->p, RANK_LIST, VIEW_BIND, g->path, source, VIEW_PLACE | optional);
}

static int give_access(struct emit *m, const struct given *g, unsigned optional, struct err *e)
{
	const struct point *above = points_above(&m->p, g->path);
	const bool here = above != NULL && strcmp(above->target, g->path) == 0;
	const struct point *shown = shown_above(&m->p, g->path);
	char source[2 * PATH_MAX];

	if (strcmp(g->path, "/") == 0)
		return 0; /* only the flags change */
	if (here && above->kind != VIEW_EMPTY && !(above->rank == RANK_BASE && stands_in(g->path)))
		return 0; /* only the flags change: a mount of /home would show all homes */
	if (!here && above != NULL && above->kind != VIEW_EMPTY && !is_blank(above)) {
		give_again(m, g, above, optional);
		return 0;
	}
	if (above != NULL && above->kind == VIEW_EMPTY && !is_blank(shown) &&
	    shown->kind != VIEW_BIND)
		return bad_item(
			e, g->item, list_key[g->list],
			"cannot be shown again below InaccessiblePaths=; list the other paths to hide there instead");
	origin_of(m, shown, g->path, source, sizeof source);
	points_add(&m->p, RANK_LIST, VIEW_BIND, g->path, source, VIEW_CREATE | optional);
	return 0;
}

static void give_exec(struct emit *m, const struct given *g, unsigned optional)
{
	const struct point *above = points_above(&m->p, g->path);

	if (strcmp(g->path, "/") == 0 || (above != NULL && strcmp(above->target, g->path) == 0))
		return; /* only the flags change */
	if (above == NULL || above->kind == VIEW_DIR || above->kind == VIEW_EMPTY ||
	    in_hidden_log(above, g->path))
		give_check(m, g, optional);
	else
		give_again(m, g, above, optional);
}

/* A session cannot start without these: its checks read /proc, its socket is in /run/cordon. */
static bool is_needed(const char *path)
{
	return strcmp(path, "/") == 0 || strcmp(path, "/proc") == 0 ||
	       path_below(path, "/run/cordon");
}

static int give_inaccessible(struct emit *m, const struct given *g, unsigned optional, struct err *e)
{
	const struct point *above = points_above(&m->p, g->path);

	if (is_needed(g->path))
		return bad_item(
			e, g->item, list_key[g->list],
			strcmp(g->path, "/") == 0 ?
				"hides the whole file system; name the paths to hide" :
				"every session requires this path; name the paths below it to hide");
	if (above == NULL || above->kind == VIEW_EMPTY || in_hidden_log(above, g->path) ||
	    (above->kind == VIEW_DIR && strcmp(above->target, g->path) != 0))
		give_check(m, g, optional);
	else
		points_add(&m->p, RANK_GIVEN, VIEW_EMPTY, g->path, NULL, optional);
	return 0;
}

/* Parents come first: how a path is shown depends on what the rule says about the paths above it. */
static int by_length(const void *x, const void *y)
{
	const struct given *a = x, *b = y;
	const size_t la = strlen(a->path), lb = strlen(b->path);
	const int r = strcmp(a->path, b->path);

	if (la != lb)
		return la < lb ? -1 : 1;
	if (r != 0)
		return r;
	return (a->list > b->list) - (a->list < b->list);
}

static void given_free(struct given_lines *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->at[i].path);
	free(g->at);
}

static int given_gather(const struct emit *m, const struct set_list *const lists[],
			struct given_lines *g)
{
	size_t all = 1;

	for (unsigned k = 0; k <= LIST_FOLLOW; k++)
		all += lists[k]->n;
	g->at = calloc(all, sizeof *g->at);
	if (g->at == NULL)
		return -ENOMEM;
	for (unsigned k = 0; k <= LIST_FOLLOW; k++)
		for (size_t i = 0; i < lists[k]->n; i++) {
			const struct set_item *item = &lists[k]->items[i];
			char buf[2 * PATH_MAX];
			char *path = strdup(fs_place(m, item->text, buf, sizeof buf));

			if (path == NULL)
				return -ENOMEM;
			g->at[g->n++] = (struct given){ path, item, (enum list)k };
		}
	qsort(g->at, g->n, sizeof *g->at, by_length);
	return 0;
}

static void give_flags(struct emit *m, const struct given *g)
{
	if (g->list == LIST_READ_ONLY || g->list == LIST_READ_WRITE)
		points_attr(&m->p, g->path, g->list == LIST_READ_ONLY, -1, true);
	if (g->list == LIST_NO_EXEC || g->list == LIST_EXEC)
		points_attr(&m->p, g->path, -1, g->list == LIST_NO_EXEC, true);
}

/*
 * A path may be missing only if every line that names it has the "-": the "-" of a profile does not
 * weaken a line of the rule.
 */
static unsigned may_be_missing(const struct given *g, size_t n, size_t i)
{
	size_t k = i;

	while (k > 0 && strcmp(g[k - 1].path, g[i].path) == 0)
		k--;
	for (; k < n && strcmp(g[k].path, g[i].path) == 0; k++)
		if (!g[k].item->optional)
			return 0;
	return VIEW_OPTIONAL;
}

/*
 * Where the line names the path by a symlink of root, and the view hides that symlink, the symlink
 * is made again so that the name works.
 */
static void give_link(struct emit *m, const struct given *g)
{
	const char *text = g->item->text;
	const struct point *above;

	if (strcmp(text, g->path) == 0 || path_below(text, m->facts->home))
		return;
	above = points_above(&m->p, text);
	if (is_blank(above) || above->kind == VIEW_EMPTY)
		points_add(&m->p, RANK_LIST, VIEW_SYMLINK, text, g->path, VIEW_OPTIONAL);
}

static int give_lists(struct emit *m, struct err *e)
{
	const struct set_list *const lists[] = {
		[LIST_INACCESSIBLE] = &m->set->inaccessible_paths,
		[LIST_READ_WRITE] = &m->set->read_write_paths,
		[LIST_READ_ONLY] = &m->set->read_only_paths,
		[LIST_EXEC] = &m->set->exec_paths,
		[LIST_NO_EXEC] = &m->set->no_exec_paths,
		[LIST_FOLLOW] = &m->set->follow_mounts,
	};
	__attribute__((cleanup(given_free))) struct given_lines lines = { 0 };
	const struct given *g;
	bool hidden = false;

	if (given_gather(m, lists, &lines) < 0)
		return err_set(e, -ENOMEM, "out of memory");
	g = lines.at;
	for (size_t i = 0; i < lines.n; i++) {
		const unsigned optional = may_be_missing(g, lines.n, i);
		int r = 0;

		give_flags(m, &g[i]);
		if (i == 0 || strcmp(g[i].path, g[i - 1].path) != 0)
			hidden = g[i].list == LIST_INACCESSIBLE;
		else if (hidden)
			continue; /* the path is inaccessible; the flags are for paths shown below it */

		if (g[i].list == LIST_INACCESSIBLE)
			r = give_inaccessible(m, &g[i], optional, e);
		else if (g[i].list == LIST_EXEC || g[i].list == LIST_NO_EXEC)
			give_exec(m, &g[i], optional);
		else
			r = give_access(m, &g[i], optional, e);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < lines.n; i++)
		if (g[i].list == LIST_READ_ONLY || g[i].list == LIST_READ_WRITE)
			give_link(m, &g[i]);
	return 0;
}

/* ---- Bind*, TemporaryFileSystem ---- */

/*
 * Whether an optional source exists is decided here, once, before other points depend on it: a mount
 * that is not made must not replace another mount or set flags on what is there. A source that
 * exists now must still exist when the view is built.
 */

struct mount_line {
	char *text; /* holds the strings @source and @options */
	char *target;
	const char *source; /* NULL for a tmpfs */
	char *options;
	const char *key;
	const struct set_item *item;
	bool read_only;
};

struct mount_lines {
	struct mount_line *at;
	size_t n;
};

static void mount_line_free(struct mount_line *line)
{
	free(line->text);
	free(line->target);
}

static void mount_lines_free(struct mount_lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		mount_line_free(&l->at[i]);
	free(l->at);
}

/* "source[:target[:options]]", for a tmpfs "target[:options]"; the type has checked the syntax. */
static int mount_line_add(struct emit *m, struct mount_lines *l, const char *key,
			  const struct set_item *item, struct err *e)
{
	const bool tmpfs = strcmp(key, "TemporaryFileSystem") == 0;
	struct mount_line line = { .text = strdup(item->text),
				   .key = key,
				   .item = item,
				   .read_only = strcmp(key, "BindReadOnlyPaths") == 0 };
	char buf[2 * PATH_MAX], *save = NULL;
	const char *target, *first;

	if (line.text == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	first = strtok_r(line.text, ":", &save);
	target = tmpfs ? NULL : strtok_r(NULL, ":", &save);
	line.source = tmpfs ? NULL : first;
	line.options = strtok_r(NULL, ":", &save);
	if (!tmpfs && item->optional && fs_missing(m->facts, first)) {
		mount_line_free(&line);
		return 0;
	}
	target = fs_place(m, target != NULL ? target : first, buf, sizeof buf);
	line.target = strdup(target);
	l->at[l->n++] = line;
	if (line.target == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	if (!is_needed(target))
		return 0;
	if (tmpfs)
		return bad_item(e, item, key,
				"every session requires what is at this path; choose another path");
	return bad_item(
		e, item, key,
		strcmp(target, "/") == 0 ?
			"cannot be mounted over /; write RootDirectory= instead" :
			"every session requires what is at this target; choose another target");
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* One of two mounts at a target would cover the other, so two different ones are refused. */
static int mount_lines_differ(const struct mount_lines *l, struct err *e)
{
	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < i; k++) {
			const struct mount_line *a = &l->at[k], *b = &l->at[i];

			if (strcmp(a->target, b->target) != 0 ||
			    (same_text(a->source, b->source) && same_text(a->options, b->options)))
				continue; /* the same mount: the stricter flags win */
			return err_at(
				e, b->item->from.file, b->item->from.line, -EINVAL,
				"%s=: '%s': %s:%u (%s=) mounts something else at %s; remove one of the lines (an empty %s= removes the values from profiles)",
				b->key, b->item->text, a->item->from.file, a->item->from.line,
				a->key, b->target, b->key);
		}
	return 0;
}

static int by_target_length(const void *x, const void *y)
{
	const struct mount_line *a = x, *b = y;
	const size_t la = strlen(a->target), lb = strlen(b->target);

	if (la != lb)
		return la < lb ? -1 : 1;
	return a->item < b->item ? -1 : a->item > b->item;
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
		else if (strcmp(o, "strictatime") == 0)
			p->flags |= VIEW_STRICT_ATIME;
		else if (strcmp(o, "nostrictatime") == 0) /* the last option wins, as for mount(8) */
			p->flags &= ~(unsigned)VIEW_STRICT_ATIME;
	}
	return r;
}

/* Does a list mount the tree of the host that holds @target? */
static bool brought(const struct emit *m, const char *target)
{
	const struct set_list *const lists[] = { &m->set->read_write_paths,
						 &m->set->read_only_paths };

	for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++)
		for (size_t i = 0; i < lists[k]->n; i++) {
			char buf[2 * PATH_MAX], origin[2 * PATH_MAX];
			const char *path = fs_place(m, lists[k]->items[i].text, buf, sizeof buf);

			if (!path_below(target, path))
				continue;
			origin_of(m, NULL, path, origin, sizeof origin);
			if (!lists[k]->items[i].optional || !fs_missing(m->facts, origin))
				return true;
		}
	return false;
}

/* Is it certain that a tmpfs at @target has no directory to be mounted on? In a blank point one is made. */
static bool no_place(const struct emit *m, const char *target)
{
	const struct point *above = points_above(&m->p, target);
	char origin[2 * PATH_MAX];

	if (above != NULL && above->kind != VIEW_BIND && !is_blank(above))
		return false;
	if (is_blank(above) && !brought(m, target))
		return false;
	origin_of(m, above, target, origin, sizeof origin);
	return fs_missing(m->facts, origin);
}

static int give_tmpfs(struct emit *m, const struct mount_line *line, struct err *e)
{
	const struct point *above = points_above(&m->p, line->target);
	/* in file systems such as /proc, it is not known whether the target exists */
	const unsigned optional = above != NULL && above->kind != VIEW_BIND && line->item->optional ?
					  VIEW_OPTIONAL :
					  0u;
	struct point *p;
	int noexec = -1, r;

	if (line->item->optional && no_place(m, line->target))
		return 0;
	p = points_add(&m->p, RANK_GIVEN, VIEW_TMPFS, line->target, NULL, VIEW_CREATE | optional);
	p->size_bytes = 512ull << 20; /* the default of tmpfs(5), half of the memory, is too much */
	r = line->options != NULL ? tmpfs_options(p, line->options, &noexec, e) : 0;
	if (r < 0)
		return r;
	if (p->size_bytes == LIMIT_INFINITY)
		p->size_bytes = 0;
	if (p->inodes == LIMIT_INFINITY)
		p->inodes = 0;
	else if (p->inodes == 0 && p->size_bytes != 0)
		p->inodes = fs_inodes(p->size_bytes);
	points_attr(&m->p, line->target, 0, noexec, true);
	return 0;
}

static int give_mount(struct emit *m, const struct mount_line *line, struct err *e)
{
	if (line->source == NULL)
		return give_tmpfs(m, line, e);
	points_add(&m->p, RANK_GIVEN, VIEW_BIND, line->target, line->source,
		   VIEW_CREATE |
			   (line->options != NULL && line->options[0] == 'n' ? VIEW_NOT_RECURSIVE :
									       0u));
	points_attr(&m->p, line->target, line->read_only, -1, true);
	return 0;
}

static int give_mounts(struct emit *m, struct err *e)
{
	const struct {
		const char *key;
		const struct set_list *list;
	} from[] = {
		{ "BindPaths", &m->set->bind_paths },
		{ "BindReadOnlyPaths", &m->set->bind_read_only_paths },
		{ "TemporaryFileSystem", &m->set->temporary_file_system },
	};
	__attribute__((cleanup(mount_lines_free))) struct mount_lines l = { 0 };
	size_t all = 1;
	int r;

	for (size_t k = 0; k < sizeof from / sizeof from[0]; k++)
		all += from[k].list->n;
	l.at = calloc(all, sizeof *l.at);
	if (l.at == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t k = 0; k < sizeof from / sizeof from[0]; k++)
		for (size_t i = 0; i < from[k].list->n; i++) {
			r = mount_line_add(m, &l, from[k].key, &from[k].list->items[i], e);
			if (r < 0)
				return r;
		}
	r = mount_lines_differ(&l, e);
	if (r < 0)
		return r;
	/* parents first, so that a target in a mounted directory is made there */
	qsort(l.at, l.n, sizeof *l.at, by_target_length);
	for (size_t i = 0; i < l.n; i++) {
		r = give_mount(m, &l.at[i], e);
		if (r < 0)
			return r;
	}
	return 0;
}

int fs_given(struct emit *m, struct err *e)
{
	const int r = give_mounts(m, e);

	return r == 0 ? give_lists(m, e) : r;
}
