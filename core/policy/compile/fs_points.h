/* SPDX-License-Identifier: Apache-2.0 */
/* fs_points.h - the mount points of a view, from the first one to the sorted operations */
#ifndef CORDON_POLICY_COMPILE_FS_POINTS_H
#define CORDON_POLICY_COMPILE_FS_POINTS_H

#include "policy/compile/compile.h"
#include "policy/compile/plan_buf.h"

#include <limits.h>
#include <stdbool.h>

/* A default, a path of the five path lists, and a mount that the rule asks for. */
enum point_rank { RANK_BASE, RANK_LIST, RANK_GIVEN };

/**
 * struct point - what is at @target
 *
 * Of two points with one target the higher rank wins; of one rank the later point wins. A default
 * is dropped where the rule makes a path above it inaccessible, or mounts an empty file system
 * there, unless it is @needed. Below an empty file system the @home stays as well: Home= says what
 * the home is.
 */
struct point {
	enum view_kind kind;
	enum point_rank rank;
	unsigned flags;
	char *target, *source; /* @source may be NULL */
	uint64_t size_bytes, inodes;
	uint32_t mode;
	bool needed;	      /* a session cannot start without it */
	bool home;	      /* the home of the account, or a name of the home */
	bool read_only_given; /* a tmpfs that becomes read-only once it is filled */
};

/**
 * struct attr - whether all below @path is read-only or not executable; -1: says nothing
 *
 * The longest path wins; of two equal paths the stricter value wins. Values of the rule win over
 * all defaults.
 */
struct attr {
	char *path;
	int read_only, noexec;
	bool given; /* by the rule */
};

struct points {
	struct point *at;
	size_t n;
	struct attr *attr;
	size_t n_attr;
	const char *root; /* RootDirectory=, checked before anything is taken from it; "": none */
	bool failed;	  /* out of memory; all later calls do nothing */
};

/**
 * points_add - add a point to the view; copies @target and @source
 *
 * Return: the point, for the caller to fill in before it adds the next one. Without memory it is
 * an unused point, and points_emit() returns the error: callers need no check.
 */
struct point *points_add(struct points *p, enum point_rank rank, enum view_kind kind,
			 const char *target, const char *source, unsigned flags);

/**
 * points_attr - set the attributes of all below @path, which is copied
 * @read_only, @noexec: 0, 1, or -1 to leave the attribute as it is
 * @given:              the rule says so
 */
void points_attr(struct points *p, const char *path, int read_only, int noexec, bool given);

/**
 * points_above - the point at @path, or the nearest above it, of the session view
 *
 * Return: NULL: only the root is above it.
 */
struct point *points_above(const struct points *p, const char *path);

/**
 * points_drop - remove all points but the first @n
 */
void points_drop(struct points *p, size_t n);

/**
 * points_emit - sort the points, drop those that lost, and write the operations to @b
 *
 * Parents come before what is below them.
 * Return: 0; -ENOMEM with the message of @e filled.
 */
int points_emit(struct points *p, struct plan_buf *b, struct span *ret, struct err *e);

/**
 * points_free - give back what @p holds
 */
void points_free(struct points *p);

/**
 * path_below - is @path @dir itself, or below it
 */
bool path_below(const char *path, const char *dir);

/* The directories of "/" that a view shows, if the host has them; ended by NULL. */
extern const char *const fs_tops[];

/**
 * fs_top - is @path one of fs_tops
 */
bool fs_top(const char *path);

/**
 * fs_shown - is @path one of fs_tops, or below one
 */
bool fs_shown(const char *path);

/**
 * fs_inodes - the limit on files that goes with a limit of @bytes on a tmpfs
 */
uint64_t fs_inodes(uint64_t bytes);

#endif
