/* SPDX-License-Identifier: Apache-2.0 */
/* own_filter.h - have a test's plans compiled by the cordon-filter of the same build */
#ifndef CORDON_TEST_OWN_FILTER_H
#define CORDON_TEST_OWN_FILTER_H

#include "policy/filter/filter.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

/* Two directories above BUILD/tests/unit/NAME, one above BUILD/libfuzzer/NAME. */
static inline void use_own_filter(void)
{
	char path[PATH_MAX];
	const ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof "/cordon-filter");
	char *slash;

	if (n <= 0)
		return; /* the first plan says what is missing */
	path[n] = '\0';
	while ((slash = strrchr(path, '/')) != NULL) {
		(void)strcpy(slash, "/cordon-filter"); /* fits: see above */
		if (access(path, X_OK) == 0) {
			*slash = '\0';
			filter_beside(path);
			return;
		}
		*slash = '\0';
	}
}

#endif
