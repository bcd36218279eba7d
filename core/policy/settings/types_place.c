/* SPDX-License-Identifier: Apache-2.0 */
/* types_place.c - the types of the directives about sessions that outlive their logins */
#include "policy/settings/types.h"

#include "contract/words.h"

enum { USEC = 1000000 };

#define WORD_TYPE(NAME, text, ...) \
	const struct type type_##NAME = { .name = #NAME, \
					  .syntax = text, \
					  .storage = STORE_NUM, \
					  .words = (const struct word[]){ __VA_ARGS__, \
									  { NULL, 0 } }, \
					  .parse_num = type_word_parse, \
					  .print_num = type_word_print }

WORD_TYPE(LIFETIME, "session or user", { "session", LIFETIME_SESSION }, { "user", LIFETIME_USER });
WORD_TYPE(RULE_CHANGE, "new, join or refuse", { "new", RULE_CHANGE_NEW },
	  { "join", RULE_CHANGE_JOIN }, { "refuse", RULE_CHANGE_REFUSE });

static int parse_idle(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	(void)t;
	return type_usec(text, USEC, ret_v, e);
}

static void print_idle(const struct type *t, uint64_t v, char *buf, size_t size)
{
	(void)t;
	type_usec_print(v, buf, size);
}

const struct type type_IDLE_SPAN = { .name = "IDLE_SPAN",
				     .syntax = "a time span, or infinity",
				     .storage = STORE_NUM,
				     .parse_num = parse_idle,
				     .print_num = print_idle };
