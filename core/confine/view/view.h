/* SPDX-License-Identifier: Apache-2.0 */
/* view.h - the plan's view operations -> mounts, by descriptors alone */
#ifndef CORDON_CONFINE_VIEW_VIEW_H
#define CORDON_CONFINE_VIEW_VIEW_H

#include "base/path.h"
#include "confine/steps.h"
#include "contract/plan.h"

/**
 * struct view - a tree of mounts while it is built
 * @host: the host's "/", where the sources are
 * @root: the tmpfs that is to be the new "/"; it lies over "/" and is reached by this
 *        descriptor alone until view_enter()
 */
struct view {
	const struct plan *plan;
	const struct plan_login *login; /* whose terminal the view gets at once; NULL: nobody's */
	int host;
	int root;
	int scratch; /* the session's one tmpfs for what is written, -1 while none */
	int have_empty;
	uint32_t object; /* the path that an operation failed for, as an offset of the plan */
	int master;	 /* keeps the number of the login's terminal taken, -1 none */
	int mqueue;	 /* of landlock_queues(), -1 none; `cordon run` alone */
	int number; /* the terminal that the host knows the session by, -1 none; see view_names() */
	int pts;    /* O_PATH, the session's own devpts, where view_names() has run; else -1 */
	struct path_own own;
	unsigned n_taken;
	struct view_taken {
		const struct view_op *op;
		int tree; /* detached, or why there is none */
		int as_file;
	} taken[512];
};

/**
 * view_start - make all propagation private and lay a new tmpfs over "/"
 *
 * Context: a fresh mount namespace, as root, single-threaded; no allocation. @v has to be
 *          zeroed but for @plan, @login and @number.
 * Return:  0; -errno with @f filled: the only legal next act is to die.
 */
int view_start(struct view *v, struct child_fail *f);

/**
 * view_build - do the operations of the plan
 * @caller: 0: those of both views; 1: those of the caller view alone, taken before
 *
 * Return: 0; -errno with @f filled, its object the path.
 */
int view_build(struct view *v, int caller, struct child_fail *f);

/**
 * view_seal - no more names can be made in the root of the view
 */
int view_seal(struct view *v);

/**
 * view_is_terminal - tell if @fd is a terminal that a login can bring along: of tty(4) or pts(4)
 *
 * Return: 0; -ENOTTY; -errno of fstat(2).
 */
int view_is_terminal(int fd);

/**
 * view_enter - make the tree "/" and let go of the host's
 *
 * Closes what @v holds, but @root.
 */
int view_enter(struct view *v);

/**
 * view_take - clone what the caller view alone has of the host, before the host is let go of
 *
 * Between view_build(@v, 0) and view_enter(); view_build(@v, 1) puts it in its place.
 * Return: 0; -errno with @f filled, its object the path.
 */
int view_take(struct view *v, struct child_fail *f);

/**
 * session_view_root - what is to be the root of the session view
 *
 * Another file system than the root of the caller view, so that Landlock can tell the two apart.
 * Return: O_PATH descriptor, not attached yet, the caller's; -errno.
 */
int session_view_root(void);

/**
 * session_view_enter - in a copy of the mount namespace of a sealed view: make @root "/"
 * @root: of session_view_root()
 *
 * A copy, and not a second set of clones: each mount below the view is paid for once less.
 * Return: 0; -errno.
 */
int session_view_enter(int root);

/**
 * view_same - the view's own target of @op once more, with other flags
 *
 * Return: 0; -errno.
 */
int view_same(struct view *v, const struct view_op *op);

/**
 * view_mount_empty - what lies over hidden paths, @tree, made harmless and put at @target
 *
 * Return: 0; -errno.
 */
int view_mount_empty(int tree, int target);

#endif
