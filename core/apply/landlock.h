/* landlock.h - the second lock behind the view; landlock(7) */
#ifndef CORDON_APPLY_LANDLOCK_H
#define CORDON_APPLY_LANDLOCK_H

#include "../base/plan.h"
#include "steps.h"

/**
 * struct landlock_ask - what a plan asks of Landlock, on a kernel of some ABI
 * @fs:     LANDLOCK_ACCESS_FS_*: changes of files, but for the places that the view has writable
 * @scoped: LANDLOCK_SCOPE_*
 */
struct landlock_ask {
	uint64_t fs, scoped;
};

/**
 * landlock_ask - what of it a kernel with Landlock @abi can do; nothing for an @abi below 1
 *
 * Writing, removing and making files, truncation (ABI 3), ioctl of devices (5) are allowed in
 * the places that the plan's view has writable and nowhere else: should a
 * mount fail to be read-only, this still is. Renames between directories (2) likewise. Reading
 * and executing are not looked at: the view and the exec gate say what is there.
 *
 * Scoped (6): abstract sockets where the network isn't the session's own, signals where the
 * process ids aren't. Not otherwise, because each channel of a session has a domain of its own:
 * the channels could not signal each other. For the same reason a debugger attaches to what was
 * started in its own channel.
 */
struct landlock_ask landlock_ask(const struct plan *plan, int abi);

/**
 * landlock_apply - put the caller under what landlock_ask() says, for good
 *
 * Nothing is done, and that is no error, where the kernel has no Landlock.
 *
 * Context: in the session's view, with the user's rights, after no_new_privs; opens files by
 *          path_walk(), allocates nothing.
 * Return:  0; -errno with @f filled.
 */
int landlock_apply(const struct plan *plan, struct child_fail *f);

#endif
