/* SPDX-License-Identifier: Apache-2.0 */
/* fs_points.c - collect the mount points of a view, let one win at each target, write them out */
#include "policy/compile/fs_points.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool path_below(const char *path, const char *dir)
{
	const size_t len = strlen(dir);

	if (len == 1)
		return true; /* "/" */
	return strncmp(path, dir, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

const char *const fs_tops[] = { "/usr", "/etc",	  "/var",   "/opt",    "/srv", "/bin", "/sbin",
				"/lib", "/lib32", "/lib64", "/libx32", "/nix", "/gnu", NULL };

bool fs_top(const char *path)
{
	for (size_t i = 0; fs_tops[i] != NULL; i++)
		if (strcmp(path, fs_tops[i]) == 0)
			return true;
	return false;
}

bool fs_shown(const char *path)
{
	for (size_t i = 0; fs_tops[i] != NULL; i++)
		if (path_below(path, fs_tops[i]))
			return true;
	return false;
}

uint64_t fs_inodes(uint64_t bytes)
{
	return bytes / 8192 < 1000 ? 1000 : bytes / 8192;
}

struct point *points_add(struct points *p, enum point_rank rank, enum view_kind kind,
			 const char *target, const char *source, unsigned flags)
{
	static struct point nowhere; /* callers need no check: points_emit() fails */
	struct point *more;

	more = p->failed ? NULL : realloc(p->at, (p->n + 1) * sizeof *more);
	if (more == NULL) {
		p->failed = true;
		nowhere = (struct point){ 0 };
		return &nowhere;
	}
	p->at = more;
	more[p->n] = (struct point){
		.kind = kind,
		.rank = rank,
		.flags = flags,
		.target = strdup(target),
		.source = source != NULL ? strdup(source) : NULL,
		.mode = 0755,
	};
	if (more[p->n].target == NULL || (source != NULL && more[p->n].source == NULL))
		p->failed = true;
	return &more[p->n++];
}

static void point_free(struct point *pt)
{
	free(pt->target);
	free(pt->source);
}

void points_drop(struct points *p, size_t n)
{
	while (!p->failed && p->n > n) {
		p->n--;
		point_free(&p->at[p->n]);
	}
}

void points_attr(struct points *p, const char *path, int read_only, int noexec, bool given)
{
	struct attr *more = p->failed ? NULL : realloc(p->attr, (p->n_attr + 1) * sizeof *more);

	if (more == NULL) {
		p->failed = true;
		return;
	}
	p->attr = more;
	more[p->n_attr] = (struct attr){ strdup(path), read_only, noexec, given };
	if (more[p->n_attr++].path == NULL)
		p->failed = true;
}

struct point *points_above(const struct points *p, const char *path)
{
	struct point *best = NULL;

	if (p->failed)
		return NULL;
	for (size_t i = 0; i < p->n; i++)
		if (path_below(path, p->at[i].target) && !(p->at[i].flags & VIEW_CALLER_ONLY) &&
		    (best == NULL || strlen(p->at[i].target) >= strlen(best->target)))
			best = &p->at[i];
	return best;
}

/* '/' sorts before all other characters, so that a directory is followed by what is below it. */
static int path_cmp(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	if (*a == *b)
		return 0;
	if (*a == '\0' || *b == '\0')
		return *a == '\0' ? -1 : 1;
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

/* Points of the caller view alone come last: the session view is cut off before them. */
static int by_target(const void *x, const void *y)
{
	const struct point *a = x, *b = y;
	const int caller =
		((a->flags & VIEW_CALLER_ONLY) != 0) - ((b->flags & VIEW_CALLER_ONLY) != 0);
	const int r = caller != 0 ? caller : path_cmp(a->target, b->target);

	if (r != 0)
		return r;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return a < b ? -1 : 1;
}

/* Attributes of the rule outweigh all defaults; then the longer path outweighs the shorter. */
static size_t weight(const struct attr *a)
{
	return strlen(a->path) + 1 + (a->given ? PATH_MAX : 0);
}

/* Compare @what of @a with the best so far: the heavier wins; of two equal ones, the stricter. */
static void outweigh(const struct attr *a, int what, size_t *best, unsigned *flags, unsigned flag)
{
	if (what < 0 || weight(a) < *best)
		return;
	if (weight(a) > *best)
		*flags &= ~flag;
	*best = weight(a);
	*flags |= what ? flag : 0u;
}

static unsigned flags_of(const struct points *p, const char *target)
{
	size_t ro = 0, ne = 0;
	unsigned flags = 0;

	for (size_t i = 0; i < p->n_attr; i++) {
		const struct attr *a = &p->attr[i];

		if (!path_below(target, a->path))
			continue;
		outweigh(a, a->read_only, &ro, &flags, VIEW_READ_ONLY);
		outweigh(a, a->noexec, &ne, &flags, VIEW_NOEXEC);
	}
	return flags;
}

static void write_op(struct plan_buf *b, const struct point *pt, enum view_kind kind,
		     unsigned flags, struct view_op *op)
{
	*op = (struct view_op){ .kind = kind,
				.flags = flags,
				.source = plan_put_str(b, pt->source),
				.target = plan_put_str(b, pt->target),
				.size_bytes = pt->size_bytes,
				.inodes = pt->inodes,
				.mode = pt->mode };
}

/* These are mounted writable, because the view still puts something into them. */
static bool fills_later(const struct point *pt)
{
	return pt->kind == VIEW_TMPFS || pt->kind == VIEW_SCRATCH || pt->kind == VIEW_DEV ||
	       pt->kind == VIEW_PROC;
}

/* Drop each point whose target the next point has taken; the winner keeps how the target is made. */
static void drop_losers(struct points *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct point *pt = &p->at[i], *next = i + 1 < p->n ? pt + 1 : NULL;

		if (next != NULL && strcmp(pt->target, next->target) == 0 &&
		    ((pt->flags ^ next->flags) & VIEW_CALLER_ONLY) == 0) {
			next->flags |= pt->flags & VIEW_IS_FILE;
			next->flags |= pt->kind == VIEW_DIR ? VIEW_CREATE : pt->flags & VIEW_CREATE;
			next->needed |= pt->needed;
			point_free(pt);
		} else {
			p->at[n++] = *pt;
		}
	}
	p->n = n;
}

/* The nearest point above point @i; @given: only points that the rule has made. */
static struct point *nearest(const struct points *p, size_t i, bool given)
{
	for (size_t k = i; k-- > 0;)
		if ((!given || p->at[k].rank != RANK_BASE) &&
		    path_below(p->at[i].target, p->at[k].target))
			return &p->at[k];
	return NULL;
}

/* Drop the defaults below paths that the rule hides or wants empty. */
static void drop_hidden(struct points *p, size_t session)
{
	cleanup_free bool *hidden = calloc(p->n + 1, sizeof *hidden);
	size_t n = 0;

	if (hidden == NULL) {
		p->failed = true;
		return;
	}
	for (size_t i = 0; i < session; i++) {
		const struct point *above = nearest(p, i, true);

		hidden[i] = p->at[i].rank == RANK_BASE && !p->at[i].needed && above != NULL &&
			    (above->kind == VIEW_EMPTY ||
			     (above->kind == VIEW_TMPFS && !p->at[i].home));
	}
	for (size_t i = 0; i < p->n; i++) {
		if (!hidden[i]) {
			p->at[n++] = p->at[i];
			continue;
		}
		point_free(&p->at[i]);
	}
	p->n = n;
}

/* Where a path is shown below a hidden one, the hidden one can be passed through but not listed. */
static void pass_through(struct points *p, size_t session)
{
	for (size_t i = 0; i < session; i++) {
		struct point *above = nearest(p, i, false);

		if (above == NULL || above->kind != VIEW_EMPTY)
			continue;
		above->kind = VIEW_TMPFS;
		above->mode = 0111;
		above->size_bytes = 65536;
		above->read_only_given = true;
	}
}

/*
 * The root of a view is empty, so there is no directory of the host to cover: a directory of "/" is
 * hidden by making an empty one there.
 */
static void hide_tops(struct points *p, size_t session)
{
	for (size_t i = 0; i < session; i++) {
		struct point *pt = &p->at[i];

		if (strchr(pt->target + 1, '/') != NULL)
			continue;
		if (pt->kind == VIEW_EMPTY) {
			pt->kind = VIEW_TMPFS;
			pt->mode = 0;
			pt->size_bytes = 4096;
			pt->read_only_given = true;
		}
		if (pt->kind == VIEW_TMPFS)
			pt->flags |= VIEW_CREATE;
	}
}

/* The number of points of the session view; the points of the caller view follow them. */
static size_t session_count(const struct points *p)
{
	size_t n = 0;

	while (n < p->n && !(p->at[n].flags & VIEW_CALLER_ONLY))
		n++;
	return n;
}

int points_emit(struct points *p, struct plan_buf *b, struct span *ret, struct err *e)
{
	cleanup_free struct view_op *ops = NULL;
	size_t n = 0, session;

	if (!p->failed) {
		qsort(p->at, p->n, sizeof *p->at, by_target);
		drop_losers(p);
		drop_hidden(p, session_count(p));
		pass_through(p, session_count(p));
		hide_tops(p, session_count(p));
	}
	ops = calloc(2 * p->n + 2, sizeof *ops);
	if (ops == NULL || p->failed)
		return err_set(e, -ENOMEM, "out of memory");
	if (p->root != NULL && p->root[0] != '\0') {
		struct point check = { .flags = VIEW_ROOTS, .kind = VIEW_CHECK };

		check.source = check.target = strdup(p->root);
		write_op(b, &check, check.kind, check.flags, &ops[n++]);
		free(check.source);
	}
	session = session_count(p);
	for (size_t i = 0; i < session; i++)
		write_op(b, &p->at[i], p->at[i].kind, p->at[i].flags | flags_of(p, p->at[i].target),
			 &ops[n++]);
	for (size_t i = 0; i < session; i++) {
		const struct point *pt = &p->at[i];

		if (fills_later(pt) &&
		    (pt->read_only_given || (flags_of(p, pt->target) & VIEW_READ_ONLY)))
			write_op(b, pt, VIEW_SEAL, pt->flags & VIEW_OPTIONAL, &ops[n++]);
	}
	for (size_t i = session; i < p->n; i++)
		write_op(b, &p->at[i], p->at[i].kind, p->at[i].flags, &ops[n++]);
	*ret = plan_put(b, ops, n * sizeof *ops, sizeof(uint64_t));
	return 0;
}

void points_free(struct points *p)
{
	for (size_t i = 0; i < p->n; i++)
		point_free(&p->at[i]);
	for (size_t i = 0; i < p->n_attr; i++)
		free(p->attr[i].path);
	free(p->at);
	free(p->attr);
}
