/* SPDX-License-Identifier: Apache-2.0 */
/* netgroup.h - do the sources of netgroups answer? */
#ifndef CORDON_NAMES_NETGROUP_H
#define CORDON_NAMES_NETGROUP_H

#include <stdbool.h>

/**
 * netgroup_sources_answer - ask the sources of netgroups, as nsswitch.conf(5) names them
 *
 * innetgr(3) says "no" and ENOENT for a user who is no member, if the source is nslcd(8), and also if
 * nslcd does not run. A look-up of a group tells a failure from "no": so these sources are asked for a
 * group that nobody has.
 *
 * Return: true if they answer; false if one does not, or if none but the missing file /etc/netgroup is named.
 */
bool netgroup_sources_answer(void);

#endif
