/* SPDX-License-Identifier: Apache-2.0 */
/* match_host.h - the keys RemoteHost= and Time= of [Match] */
#ifndef CORDON_POLICY_RULES_MATCH_HOST_H
#define CORDON_POLICY_RULES_MATCH_HOST_H

#include "base/err.h"

#include <stdbool.h>
#include <time.h>

/**
 * match_host_check - is @text an address, address/length, glob for host names, or "none"
 *
 * Return: 0; -EINVAL with the message of @e filled.
 */
int match_host_check(const char *text, struct err *e);

/**
 * match_host - does @text match @rhost, which is the value of PAM_RHOST
 *
 * An IPv4 address mapped into IPv6 counts as the IPv4 address. No name is looked up.
 * Return: 1; 0.
 */
int match_host(const char *text, const char *rhost);

/**
 * match_time_check - is @text "[DAYS|DATE ]FROM-TO" or "DAYS|DATE"
 *
 * DAYS is a day or a range ("Mon..Fri"), DATE is YYYY-MM-DD, FROM and TO are HH:MM.
 * Return: 0; -EINVAL with the message of @e filled.
 */
int match_time_check(const char *text, struct err *e);

/**
 * match_time - does the time window @text include @now, in local time
 *
 * A window whose end is before its start goes past midnight and belongs to the day on which it
 * starts. Local time decides, also when daylight saving time starts or ends.
 * Return: 1; 0; -EINVAL: @text is invalid, or the local time is unknown.
 */
int match_time(const char *text, time_t now);

/**
 * match_time_past - is @text a window on a date that has ended at @now
 */
bool match_time_past(const char *text, time_t now);

/**
 * match_time_date - get the moment at which a window on a date begins
 *
 * Return: seconds since the epoch; -1: the window has no date, or the local time is unknown.
 */
time_t match_time_date(const char *text);

#endif
