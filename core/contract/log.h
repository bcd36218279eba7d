/* SPDX-License-Identifier: Apache-2.0 */
/* log.h - write one line for each event to the journal or to syslog */
#ifndef CORDON_CONTRACT_LOG_H
#define CORDON_CONTRACT_LOG_H

#include "contract/facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct log_field - one key=value of an event
 * @key:    lower-case letters, digits and '_'; NULL ends a list
 * @word:   a word that cordon chose, written as it is
 * @text:   any other text, written by log_quote()
 * @number: written in decimal if @numeric
 *
 * A field without a value is left out.
 */
struct log_field {
	const char *key, *word, *text;
	int64_t number;
	bool numeric;
};

/* The lists of fields that log_event() and log_login() take, and what they are made of. */
#define log_word(k, v) \
	{ \
		.key = (k), .word = (v) \
	}
#define log_text(k, v) \
	{ \
		.key = (k), .text = (v) \
	}
#define log_number(k, v) \
	{ \
		.key = (k), .number = (int64_t)(v), .numeric = true \
	}
#define log_fields(...) ((const struct log_field[]){ __VA_ARGS__, { .key = NULL } })
#define log_no_fields	((const struct log_field[]){ { .key = NULL } })

/**
 * log_open - set the name that the program has in the log
 * @ident: kept, not copied
 * @debug: if nonzero, events of LOG_DEBUG are written as well
 */
void log_open(const char *ident, int debug);

/**
 * log_event - write one event to LOG_AUTHPRIV: event=, then @fields
 * @priority: LOG_INFO (permit), LOG_NOTICE (deny), LOG_ERR (cannot apply), LOG_CRIT (tampering)
 * @event:    permit, deny, fail ...
 *
 * Where systemd-journald listens, the journal gets the line and each field as CORDON_KEY=; else
 * syslog gets the line. The journal has values as they are between the quotes of the line.
 *
 * If the log does not read, this waits a fifth of a second, once. Lost lines are counted, and the
 * next delivered line is followed by their number.
 */
void log_event(int priority, const char *event, const struct log_field *fields);

/**
 * log_login - write one event of a login, with the fields that all events of logins have
 * @session: the id of the session, "" before there is one
 * @rule:    "file:line" of the section that decided, "" for none; NULL: unknown, the field is omitted
 * @event:   as log_event()
 */
void log_login(const struct login *l, const char *session, const char *rule, int priority,
	       const char *event, const struct log_field *fields);

/**
 * log_quote - put @s in double quotes; control bytes, quotes, backslashes and non-ASCII become \xNN
 *
 * Return: @buf, always terminated; a text that does not fit ends with "...".
 */
const char *log_quote(const char *s, char *buf, size_t size);

#endif
