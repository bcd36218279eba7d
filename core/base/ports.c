/* SPDX-License-Identifier: Apache-2.0 */
/* ports.c - see ports.h */
#include "base/ports.h"

#include <errno.h>
#include <string.h>

/* A decimal number to 65535 at *@s, which moves behind it. */
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

int ports_parse(const char *text, uint16_t *ret_from, uint16_t *ret_to)
{
	const char *s = text + 4;

	if (strncmp(text, "tcp:", 4) != 0 || number(&s, ret_from) < 0)
		return -EINVAL;
	*ret_to = *ret_from;
	if (*s == '-') {
		s++;
		if (number(&s, ret_to) < 0)
			return -EINVAL;
	}
	return *s == '\0' && *ret_from <= *ret_to ? 0 : -EINVAL;
}
