/* SPDX-License-Identifier: Apache-2.0 */
/* steps.h - the steps of steps.def: how they are walked, and how one that failed is reported */
#ifndef CORDON_CONFINE_STEPS_H
#define CORDON_CONFINE_STEPS_H

#include "base/account.h"
#include "base/sys_ns.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct plan;
struct plan_login;
struct view;

enum step {
	STEP_NONE = 0,
#define STEP(ID, name, who, function) STEP_##ID,
#define AGAIN(ID, who, function)
#include "steps.def"
#undef STEP
#undef AGAIN
	STEP_LAST
};

/**
 * struct child_fail - the one report of a child that could not go on
 * @err:    negative errno
 * @object: plan offset of the path or name it was about, 0 for none
 */
struct child_fail {
	uint32_t step;
	int32_t err;
	uint32_t object;
};

/**
 * step_name - the step's name for the log, "?" for a number that is none
 */
const char *step_name(uint32_t step);

/**
 * step_prove_ns - the step that reads back a namespace of @kind
 */
enum step step_prove_ns(enum ns_kind kind);

/**
 * fail_set - fill @f; @f may be NULL
 *
 * Return: @err, so that "return fail_set(...)" reads as what it does.
 */
int fail_set(struct child_fail *f, enum step step, int err, uint32_t object);

/**
 * struct confine - a process that walks the steps: what each of them needs to know
 * @fail:       filled where a step has failed
 * @object:     set by a step: the plan offset of what it is about
 * @next:       the row that is next
 * @sync:       the socket to the parent or, for cordonsh, to the keeper; -1: none yet
 * @procfd:     O_PATH, a /proc that shows the process; -1: none
 * @file:       the program to execute, which stays open until then; 0: it has a path
 * @user_ns:    the user namespace to enter; -1: none
 * @network:    the network namespace to join, in a plan with a list of a network
 * @pid:        whose scheduling is set; 0: the caller's
 * @view:       while it is built; NULL for cordonsh
 * @makes_user: a user namespace is to be made by this process
 * @awaits_map: the parent is to be told, and to be waited for, before ids are dropped
 * @cwd:        the places to be in, in this order: the first that can be entered; NULL ends them
 * @cwd_object: plan offset of the first, 0: it is not the plan's
 * @ns:         the namespaces to be in, but @other: CLONE_NEW* of those in which not to be
 * @account:    the limits of the account; see owner_account()
 * @soft:       the caller's own limits while those of the account are in force
 * @dirs:       @n_dirs descriptors that go with the report before the map
 */
struct confine {
	const struct plan *plan;
	const struct plan_login *login;
	struct child_fail fail;
	uint32_t object;
	size_t next;
	int sync, procfd, file, user_ns, network;
	pid_t pid;
	struct view *view;
	bool makes_user, awaits_map;
	const char *cwd[4];
	uint32_t cwd_object;
	struct ns_ids ns;
	uint64_t other;
	struct account_limits account;
	uint64_t soft[ACCOUNT_LIMITS];
	const int *dirs;
	unsigned n_dirs;
	union {
		struct init *init;
		struct program *program;
		struct join *join;
	}; /* what the steps of one kind of process alone have to know */
};

/**
 * struct step_row - a row of steps.def
 * @run: 0; -errno, and where @fail is not filled by then it gets @step and the object
 *
 * Context of all of them, but for KEEPER: after clone or before exec; no allocation, log, lock or
 * stdio. After a failure the only legal next act is to say so, and to die.
 */
struct step_row {
	enum step step;
	int (*run)(struct confine *c);
};

#define STEP_ROW(ID, function) { STEP_##ID, function },
#define STEP_NO_ROW(ID, function)

/**
 * steps_walk - do the rows from @c->next on, one after the other
 * @last: stop after this step; STEP_NONE: go on to the end
 *
 * Return: 0; -errno with @c->fail filled.
 */
int steps_walk(struct confine *c, const struct step_row *rows, size_t n, enum step last);

#endif
