/* SPDX-License-Identifier: Apache-2.0 */
/* logout.h - end one login of a session that outlives its logins, and leave the others alone */
#ifndef CORDON_KEEPER_LOGOUT_H
#define CORDON_KEEPER_LOGOUT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct keeper;
struct keeper_login;
struct pollfd;

/* Logins that can be ended at the same time. */
enum { LOGOUTS_MAX = 8 };

/**
 * struct logout - the end of one login while it goes on
 * @login: the login, which may have left meanwhile; NULL: this place is free
 * @pid:   the child that sends the signals
 * @child: its pidfd
 * @conn:  who has asked, and waits for the end of file; -1: nobody
 */
struct logout {
	const struct keeper_login *login;
	pid_t pid;
	int child, conn;
};

/**
 * logout_none - no login is being ended
 */
void logout_none(struct keeper *k);

/**
 * logout_begin - begin to end the login @l, or if that has begun, kill its programs now
 * @conn: a connection, which is closed when the programs are gone; the keeper's afterwards
 *
 * The programs are those whose session, see setsid(2), the login has begun. Programs that have made a
 * session of their own go on, as at a logout. The login can start no further program.
 *
 * Never waits.
 * Return: 0; -EBUSY: too many logins are ended at once; another -errno. @conn stays the caller's then.
 */
int logout_begin(struct keeper *k, struct keeper_login *l, int conn);

/**
 * logout_polls - fill LOGOUTS_MAX descriptors for poll(2)
 */
void logout_polls(const struct keeper *k, struct pollfd *p);

/**
 * logout_happened - reap the children that have ended
 */
void logout_happened(struct keeper *k, const struct pollfd *p);

/**
 * logout_left - forget a login that has left; its child goes on
 */
void logout_left(struct keeper *k, const struct keeper_login *l);

/**
 * logout_kill - end all the children, at the end of the session
 */
void logout_kill(struct keeper *k);

/**
 * logout_run - the child: tell the user, send the signals, and kill what is left at @until
 */
_Noreturn void logout_run(const struct keeper *k, const struct keeper_login *l, int64_t until);

/**
 * logout_send - the child: send @sig to each program of the login
 */
_Noreturn void logout_send(const struct keeper *k, const struct keeper_login *l, int sig);

#endif
