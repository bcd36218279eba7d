/* SPDX-License-Identifier: Apache-2.0 */
/* steps.c - see steps.h */
#include "confine/steps.h"

#include <stddef.h>

const char *step_name(uint32_t step)
{
	static const char *const names[STEP_LAST] = {
#define STEP(ID, name, who, function) [STEP_##ID] = name,
#define AGAIN(ID, who, function)
#include "steps.def"
#undef STEP
#undef AGAIN
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

int steps_walk(struct confine *c, const struct step_row *rows, size_t n, enum step last)
{
	while (c->next < n) {
		const struct step_row *row = &rows[c->next++];
		int r;

		c->object = 0;
		r = row->run(c);
		if (r < 0 && c->fail.err == 0)
			return fail_set(&c->fail, row->step, r, c->object);
		if (r < 0)
			return r;
		if (row->step == last)
			break;
	}
	return 0;
}
