/* SPDX-License-Identifier: Apache-2.0 */
/* place.h - a session for all logins of a user */
#ifndef CORDON_KEEPER_PLACE_H
#define CORDON_KEEPER_PLACE_H

#include "contract/registry.h"
#include "contract/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct keeper;
struct keeper_login;

/**
 * struct place - what a session with Lifetime=user has besides; see place.c
 * @timer:      timerfd of CLOCK_BOOTTIME; -1: the session ends with its login
 * @lived:      a login was opened, so the session cannot be begun again
 * @closed:     no further login can join
 * @name:       of the entry in the registry, see registry_place_name()
 * @id:         of the session as long as it lives, see registry_place_id()
 * @ino:        of that entry
 * @idle_usec:  StopWhenIdleSec= of the login that ended last
 * @idle_at:    when the session ends if there is no login, microseconds of CLOCK_BOOTTIME
 * @check_usec: the pause before the next look at the programs
 * @caller:     pidfd of the PAM application of the login that ended last; -1: none
 */
struct place {
	int timer;
	bool lived, closed;
	char name[REGISTRY_NAME_MAX], id[REGISTRY_NAME_MAX];
	uint64_t ino, idle_usec;
	int64_t idle_at, check_usec;
	int caller;
};

/* What becomes of the login of a keeper: this keeper keeps the login; another one has it; refused. */
enum place_answer { PLACE_NEW, PLACE_TAKEN, PLACE_REFUSED };

/**
 * place_is - tell if the session outlives its logins
 */
bool place_is(const struct keeper *k);

/**
 * place_id - get the id of a session that outlives its logins, NULL for other sessions
 */
const char *place_id(const struct keeper *k);

/**
 * place_begin - hand the login over to the keeper that has the session of this user, or make one
 *
 * Context: the account step, before anything is made. Waits for other keepers for some seconds at most.
 * Return: PLACE_NEW: this keeper goes on; another value: it ends. A refusal is logged and told.
 */
enum place_answer place_begin(struct keeper *k);

/**
 * place_login - answer a keeper that hands its login over, and take the login
 * @from: a connection of root's
 * @fds:  the descriptors of WIRE_LOGIN; those that are taken are -1 afterwards
 *
 * Return: 0; -errno of wire_send(): nobody is left to answer to.
 */
int place_login(struct keeper *k, int from, const struct wire_msg *m, int fds[WIRE_FDS_MAX]);

/**
 * place_close - let no further login join: the next one makes another session
 */
void place_close(struct keeper *k);

/**
 * place_open - see if a login that joins finds the home where the session has it
 *
 * Other PAM modules may have mounted another home before the session step.
 * Return: true; false: the module asks another keeper, or has its refusal.
 */
bool place_open(struct keeper *k, struct keeper_login *l);

/**
 * place_leave - end a login, but not the session
 * @app: what the PAM application says that its children have used; NULL: it says nothing
 *
 * Return: true; false: the session is over, k->ended is filled.
 */
bool place_leave(struct keeper *k, struct keeper_login *l, const struct wire_usage *app);

/**
 * place_check - end a session without a login that has nothing left to do, or is idle for too long
 */
void place_check(struct keeper *k);

#endif
