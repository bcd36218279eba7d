/* cpus.h - the CPUs of CPUAffinity= */
#ifndef CORDON_BASE_CPUS_H
#define CORDON_BASE_CPUS_H

#include <stddef.h>

enum { CPUS_MAX = 8192 }; /* as many as Linux can be built for */

/**
 * cpus_parse - "N" or "N-M", both ends included
 *
 * Return: 0; -EINVAL, also for a number of CPUS_MAX or more.
 */
int cpus_parse(const char *text, unsigned *ret_from, unsigned *ret_to);

#endif
