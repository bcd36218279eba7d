/* SPDX-License-Identifier: Apache-2.0 */
/* login.h - cordon-login: from a login to the plan of its session, which the keeper then has */
#ifndef CORDON_LOGIN_LOGIN_H
#define CORDON_LOGIN_LOGIN_H

#include "policy/rules/decide.h"

#include <stdbool.h>

/**
 * struct attempt - one login on its way
 * @pam:     socket of the PAM module
 * @caller:  pidfd of the PAM application
 * @plan_fd: the sealed plan, -1 before there is one
 * @by_root: the application is root; another one cannot be given a session
 * @failure: why there is none, where there should be
 */
struct attempt {
	int pam, caller, plan_fd;
	bool debug, by_root;
	struct policy_paths paths;
	struct login login;
	struct facts facts;
	struct decision decision;
	struct err failure;
};

/**
 * attempt_prepare - rules -> plan
 *
 * Return: the verdict; a->failure says why where it is a refusal that no rule asked for.
 */
enum verdict attempt_prepare(struct attempt *a, const struct login *login);

/**
 * attempt_serve - hear of the login, answer, and become the keeper of a session that is confined
 *
 * Returns when there is none: refused, or left alone.
 */
void attempt_serve(struct attempt *a);

#endif
