/* SPDX-License-Identifier: Apache-2.0 */
/* probe.h - cordon-probe: makes harmless attempts to break out, and says what came of each */
#ifndef CORDON_PROBE_PROBE_H
#define CORDON_PROBE_PROBE_H

#include <stdint.h>

/* The most arguments of an attempt, without its name. */
enum { PROBE_ARGS_MAX = 7 };

/* An attempt answers this if it could not be made at all; a plain -errno means that it was refused. */
enum { PROBE_CANNOT = -100000 };

/* Each function gets @args, of which those that are missing are "". */
#define ATTEMPT(name, help) int64_t try_##name(const char *const args[PROBE_ARGS_MAX]);
#include "probe/attempts.def"
#undef ATTEMPT

/**
 * probe_number - the number that @text is, decimal, hexadecimal with 0x, or octal with 0
 */
uint64_t probe_number(const char *text);

/**
 * probe_scratch - make an empty directory and enter it; probe_scratch_end() removes the directory
 *
 * Return: 0; PROBE_CANNOT: no directory is writable.
 */
int64_t probe_scratch(void);
void probe_scratch_end(void);

#endif
