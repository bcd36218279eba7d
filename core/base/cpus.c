/* SPDX-License-Identifier: Apache-2.0 */
/* cpus.c - see cpus.h */
#include "base/cpus.h"

#include <errno.h>

static int number(const char **s, unsigned *ret)
{
	unsigned v = 0;

	if (**s < '0' || **s > '9')
		return -EINVAL;
	for (; **s >= '0' && **s <= '9'; (*s)++) {
		v = v * 10 + (unsigned)(**s - '0');
		if (v >= CPUS_MAX)
			return -EINVAL;
	}
	*ret = v;
	return 0;
}

int cpus_next(const char **at, unsigned *ret_from, unsigned *ret_to)
{
	if (**at == '\0')
		return 0;
	if (number(at, ret_from) < 0)
		return -EINVAL;
	*ret_to = *ret_from;
	if (**at == '-') {
		++*at;
		if (number(at, ret_to) < 0)
			return -EINVAL;
	}
	if (*ret_from > *ret_to)
		return -EINVAL;
	if (**at == ',')
		return *++*at != '\0' ? 1 : -EINVAL;
	return **at == '\0' ? 1 : -EINVAL;
}
