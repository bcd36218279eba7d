/* SPDX-License-Identifier: Apache-2.0 */
/* gate.h - the exec gate: a process puts itself under the two Landlock rulesets of a session */
#ifndef CORDON_BASE_GATE_H
#define CORDON_BASE_GATE_H

#include "base/err.h"

#include <stdint.h>
#include <sys/stat.h>

/**
 * struct gate - what the gate of a session is made of
 * @roots, @gate: the two rulesets, see landlock_gate() of confine/self/landlock.h
 * @shell:        O_PATH, cordonsh in the caller view
 * @root:         O_PATH, the root of the session view
 * @known:        of @root, filled by gate_begin()
 */
struct gate {
	int roots, gate, shell, root;
	struct stat known;
};

/**
 * gate_begin - add the rules that need no view: for cordonsh, and beneath the root of the session view
 *
 * Return: 0; -errno with @e filled.
 */
int gate_begin(struct gate *g, struct err *e);

/**
 * gate_close - put the calling thread under both rulesets, for good
 * @streams: what is open at 0, 1 and 2 may be opened again
 * @flags:   LL_LOG_* for landlock_restrict_self(2)
 *
 * In the caller view, only cordonsh can be executed; beneath the root of the session view, everything.
 * Context: in the caller view, after gate_begin().
 * Return:  0; -errno with @e filled.
 */
int gate_close(const struct gate *g, int streams, uint32_t flags, struct err *e);

#endif
