/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caps.c - see caps.h
 *
 * caps.def is made from the header of libcap by the Makefile. libcap itself is not linked, because
 * cordon-login is a static program, by musl where that is installed, and libcap.a is made for glibc.
 */
#include "policy/settings/caps.h"

#include <stddef.h>
#include <sys/prctl.h>

static const char *const names[CAPS_MAX] = {
#define CAPABILITY(name, number) [number] = name,
#include "caps.def"
#undef CAPABILITY
};

unsigned caps_n(void)
{
	unsigned n = 0;

	while (n < CAPS_MAX && prctl(PR_CAPBSET_READ, n, 0, 0, 0) >= 0)
		n++;
	return n;
}

const char *caps_name(unsigned cap)
{
	return cap < CAPS_MAX ? names[cap] : NULL;
}
