/* SPDX-License-Identifier: Apache-2.0 */
/* env.h - the environment of a session */
#ifndef CORDON_CONTRACT_ENV_H
#define CORDON_CONTRACT_ENV_H

#include "contract/plan.h"

/**
 * env_clean - take out what would make a loader, a shell or an interpreter run something
 *
 * In place, before anything else looks at the environment.
 */
void env_clean(char **envp);

/**
 * env_build - the session's environment: what the rule lets pass, sets and takes away
 * @envp: cleaned
 * @out:  @max pointers into @envp and @login, ended by NULL
 *
 * Return: 0; -E2BIG.
 */
int env_build(const struct plan *plan, const struct plan_login *login, char **envp,
	      const char **out, size_t max);

#endif
