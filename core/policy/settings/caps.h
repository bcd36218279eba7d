/* SPDX-License-Identifier: Apache-2.0 */
/* caps.h - capabilities by name; the names are libcap's */
#ifndef CORDON_POLICY_SETTINGS_CAPS_H
#define CORDON_POLICY_SETTINGS_CAPS_H

enum { CAPS_MAX = 64 };

/**
 * caps_n - the number of capabilities that this kernel knows, CAPS_MAX at most
 */
unsigned caps_n(void);

/**
 * caps_name - the name of capability @cap, such as "cap_net_raw"
 *
 * Return: a string that stays; NULL: libcap had no name for it when cordon was built.
 */
const char *caps_name(unsigned cap);

#endif
