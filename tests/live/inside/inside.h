/* SPDX-License-Identifier: Apache-2.0 */
/* inside.h - a session made by the policy's and the executor's own code, to look around in */
#ifndef CORDON_TESTS_INSIDE_H
#define CORDON_TESTS_INSIDE_H

#include "base/err.h"
#include "confine/session/session.h"

#include <stdbool.h>

/**
 * struct inside - one session
 * @err:  why the rule came to nothing
 * @fail: the step that failed, its object as a string
 */
struct inside {
	struct plan *plan;
	struct plan_login *login;
	struct session session;
	struct err err;
	struct child_fail fail;
	char object[4096];
};

/**
 * inside_start - the session that @user gets by the lines @rule of a [Session]
 *
 * Return: 0; -errno, and @ret says why. @ret is to be given to inside_end() in any case.
 */
int inside_start(const char *user, const char *rule, struct inside *ret);

/**
 * inside_look - @look(@arg) in a process of the session's user in B
 *
 * What it is to tell it writes into memory that is shared.
 * Return: what @look answers, 0..255; -1 when it did not come to it.
 */
int inside_look(const struct inside *in, int (*look)(void *arg), void *arg);

/**
 * inside_sh - what @command says there, by the session's own /bin/sh; lives until the next one
 */
const char *inside_sh(const struct inside *in, const char *command);

/**
 * inside_says - what @command says in a session that @user gets by @rule; why there is none, after
 * the word "refused"; lives until the next one
 */
const char *inside_says(const char *user, const char *rule, const char *command);

/**
 * inside_told - is @wanted in @text, or is it not, where it begins with '!'; else prints @text and
 * @about
 */
bool inside_told(const char *text, const char *wanted, const char *about);

void inside_end(struct inside *in);

#endif
