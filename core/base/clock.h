/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - the time as one number */
#ifndef CORDON_BASE_CLOCK_H
#define CORDON_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/**
 * clock_usec - microseconds of @clock, one of those that every supported kernel has
 */
int64_t clock_usec(clockid_t clock);

/**
 * clock_ms - milliseconds of the monotonic clock
 */
int64_t clock_ms(void);

#endif
