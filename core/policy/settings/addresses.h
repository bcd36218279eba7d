/* SPDX-License-Identifier: Apache-2.0 */
/* addresses.h - IPAddressAllow= and IPAddressDeny= */
#ifndef CORDON_POLICY_SETTINGS_ADDRESSES_H
#define CORDON_POLICY_SETTINGS_ADDRESSES_H

#include "base/err.h"
#include "contract/group.h"
#include "policy/settings/settings.h"

enum { ADDRESSES_OF_WORD = 2 }; /* "any" is a prefix of each family */

/**
 * addresses_parse - read one word of a list: any, localhost, link-local, multicast or ADDRESS[/BITS]
 * @ret: the prefixes, with zeros behind their bits; @list of each is for the caller
 *
 * Return: the number of prefixes; -EINVAL with the message of @e filled.
 */
int addresses_parse(const char *text, struct group_address ret[static ADDRESSES_OF_WORD],
		    struct err *e);

/**
 * addresses_check - does what @set allows have an effect, and are the lists short enough
 *
 * All addresses that are not denied are allowed, so IPAddressAllow= without IPAddressDeny= would do nothing.
 * Return: 0; -EINVAL with @e naming file:line and the directive.
 */
int addresses_check(const struct settings *set, struct err *e);

#endif
