/* SPDX-License-Identifier: Apache-2.0 */
/* keeper.h - the module's end of the keeper: start it, ask it, let go of it */
#ifndef CORDON_PAM_KEEPER_H
#define CORDON_PAM_KEEPER_H

#include "base/err.h"
#include "contract/wire.h"

#include <sys/stat.h>

/**
 * struct keeper - one keeper process, kept with pam_set_data(3) from step to step
 * @fd:      the socket to it; -1 once let go of
 * @dev:     of the socket, with @ino: a process that was forked off may have closed every
 * @ino:     descriptor and have something else at the number
 * @owner:   the process whose pidfd the keeper watches
 * @alone:   the login is left alone, the keeper has gone: there is nobody to ask
 * @opened:  the session step has succeeded, confined or not
 * @login:   whom the keeper was asked about
 * @session: the session's id, "" until the keeper has said it
 */
struct keeper {
	int fd;
	dev_t dev;
	ino_t ino;
	pid_t owner;
	int alone, opened;
	struct login login;
	char session[32];
};

/**
 * struct keeper_options - what the module's own arguments say to the keeper
 * @rules: directory to read in place of /etc/cordon/rules.d; NULL: not given
 */
struct keeper_options {
	const char *rules;
	int debug;
};

/**
 * keeper_start - start a keeper and ask it about @login
 * @ret_keeper:  a live keeper, the caller's to keeper_free(); for VERDICT_DENY as well, and for
 *               VERDICT_UNCONFINED one that has gone
 * @ret_verdict: its VERDICT message
 *
 * The keeper is no child of the calling process, raises no SIGCHLD in it and inherits nothing:
 * no environment, no descriptor but the socket, default signal dispositions.
 * Return: 0, and then @ret_verdict tells; -errno with @e filled: it couldn't be told.
 * Context: any thread; all signals are blocked for the moment of the start.
 */
int keeper_start(const struct login *login, const struct keeper_options *options,
		 struct keeper **ret_keeper, struct wire_msg *ret_verdict, struct err *e);

/**
 * keeper_is_for - may @k, started by an earlier step, be asked to open a session for @login
 *
 * Return: 1 when it is this process's own, unopened, about the same login in every part; else 0.
 */
int keeper_is_for(const struct keeper *k, const struct login *login);

/**
 * keeper_open - ask for the session
 * @ret_answer: READY with WIRE_FDS_MAX descriptors in @ret_fds, the caller's; or VERDICT, either
 *              VERDICT_DENY or VERDICT_UNCONFINED
 *
 * Return: 0; -ETIMEDOUT; -EPIPE and others: this keeper can't say any more.
 */
int keeper_open(struct keeper *k, struct wire_msg *ret_answer, int ret_fds[WIRE_FDS_MAX],
		struct err *e);

/**
 * keeper_fail - tell the keeper, as far as it listens, that entering failed: @e
 */
void keeper_fail(struct keeper *k, const struct err *e);

/**
 * keeper_close - ask for the end of the session and wait until all of it is gone
 *
 * Return: 0 also when the keeper was gone already; -ETIMEDOUT. keeper_drop() is next either way.
 */
int keeper_close(struct keeper *k, struct err *e);

/**
 * keeper_drop - let go of the socket, which ends what the keeper has, opened or not
 *
 * In another process than the owner only the copy of the descriptor is closed: a fork of the PAM
 * application that frees its handle must not end its parent's session.
 */
void keeper_drop(struct keeper *k);

/**
 * keeper_free - keeper_drop() and free the memory; NULL will do
 */
void keeper_free(struct keeper *k);

#endif
