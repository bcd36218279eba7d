/* view.h - the plan's view operations -> mounts, by descriptors alone */
#ifndef CORDON_APPLY_VIEW_H
#define CORDON_APPLY_VIEW_H

#include "../base/path.h"
#include "../base/plan.h"
#include "steps.h"

/**
 * struct view - a tree of mounts while it is built
 * @host: the host's "/", where the sources are
 * @root: the tmpfs that is to be the new "/"; it lies over "/" and is reached by this
 *        descriptor alone until view_enter()
 */
struct view {
	const struct plan *plan;
	int host;
	int root;
	int scratch;  /* the session's one tmpfs for what is written, -1 while none */
	int have_empty;
	uint32_t object; /* the path that an operation failed for, as an offset of the plan */
	int master;   /* keeps the number of the login's terminal taken, -1 none */
	struct path_own own;
};

/**
 * view_start - make all propagation private and lay a new tmpfs over "/"
 *
 * Context: a fresh mount namespace, as root, single-threaded; no allocation. @v has to be
 *          zeroed but for @plan.
 * Return:  0; -errno with @f filled: the only legal next act is to die.
 */
int view_start(struct view *v, struct child_fail *f);

/**
 * view_build - do the operations of the plan
 * @outer: 0: those of every view; 1: those of the view of the PAM caller alone
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
 * struct branch - the top-level entries of a view, cloned while it was still the same for all
 */
struct branch {
	unsigned n;
	struct {
		char name[256];
		char link[256]; /* not empty: it is a symlink with this text */
		int fd;
	} entry[128];
};

/**
 * branch_take - clone what lies below the root of @v
 */
int branch_take(const struct view *v, struct branch *ret);

/**
 * branch_enter - in a further mount namespace: attach the clones to a root of their own, enter it
 * @ret_root: O_PATH descriptor of the new root, the caller's. Another file system than the
 *            view's root, so that Landlock can tell them apart
 */
int branch_enter(struct branch *b, int *ret_root);

/* view_dev.c */

/**
 * view_dev - own device nodes, pseudo-terminals and message queues at @targetfd
 */
int view_dev(struct view *v, const struct view_op *op);

/**
 * view_tty - the host's terminal at its name below the view's /dev
 */
int view_tty(struct view *v, const struct view_op *op);

/* shared by the files of the view */

/* The plan's string, "" for none. */
const char *view_text(const struct view *v, struct span s);
/* view_walk.c: O_PATH descriptors of @op's source; of its target, made where @op says so. */
int view_source(struct view *v, const struct view_op *op);
int view_target(struct view *v, const struct view_op *op, int as_file);
/* view_walk.c: a top-level symlink ("/bin" -> "usr/bin") again as what it is; 1, or 0: it is none. */
int view_copy_link(struct view *v, const struct view_op *op);
int view_symlink(struct view *v, const struct view_op *op);
/* A new file system as a detached mount; @options: "key=value,flag" or "". */
int view_fs(const char *type, const char *options, unsigned attr);
/* Remember that names may be made in the file system of @fd. */
int view_own(struct view *v, int fd);
/* The attributes of a mount of @op beside MOUNT_ATTR_NOSUID and NODEV. */
unsigned view_attr(const struct view_op *op);

#endif
