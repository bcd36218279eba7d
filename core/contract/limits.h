/* SPDX-License-Identifier: Apache-2.0 */
/* limits.h - the resource limits of a plan, by the rows of limits.def */
#ifndef CORDON_CONTRACT_LIMITS_H
#define CORDON_CONTRACT_LIMITS_H

#include "contract/plan.h"

#include <stddef.h>
#include <stdint.h>

/* The number of rows. */
enum {
	PLAN_LIMITS = 0
#define LIMIT(RESOURCE, field, type, def, help) +1
#include "limits.def"
#undef LIMIT
};

/**
 * struct plan_limit - a row
 * @resource: RLIMIT_ of setrlimit(2)
 * @name:     the directive, such as LimitNOFILE
 * @at:       where struct plan_settings has the value
 */
struct plan_limit {
	int resource;
	const char *name;
	size_t at;
};
extern const struct plan_limit plan_limits[PLAN_LIMITS];

/**
 * plan_limit_pair - the value that the plan has for a row of plan_limits
 */
const struct plan_pair *plan_limit_pair(const struct plan *plan, size_t row);

/**
 * plan_limit_row - the row of a resource; PLAN_LIMITS: there is none
 */
size_t plan_limit_row(int resource);

#endif
