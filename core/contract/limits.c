/* SPDX-License-Identifier: Apache-2.0 */
/* limits.c - see limits.h */
#include "contract/limits.h"

#include <sys/resource.h>

#ifndef RLIMIT_RTTIME
#define RLIMIT_RTTIME 15
#endif

const struct plan_limit plan_limits[PLAN_LIMITS] = {
#define LIMIT(RESOURCE, field, type, def, help) \
	{ RLIMIT_##RESOURCE, "Limit" #RESOURCE, offsetof(struct plan_settings, limit_##field) },
#include "limits.def"
#undef LIMIT
};

const struct plan_pair *plan_limit_pair(const struct plan *plan, size_t row)
{
	return (const void *)((const char *)&plan->set + plan_limits[row].at);
}

size_t plan_limit_row(int resource)
{
	size_t row = 0;

	while (row < PLAN_LIMITS && plan_limits[row].resource != resource)
		row++;
	return row;
}
