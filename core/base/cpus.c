/* cpus.c - see cpus.h */
#include "cpus.h"

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

int cpus_parse(const char *text, unsigned *ret_from, unsigned *ret_to)
{
	if (number(&text, ret_from) < 0)
		return -EINVAL;
	*ret_to = *ret_from;
	if (*text == '-') {
		text++;
		if (number(&text, ret_to) < 0)
			return -EINVAL;
	}
	return *text == '\0' && *ret_from <= *ret_to ? 0 : -EINVAL;
}
