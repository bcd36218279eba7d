/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - see clock.h */
#include "base/clock.h"

int64_t clock_usec(clockid_t clock)
{
	struct timespec t = { 0 };

	(void)clock_gettime(clock, &t); /* cannot fail for these clocks */
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_ms(void)
{
	return clock_usec(CLOCK_MONOTONIC) / 1000;
}
