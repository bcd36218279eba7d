/* SPDX-License-Identifier: Apache-2.0 */
/* plan_buf.h - a part of the plan while it grows */
#ifndef CORDON_POLICY_COMPILE_PLAN_BUF_H
#define CORDON_POLICY_COMPILE_PLAN_BUF_H

#include "contract/plan.h"

#include <stddef.h>

/**
 * struct plan_buf - the bytes so far; positions are offsets of the first one
 */
struct plan_buf {
	char *data;
	size_t len, room;
	int failed; /* -ENOMEM or -E2BIG, once; everything after it does nothing */
};

/**
 * plan_put - append @len bytes at a multiple of @align
 *
 * Return: where they are; see @b->failed.
 */
struct span plan_put(struct plan_buf *b, const void *data, size_t len, size_t align);

/**
 * plan_put_str - append a string; NULL and "" are the empty span
 */
struct span plan_put_str(struct plan_buf *b, const char *s);

/**
 * plan_put_end - fill the last eight bytes up, so that another part can follow
 *
 * Return: the size of the part.
 */
uint32_t plan_put_end(struct plan_buf *b);

#endif
