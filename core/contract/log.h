/* SPDX-License-Identifier: Apache-2.0 */
/* log.h - write one line for each event to syslog, with values escaped */
#ifndef CORDON_CONTRACT_LOG_H
#define CORDON_CONTRACT_LOG_H

#include "contract/facts.h"

#include <stddef.h>

/**
 * log_open - set the name that the program has in the log
 * @ident: kept, not copied
 * @debug: if nonzero, events of LOG_DEBUG are written as well
 */
void log_open(const char *ident, int debug);

/**
 * log_event - write one line of key=value fields to LOG_AUTHPRIV, made safe by text_plain()
 * @priority: LOG_INFO (permit), LOG_NOTICE (deny), LOG_ERR (cannot apply), LOG_CRIT (tampering)
 * @fmt:      the fields; pass values that a remote peer chose through log_quote() first
 *
 * If syslogd does not read, this waits a fifth of a second, once. Lost lines are counted, and the
 * next delivered line is followed by their number.
 */
void log_event(int priority, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * log_login - write one event of a login, with the fields that all events of logins have
 * @session: the id of the session, "" before there is one
 * @rule:    "file:line" of the section that decided, "" for none; NULL: unknown, the field is omitted
 * @event:   permit, deny, fail ...
 */
void log_login(const struct login *l, const char *session, const char *rule, int priority,
	       const char *event, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/**
 * log_quote - put @s in double quotes; control bytes, quotes, backslashes and non-ASCII become \xNN
 *
 * Return: @buf, always terminated, truncated if it does not fit.
 */
const char *log_quote(const char *s, char *buf, size_t size);

#endif
