/* fs_points.h - the mount points of a view while they are collected */
#ifndef CORDON_POLICY_FS_POINTS_H
#define CORDON_POLICY_FS_POINTS_H

#include "compile.h"

#include <limits.h>
#include <stdbool.h>

enum point_rank { RANK_BASE, RANK_LIST, RANK_GIVEN };

/**
 * struct point - what is at @target; two of one target: the higher rank wins, then the later
 */
struct point {
	enum view_kind kind;
	enum point_rank rank;
	unsigned flags;
	char *target, *source; /* @source may be NULL */
	uint64_t size_bytes, inodes;
	uint32_t mode;
	bool read_only_given; /* a tmpfs that is to be read-only once it is filled */
};

/**
 * struct attr - from @path down: read-only, or not executable; -1: says nothing about it
 *
 * The longest path wins; what the rule gives wins over every default.
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
	bool failed; /* out of memory; everything after it does nothing */
};

struct point *points_add(struct points *p, enum point_rank rank, enum view_kind kind,
			 const char *target, const char *source, unsigned flags);
void points_attr(struct points *p, const char *path, int read_only, int noexec, bool given);
/* The point at @path, or the nearest above it; NULL: there is only the root. */
struct point *points_above(const struct points *p, const char *path);
/* Is @path @dir or below it? */
bool path_below(const char *path, const char *dir);
/* Sort, parents first, drop what lost, write the operations. */
int points_emit(struct points *p, struct plan_buf *b, struct span *ret, struct err *e);
void points_free(struct points *p);

#endif
