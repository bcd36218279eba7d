/* SPDX-License-Identifier: Apache-2.0 */
/* env.h - the environment of a session */
#ifndef CORDON_CONTRACT_ENV_H
#define CORDON_CONTRACT_ENV_H

#include "contract/plan.h"

/**
 * env_clean - remove variables that make a loader, a shell or an interpreter run code
 *
 * The caller must do this before anything else reads the environment. The array is changed in place.
 */
void env_clean(char **envp);

/**
 * env_build - build the environment of the session as the rule passes, sets and unsets variables
 * @envp: cleaned
 * @out:  @max pointers into @envp and @login, ended by NULL
 *
 * Return: 0; -E2BIG.
 */
int env_build(const struct plan *plan, const struct plan_login *login, char **envp,
	      const char **out, size_t max);

#endif
