/* SPDX-License-Identifier: Apache-2.0 */
/* enter_helper.h - let sshd run ssh-sk-helper while a session is open */
#ifndef CORDON_PAM_ENTER_HELPER_H
#define CORDON_PAM_ENTER_HELPER_H

/**
 * enter_helper - have the keeper start sshd's ssh-sk-helper
 *
 * Only for sshd, because no session inherits its environment.
 */
void enter_helper(void);

#endif
