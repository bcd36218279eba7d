/* SPDX-License-Identifier: Apache-2.0 */
/* facts_pam.h - get the facts of a login from the PAM application */
#ifndef CORDON_PAM_FACTS_PAM_H
#define CORDON_PAM_FACTS_PAM_H

#include "base/err.h"
#include "contract/facts.h"

#include <security/pam_modules.h>

/**
 * facts_pam_user - get PAM_USER and its uid
 * @ret_login: zeroed first; user and uid are set
 *
 * Never prompts for a user name, because a step without a user has nothing to decide.
 * Return: 0; -ENOENT: no user, or the account database does not know the user or cannot look it up now,
 *         which cannot be told apart; -ENAMETOOLONG; -EIO. @e says which.
 * See:    pam_get_item(3), pam_modutil_getpwnam(3).
 */
int facts_pam_user(pam_handle_t *pamh, struct login *ret_login, struct err *e);

/**
 * facts_pam_items - add PAM_SERVICE, PAM_TTY (without "/dev/") and PAM_RHOST
 *
 * An item that does not fit is an error, because a truncated name could match as another one.
 * Return: 0; -ENOENT: no service; -ENAMETOOLONG; -EIO.
 */
int facts_pam_items(pam_handle_t *pamh, struct login *login, struct err *e);

struct request;

/**
 * facts_pam_credentials - tell the keeper the variables that it asks for, as PAM modules have set them
 */
void facts_pam_credentials(pam_handle_t *pamh, const struct request *q);

#endif
