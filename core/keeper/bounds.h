/* SPDX-License-Identifier: Apache-2.0 */
/* bounds.h - how long a session lives, and how many sessions an account has */
#ifndef CORDON_KEEPER_BOUNDS_H
#define CORDON_KEEPER_BOUNDS_H

#include <stdbool.h>
#include <stdint.h>

struct keeper;
struct keeper_login;

/**
 * struct bounds - the limits in time; times are microseconds of CLOCK_BOOTTIME, 0: none
 * @timer: timerfd; -1: the session has no such limit
 * @end:   when RuntimeMaxSec= is over
 * @warn:  when the user is warned of @end
 * @look:  when the terminals are looked at, for StopIdleSessionSec=
 * @clock: timerfd of the time of day, for EndWithTime=; -1: none. It also expires when the clock is set
 * @until: when the window of Time= ends, microseconds of CLOCK_REALTIME; 0: never
 * @before: how long before @until the user is warned, microseconds
 * @told:  the user is warned of @until
 */
struct bounds {
	int timer, clock;
	int64_t end, warn, look, until, before;
	bool told;
};

/**
 * bounds_prepare - make the timer, if the plan has a limit in time
 *
 * Return: 0; -errno: the limits cannot be enforced, so there must be no session.
 */
int bounds_prepare(struct keeper *k);

/**
 * bounds_begin - the first login is open: time begins
 */
void bounds_begin(struct keeper *k);

/**
 * bounds_check - a timer has expired: warn the user, or end the session
 */
void bounds_check(struct keeper *k);

/**
 * bounds_admit - enter the session in the registry if MaxSessions= admits another one
 *
 * The count and the entry happen under one lock, so that of many logins at once only as many are
 * admitted as there is room for.
 * Context: waits for other keepers of the uid.
 * Return: true; false: the login was refused, and the log says why.
 */
bool bounds_admit(struct keeper *k, const struct keeper_login *l);

/**
 * bounds_refuse - refuse a login because of MaxSessions=
 */
void bounds_refuse(const struct keeper_login *l, int count);

#endif
