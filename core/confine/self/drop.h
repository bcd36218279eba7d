/* SPDX-License-Identifier: Apache-2.0 */
/* drop.h - steps of the user's process: limits, identity, privileges, and their proof */
#ifndef CORDON_CONFINE_SELF_DROP_H
#define CORDON_CONFINE_SELF_DROP_H

#include "confine/steps.h"
#include "contract/plan.h"

/* All of these but limits_text() are steps: see struct step_row, and steps.def for their order. */

/**
 * limits_set - the limits that the rule gives, soft and hard; see setrlimit(2)
 *
 * -EPERM for one above the caller's without CAP_SYS_RESOURCE: the session is refused then.
 */
int limits_set(struct confine *c);

/**
 * limits_text - which limit it was that could not be set, its values, and the one that is in force
 * @buf: of 160 bytes or more; "" where @f is about something else
 */
void limits_text(const struct plan *plan, const struct child_fail *f, char *buf, size_t size);

/**
 * limits_last - the limit of open files where it is so low that the steps between would fail
 *
 * Context: after the last step that opens a file.
 */
int limits_last(struct confine *c);

/*
 * What a user's process gives up. The supplementary groups stay, as the PAM caller has set them, but
 * with LOGIN_SET_GROUPS; groups_prove() looks at them. See capabilities(7).
 */
int securebits_set(struct confine *c);
int bounding_drop(struct confine *c);
int groups_drop(struct confine *c);
int uid_drop(struct confine *c);
int caps_drop(struct confine *c);

/**
 * cwd_enter - into the first of @c->cwd that can be entered
 *
 * Context: with the user's rights, in the view.
 */
int cwd_enter(struct confine *c);

/* What a program can reach beside files. */
int no_new_privs_set(struct confine *c);
int personality_set(struct confine *c);
int keyring_set(struct confine *c);

/**
 * standard_set - see standard_clean()
 */
int standard_set(struct confine *c);

/**
 * close_others - every descriptor above 2 but @c->sync and @c->procfd
 */
int close_others(struct confine *c);

/*
 * What was dropped is read back, in the process that dropped it. Groups: those of the account or fewer;
 * a PAM application that forgot to change them would have left root's.
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
 * namespaces_prove - this process is in the namespaces @c->ns, but for the kinds of @c->other
 */
int namespaces_prove(struct confine *c);

/**
 * filter_set - the system-call filter
 */
int filter_set(struct confine *c);

/**
 * filter_prove - by a call that the plan's own filter answers as nothing else does
 *
 * That some filter is on says nothing where the whole machine lives under one.
 */
int filter_prove(struct confine *c);

#endif
