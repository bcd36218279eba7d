/* SPDX-License-Identifier: Apache-2.0 */
/* follow.h - FollowMounts=: what root mounts and unmounts on the host comes and goes in the views */
#ifndef CORDON_KEEPER_FOLLOW_H
#define CORDON_KEEPER_FOLLOW_H

#include <stdint.h>

struct keeper;

/**
 * struct follow - the mounts of the host below the paths of FollowMounts=
 * @table: mountinfo of the host, which can be polled; -1: the rule has no such path
 * @next:  changes of the host wait until then, microseconds of usage_now()
 */
struct follow {
	int table;
	int64_t next;
};

/**
 * follow_begin - watch the mounts of the host, for a session that is complete
 */
void follow_begin(struct keeper *k);

/**
 * follow_look - mount and unmount in both views what has changed
 *
 * A child does this, as for masks_look(); what it cannot do is logged, and tried at the next change.
 * Context: a change of the host's mounts, or of a view's. Waits for the child for a limited time.
 */
void follow_look(struct keeper *k);

/**
 * follow_patience - for how long changes of the host have to wait
 *
 * Other users can change the mounts of the host all the time, as by fusermount3(1).
 * Return: milliseconds; -1: they need not.
 */
int follow_patience(const struct keeper *k);

/* follow_child.c: what the child does */

/**
 * follow_run - make both views have what the host has below the paths
 *
 * Context: a process of its own: it changes its namespace for good, and may wait for file systems.
 */
_Noreturn void follow_run(const struct keeper *k);

#endif
