/* SPDX-License-Identifier: Apache-2.0 */
/* make.h - make the control group of a session, with its limits */
#ifndef CORDON_POLICY_GROUP_MAKE_H
#define CORDON_POLICY_GROUP_MAKE_H

#include "base/err.h"
#include "contract/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct group_limits;

/**
 * struct cgroup - the control group of a session
 * @fd:   the group, open for reading; -1: the session has none
 * @hold: with systemd, the socket of cordon-scope, which keeps the scope while it is open; else the
 *        group CGROUP_TOP, for cgroup_remove()
 */
struct cgroup {
	int fd, hold;
};

#define CGROUP_NONE \
	{ \
		.fd = -1, .hold = -1 \
	}

/**
 * group_make - make the group that the plan asks for, through systemd where it runs
 * @id:  the id of the session, which is the name of the group
 * @together: when memory runs out, the kernel kills all processes of the group at once. The keeper of
 *       a login ends the session instead: if the shell died with the others, nobody could be told
 * @ret: its descriptors are the caller's; CGROUP_NONE if the plan asks for no group
 *
 * Each limit is read back.
 * Return: 0; -errno with @e filled; no group is left.
 */
int group_make(const struct plan *plan, uid_t uid, const char *id, bool together,
	       struct cgroup *ret, struct err *e);

/**
 * group_end - kill what is in the group, and remove it; CGROUP_NONE does nothing
 */
void group_end(struct cgroup *g, uid_t uid, const char *id);

/* ---- its parts ---- */

/* direct.c: below CGROUP_TOP of the tree */
int group_direct(const struct plan *plan, uid_t uid, const char *id, struct cgroup *ret,
		 struct err *e);
/* scope.c: a scope of systemd's, by cordon-scope */
int group_scope(const struct plan *plan, uid_t uid, const char *id, bool together,
		struct cgroup *ret, struct err *e);

/* files.c: write the limits to the files of the group @fd, or compare the files with the limits */
int group_write(int fd, const struct group_limits *limits, struct err *e);
int group_verify(int fd, const struct group_limits *limits, struct err *e);
/* addresses.c: have the group @fd hold the lists of addresses, or compare what it holds with them */
int group_hold_addresses(int fd, const struct plan *plan, struct err *e);
int group_verify_addresses(int fd, const struct plan *plan, struct err *e);
/* The controllers that the limits need as cgroup.subtree_control takes them, "+memory +pids". */
void group_controllers(const struct group_limits *limits, char *buf, size_t size);

#endif
