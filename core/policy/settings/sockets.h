/* SPDX-License-Identifier: Apache-2.0 */
/* sockets.h - SocketBindDeny=, SocketBindAllow=, SocketConnectDeny= and SocketConnectAllow= */
#ifndef CORDON_POLICY_SETTINGS_SOCKETS_H
#define CORDON_POLICY_SETTINGS_SOCKETS_H

#include "base/ports.h"
#include "policy/settings/settings.h"

/**
 * sockets_denied - the protocols that @deny names, SocketBindDeny= or SocketConnectDeny=
 *
 * Return: PORTS_*; 0: the directive is not set.
 */
unsigned sockets_denied(const struct set_list *deny);

/**
 * sockets_check - does each port that @set allows belong to a protocol that @set denies
 *
 * Any other port would be allowed without the directive, which the administrator may not expect.
 * Return: 0; -EINVAL with @e naming file:line and the directive.
 */
int sockets_check(const struct settings *set, struct err *e);

#endif
