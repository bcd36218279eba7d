/* SPDX-License-Identifier: Apache-2.0 */
/* drop.h - steps of the user's process: limits, identity, privileges, and their proof */
#ifndef CORDON_CONFINE_SELF_DROP_H
#define CORDON_CONFINE_SELF_DROP_H

#include "confine/steps.h"
#include "contract/plan.h"

/* All of these but limits_text() are steps: see struct step_row, and steps.def for their order. */

/**
 * limits_set - set the limits that the rule gives, soft and hard; see setrlimit(2)
 *
 * A limit above the caller's needs CAP_SYS_RESOURCE. Without it the step fails with -EPERM, and the
 * session is refused.
 */
int limits_set(struct confine *c);

/**
 * limits_text - name the limit that could not be set, its values, and the limit that is in force
 * @buf: of 160 bytes or more; "" if @f is about something else
 */
void limits_text(const struct plan *plan, const struct child_fail *f, char *buf, size_t size);

/**
 * limits_last - set a limit of open files that is so low that the steps before would fail
 *
 * Context: after the last step that opens a file.
 */
int limits_last(struct confine *c);

/*
 * What the user's process gives up. The supplementary groups stay as the PAM application has set
 * them, unless LOGIN_SET_GROUPS is given; groups_prove() checks them. See capabilities(7).
 */
int securebits_set(struct confine *c);
int bounding_drop(struct confine *c);
int groups_drop(struct confine *c);
int uid_drop(struct confine *c);
int caps_drop(struct confine *c);

/**
 * cwd_enter - change to the first directory of @c->cwd that can be entered
 *
 * Context: with the user's rights, in the view.
 */
int cwd_enter(struct confine *c);

/* What a program can reach in addition to files. */
int no_new_privs_set(struct confine *c);
int personality_set(struct confine *c);
int keyring_set(struct confine *c);

/**
 * standard_set - clean descriptors 0, 1 and 2; see standard_clean()
 */
int standard_set(struct confine *c);

/**
 * close_others - close every descriptor above 2 except @c->sync and @c->procfd
 */
int close_others(struct confine *c);

/*
 * The process that dropped something reads it back. The groups must be those of the account or fewer:
 * a PAM application that forgot to change them would have left root's groups.
 */
int limits_prove(struct confine *c);
int ids_prove(struct confine *c);
int groups_prove(struct confine *c);
int caps_prove(struct confine *c);
int bounding_prove(struct confine *c);
int securebits_prove(struct confine *c);
int no_new_privs_prove(struct confine *c);
int keyring_prove(struct confine *c);

/**
 * namespaces_prove - check that this process is in the namespaces @c->ns, except the kinds of @c->other
 */
int namespaces_prove(struct confine *c);

/**
 * filter_set - load the system-call filter
 */
int filter_set(struct confine *c);

/**
 * filter_prove - check that the filter in force is the plan's own
 *
 * The filter answers one call as nothing else does. To see that some filter is loaded proves nothing:
 * the whole machine may run under one.
 */
int filter_prove(struct confine *c);

#endif
