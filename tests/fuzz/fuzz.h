/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.h - a fuzz target: libFuzzer calls it, or tests/fuzz/driver.c */
#ifndef CORDON_TESTS_FUZZ_H
#define CORDON_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/**
 * LLVMFuzzerTestOneInput - try @data; whatever is wrong aborts
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/**
 * fuzz_seed - the @i-th input to begin with
 *
 * Return: it, the target's; NULL past the last.
 */
const char *fuzz_seed(size_t i, size_t *ret_size);

/**
 * fuzz_word - the @i-th word that is worth to be put into an input; NULL past the last
 */
const char *fuzz_word(size_t i);

/* Not assert(3), which NDEBUG removes. */
#define must(condition) \
	do { \
		if (!(condition)) { \
			(void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, \
				      #condition); \
			abort(); \
		} \
	} while (0)

#endif
