/* SPDX-License-Identifier: Apache-2.0 */
/* fault.h - what a test and a test build (make FAULT=1) share: which privileged call is to fail */
#ifndef CORDON_BASE_FAULT_H
#define CORDON_BASE_FAULT_H

#include <stddef.h>
#include <stdint.h>

#define FAULT_FILE "/srv/cordon-fault"

enum fault_role { FAULT_KEEPER = 1, FAULT_MODULE, FAULT_SHELL };

enum fault_mode {
	FAULT_ONCE = 0, /* the call fails with @err */
	FAULT_STICKY,	/* it and all that come after */
	FAULT_KILL,	/* the process is killed in its place */
	FAULT_LIE,	/* it is not made, and claims to have succeeded */
	FAULT_SHORT,	/* of what is written half goes out; only calls that write count */
	FAULT_SHORT_STICKY,
};

/**
 * struct fault - the content of FAULT_FILE, mapped by both sides
 * @role:  whose calls count; init's count as the keeper's
 * @at:    the call that fails, from 1; 0: none
 * @only:  a wrapper's name: only its calls count; empty: all do
 * @count: how many calls there were, @fired how many failed, @name the first of these
 */
struct fault {
	uint32_t role, mode, at;
	int32_t err;
	uint32_t count, fired;
	char name[40], only[40];
};

#endif
