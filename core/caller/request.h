/* SPDX-License-Identifier: Apache-2.0 */
/* request.h - the requests of an application to a keeper: start, open the session, close */
#ifndef CORDON_CALLER_REQUEST_H
#define CORDON_CALLER_REQUEST_H

#include "base/err.h"
#include "contract/wire.h"

#include <sys/stat.h>

/**
 * struct request - the application's end of one keeper; the module keeps it with pam_set_data(3)
 * @fd:      the socket to the keeper; -1 once it is closed
 * @dev:     with @ino, identifies the socket: a forked process may have closed all descriptors and
 * @ino:     have another file at the number
 * @owner:   1 in the process whose pidfd the keeper watches; the kernel makes it 0 in children, which
 *           may have the same process id in the session
 * @before:  CPU time of the application's children before the session, microseconds
 * @alone:   the login is unconfined and the keeper has ended
 * @opened:  the session step has succeeded, confined or not
 * @login:   the login that the keeper was asked about
 * @session: the id of the session, "" until the keeper has sent it
 * @credentials: names of variables that the keeper asks for, with blanks between them
 */
struct request {
	int fd;
	dev_t dev;
	ino_t ino;
	int *owner;
	uint64_t before;
	int alone, opened;
	struct login login;
	char session[32];
	char credentials[WIRE_TEXT_MAX];
};

/**
 * struct request_options - arguments for cordon-login
 * @rules: directory to read in place of /etc/cordon/rules.d; NULL: not given
 */
struct request_options {
	const char *rules;
	int debug;
};

/**
 * request_start - start a keeper and ask it about @login
 * @ret_request:  the request, also after VERDICT_DENY, for the caller to request_free(); after
 *               VERDICT_UNCONFINED, its keeper has ended
 * @ret_verdict: the VERDICT message
 *
 * The keeper is no child of the calling process and raises no SIGCHLD there. It inherits only the
 * socket: no environment, no other descriptor, default signal dispositions.
 * Return: 0 with @ret_verdict set; -errno with @e filled: no verdict.
 * Context: any thread; all signals are blocked during the start.
 */
int request_start(const struct login *login, const struct request_options *options,
		  struct request **ret_request, struct wire_msg *ret_verdict, struct err *e);

/**
 * request_credential - tell the keeper a variable that it asks for, before request_open()
 * @text: NAME=value; a longer one than the message takes is not told
 */
void request_credential(const struct request *q, const char *text);

/**
 * request_is_for - tell if @q of an earlier step can open a session for @login
 *
 * Return: 1 if @q belongs to this process, is not opened, and is about exactly the same login; else 0.
 */
int request_is_for(const struct request *q, const struct login *login);

/**
 * request_open - ask for the session
 * @ret_answer: READY, with descriptors in @ret_fds that the caller must close; or VERDICT with
 *              VERDICT_DENY or VERDICT_UNCONFINED
 *
 * Return: 0; -ETIMEDOUT; -EPIPE and others: this keeper gives no answer.
 */
int request_open(struct request *q, struct wire_msg *ret_answer, int ret_fds[WIRE_FDS_MAX],
		 struct err *e);

/**
 * request_fail - tell the keeper, if it listens, that entering the view failed by @e
 */
void request_fail(struct request *q, const struct err *e);

/**
 * request_close - ask for the end of the session and wait until all its processes are gone
 *
 * Return: 0, also if this is not our socket any more; -ETIMEDOUT; another -errno: the keeper was
 *         killed. The caller must call request_drop() in all cases.
 */
int request_close(struct request *q, struct err *e);

/**
 * request_drop - close the socket, which ends the session, opened or not
 *
 * A process that is not the owner only closes its copy of the descriptor, because a fork of the PAM
 * application that frees its handle must not end the session of its parent.
 */
void request_drop(struct request *q);

/**
 * request_free - request_drop() and free the memory; @q may be NULL
 */
void request_free(struct request *q);

#endif
