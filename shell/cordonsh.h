/* cordonsh.h - between the parts of the login shell */
#ifndef CORDON_SHELL_CORDONSH_H
#define CORDON_SHELL_CORDONSH_H

#include "../core/apply/steps.h"
#include "../core/base/plan.h"

/* What the shell ends with where it could not become the session's program. */
enum { EXIT_SETUP = 125, EXIT_REFUSED = 126, EXIT_NOT_FOUND = 127 };

/* state.c */

/**
 * state_reset - standard descriptors, signals, timers: as a program expects them
 *
 * Return: 0; -errno: nothing can be done safely.
 */
int state_reset(void);

/* join.c */

/**
 * join_session - ask the keeper for the plan, enter, drop everything, prove it
 * @ret_keeper: the socket, close-on-exec: its end tells the keeper that exec happened
 * @f:          filled on failure, which has been reported to the keeper
 *
 * Return: 0; -ENOENT: there is no session prepared here; another -errno.
 */
int join_session(const struct plan **ret_plan, int *ret_keeper, struct child_fail *f);

/**
 * join_fail - tell the keeper what failed
 */
void join_fail(int keeper, const struct child_fail *f);

/**
 * complain - "cordon: A B" on stderr, without stdio
 */
void complain(const char *a, const char *b);

#endif
