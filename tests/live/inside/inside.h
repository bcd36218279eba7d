/* SPDX-License-Identifier: Apache-2.0 */
/* inside.h - make a session by the code of policy and confine, to look into it */
#ifndef CORDON_TESTS_INSIDE_H
#define CORDON_TESTS_INSIDE_H

#include "base/err.h"
#include "confine/session/session.h"

#include <stdbool.h>

/**
 * struct inside - one session
 * @err:  why the rule was refused
 * @fail: the step that failed, with its object as a string
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
 * inside_start - make the session of @user by the lines @rule of a [Session]
 *
 * Return: 0; -errno, and @ret says why. The caller must call inside_end() in both cases.
 */
int inside_start(const char *user, const char *rule, struct inside *ret);

/**
 * inside_look - call @look(@arg) in a process of the user in the session view
 *
 * @look can return more in shared memory.
 * Return: what @look answers, 0..255; -1 when it did not come to it.
 */
int inside_look(const struct inside *in, int (*look)(void *arg), void *arg);

/**
 * inside_sh - run @command by /bin/sh of the session; return its output, valid until the next call
 */
const char *inside_sh(const struct inside *in, const char *command);

/**
 * inside_says - run @command in a new session of @user by @rule; return its output, or "refused" and
 * the reason, valid until the next call
 */
const char *inside_says(const char *user, const char *rule, const char *command);

/**
 * inside_told - check that @text has @wanted, or has it not if @wanted begins with '!'; else print
 * @text and @about
 */
bool inside_told(const char *text, const char *wanted, const char *about);

void inside_end(struct inside *in);

#endif
