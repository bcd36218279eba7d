/* SPDX-License-Identifier: Apache-2.0 */
/* cpus.h - the CPUs of CPUAffinity= */
#ifndef CORDON_BASE_CPUS_H
#define CORDON_BASE_CPUS_H

#include <stddef.h>

enum { CPUS_MAX = 8192 }; /* as many as Linux can be built for */

/**
 * cpus_next - the next of "N" and "N-M", both ends included, with commas between them
 * @at: moves behind it; at the end of the text when there is none left
 *
 * Return: 1; 0 at the end; -EINVAL, also for a number of CPUS_MAX or more.
 */
int cpus_next(const char **at, unsigned *ret_from, unsigned *ret_to);

#endif
