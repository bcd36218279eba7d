/* SPDX-License-Identifier: Apache-2.0 */
/* sessions.h - the sessions that run now, as their keepers tell */
#ifndef CORDON_CTL_SESSIONS_SESSIONS_H
#define CORDON_CTL_SESSIONS_SESSIONS_H

#include "contract/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/**
 * struct session_row - a login of a session
 * @dir:     the directory of its entry; see contract/registry.h
 * @entry:   the name of its entry
 * @id:      its id; the name of its entry if the keeper does not answer
 * @uid:     the user
 * @answers: the keeper has answered, and all that follows is known
 * @user:    the name of the user; the number if there is no answer and no account
 * @from:    the remote host, or else the terminal, or ""; a session without a login has neither
 */
struct session_row {
	char dir[80];
	char entry[32], id[32];
	uid_t uid;
	bool answers, crowded; /* @crowded: the keeper had no room for the question */
	struct login login;
	struct wire_state state;
	char user[FACTS_NAME_MAX], from[FACTS_NAME_MAX], rule[WIRE_TEXT_MAX];
};

/**
 * struct sessions - @n rows, the oldest first, those that do not answer last
 */
struct sessions {
	struct session_row *row;
	size_t n;
};

/* How long to wait for the answers of all keepers. */
enum { SESSIONS_MS = 2000 };

/**
 * sessions_read - find the sessions that the caller may see, and ask each keeper for its state
 *
 * Root sees all sessions, other users see their own. As root, also removes the entries that killed
 * keepers have left behind.
 * @ret: the caller must end it with sessions_free(), whatever this returns
 * Return: 0; -errno, after a message on stderr.
 */
int sessions_read(struct sessions *ret);

/**
 * sessions_free - free the rows
 */
void sessions_free(struct sessions *s);

/**
 * sessions_of - keep only the rows of a user
 * @user: a name or a uid
 *
 * Return: 0; EXIT_USAGE after a message: there is neither such an account nor a session of that name.
 */
int sessions_of(struct sessions *s, const char *user);

/**
 * sessions_by_rule - keep only the rows of a rule
 * @rule: the path of the file, also with ":LINE"; its name; its name without .conf
 */
void sessions_by_rule(struct sessions *s, const char *rule);

/**
 * session_find - get the row whose id is @id or begins with @id
 *
 * The id can be that of a session that outlives its logins: state.place of the row.
 * Return: the row; NULL after a message on stderr: there is none, or there are several.
 */
const struct session_row *session_find(const struct sessions *s, const char *id);

/**
 * session_is_first - tell if no row before @i is another login of the same session
 *
 * All logins of a session have the same numbers.
 */
bool session_is_first(const struct sessions *s, size_t i);

/**
 * session_open - connect to the keeper of a session
 *
 * Return: a socket, the caller's; -errno.
 */
int session_open(const struct session_row *row);

/**
 * session_ask - send @m and wait for the answer
 * @fd:      as session_open() returns it
 * @m:       its session, if "", is filled with the id of @row; then the answer
 * @ret_fds: as for wire_recv()
 *
 * Return: 0, @m may be a refusal: VERDICT with a text; -ETIMEDOUT: the keeper does not answer;
 *         another -errno.
 */
int session_ask(int fd, const struct session_row *row, struct wire_msg *m, int *ret_fds);

/**
 * log_lines - call @line for each line of the log about a session or a user
 * @whose: an id, the beginning of the id of a session that runs, or a user
 * @file:  a file of syslog; NULL: the journal, or the usual file
 *
 * Return: EXIT_YES; another code after a message on stderr.
 */
int log_lines(const char *whose, const char *file, void (*line)(void *arg, const char *line),
	      void *arg);

/**
 * audit_lines - call @line for each record of the kernel about a process of @uid that Landlock or a
 * filter has refused something, in the time from @from to @to (seconds since the epoch)
 * @file: of auditd or of the kernel's log; NULL: where they usually are
 *
 * Return: the number of records; -errno: no such file can be read.
 */
int audit_lines(const char *file, uid_t uid, int64_t from, int64_t to,
		void (*line)(void *arg, const char *record, const char *comm), void *arg);

/* Texts for tables. The results are valid until the second next call. */
const char *session_bytes(uint64_t bytes);
const char *session_time(uint64_t usec); /* 1h02m, 2m03s, 4.56s */

/**
 * session_right - print a cell of a table, aligned to the right, with a blank before it
 */
void session_right(const char *text, int wide);

/**
 * sessions_json, sessions_metrics - write the rows as JSON, or for Prometheus
 */
void sessions_json(const struct sessions *s, FILE *f);
void sessions_metrics(const struct sessions *s, FILE *f);

#endif
