/* SPDX-License-Identifier: Apache-2.0 */
/* password.h - change the password of the account outside the session, for PasswordChange=yes */
#ifndef CORDON_KEEPER_PASSWORD_H
#define CORDON_KEEPER_PASSWORD_H

#include <stdint.h>
#include <sys/types.h>

struct keeper;
struct keeper_login;
struct pollfd;

/**
 * struct password - the socket for cordon-passwd in the session view, and a change that goes on
 * @listener: the socket; -1: the rule has PasswordChange=no
 * @pid:      the child that serves the change; 0: none
 * @child:    its pidfd; -1: none
 * @login:    the login that asked, for the log
 * @begun:    how often a change was asked for since @from, microseconds of usage_now()
 */
struct password {
	int listener;
	pid_t pid;
	int child;
	const struct keeper_login *login;
	unsigned begun;
	int64_t from;
};

#define PASSWORD_NONE \
	{ \
		.listener = -1, .child = -1 \
	}

/**
 * password_listen - make the socket in the view of a session that is complete
 *
 * Does nothing with PasswordChange=no. Without the socket, cordon-passwd tells the user that the
 * password cannot be changed, and the log says why.
 */
void password_listen(struct keeper *k);

/**
 * password_polls - fill PASSWORD_POLLS descriptors for poll(2)
 */
void password_polls(const struct keeper *k, struct pollfd *p);
enum { PASSWORD_POLLS = 2 };

/**
 * password_happened - begin a change, or log the end of one
 *
 * Never waits for the session, and never reads what the session sends: the child does.
 */
void password_happened(struct keeper *k, const struct pollfd *p);

/**
 * password_left - the login @l has ended, so the log of a change must not use it
 */
void password_left(struct keeper *k, const struct keeper_login *l);

/**
 * password_end - end a change that goes on, and close the socket
 */
void password_end(struct keeper *k);

/* password_child.c */

/* How a change ended: the exit status of the child. */
enum password_result {
	PASSWORD_CHANGED = 0,
	PASSWORD_UNCHANGED,
	PASSWORD_IDLE,
	PASSWORD_LEFT,
	PASSWORD_FAILED,
	PASSWORD_RESULTS
};

/**
 * password_run - the child: run passwd(1) of the host as the user, at a terminal of its own
 * @conn: cordon-passwd, to and from which the terminal's bytes are copied
 *
 * Context: after clone; all signals are blocked.
 */
_Noreturn void password_run(const struct keeper_login *l, int conn);

/**
 * password_say - send cordon-passwd a packet
 * @kind: enum password_kind
 *
 * Never waits. Return: 0; -errno.
 */
int password_say(int conn, char kind, const void *data, size_t size);

#endif
