/* SPDX-License-Identifier: Apache-2.0 */
/* ports.c - see ports.h */
#include "base/ports.h"

#include <errno.h>
#include <string.h>

/* Reads a decimal number up to 65535 at *@s and moves *@s behind it. */
static int number(const char **s, uint16_t *ret)
{
	uint32_t v = 0;

	if (**s < '0' || **s > '9')
		return -EINVAL;
	for (; **s >= '0' && **s <= '9'; (*s)++) {
		v = v * 10 + (uint32_t)(**s - '0');
		if (v > UINT16_MAX)
			return -EINVAL;
	}
	*ret = (uint16_t)v;
	return 0;
}

unsigned ports_protocols(const char *word)
{
	if (strcmp(word, "tcp") == 0)
		return PORTS_TCP;
	if (strcmp(word, "udp") == 0)
		return PORTS_UDP;
	return strcmp(word, "any") == 0 ? PORTS_ALL : 0;
}

int ports_parse(const char *text, struct ports *ret)
{
	const char *s = text;

	ret->protocols = PORTS_ALL;
	if (strncmp(text, "tcp:", 4) == 0 || strncmp(text, "udp:", 4) == 0) {
		ret->protocols = text[0] == 't' ? PORTS_TCP : PORTS_UDP;
		s += 4;
	}
	if (number(&s, &ret->from) < 0)
		return -EINVAL;
	ret->to = ret->from;
	if (*s == '-') {
		s++;
		if (number(&s, &ret->to) < 0)
			return -EINVAL;
	}
	return *s == '\0' && ret->from <= ret->to ? 0 : -EINVAL;
}
