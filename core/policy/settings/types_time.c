/* SPDX-License-Identifier: Apache-2.0 */
/* types_time.c - the types of the directives that bound sessions in time */
#include "policy/settings/types.h"

#include "contract/words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

/* Somebody waits for the login meanwhile. */
static int parse_start_span(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	const int r = parse_stop_span(t, text, ret_v, e);

	return r == 0 && *ret_v < USEC ?
		       err_set(e, -EINVAL, "'%s' is too short; expected a time span of 1s to 1h",
			       text) :
		       r;
}

const struct type type_START_SPAN = { .name = "START_SPAN",
				      .syntax = "a time span of 1s to 1h",
				      .storage = STORE_NUM,
				      .parse_num = parse_start_span,
				      .print_num = print_span };

/* No session could begin. */
static int parse_max_span(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	const int r = type_usec(text, USEC, ret_v, e);

	(void)t;
	if (r == 0 && *ret_v < USEC)
		return err_set(e, -EINVAL, "'%s' is too short; expected at least 1s, or infinity",
			       text);
	return r;
}

const struct type type_MAX_SPAN = { .name = "MAX_SPAN",
				    .syntax = "a time span of at least 1s, or infinity",
				    .storage = STORE_NUM,
				    .parse_num = parse_max_span,
				    .print_num = print_span };

static int parse_sessions(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	const char *end = text;

	(void)t;
	if (strcmp(text, "infinity") == 0) {
		*ret_v = LIMIT_INFINITY;
		return 0;
	}
	if (type_number(text, &end, ret_v) < 0 || *end != '\0' || *ret_v < 1 || *ret_v > 1u << 20)
		return err_set(e, -EINVAL,
			       "invalid value '%s'; expected a number from 1 to 1048576, or infinity",
			       text);
	return 0;
}

static void print_sessions(const struct type *t, uint64_t v, char *buf, size_t size)
{
	(void)t;
	if (v == LIMIT_INFINITY)
		(void)snprintf(buf, size, "infinity"); /* fits */
	else
		(void)snprintf(buf, size, "%llu", (unsigned long long)v);
}

const struct type type_MAX_SESSIONS = { .name = "MAX_SESSIONS",
					.syntax = "a number from 1 to 1048576, or infinity",
					.storage = STORE_NUM,
					.parse_num = parse_sessions,
					.print_num = print_sessions };
