/* SPDX-License-Identifier: Apache-2.0 */
/* diag.h - all errors of a set of files: the first one always, a list of the rest on request */
#ifndef CORDON_POLICY_TEXT_DIAG_H
#define CORDON_POLICY_TEXT_DIAG_H

#include "base/err.h"

#include <stddef.h>

/**
 * struct diag - the errors found so far
 * @first: the first error; its code is 0 while there is none
 * @list:  up to @max errors in the order in which they were reported
 * @total: the number of errors reported, including those that @list has no room for
 * @max:   the number of errors to keep; with 0 only @first is kept and nothing is allocated
 *
 * A zeroed structure is ready for use by a login, which needs only the first error.
 */
struct diag {
	struct err first;
	struct err *list;
	size_t n, total, max;
};

enum { DIAG_MAX = 1000 }; /* the number of errors that `cordon check` keeps for one file */

/**
 * diag_add - report an error at @line of @file
 * @d: NULL: only return the code
 *
 * An error at one place is kept once, although several rules may name one broken profile.
 * Without memory for @list, @first and @total still record the error.
 *
 * Return: @code, so that a caller can report and return in one statement.
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
 * diag_sort - sort the errors of each file by line
 */
void diag_sort(struct diag *d);

/**
 * diag_free - free the list; @d can be used again
 */
void diag_free(struct diag *d);

#endif
