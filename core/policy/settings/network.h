/* SPDX-License-Identifier: Apache-2.0 */
/* network.h - the words of NetworkAllow= and NetworkDeny= */
#ifndef CORDON_POLICY_SETTINGS_NETWORK_H
#define CORDON_POLICY_SETTINGS_NETWORK_H

#include "base/err.h"
#include "contract/network.h"
#include "policy/settings/settings.h"

enum { NETWORK_OF_WORD = 64 }; /* the rules of one word, at most */

/**
 * network_parse - read one word: [tcp:|udp:]ADDRESS[/BITS][:PORT[-PORT],...]; IPv6 in brackets
 * @ret: the rules; @list of each is for the caller
 *
 * Return: the number of rules; -EINVAL with the message of @e filled.
 */
int network_parse(const char *text, struct network_rule ret[static NETWORK_OF_WORD], struct err *e);

/**
 * network_settings_check - can NetworkAllow= and NetworkDeny= of @set be enforced beside the rest
 *
 * Return: 0; -EINVAL with @e naming file:line and the directive.
 */
int network_settings_check(const struct settings *set, struct err *e);

#endif
