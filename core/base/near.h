/* SPDX-License-Identifier: Apache-2.0 */
/* near.h - the known name that is nearest to a wrong one */
#ifndef CORDON_BASE_NEAR_H
#define CORDON_BASE_NEAR_H

/**
 * struct near - the search for the known name nearest to a wrong one
 * @bad:      the wrong name; NULL where it is too long to compare
 * @best:     the nearest name so far, NULL for none; it belongs to the caller of near_try()
 * @distance: only names nearer than this replace @best
 */
struct near {
	const char *bad;
	const char *best;
	unsigned distance;
};

/**
 * near_start - begin the search for the name nearest to @bad
 */
void near_start(struct near *n, const char *bad);

/**
 * near_try - compare the known name @name
 *
 * The distance of two names is the number of letters to change, add, drop or swap. Case does not
 * count.
 */
void near_try(struct near *n, const char *name);

#endif
