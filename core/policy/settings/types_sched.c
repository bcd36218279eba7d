/* SPDX-License-Identifier: Apache-2.0 */
/* types_sched.c - the types of the scheduling directives, and of Personality= */
#include "policy/settings/types.h"

#include "base/cpus.h"
#include "contract/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>

/* An integer from @min to @max. Values are unsigned, so a negative @min is subtracted before storing. */
static int parse_range(char *text, long min, long max, uint64_t *ret_v, struct err *e)
{
	char *end = text;
	const long v = strchr(" \t\n+", text[0]) != NULL ? 0 : strtol(text, &end, 10);

	if (end == text || *end != '\0' || v < min || v > max)
		return err_set(e, -EINVAL, "invalid value '%s'; expected a number from %ld to %ld",
			       text, min, max);
	*ret_v = (uint64_t)(v - (min < 0 ? min : 0));
	return 0;
}

static void print_range(uint64_t v, long min, char *buf, size_t size)
{
	if (v == NUM_UNSET)
		(void)snprintf(buf, size, "%s", ""); /* fits */
	else
		(void)snprintf(buf, size, "%ld", (long)v + (min < 0 ? min : 0));
}

#define RANGE_TYPE(NAME, min, max) \
	static int parse_##NAME(const struct type *t, char *text, uint64_t *ret_v, struct err *e) \
	{ \
		(void)t; \
		return parse_range(text, min, max, ret_v, e); \
	} \
	static void print_##NAME(const struct type *t, uint64_t v, char *buf, size_t size) \
	{ \
		(void)t; \
		print_range(v, min, buf, size); \
	} \
	const struct type type_##NAME = { .name = #NAME, \
					  .syntax = "a number from " #min " to " #max, \
					  .storage = STORE_NUM, \
					  .flags = TYPE_UNSET, \
					  .unset = NUM_UNSET, \
					  .parse_num = parse_##NAME, \
					  .print_num = print_##NAME }

RANGE_TYPE(NICE, -20, 19);
RANGE_TYPE(OOM_SCORE, -1000, 1000);
RANGE_TYPE(CPU_PRIORITY, 1, 99);
RANGE_TYPE(IO_PRIORITY, 0, 7);

static void print_word(const struct type *t, uint64_t v, char *buf, size_t size)
{
	if (v == NUM_UNSET)
		(void)snprintf(buf, size, "%s", ""); /* fits */
	else
		type_word_print(t, v, buf, size);
}

#define UNSET_WORD_TYPE(NAME, text, ...) \
	const struct type type_##NAME = { .name = #NAME, \
					  .syntax = text, \
					  .storage = STORE_NUM, \
					  .flags = TYPE_UNSET, \
					  .unset = NUM_UNSET, \
					  .words = (const struct word[]){ __VA_ARGS__, \
									  { NULL, 0 } }, \
					  .parse_num = type_word_parse, \
					  .print_num = print_word }

UNSET_WORD_TYPE(CPU_POLICY, "other, batch, idle, fifo or rr", { "other", CPU_POLICY_OTHER },
		{ "batch", CPU_POLICY_BATCH }, { "idle", CPU_POLICY_IDLE },
		{ "fifo", CPU_POLICY_FIFO }, { "rr", CPU_POLICY_RR });
UNSET_WORD_TYPE(IO_CLASS, "none, best-effort, idle or realtime", { "none", IO_CLASS_NONE },
		{ "best-effort", IO_CLASS_BEST_EFFORT }, { "idle", IO_CLASS_IDLE },
		{ "realtime", IO_CLASS_REALTIME });

const struct type type_CORE_SCHEDULING = {
	.name = "CORE_SCHEDULING",
	.syntax = "session, user or no",
	.storage = STORE_NUM,
	.words = (const struct word[]){ { "no", CORE_SCHEDULING_NO },
					{ "session", CORE_SCHEDULING_SESSION },
					{ "user", CORE_SCHEDULING_USER },
					{ NULL, 0 } },
	.parse_num = type_word_parse,
	.print_num = type_word_print,
};

#if defined __x86_64__
UNSET_WORD_TYPE(PERSONALITY, "x86 or x86-64", { "x86", PER_LINUX32 }, { "x86-64", PER_LINUX });
#elif defined __aarch64__
UNSET_WORD_TYPE(PERSONALITY, "arm or arm64", { "arm", PER_LINUX32 }, { "arm64", PER_LINUX });
#else
UNSET_WORD_TYPE(PERSONALITY, "nothing: this machine has one personality", { "native", PER_LINUX });
#endif

static int check_cpus(char *text, struct err *e)
{
	const char *at = text;
	unsigned from, to;
	int r;

	do
		r = *text == '\0' ? -EINVAL : cpus_next(&at, &from, &to);
	while (r > 0);
	return r == 0 ? 0 :
			err_set(e, -EINVAL,
				"invalid value '%s'; expected CPU numbers and ranges such as 0,2-3",
				text);
}

const struct type type_CPUS = { .name = "CPUS",
				.syntax = "CPU numbers and ranges",
				.storage = STORE_LIST,
				.check = check_cpus };
