/* SPDX-License-Identifier: Apache-2.0 */
/* session.h - a session's namespaces: made, mapped, held and ended by the privileged parent */
#ifndef CORDON_CONFINE_SESSION_SESSION_H
#define CORDON_CONFINE_SESSION_SESSION_H

#include "base/account.h"
#include "base/sys_ns.h"
#include "confine/steps.h"
#include "confine/view/watch.h"
#include "contract/plan.h"

#include <sys/types.h>

/**
 * enum session_stage - how far a session has come
 * @SESSION_BUILDS:   init has been cloned and builds the view
 * @SESSION_BRANCHES: V is complete and may be entered; init goes on to B
 * @SESSION_WAITS:    init is in B and waits for session_release()
 * @SESSION_MAPS:     init makes the user namespace
 * @SESSION_DROPS:    the map is written, init gives up what it may
 * @SESSION_COMPLETE: all is proven; cordonsh may join
 */
enum session_stage {
	SESSION_NOT = 0,
	SESSION_BUILDS,
	SESSION_BRANCHES,
	SESSION_WAITS,
	SESSION_MAPS,
	SESSION_DROPS,
	SESSION_COMPLETE
};

/* One message between the two: a report with or without descriptors, the parent's byte back. */
enum { SESSION_GO = 'G', SESSION_FDS = 9 /* the last with VIEW_NAMES alone */ };

/**
 * struct session - what the parent holds of a session; descriptors are -1 while not open
 * @pid, @pidfd: init, the parent's child
 * @sync:        where init reports; -1 once it is complete
 * @view_ns:     mount namespace V, where the PAM caller runs
 * @view_root:   O_PATH, the root directory of V
 * @view_table:  V's mountinfo, proc_pid_mountinfo(5), which can be polled; @table: B's
 * @root:        O_PATH, the root directory of B
 * @shell:       O_PATH, cordonsh in V
 * @listener:    SOCK_SEQPACKET, bound in V
 * @roots, @gate: Landlock rulesets for the PAM caller; see landlock_gate()
 * @dirs:        see watch_dirs()
 * @pts:         O_PATH, the session's own devpts; -1 where the plan has no VIEW_NAMES
 * @outside:     the parent's own namespaces
 * @ns:          what init is in, and every process of the session has to be
 * @user_ns, @mount_ns: U and B, for cordonsh alone; @user_ns is -1 with PrivateUsers=no
 */
struct session {
	enum session_stage stage;
	pid_t pid;
	int pidfd, sync, view_ns, root, shell, listener, roots, gate, pts, user_ns, mount_ns;
	int view_root, view_table, table;
	int dirs[WATCH_DIRS];
	unsigned n_dirs;
	struct ns_ids outside, ns;
};

/**
 * session_begin - clone init, which goes to work
 * @plan:    checked by plan_check()
 * @procfd:  O_PATH descriptor of the host's /proc
 * @shellfd: cordonsh, open for reading
 * @number:  the host's terminal that stands for the session's first one; -1: none. See view_names()
 * @ret:     to be ended with session_end(), whatever this answers
 *
 * Context: root, single-threaded. init allocates nothing.
 * Return:  0; -errno with @f naming the step.
 */
int session_begin(const struct plan *plan, int procfd, int shellfd, int number, struct session *ret,
		  struct child_fail *f);

/**
 * session_step - hear what init reports next, and do the parent's part of it
 * @procfd:      as for session_begin()
 * @deadline_ms: how long to wait for the report
 *
 * To be called until the stage is SESSION_COMPLETE, but for SESSION_WAITS; @s->sync is readable when
 * a report is there.
 * Return: 0, and the stage is the next; -errno with @f naming step and object: nothing of the
 *         session's has been executed, and init does nothing more until session_end().
 */
int session_step(const struct plan *plan, int procfd, struct session *s, int deadline_ms,
		 struct child_fail *f);

/**
 * session_release - let init make the user namespace; the stage has to be SESSION_WAITS
 * @limits: hard limits of the PAM application; see owner_account()
 *
 * Return: 0, and the stage is SESSION_MAPS; -errno with @f filled.
 */
int session_release(struct session *s, const struct account_limits *limits, struct child_fail *f);

/**
 * session_kill - kill everything in the session, without waiting for it
 */
void session_kill(struct session *s);

/**
 * session_end - kill everything in the session, wait until it is gone, close what is open
 *
 * With an own pid namespace the kernel kills what lives there before init can be waited for.
 * @ret may be zeroed by SESSION_NONE or have been ended already.
 */
void session_end(struct session *s);

#define SESSION_NONE \
	{ \
		.pid = -1, .pidfd = -1, .sync = -1, .view_ns = -1, .root = -1, .shell = -1, \
		.listener = -1, .roots = -1, .gate = -1, .pts = -1, .user_ns = -1, .mount_ns = -1, \
		.view_root = -1, .view_table = -1, .table = -1 \
	}

/**
 * map_write - the user namespace's maps, by the privileged parent
 * @procfd:  O_PATH descriptor of the host's /proc
 * @deny:    setgroups(2) is denied in the namespace before @gid_map is written
 *
 * Return: 0; -EIO for a short write; -errno. See user_namespaces(7).
 */
int map_write(int procfd, pid_t pid, const char *uid_map, const char *gid_map, int deny);

/* init.c: the other side. */
_Noreturn void init_run(const struct plan *plan, int syncfd, int procfd, int shellfd, int number);

#endif
