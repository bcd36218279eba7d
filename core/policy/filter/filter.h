/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.h - the system-call filter of a session
 *
 * cordon-filter compiles it, see core/filter/filter.h. The programs here ask it, and keep what it
 * has answered: a login whose rule, kernel and programs are those of an earlier one starts nothing.
 */
#ifndef CORDON_POLICY_FILTER_FILTER_H
#define CORDON_POLICY_FILTER_FILTER_H

#include "base/err.h"
#include "contract/filter.h"
#include "policy/settings/settings.h"

#include <stddef.h>

/**
 * filter_emit - the program that enforces the merged @set
 * @ret: written on success only
 *
 * Context: before any clone; allocates, and may start cordon-filter and wait for it.
 * Return:  0; -EINVAL with @err saying file:line; another -errno with @err, where cordon-filter
 *          cannot be asked.
 */
int filter_emit(const struct settings *set, struct filter_prog *ret, struct err *err);

/**
 * filter_free - give a program back; @prog may be NULL or empty
 */
void filter_free(struct filter_prog *prog);

/**
 * filter_words - report every word of @set's lists that the filter cannot be made from
 * @d: gets them; filter_emit() stops at the first
 */
void filter_words(const struct settings *set, struct diag *d);

/**
 * filter_call_name - the name of the system call @nr, by asking cordon-filter
 *
 * Return: 0; -ENOENT: no name is known; another -errno.
 */
int filter_call_name(int nr, char *buf, size_t size);

/**
 * filter_usable - does the cordon-filter in use start and answer
 *
 * Return: 0; -errno with @err filled.
 */
int filter_usable(struct err *err);

/**
 * filter_beside - use the cordon-filter in the directory @dir in place of the installed one
 *
 * For programs that run where they were built. What such a cordon-filter answers is not kept.
 */
void filter_beside(const char *dir);

/**
 * filter_helper - the path of the cordon-filter in use
 */
const char *filter_helper(void);

#endif
