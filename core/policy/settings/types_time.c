/* SPDX-License-Identifier: Apache-2.0 */
/* types_time.c - the types of the directives that bound sessions in time */
#include "policy/settings/types.h"

#include <errno.h>

enum { USEC = 1000000, STOP_SEC_MAX = 3600 };

static void print_span(const struct type *t, uint64_t v, char *buf, size_t size)
{
	(void)t;
	type_usec_print(v, buf, size);
}

/* An end that never comes would leave processes behind. */
static int parse_stop_span(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	uint64_t usec;
	const int r = type_usec(text, USEC, &usec, e);

	(void)t;
	if (r < 0)
		return r;
	if (usec > (uint64_t)STOP_SEC_MAX * USEC)
		return err_set(e, -EINVAL, "'%s' is too long; expected a time span of 0 to 1h",
			       text);
	*ret_v = usec;
	return 0;
}

const struct type type_STOP_SPAN = { .name = "STOP_SPAN",
				     .syntax = "a time span of 0 to 1h",
				     .storage = STORE_NUM,
				     .parse_num = parse_stop_span,
				     .print_num = print_span };
