/* SPDX-License-Identifier: Apache-2.0 */
/* landlock.h - Landlock rulesets, a second lock behind the views; landlock(7) */
#ifndef CORDON_CONFINE_SELF_LANDLOCK_H
#define CORDON_CONFINE_SELF_LANDLOCK_H

#include "confine/steps.h"
#include "contract/plan.h"

/**
 * struct landlock_ask - what a plan asks of Landlock, on a kernel of some ABI
 * @fs:     LANDLOCK_ACCESS_FS_* that is refused except in places that the view has writable
 * @roots:  LANDLOCK_ACCESS_FS_* that is refused except beneath the roots of the views
 * @net:    LANDLOCK_ACCESS_NET_* that a directive asks for, whatever the ABI: a kernel without it
 *          refuses the ruleset
 * @scoped: LANDLOCK_SCOPE_*
 * @flags:  LL_LOG_* for landlock_restrict_self(2), by PLAN_AUDIT
 */
struct landlock_ask {
	uint64_t fs, roots, net, scoped;
	uint32_t flags;
};

/**
 * landlock_ask - the part of it that a kernel with Landlock @abi supports; nothing for @abi below 1
 *
 * Writing, removing and making files, truncation (ABI 3), ioctl of devices (5) are allowed in
 * the places that the plan's view has writable and nowhere else, so that a place stays read-only even
 * if its mount is not. Renames between directories (2) likewise.
 *
 * All these, and reading files and directories and connecting to sockets with a path (9), are
 * allowed beneath the roots of the views alone. The kernel walks from a file up through its mounts. A
 * file that is reached by a descriptor from outside is not beneath a root of the session, even if it
 * is the same file. One ruleset with the places could not tell the two apart, because a place is an
 * inode.
 *
 * The log flag (7) has the kernel write to the audit log what it refuses to programs of the session.
 * Without the flag, the kernel writes only what it refuses to the process that made the domain. The
 * views hide what Landlock refuses, so a program that does nothing wrong causes no record. Domains
 * that programs make for themselves keep the log settings that these programs choose.
 * The quiet flags (10) are not used, as there is nothing to keep quiet.
 *
 * LANDLOCK_RESTRICT_SELF_TSYNC (8) is not used. It puts a domain on all threads of a process, but
 * a PAM application with several threads is refused before, because setns(2) into a mount namespace
 * takes a process of one thread. cordonsh and `cordon run` have one thread.
 *
 * Scoped (6) are abstract sockets of processes outside the session, and signals to these processes if
 * the session has no process ids of its own. If it has, no process outside can be named.
 */
struct landlock_ask landlock_ask(const struct plan *plan, int abi);

/**
 * landlock_queues - mount the POSIX message queues of the caller's ipc namespace, detached
 *
 * Used if the session's own /dev has no mount of them. mq_open(3) works on a mount of the kernel's own,
 * which is beneath no root. A rule for the root of this mount is a rule for the other root, because
 * both are the same directory.
 *
 * Context: with CAP_SYS_ADMIN over the namespace; system calls only.
 * Return:  a close-on-exec descriptor, the caller's; -1 where none is needed or to be had; another
 *          -errno with @f filled.
 */
int landlock_queues(const struct plan *plan, struct child_fail *f);

/**
 * landlock_gate - make the two rulesets of a login, which the PAM module completes and puts on
 * @root: O_PATH, the root of the session view
 * @ret:  the ruleset about the roots, then the ruleset about all else. The second allows EXECUTE
 *        nowhere: the module allows it for cordonsh and beneath @root. Close-on-exec, the caller's,
 *        also on failure; -1 for none
 *
 * The PAM application is in the domain, so all channels of a session share it. In domains of their own
 * they could not signal or trace each other, or see each other in /proc.
 *
 * Context: root, in the caller view, whose own places are writable as well;
 *          system calls only.
 * Return:  0; -errno with @f filled, where the kernel has no Landlock or one before ABI 2 as well.
 */
int landlock_gate(const struct plan *plan, int root, int ret[2], struct child_fail *f);

/**
 * landlock_gate_inside - allow in @fd, the second ruleset, what the session view has writable and the
 * caller view covers
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
 * For a program that no PAM module has started. On a kernel without Landlock nothing is done, and that
 * is no error.
 *
 * Context: in the view, with the user's rights, after no_new_privs, 0 to 2 as they are to stay;
 *          system calls only.
 * Return:  0; -errno with @f filled.
 */
int landlock_apply(const struct plan *plan, int mqueue, struct child_fail *f);

#endif
