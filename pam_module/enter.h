/* SPDX-License-Identifier: Apache-2.0 */
/* enter.h - put the calling process into the session's view */
#ifndef CORDON_PAM_ENTER_H
#define CORDON_PAM_ENTER_H

#include "base/err.h"
#include "contract/wire.h"

/**
 * enter_view - join the caller view and the session's namespaces, behind the exec gate
 * @ready: the READY message, for its flags
 * @fds:   its descriptors, which stay the caller's
 * @streams: the application's descriptors 0, 1 and 2 will be the session's, as su's are
 *
 * Joins the caller view and the namespaces in @ready->flags (that of processes holds for children
 * alone), goes back to the working directory by its path, or to "/", and puts the process for good
 * under the keeper's Landlock rulesets. In the caller view cordonsh alone can be executed, beneath the
 * root of the session view everything. Files can be changed in the places alone that the view has
 * writable, and opened beneath the two roots alone, whatever descriptor they are reached by.
 * Between here and cordonsh the PAM application runs as the user without a filter, and must
 * not be talked into executing anything else.
 *
 * Context: the PAM application, root. With more than one thread it is refused.
 * Return: 0; -errno with @e filled. The process may then be half inside: the only legal next
 *         act is to refuse the session.
 * See:    setns(2), landlock(7).
 */
int enter_view(const struct wire_msg *ready, const int fds[WIRE_FDS_MAX], int streams,
	       struct err *e);

/**
 * enter_leave - let this process fork again after its session has ended
 *
 * Children were to be born in the session's pid namespace, whose init is gone: every fork(2) would
 * fail with ENOMEM. View, other namespaces and the exec gate stay: the kernel takes no Landlock
 * ruleset back, so a process is confined once.
 *
 * Return: 0; -errno: an application that has given up root by now, for example.
 */
int enter_leave(void);

/**
 * enter_no_sftp - keep internal-sftp of sshd from starting in the children of this process
 *
 * Return: 0; -errno, nothing has changed then.
 */
int enter_no_sftp(void);

/**
 * enter_no_set_id - from now on this process and its children make no set-user-ID file
 * @sgid: and no set-group-ID file or directory
 *
 * openat2(2), whose mode no filter sees, answers ENOSYS.
 * Return: 0; -errno, nothing has changed then.
 */
int enter_no_set_id(int sgid);

/**
 * enter_helper - let sshd's ssh-sk-helper be started by the keeper
 *
 * For sshd alone, whose environment no session inherits.
 */
void enter_helper(void);

/**
 * enter_nothing - from now on no thread of this process, and no child, can execute anything
 *
 * For a session that was refused: sudo(8) takes that for a warning and goes on.
 *
 * Context: any user; an application without CAP_SYS_ADMIN gets no_new_privs as well.
 * Return: 0; -errno: the process must end.
 */
int enter_nothing(void);

#endif
