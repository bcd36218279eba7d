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
 * @outer: 0: those of every view; 1: those of the view of the PAM caller alone, taken before
 *
 * Return: 0; -errno with @f filled, its object the path.
 */
int view_build(struct view *v, int outer, struct child_fail *f);

/**
 * view_seal - no more names can be made in the root of the view
 */
int view_seal(struct view *v);

/**
 * view_enter - make the tree "/" and let go of the host's
 *
 * Closes what @v holds, but @root.
 */
int view_enter(struct view *v);

/**
 * view_take - what the view of the PAM caller alone has of the host's, before that is let go of
 *
 * Between view_build(@v, 0) and view_enter(); view_build(@v, 1) puts it in its place.
 * Return: 0; -errno with @f filled, its object the path.
 */
int view_take(struct view *v, struct child_fail *f);

/**
 * branch_root - what is to be the root of B, the session's own copy of the view
 *
 * Another file system than the view's root, so that Landlock can tell them apart.
 * Return: O_PATH descriptor of it, not attached yet, the caller's; -errno.
 */
int branch_root(void);

/**
 * branch_enter - in a copy of a sealed view's mount namespace: make @root, of branch_root(), "/"
 *
 * A copy, and not a second set of clones: each mount below the view is paid for once less.
 * Return: 0; -errno.
 */
int branch_enter(int root);

/* view_dev.c */

/**
 * view_dev - own device nodes, pseudo-terminals and message queues at @targetfd
 */
int view_dev(struct view *v, const struct view_op *op);

/**
 * view_terminal - give the login its terminal: the host's, at its own name in the view's /dev
 *
 * Without one, or where it cannot be had, the login works by its descriptors.
 * Return: 0; -errno, and @v->object says for what.
 */
int view_terminal(struct view *v);

/* view_overlay.c */

/**
 * view_overlay - an overlay over the host's source of @op whose upper layer is a tmpfs of its own
 */
int view_overlay(struct view *v, const struct view_op *op);

/**
 * view_names - the session's terminals in V by names that are unique on the host
 *
 * sshd records a login under the name that ttyname(3) finds for a terminal. In the session's own
 * devpts every session's first terminal would be /dev/pts/0. Here /dev/pts becomes a directory of
 * links, and the devpts lies below it: the first terminal is called after @v->number, a terminal of
 * the host's that the keeper holds for the session; the others after the session.
 */
int view_names(struct view *v, const struct view_op *op);

/* shared by the files of the view */

/* A new tmpfs as @op says, a detached mount. */
int view_tmpfs(const struct view_op *op);
/* @mountfd at the target of @op, which is a file or not. */
int view_attach(struct view *v, const struct view_op *op, int mountfd, int as_file);

/* view_copy.c */

/**
 * view_copy - a copy of the host's source of @op that belongs to the plan's user
 *
 * Return: 0; -ENOENT for what isn't a small file of root's that everybody may read; another -errno.
 */
int view_copy(struct view *v, const struct view_op *op);

/* The plan's string, "" for none. */
const char *view_text(const struct view *v, struct span s);
/* view_walk.c: path_walk() by root, where root may not by the plan's user. */
int view_walk(const struct plan *plan, int rootfd, const char *path);
/* view_walk.c: O_PATH descriptors of @op's source; of its target, made where @op says so. */
int view_source(struct view *v, const struct view_op *op);
int view_target(struct view *v, const struct view_op *op, int as_file);
/* view_walk.c: the directory that @path is in, by @to; ret: the name in it, NULL: too long. */
const char *view_split(const char *path, char *to, size_t size);
/* view_walk.c: a top-level symlink ("/bin" -> "usr/bin") again as what it is; 1, or 0: it is none. */
int view_copy_link(struct view *v, const struct view_op *op);
int view_symlink(struct view *v, const struct view_op *op);
/* The view's own @op->target again, with other flags. */
int view_same(struct view *v, const struct view_op *op);
/* A new file system as a detached mount; @options: "key=value,flag" or "". */
int view_fs(const char *type, const char *options, unsigned attr);
/* Remember that names may be made in the file system of @fd. */
int view_own(struct view *v, int fd);
/* The attributes of a mount of @op beside MOUNT_ATTR_NOSUID and NODEV. */
unsigned view_attr(const struct view_op *op);

#endif
