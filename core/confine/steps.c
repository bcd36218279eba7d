/* SPDX-License-Identifier: Apache-2.0 */
/* steps.c - see steps.h */
#include "confine/steps.h"

#include <stddef.h>

const char *step_name(uint32_t step)
{
	static const char *const names[STEP_LAST] = {
#define STEP(ID, name) [STEP_##ID] = name,
#include "steps.def"
#undef STEP
	};

	return step < STEP_LAST && names[step] != NULL ? names[step] : "?";
}

int fail_set(struct child_fail *f, enum step step, int err, uint32_t object)
{
	if (f != NULL)
		*f = (struct child_fail){ .step = step, .err = err, .object = object };
	return err;
}
