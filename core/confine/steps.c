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

enum step step_prove_ns(enum ns_kind kind)
{
	static const enum step steps[NS_N] = {
#define NAMESPACE(KIND, word, flag, by) [NS_##KIND] = STEP_PROVE_##KIND##_NS,
#include "namespaces.def"
#undef NAMESPACE
	};

	return steps[kind];
}

int fail_set(struct child_fail *f, enum step step, int err, uint32_t object)
{
	if (f != NULL)
		*f = (struct child_fail){ .step = step, .err = err, .object = object };
	return err;
}
