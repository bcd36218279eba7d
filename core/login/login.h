/* SPDX-License-Identifier: Apache-2.0 */
/* login.h - cordon-login: makes the plan of a session for a login and hands it to the keeper */
#ifndef CORDON_LOGIN_LOGIN_H
#define CORDON_LOGIN_LOGIN_H

#include "policy/group/make.h"
#include "policy/rules/decide.h"

#include <stdbool.h>

/**
 * struct attempt - one login while it is decided
 * @pam:     socket of the PAM module
 * @caller:  pidfd of the PAM application
 * @plan_fd: the sealed plan, -1 before there is one
 * @group:   the control group of the session, once attempt_group() has made it
 * @nice:    nice value of the PAM application
 * @by_root: the application runs as root; no other application can get a session
 * @failure: why there is no session although no rule denies the login
 */
struct attempt {
	int pam, caller, plan_fd, nice;
	struct cgroup group;
	bool debug, by_root;
	struct policy_paths paths;
	struct login login;
	struct facts facts;
	struct decision decision;
	struct err failure;
};

/**
 * attempt_prepare - decide by the rules and compile the plan
 *
 * Return: the verdict; a->failure says why if no rule denies the login and it is refused anyway.
 */
enum verdict attempt_prepare(struct attempt *a, const struct login *login);

/**
 * attempt_group - make the control group if the rule asks for one
 *
 * Done after the answer to the account step, so that the PAM application does not wait for it.
 * Return: 0; -errno, a->failure filled.
 */
int attempt_group(struct attempt *a);

/**
 * attempt_serve - receive the login, answer, and become the keeper if the session is confined
 *
 * Returns only if there is no confined session: the login is refused or unconfined.
 */
void attempt_serve(struct attempt *a);

/**
 * attempt_manager - may the account with the uid or name @text have a user manager of systemd
 *
 * The decision is that of the PAM service of user managers. If there is no answer, standard error
 * gets the reason.
 * Return: EXIT_YES; EXIT_NO: a rule confines or denies logins; EXIT_SYSTEM: there is no answer.
 */
int attempt_manager(struct attempt *a, const char *text);

#endif
