/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fs_follow.c - the paths of FollowMounts=, below which the keeper mounts what root mounts on the host
 *
 * Below such a path, the view has no mount of its own: a later mount would cover it, or take its place.
 */
#include "policy/compile/fs_int.h"

#include <errno.h>
#include <string.h>

static int bad_item(struct err *e, const struct set_item *item, const char *what)
{
	return err_at(e, item->from.file, item->from.line, -EINVAL, "FollowMounts=: '%s': %s",
		      item->text, what);
}

/* A later mount at @item would cover @below. */
static int bad_place(struct err *e, const struct set_item *item, const char *below)
{
	return err_at(
		e, item->from.file, item->from.line, -EINVAL,
		"FollowMounts=: '%s': a later mount there would cover '%s', which the session has of its own or by another line; in that line, write '%s', or follow another directory",
		item->text, below, item->text);
}

static int check_one(const struct emit *m, const struct set_item *item, const char *path,
		     struct err *e)
{
	const struct point *at = points_above(&m->p, path);

	if (m->root[0] != '\0')
		return bad_item(e, item,
				"cannot be combined with RootDirectory=; remove one of the lines");
	if (at == NULL || strcmp(at->target, path) != 0 || at->kind != VIEW_BIND ||
	    (at->flags & VIEW_NOT_RECURSIVE) || strcmp(at->source, path) != 0)
		return bad_item(
			e, item,
			"the session does not have this directory of the host there; name another path, or change the directive that mounts or hides it");
	for (size_t i = 0; i < m->p.n; i++)
		if (strcmp(m->p.at[i].target, path) != 0 && path_below(m->p.at[i].target, path))
			return bad_place(e, item, m->p.at[i].target);
	return 0;
}

/* A directory that is missing at the login, and may be, is not followed. */
static bool skipped(const struct emit *m, const struct set_item *item, const char *path)
{
	return item->optional && fs_missing(m->facts, path);
}

int fs_follow(struct emit *m, struct plan_buf *b, struct span *ret, struct err *e)
{
	const struct set_list *l = &m->set->follow_mounts;

	for (size_t i = 0; !m->p.failed && i < l->n; i++) {
		char buf[2 * PATH_MAX];
		const char *path = fs_place(m, l->items[i].text, buf, sizeof buf);
		struct span s;
		int r;

		if (skipped(m, &l->items[i], path))
			continue;
		r = check_one(m, &l->items[i], path, e);
		if (r < 0)
			return r;
		s = plan_put(b, path, strlen(path) + 1, 1);
		if (ret->len == 0)
			*ret = s;
		ret->len = s.off + s.len - ret->off;
	}
	return 0;
}
