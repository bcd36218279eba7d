/* SPDX-License-Identifier: Apache-2.0 */
/* diag.h - every error of a set of files, the first one always */
#ifndef CORDON_POLICY_TEXT_DIAG_H
#define CORDON_POLICY_TEXT_DIAG_H

#include "base/err.h"

#include <stddef.h>

/**
 * struct diag - errors as they are found
 * @first: the first one reported; its code is 0 while there is none
 * @list:  up to @max of them, in the order of reporting
 * @total: how many were reported, those that found no place in @list included
 * @max:   how many to keep; 0 keeps @first alone and never allocates
 *
 * Zeroed, it is ready for a login, which needs the first error only.
 */
struct diag {
	struct err first;
	struct err *list;
	size_t n, total, max;
};

enum { DIAG_MAX = 1000 }; /* what `cordon check` keeps of one file */

/**
 * diag_add - report an error at @line of @file
 * @d: may be NULL: then only the code is returned
 *
 * The same error of the same place is kept once: several rules may name one broken profile.
 * When memory runs out @first and @total still tell that there was one.
 *
 * Return: @code, so that "return diag_add(...)" reads as what it does.
 */
int diag_add(struct diag *d, const char *file, unsigned line, int code, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/**
 * diag_err - report @e, whose code is not 0
 *
 * Return: its code.
 */
int diag_err(struct diag *d, const struct err *e);

/**
 * diag_sort - bring the errors of @d into the order of their lines, file after file
 */
void diag_sort(struct diag *d);

/**
 * diag_free - release the list; @d is ready for use again
 */
void diag_free(struct diag *d);

/**
 * struct near - the search for the name that was meant
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
 * near_try - is @name what was meant?
 *
 * Two names are near when few letters need to be changed, added, dropped or swapped to get from
 * one to the other; case doesn't count.
 */
void near_try(struct near *n, const char *name);

#endif
