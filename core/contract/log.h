/* SPDX-License-Identifier: Apache-2.0 */
/* log.h - one event a line to syslog(3), values escaped */
#ifndef CORDON_CONTRACT_LOG_H
#define CORDON_CONTRACT_LOG_H

#include "contract/facts.h"

#include <stddef.h>

/**
 * log_open - name the program in LOG_AUTHPRIV
 * @ident: kept, not copied
 * @debug: LOG_DEBUG is written as well
 */
void log_open(const char *ident, int debug);

/**
 * log_event - one line of key=value fields, fit for a terminal: see text_plain()
 * @priority: LOG_INFO (permit), LOG_NOTICE (deny), LOG_ERR (cannot apply), LOG_CRIT (tampering)
 * @fmt:      the fields; values a remote peer chose go through log_quote() first
 *
 * Waits for a syslogd that does not read for a fifth of a second, once. Lost lines are counted; the
 * next that is delivered is followed by their number.
 */
void log_event(int priority, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * log_login - one event of a login, with the fields that each has
 * @session: its id, "" before it has one
 * @rule:    "file:line" of what decided, "" for none; NULL: not known here, and left out
 * @event:   permit, deny, fail ...
 */
void log_login(const struct login *l, const char *session, const char *rule, int priority,
	       const char *event, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/**
 * log_quote - @s in double quotes, with control bytes, quotes, backslashes and non-ASCII as \xNN
 *
 * Return: @buf, always terminated, cut when it does not fit.
 */
const char *log_quote(const char *s, char *buf, size_t size);

#endif
