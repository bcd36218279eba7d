/* SPDX-License-Identifier: Apache-2.0 */
/* ops.h - what the files of a view share: mounts, walks, and the operations with a file of their own */
#ifndef CORDON_CONFINE_VIEW_OPS_H
#define CORDON_CONFINE_VIEW_OPS_H

#include "confine/view/view.h"

/* ---- mounts.c: new and cloned mounts, detached; each answers a descriptor or -errno ---- */

/**
 * mount_new - a new file system
 * @options: "key=value,flag", "" for none
 * @attr:    MOUNT_ATTR_*
 */
int mount_new(const char *type, const char *options, unsigned attr);

/**
 * mount_tmpfs - a new tmpfs of the mode, size and number of inodes that @op gives
 */
int mount_tmpfs(const struct view_op *op);

/**
 * mount_clone - a clone of what is mounted at @fd, or of the directory there; set-user-ID is off
 * @recursive: with what is mounted below
 * @devices:   device nodes work in it
 */
int mount_clone(int fd, unsigned attr, int recursive, int devices);

/**
 * mount_attr - MOUNT_ATTR_* for the flags of @op, beside NOSUID and NODEV
 */
unsigned mount_attr(const struct view_op *op);

/* ---- walk.c: from the paths of an operation to O_PATH descriptors ---- */

/**
 * view_text - a string of the plan, "" for none
 */
const char *view_text(const struct view *v, struct span s);

/**
 * view_walk - path_walk() with the rights of the plan's user where root has none
 */
int view_walk(const struct plan *plan, int rootfd, const char *path);

/**
 * view_source - the source of @op on the host
 */
int view_source(struct view *v, const struct view_op *op);

/**
 * view_target - the target of @op in the view, made where @op says so
 */
int view_target(struct view *v, const struct view_op *op, int as_file);

/**
 * view_split - the directory that @path is in, into @to
 *
 * Return: the name in it; NULL: the directory is longer than @size.
 */
const char *view_split(const char *path, char *to, size_t size);

/**
 * view_own - remember that names may be made in the file system of @fd
 */
int view_own(struct view *v, int fd);

/**
 * view_attach - move the detached mount @mountfd to the target of @op
 */
int view_attach(struct view *v, const struct view_op *op, int mountfd, int as_file);

/**
 * view_copy_link - a top-level symlink of the host ("/bin" -> "usr/bin") as a symlink of the view
 *
 * Return: 1; 0: the source is no symlink; -errno.
 */
int view_copy_link(struct view *v, const struct view_op *op);

/**
 * view_symlink - the symlink that @op names, in a file system of the view's own
 */
int view_symlink(struct view *v, const struct view_op *op);

/* ---- a file each: an operation of the plan; 0 or -errno ---- */

/**
 * view_dev - own device nodes, pseudo-terminals and message queues at the target of @op
 */
int view_dev(struct view *v, const struct view_op *op);

/**
 * view_terminal - give the login its terminal: the host's, at its own name in the view's /dev
 *
 * Without one, or where it cannot be had, the login works by its descriptors.
 * Return: 0; -errno, and @v->object says for what.
 */
int view_terminal(struct view *v);

/**
 * view_overlay - an overlay over the host's source of @op; its upper layer is a tmpfs of its own
 */
int view_overlay(struct view *v, const struct view_op *op);

/**
 * view_copy - a copy of the host's source of @op that belongs to the plan's user
 *
 * Return: 0; -ENOENT for all but a small file of root's that everybody may read; another -errno.
 */
int view_copy(struct view *v, const struct view_op *op);

/**
 * view_names - the session's terminals in the caller view, by names that are unique on the host
 *
 * sshd records a login under the name that ttyname(3) finds for a terminal. In the session's own
 * devpts the first terminal of every session would be /dev/pts/0. Here /dev/pts becomes a directory
 * of links, and the devpts lies below it. The first terminal is called after @v->number, a terminal
 * of the host's that the keeper holds for the session; the others after the session.
 */
int view_names(struct view *v, const struct view_op *op);

#endif
