/* SPDX-License-Identifier: Apache-2.0 */
/* landlock.h - the second lock behind the view; landlock(7) */
#ifndef CORDON_CONFINE_SELF_LANDLOCK_H
#define CORDON_CONFINE_SELF_LANDLOCK_H

#include "confine/steps.h"
#include "contract/plan.h"

/**
 * struct landlock_ask - what a plan asks of Landlock, on a kernel of some ABI
 * @fs:     LANDLOCK_ACCESS_FS_*: changes of files, but for the places that the view has writable
 * @roots:  LANDLOCK_ACCESS_FS_*: any use of files, but for what lies beneath the views' roots
 * @net:    LANDLOCK_ACCESS_NET_*, where a directive asks for it, whatever the ABI: a kernel that
 *          cannot refuses the ruleset
 * @scoped: LANDLOCK_SCOPE_*
 */
struct landlock_ask {
	uint64_t fs, roots, net, scoped;
};

/**
 * landlock_ask - what of it a kernel with Landlock @abi can do; nothing for an @abi below 1
 *
 * Writing, removing and making files, truncation (ABI 3), ioctl of devices (5) are allowed in
 * the places that the plan's view has writable and nowhere else: should a
 * mount fail to be read-only, this still is. Renames between directories (2) likewise.
 *
 * All these, and reading files and directories and connecting to sockets with a path (9), are
 * allowed beneath the views' roots alone. The kernel walks from a file up through its mounts: what
 * is reached by a descriptor from outside of the session is not beneath a root of the session's,
 * even where it is the same file. In one ruleset with the places the two could not be told apart,
 * because a place is an inode.
 *
 * Scoped (6): abstract sockets of processes that are not in the session, and signals to these where
 * the process ids are not the session's own. Where they are, nothing outside can be named.
 */
struct landlock_ask landlock_ask(const struct plan *plan, int abi);

/**
 * landlock_queues - the POSIX message queues of the caller's ipc namespace, as a detached mount
 *
 * Where the session's own /dev has no mount of them.
 * mq_open(3) works on a mount of the kernel's own that is beneath no root; a rule for this one's
 * root is a rule for the other's, because both are the same directory.
 *
 * Context: with CAP_SYS_ADMIN over the namespace; system calls only.
 * Return:  a close-on-exec descriptor, the caller's; -1 where none is needed or to be had; another
 *          -errno with @f filled.
 */
int landlock_queues(const struct plan *plan, struct child_fail *f);

/**
 * landlock_gate - a login's two rulesets, for the PAM module to complete and to put itself under
 * @root: O_PATH, the root of the session view
 * @ret:  first what holds beneath the roots alone; then what else landlock_ask() says, and EXECUTE
 *        nowhere: the module allows it for cordonsh and beneath that root. Close-on-exec, the
 *        caller's, also on failure; -1 where there is none
 *
 * The domain is the PAM application's, so that all channels of a session share it: in domains of
 * their own they could neither signal nor trace nor even see each other in /proc.
 *
 * Context: root, in the caller view, whose own places are writable as well;
 *          system calls only.
 * Return:  0; -errno with @f filled, where the kernel has no Landlock or one before ABI 2 as well.
 */
int landlock_gate(const struct plan *plan, int root, int ret[2], struct child_fail *f);

/**
 * landlock_gate_inside - allow in @fd, the second of the rulesets, what the session view has writable and
 * the caller view covers
 *
 * Under AllowCommands= and Command= the caller's view hides the places that the command is to
 * write to.
 *
 * Context: root, in the session view; system calls only.
 * Return:  0; -errno with @f filled.
 */
int landlock_gate_inside(const struct plan *plan, int fd, struct child_fail *f);

/**
 * landlock_apply - put the caller under what landlock_ask() says, for good
 * @mqueue: of landlock_queues(), from when there were capabilities; -1 for none. The caller's
 *
 * For what no PAM module has started. Nothing is done, and that is no error, where the kernel
 * has no Landlock.
 *
 * Context: in the view, with the user's rights, after no_new_privs, 0 to 2 as they are to stay;
 *          system calls only.
 * Return:  0; -errno with @f filled.
 */
int landlock_apply(const struct plan *plan, int mqueue, struct child_fail *f);

#endif
