/* SPDX-License-Identifier: Apache-2.0 */
/* enter.h - put the calling process into the caller view of the session */
#ifndef CORDON_CALLER_ENTER_H
#define CORDON_CALLER_ENTER_H

#include "base/err.h"
#include "contract/wire.h"

/**
 * enter_view - join the caller view and the namespaces of the session, and close the exec gate
 * @ready: the READY message, for its flags
 * @fds:   the descriptors of READY, which the caller keeps
 * @streams: the session gets descriptors 0, 1 and 2 of the application, as with su
 *
 * Joins the caller view and the namespaces in @ready->flags (the pid namespace only for children),
 * returns to the working directory by its path, or to "/", and puts the process under the Landlock
 * rulesets of the keeper, for good. In the caller view, only cordonsh can be executed; beneath the root
 * of the session view, everything can. Files can be changed only in writable places of the view, and
 * opened only beneath the two roots, by any descriptor.
 * Between this call and cordonsh, the PAM application runs as the user without a filter. A user must
 * not be able to make the application execute anything else, which is why there is a gate.
 *
 * Context: the application, as root. An application with more than one thread is refused.
 * Return: 0; -errno with @e filled. The process may be half inside, so the caller must refuse the
 *         session.
 * See:    setns(2), landlock(7).
 */
int enter_view(const struct wire_msg *ready, const int fds[WIRE_FDS_MAX], int streams,
	       struct err *e);

/**
 * enter_leave - let this process fork again after its session has ended
 *
 * The init of the session's pid namespace is gone, so fork(2) into that namespace would fail with
 * ENOMEM. The view, the other namespaces and the exec gate stay, because the kernel cannot remove a
 * Landlock ruleset.
 *
 * Return: 0; -errno, for example if the application has given up root.
 */
int enter_leave(void);

/**
 * enter_no_sftp - prevent internal-sftp of sshd in the children of this process
 *
 * Return: 0; -errno, and nothing has changed.
 */
int enter_no_sftp(void);

/**
 * enter_no_set_id - prevent set-user-ID files made by this process and its children
 * @sgid: prevent set-group-ID files and directories as well
 *
 * openat2(2) fails with ENOSYS, because a filter cannot see its mode.
 * Return: 0; -errno, and nothing has changed.
 */
int enter_no_set_id(int sgid);

/**
 * enter_nothing - prevent every execve(2) of all threads of this process and of its children
 *
 * For refused sessions, because sudo(8) takes a refusal for a warning and goes on.
 *
 * Context: any user; an application without CAP_SYS_ADMIN also gets no_new_privs.
 * Return: 0; -errno, and the process must end.
 */
int enter_nothing(void);

#endif
