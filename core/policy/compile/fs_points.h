/* SPDX-License-Identifier: Apache-2.0 */
/* fs_points.h - the mount points of a view while they are collected */
#ifndef CORDON_POLICY_COMPILE_FS_POINTS_H
#define CORDON_POLICY_COMPILE_FS_POINTS_H

#include "policy/compile/compile.h"

#include <limits.h>
#include <stdbool.h>

enum point_rank { RANK_BASE, RANK_LIST, RANK_GIVEN };

/**
 * struct point - what is at @target; two of one target: the higher rank wins, then the later
 *
 * A default below a path that the rule makes inaccessible, or an empty file system, is dropped, but
 * one that is @needed; below an empty file system the @home stays, which Home= has a word for.
 */
struct point {
	enum view_kind kind;
	enum point_rank rank;
	unsigned flags;
	char *target, *source; /* @source may be NULL */
	uint64_t size_bytes, inodes;
	uint32_t mode;
	bool needed;	      /* there is no session without it */
	bool home;	      /* the account's home, or a name of it */
	bool read_only_given; /* a tmpfs that is to be read-only once it is filled */
};

/**
 * struct attr - from @path down: read-only, or not executable; -1: says nothing about it
 *
 * The longest path wins, of two equal ones the stricter; what the rule gives wins over every
 * default.
 */
struct attr {
	char *path;
	int read_only, noexec;
	bool given;
};

struct points {
	struct point *at;
	size_t n;
	struct attr *attr;
	size_t n_attr;
	const char *root; /* RootDirectory=, looked at before anything is taken from it; "" none */
	bool failed;	  /* out of memory; everything after it does nothing */
};

/**
 * struct emit - the view of one login while it is put together
 * @root: RootDirectory=, "" for the host's own
 * @home: where the home really is: no symlink on the way
 */
struct emit {
	const struct settings *set;
	const struct facts *facts;
	const char *root, *home;
	struct points p;
};

/**
 * points_add - one more point of the view; copies @target and @source
 *
 * Return: the point, to be filled in before the next one is added; without memory one that is
 * nowhere, so that callers needn't look.
 */
struct point *points_add(struct points *p, enum point_rank rank, enum view_kind kind,
			 const char *target, const char *source, unsigned flags);
/* @read_only and @noexec: 0, 1, or -1 for as it is; @given: by the rule. Copies @path. */
void points_attr(struct points *p, const char *path, int read_only, int noexec, bool given);
/* The point at @path, or the nearest above it; NULL: there is only the root. */
struct point *points_above(const struct points *p, const char *path);
/* Is @path @dir or below it? */
bool path_below(const char *path, const char *dir);
/* fs_given.c: what the rule names itself, on top of the defaults. */
int fs_given(struct emit *m, struct err *e);
/* fs_given.c: a bound of files that grows with that of bytes */
uint64_t fs_inodes(uint64_t bytes);
/* Forget all points but the first @n. */
void points_drop(struct points *p, size_t n);
/* fs_people.c: is @home a directory of the system, or one where everybody's homes are? */
bool fs_shared(const char *home, uid_t uid);
/*
 * fs_people.c: hide the homes of other accounts of passwd(5) below @home; below a directory of the
 * system those of people alone. Return: false where they are too many, or can't be told.
 */
bool fs_hide_people(struct emit *m, const char *home);
/* fs_emit.c: is @path one of the directories of "/" that are shown? */
bool fs_top(const char *path);
/* fs_emit.c: does the view show the part of the host's "/" that @path is in? */
bool fs_shown(const char *path);
/* fs_real.c: @path without the symlinks that root made; @path itself where it can't be found. */
const char *fs_real(const char *path, char *buf, size_t size);
/*
 * fs_real.c: is it certain that the host has no @path? Looked at as the view will be built, by root
 * and by the user where root may not; what can't be told isn't missing.
 */
bool fs_missing(const struct facts *f, const char *path);
/* fs_outer.c: withhold from the PAM caller what AllowCommands= doesn't grant it; comes last. */
void fs_outer(struct emit *m);
/* Sort, parents first, drop what lost, write the operations. */
int points_emit(struct points *p, struct plan_buf *b, struct span *ret, struct err *e);
void points_free(struct points *p);

#endif
