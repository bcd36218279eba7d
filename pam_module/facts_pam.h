/* SPDX-License-Identifier: Apache-2.0 */
/* facts_pam.h - who logs in, as the PAM application tells it */
#ifndef CORDON_PAM_FACTS_PAM_H
#define CORDON_PAM_FACTS_PAM_H

#include "base/err.h"
#include "contract/facts.h"

#include <security/pam_modules.h>

/**
 * facts_pam_user - PAM_USER and its uid
 * @ret_login: zeroed first; user and uid are set
 *
 * Asks nobody: a login step that has no user yet has nothing to decide on.
 * Return: 0; -ENOENT no user, or one that the account database does not know (or cannot look up
 *         now: the two cannot be told apart); -ENAMETOOLONG; -EIO. @e says which.
 * See:    pam_get_item(3), pam_modutil_getpwnam(3).
 */
int facts_pam_user(pam_handle_t *pamh, struct login *ret_login, struct err *e);

/**
 * facts_pam_items - add PAM_SERVICE, PAM_TTY (without "/dev/") and PAM_RHOST
 *
 * An item that does not fit is an error: half a name would be matched as another's.
 * Return: 0; -ENOENT no service; -ENAMETOOLONG; -EIO.
 */
int facts_pam_items(pam_handle_t *pamh, struct login *login, struct err *e);

#endif
