/* fs_points.c - see fs_points.h */
#include "fs_points.h"

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

struct point *points_add(struct points *p, enum point_rank rank, enum view_kind kind,
			 const char *target, const char *source, unsigned flags)
{
	static struct point nowhere; /* so that callers needn't look: points_emit() refuses */
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
		if (path_below(path, p->at[i].target) && !(p->at[i].flags & VIEW_OUTER_ONLY) &&
		    (best == NULL || strlen(p->at[i].target) >= strlen(best->target)))
			best = &p->at[i];
	return best;
}

/* '/' before every other character: a directory is followed by what is below it. */
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

/* What the caller's view has alone comes last: by then the other has been taken. */
static int by_target(const void *x, const void *y)
{
	const struct point *a = x, *b = y;
	const int outer = ((a->flags & VIEW_OUTER_ONLY) != 0) - ((b->flags & VIEW_OUTER_ONLY) != 0);
	const int r = outer != 0 ? outer : path_cmp(a->target, b->target);

	if (r != 0)
		return r;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return a < b ? -1 : 1;
}

/* What the rule gives ranks before any default, then the longer path, then the later line. */
static size_t weight(const struct attr *a)
{
	return strlen(a->path) + 1 + (a->given ? PATH_MAX : 0);
}

static unsigned flags_of(const struct points *p, const char *target)
{
	size_t ro = 0, ne = 0;
	unsigned flags = 0;

	for (size_t i = 0; i < p->n_attr; i++) {
		const struct attr *a = &p->attr[i];

		if (!path_below(target, a->path))
			continue;
		if (a->read_only >= 0 && weight(a) >= ro) {
			ro = weight(a);
			flags = (flags & ~(unsigned)VIEW_READ_ONLY) | (a->read_only ? VIEW_READ_ONLY : 0u);
		}
		if (a->noexec >= 0 && weight(a) >= ne) {
			ne = weight(a);
			flags = (flags & ~(unsigned)VIEW_NOEXEC) | (a->noexec ? VIEW_NOEXEC : 0u);
		}
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

/* Made writable, because something is still put into it. */
static bool fills_later(const struct point *pt)
{
	return pt->kind == VIEW_TMPFS || pt->kind == VIEW_DEV || pt->kind == VIEW_PROC;
}

int points_emit(struct points *p, struct plan_buf *b, struct span *ret, struct err *e)
{
	struct view_op *ops = calloc(2 * p->n + 1, sizeof *ops);
	size_t n = 0, outer;

	if (ops == NULL || p->failed) {
		free(ops);
		return err_set(e, -ENOMEM, "out of memory");
	}
	qsort(p->at, p->n, sizeof *p->at, by_target);
	for (outer = 0; outer < p->n && !(p->at[outer].flags & VIEW_OUTER_ONLY); outer++) {
		const struct point *pt = &p->at[outer];

		if (outer + 1 < p->n && !(pt[1].flags & VIEW_OUTER_ONLY) &&
		    strcmp(pt->target, pt[1].target) == 0)
			continue; /* the later one won */
		write_op(b, pt, pt->kind, pt->flags | flags_of(p, pt->target), &ops[n++]);
	}
	for (size_t i = 0; i < outer; i++) {
		const struct point *pt = &p->at[i];

		if (fills_later(pt) && (pt->read_only_given || (flags_of(p, pt->target) & VIEW_READ_ONLY)) &&
		    (i + 1 == outer || strcmp(pt->target, pt[1].target) != 0))
			write_op(b, pt, VIEW_SEAL, pt->flags & VIEW_OPTIONAL, &ops[n++]);
	}
	for (size_t i = outer; i < p->n; i++)
		write_op(b, &p->at[i], p->at[i].kind, p->at[i].flags, &ops[n++]);
	*ret = plan_put(b, ops, n * sizeof *ops, sizeof(uint64_t));
	free(ops);
	return 0;
}

void points_free(struct points *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->at[i].target);
		free(p->at[i].source);
	}
	for (size_t i = 0; i < p->n_attr; i++)
		free(p->attr[i].path);
	free(p->at);
	free(p->attr);
}
