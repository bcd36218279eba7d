/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kept.h - answers of cordon-filter, kept until the host starts again
 *
 * One file for each request. A file counts only while everything that its answer was made from is
 * the same: the whole request, cordon-filter and its library. A file that does not count, for
 * whatever reason, is no error: it is missed, and overwritten.
 */
#ifndef CORDON_POLICY_FILTER_KEPT_H
#define CORDON_POLICY_FILTER_KEPT_H

#include "contract/filter.h"

#include <sys/types.h>

enum { KEPT_MAX = 512 }; /* of files; with more of them, all are removed */

/**
 * struct kept - where answers are kept
 * @parent:  is made where it is missing, as is the directory @name in it
 * @owner:   has both directories and all files, and nobody else may write to them
 * @program: the cordon-filter that has to have made the answers
 */
struct kept {
	const char *parent;
	const char *name;
	uid_t owner;
	const char *program;
};

/**
 * kept_find - the answer to @request that is kept
 * @ret: an answer of code 0, the caller's to free(3)
 *
 * Return: 0; -ENOENT: none that counts.
 */
int kept_find(const struct kept *k, const struct filter_request *request,
	      struct filter_answer **ret);

/**
 * kept_store - keep @answer to @request, in place of the one that is kept
 *
 * The file is whole under its name, or it is not there. Several processes may store at once.
 * Context: as @owner.
 * Return:  0; -errno, and nothing is kept.
 */
int kept_store(const struct kept *k, const struct filter_request *request,
	       const struct filter_answer *answer);

#endif
