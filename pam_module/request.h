/* SPDX-License-Identifier: Apache-2.0 */
/* request.h - what the module asks of a keeper: start it, ask for the session, let go of it */
#ifndef CORDON_PAM_REQUEST_H
#define CORDON_PAM_REQUEST_H

#include "base/err.h"
#include "contract/wire.h"

#include <sys/stat.h>

/**
 * struct request - the module's end of one keeper, kept with pam_set_data(3) from step to step
 * @fd:      the socket to it; -1 once let go of
 * @dev:     of the socket, with @ino: a process that was forked off may have closed every
 * @ino:     descriptor and have something else at the number
 * @owner:   the process whose pidfd the keeper watches
 * @alone:   the login is left alone, the keeper has gone: there is nobody to ask
 * @opened:  the session step has succeeded, confined or not
 * @login:   whom the keeper was asked about
 * @session: the session's id, "" until the keeper has said it
 */
struct request {
	int fd;
	dev_t dev;
	ino_t ino;
	pid_t owner;
	int alone, opened;
	struct login login;
	char session[32];
};

/**
 * struct request_options - what the module's own arguments say to the keeper
 * @rules: directory to read in place of /etc/cordon/rules.d; NULL: not given
 */
struct request_options {
	const char *rules;
	int debug;
};

/**
 * request_start - start a keeper and ask it about @login
 * @ret_request:  of a live keeper, the caller's to request_free(); for VERDICT_DENY as well, and for
 *               VERDICT_UNCONFINED one that has gone
 * @ret_verdict: its VERDICT message
 *
 * The keeper is no child of the calling process, raises no SIGCHLD in it and inherits nothing:
 * no environment, no descriptor but the socket, default signal dispositions.
 * Return: 0, and then @ret_verdict tells; -errno with @e filled: it could not be told.
 * Context: any thread; all signals are blocked for the moment of the start.
 */
int request_start(const struct login *login, const struct request_options *options,
		  struct request **ret_request, struct wire_msg *ret_verdict, struct err *e);

/**
 * request_is_for - may @q, started by an earlier step, be asked to open a session for @login
 *
 * Return: 1 when it is this process's own, unopened, about the same login in every part; else 0.
 */
int request_is_for(const struct request *q, const struct login *login);

/**
 * request_open - ask for the session
 * @ret_answer: READY with WIRE_FDS_MAX descriptors in @ret_fds, the caller's; or VERDICT, either
 *              VERDICT_DENY or VERDICT_UNCONFINED
 *
 * Return: 0; -ETIMEDOUT; -EPIPE and others: this keeper cannot say any more.
 */
int request_open(struct request *q, struct wire_msg *ret_answer, int ret_fds[WIRE_FDS_MAX],
		 struct err *e);

/**
 * request_fail - tell the keeper, as far as it listens, that entering failed: @e
 */
void request_fail(struct request *q, const struct err *e);

/**
 * request_close - ask for the end of the session and wait until all of it is gone
 *
 * Return: 0 also when the keeper was gone already; -ETIMEDOUT. request_drop() is next either way.
 */
int request_close(struct request *q, struct err *e);

/**
 * request_drop - let go of the socket, which ends what the keeper has, opened or not
 *
 * In another process than the owner only the copy of the descriptor is closed: a fork of the PAM
 * application that frees its handle must not end its parent's session.
 */
void request_drop(struct request *q);

/**
 * request_free - request_drop() and free the memory; NULL will do
 */
void request_free(struct request *q);

#endif
