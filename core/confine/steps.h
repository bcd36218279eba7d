/* SPDX-License-Identifier: Apache-2.0 */
/* steps.h - the steps of a session's set-up, and how one that failed is reported */
#ifndef CORDON_CONFINE_STEPS_H
#define CORDON_CONFINE_STEPS_H

#include "base/sys_ns.h"

#include <stdint.h>

enum step {
	STEP_NONE = 0,
#define STEP(ID, name) STEP_##ID,
#include "steps.def"
#undef STEP
	STEP_LAST
};

/**
 * struct child_fail - the one report of a child that could not go on
 * @err:    negative errno
 * @object: plan offset of the path or name it was about, 0 for none
 */
struct child_fail {
	uint32_t step;
	int32_t err;
	uint32_t object;
};

/**
 * step_name - the step's name for the log, "?" for a number that is none
 */
const char *step_name(uint32_t step);

/**
 * step_prove_ns - the step that reads back a namespace of @kind
 */
enum step step_prove_ns(enum ns_kind kind);

/**
 * fail_set - fill @f; @f may be NULL
 *
 * Return: @err, so that "return fail_set(...)" reads as what it does.
 */
int fail_set(struct child_fail *f, enum step step, int err, uint32_t object);

#endif
