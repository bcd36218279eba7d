/* SPDX-License-Identifier: Apache-2.0 */
/* hooks.h - ExecStartPre= and ExecStopPost=: programs of root, outside, before and after a session */
#ifndef CORDON_KEEPER_HOOKS_H
#define CORDON_KEEPER_HOOKS_H

#include <stdbool.h>
#include <stdint.h>

struct keeper;

/* The line for the user if a program of ExecStartPre= fails. */
#define HOOKS_REFUSAL "the preparation of this session failed, and it was refused"

enum hooks_state { HOOKS_IDLE = 0, HOOKS_RUN, HOOKS_DONE };

/**
 * struct hooks - the process that runs the programs; see hooks.c
 * @fd:     socket to that process; -1: there is none
 * @child:  its pidfd, and @pid its id
 * @state:  HOOKS_RUN: the programs of ExecStartPre= run; HOOKS_DONE: they have run
 * @failed: one of them has failed
 * @until:  when the keeper waits no longer for them, microseconds of usage_now()
 * @wait_at: when the PAM applications are told again to wait
 */
struct hooks {
	int fd, child, pid;
	enum hooks_state state;
	bool failed;
	int64_t until, wait_at;
};

/**
 * hooks_first - tell if programs must have run before the view is built
 */
bool hooks_first(const struct keeper *k);

/**
 * hooks_open - a login opens the session: start the process that runs the programs, once
 *
 * Return: 1: programs of ExecStartPre= run, so the session has to wait; 0: it need not;
 *         -errno, k->failure filled.
 */
int hooks_open(struct keeper *k);

/**
 * hooks_happened - the socket is readable
 *
 * Return: 1: all programs of ExecStartPre= have run; 0: nothing to do; -errno: one has failed, k->failure
 *         filled.
 */
int hooks_happened(struct keeper *k);

/**
 * hooks_patience - how long poll(2) may wait, milliseconds
 */
int hooks_patience(const struct keeper *k);

/**
 * hooks_tend - keep the PAM applications waiting while programs run
 *
 * Return: 0; -ETIMEDOUT: the process does not answer, k->failure filled.
 */
int hooks_tend(struct keeper *k);

/**
 * hooks_tell - tell the process which session there is, and why the session ends
 * @result: for CORDON_RESULT
 *
 * The process takes the last word that it has heard when the keeper is gone.
 */
void hooks_tell(const struct keeper *k, const char *result);

/**
 * hooks_end - let the process run ExecStopPost=, and wait for nothing
 *
 * Context: hooks_tell() was called.
 */
void hooks_end(struct keeper *k);

/* hooks_child.c: that process */

/**
 * hooks_run - run ExecStartPre=, wait for the end of the session, run ExecStopPost=
 * @sock:   to the keeper
 * @keeper: pidfd of the keeper
 */
_Noreturn void hooks_run(const struct keeper *k, int sock, int keeper);

#endif
