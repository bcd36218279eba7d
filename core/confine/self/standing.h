/* SPDX-License-Identifier: Apache-2.0 */
/* standing.h - scheduling that a session would have from the daemon which serves its login */
#ifndef CORDON_CONFINE_SELF_STANDING_H
#define CORDON_CONFINE_SELF_STANDING_H

#include "contract/plan.h"

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct standing - which values of a daemon differ from those of the system
 * @nice:     its nice value
 * @policy:   its scheduling policy is not SCHED_OTHER
 * @io:       it has an I/O priority
 * @affinity: it may use other CPUs than PID 1
 * @oom:      its OOM score differs from that of PID 1
 *
 * Zero: nothing differs.
 */
struct standing {
	int nice;
	bool policy, io, affinity, oom;
};

/**
 * standing_read - compare the values of process @pid with those of the system
 * @procfd: O_PATH, a /proc that shows @pid
 * @nice:   the nice value that @pid had before the session step
 *
 * What cannot be read does not differ.
 */
struct standing standing_read(int procfd, pid_t pid, int nice);

/**
 * standing_reset - give process @pid the values of the system where it has those of the daemon
 *
 * Values that @plan gives are left alone, and a nice value that the PAM stack has changed. What the
 * kernel does not permit stays: root in a container may not lower an OOM score.
 */
void standing_reset(const struct standing *s, const struct plan *plan, int procfd, pid_t pid);

#endif
