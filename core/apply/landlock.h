/* landlock.h - the second lock behind the view; landlock(7) */
#ifndef CORDON_APPLY_LANDLOCK_H
#define CORDON_APPLY_LANDLOCK_H

#include "../base/plan.h"
#include "steps.h"

/**
 * struct landlock_ask - what a plan asks of Landlock, on a kernel of some ABI
 * @fs:     LANDLOCK_ACCESS_FS_*: changes of files, but for the places that the view has writable
 * @net:    LANDLOCK_ACCESS_NET_*, where a directive asks for it, whatever the ABI: a kernel that
 *          can't refuses the ruleset
 * @scoped: LANDLOCK_SCOPE_*
 */
struct landlock_ask {
	uint64_t fs, net, scoped;
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
 * process ids aren't. Not otherwise: there nothing outside of the session can be named.
 */
struct landlock_ask landlock_ask(const struct plan *plan, int abi);

/**
 * landlock_gate - a login's ruleset, for the PAM module to complete and to put itself under
 *
 * What landlock_ask() says, and EXECUTE nowhere: the module allows it for cordonsh and beneath
 * B's root. It is the PAM application's, so that all channels of a session share one domain: in
 * domains of their own they could neither signal nor trace nor even see each other in /proc.
 *
 * Context: root, in V, the view of the PAM application, whose own places are writable as well;
 *          system calls only.
 * Return:  a close-on-exec descriptor, the caller's; -errno with @f filled, where the kernel has
 *          no Landlock or one before ABI 2 as well.
 */
int landlock_gate(const struct plan *plan, struct child_fail *f);

/**
 * landlock_gate_inside - allow in @fd, the gate's ruleset, what B has writable and V covers
 *
 * Under AllowCommands= the caller's view hides the places that the command is to write to.
 *
 * Context: root, in B; system calls only.
 * Return:  0; -errno with @f filled.
 */
int landlock_gate_inside(const struct plan *plan, int fd, struct child_fail *f);

/**
 * landlock_apply - put the caller under what landlock_ask() says, for good
 *
 * For what no PAM module has started. Nothing is done, and that is no error, where the kernel
 * has no Landlock.
 *
 * Context: in the view, with the user's rights, after no_new_privs; system calls only.
 * Return:  0; -errno with @f filled.
 */
int landlock_apply(const struct plan *plan, struct child_fail *f);

#endif
