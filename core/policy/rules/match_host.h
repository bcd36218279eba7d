/* SPDX-License-Identifier: Apache-2.0 */
/* match_host.h - RemoteHost= and Time= of [Match] */
#ifndef CORDON_POLICY_RULES_MATCH_HOST_H
#define CORDON_POLICY_RULES_MATCH_HOST_H

#include "base/err.h"

#include <time.h>

/**
 * match_host_check - is @text an address, address/length, host-name glob or "none"
 */
int match_host_check(const char *text, struct err *e);

/**
 * match_host - does @text hold for @rhost, as PAM_RHOST gives it
 *
 * An IPv4 address mapped into IPv6 is the IPv4 address. No name is looked up.
 */
int match_host(const char *text, const char *rhost);

/**
 * match_time_check - is @text "[DAYS|DATE ]FROM-TO" or "DAYS|DATE"
 *
 * DAYS is a day or a range ("Mon..Fri"), DATE is YYYY-MM-DD, FROM and TO are HH:MM.
 */
int match_time_check(const char *text, struct err *e);

/**
 * match_time - does the window @text hold at @now, in local time
 *
 * A window whose end is before its begin goes past midnight and belongs to the day on which it
 * began. The clock on the wall decides, also where daylight saving begins or ends.
 */
int match_time(const char *text, time_t now);

#endif
