/* SPDX-License-Identifier: Apache-2.0 */
/* servers.h - servers whose own configuration decides whether PAM can keep an account out */
#ifndef CORDON_CTL_SERVERS_H
#define CORDON_CTL_SERVERS_H

#include "base/err.h"

#include <stdbool.h>

/**
 * server_found - a server below the root admits an account past PAM, or acts for it unconfined
 * @danger: false: only in a part of the cases
 * @why:    the file, and what to write
 */
typedef void server_found(void *arg, bool danger, const struct err *why);

/**
 * servers_each - call @found for each installed server that goes past PAM as it is configured
 *
 * Only the files of Debian and the usual places are read; a server that is configured elsewhere is
 * not found.
 */
void servers_each(const char *root, server_found *found, void *arg);

#endif
