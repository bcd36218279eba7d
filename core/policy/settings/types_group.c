/* SPDX-License-Identifier: Apache-2.0 */
/* types_group.c - the types of the directives about control groups */
#include "policy/settings/types.h"

#include "contract/words.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { HUNDREDTHS = 100, ALL = 100 * HUNDREDTHS, WEIGHT_MAX = 10000 };
enum {
	QUOTA_MIN = 10,
	QUOTA_MAX = 8192 * ALL
}; /* the kernel takes a millisecond a second at least */

/* "12.5%" in hundredths of a percent; false: @text is no percentage. */
static bool percentage(const char *text, uint64_t *ret)
{
	uint64_t whole, part = 0;
	const char *at;

	if (type_number(text, &at, &whole) < 0 || whole > UINT32_MAX)
		return false;
	if (*at == '.') {
		unsigned unit = HUNDREDTHS / 10;

		for (at++; *at >= '0' && *at <= '9' && unit > 0; at++, unit /= 10)
			part += (unsigned)(*at - '0') * unit;
		if (at[-1] == '.')
			return false;
	}
	*ret = whole * HUNDREDTHS + part;
	return strcmp(at, "%") == 0;
}

static void percentage_print(uint64_t v, char *buf, size_t size)
{
	const unsigned long long whole = v / HUNDREDTHS;
	const unsigned part = (unsigned)(v % HUNDREDTHS);

	if (part == 0)
		(void)snprintf(buf, size, "%llu%%", whole); /* fits */
	else if (part % 10 == 0)
		(void)snprintf(buf, size, "%llu.%u%%", whole, part / 10); /* fits */
	else
		(void)snprintf(buf, size, "%llu.%02u%%", whole, part); /* fits */
}

/* A share of all that the host has; 0 or more than all is an error. Return: 1: it is no percentage. */
static int share_of_host(const char *text, uint64_t *ret_v, struct err *e)
{
	if (strchr(text, '%') == NULL)
		return 1;
	if (!percentage(text, ret_v) || *ret_v == 0 || *ret_v > ALL)
		return err_set(e, -EINVAL,
			       "invalid percentage '%s'; expected more than 0%% and at most 100%%",
			       text);
	*ret_v |= GROUP_PERCENT;
	return 0;
}

static int parse_size(char *text, uint64_t least, uint64_t *ret_v, struct err *e)
{
	int r = share_of_host(text, ret_v, e);

	if (r <= 0)
		return r;
	r = type_size(text, ret_v, e);
	if (r < 0)
		return r;
	if (*ret_v == LIMIT_INFINITY)
		*ret_v = GROUP_NO_BOUND;
	else if (*ret_v >= GROUP_PERCENT)
		return err_set(e, -EINVAL, "'%s' is too large; expected less than 4E, or infinity",
			       text);
	else if (*ret_v < least)
		return err_set(e, -EINVAL, "'%s' is too small; expected more than 0, or infinity",
			       text);
	return 0;
}

static int parse_max(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	(void)t;
	return parse_size(text, 1, ret_v, e);
}

static int parse_swap(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	(void)t;
	return parse_size(text, 0, ret_v, e);
}

static int parse_tasks(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	const char *end = text;
	int r = share_of_host(text, ret_v, e);

	(void)t;
	if (r <= 0)
		return r;
	if (strcmp(text, "infinity") == 0) {
		*ret_v = GROUP_NO_BOUND;
		return 0;
	}
	r = type_number(text, &end, ret_v);
	if (r < 0 || *end != '\0' || *ret_v < 1 || *ret_v > UINT32_MAX)
		return err_set(
			e, -EINVAL,
			"invalid number '%s'; expected a number from 1 on, a percentage such as 10%%, or infinity",
			text);
	return 0;
}

static int parse_quota(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	(void)t;
	if (!percentage(text, ret_v) || *ret_v < QUOTA_MIN || *ret_v > QUOTA_MAX)
		return err_set(
			e, -EINVAL,
			"invalid value '%s'; expected a percentage such as 150%%, 0.1%% at least",
			text);
	return 0;
}

static int parse_weight(char *text, const char *words, uint64_t *ret_v, struct err *e)
{
	const char *end = text;
	const int r = type_number(text, &end, ret_v);

	if (r < 0 || *end != '\0' || *ret_v < 1 || *ret_v > WEIGHT_MAX)
		return err_set(e, -EINVAL, "invalid weight '%s'; expected a number from 1 to %d%s",
			       text, WEIGHT_MAX, words);
	return 0;
}

static int parse_io_weight(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	(void)t;
	return parse_weight(text, "", ret_v, e);
}

static int parse_cpu_weight(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	(void)t;
	if (strcmp(text, "idle") == 0) {
		*ret_v = 0;
		return 0;
	}
	return parse_weight(text, ", or idle", ret_v, e);
}

static void print_number(const struct type *t, uint64_t v, char *buf, size_t size)
{
	(void)t;
	if (v == NUM_UNSET)
		buf[0] = '\0';
	else if (v == GROUP_NO_BOUND)
		(void)snprintf(buf, size, "infinity"); /* fits */
	else if (v & GROUP_PERCENT)
		percentage_print(v & ~GROUP_PERCENT, buf, size);
	else
		(void)snprintf(buf, size, "%llu", (unsigned long long)v); /* fits */
}

static void print_size(const struct type *t, uint64_t v, char *buf, size_t size)
{
	if (v < GROUP_PERCENT)
		type_size_print(t, v, buf, size);
	else
		print_number(t, v, buf, size);
}

static void print_quota(const struct type *t, uint64_t v, char *buf, size_t size)
{
	(void)t;
	buf[0] = '\0';
	if (v != NUM_UNSET)
		percentage_print(v, buf, size);
}

static void print_cpu_weight(const struct type *t, uint64_t v, char *buf, size_t size)
{
	if (v == 0)
		(void)snprintf(buf, size, "idle"); /* fits */
	else
		print_number(t, v, buf, size);
}

#define GROUP_TYPE(NAME, text, parse, print) \
	const struct type type_##NAME = { .name = #NAME, \
					  .syntax = text, \
					  .storage = STORE_NUM, \
					  .flags = TYPE_UNSET, \
					  .unset = NUM_UNSET, \
					  .parse_num = parse, \
					  .print_num = print }

GROUP_TYPE(GROUP_SIZE, "a size, a percentage or infinity", parse_max, print_size);
GROUP_TYPE(GROUP_SWAP, "a size, a percentage or infinity", parse_swap, print_size);
GROUP_TYPE(GROUP_TASKS, "a number, a percentage or infinity", parse_tasks, print_number);
GROUP_TYPE(GROUP_WEIGHT, "a number from 1 to 10000", parse_io_weight, print_number);
GROUP_TYPE(CPU_WEIGHT, "a number from 1 to 10000, or idle", parse_cpu_weight, print_cpu_weight);
GROUP_TYPE(CPU_QUOTA, "a percentage of one CPU", parse_quota, print_quota);

const struct type type_SHARE = {
	.name = "SHARE",
	.syntax = "session or user",
	.storage = STORE_NUM,
	.words = (const struct word[]){ { "session", SHARE_SESSION },
					{ "user", SHARE_USER },
					{ NULL, 0 } },
	.parse_num = type_word_parse,
	.print_num = type_word_print,
};
