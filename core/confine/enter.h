/* SPDX-License-Identifier: Apache-2.0 */
/* enter.h - steps of whoever enters a session: cordonsh, and the child of cordon enter */
#ifndef CORDON_CONFINE_ENTER_H
#define CORDON_CONFINE_ENTER_H

#include "confine/steps.h"

/**
 * proc_open, proc_close - open /proc of the session as @c->procfd, and close it
 */
int proc_open(struct confine *c);
int proc_close(struct confine *c);

/**
 * user_namespace_join - enter @c->user_ns, if the session has a user namespace
 */
int user_namespace_join(struct confine *c);

#endif
