/* SPDX-License-Identifier: Apache-2.0 */
/* session.h - a session's namespaces: made, mapped, held and ended by the privileged parent */
#ifndef CORDON_CONFINE_SESSION_SESSION_H
#define CORDON_CONFINE_SESSION_SESSION_H

#include "base/account.h"
#include "base/sys_ns.h"
#include "confine/steps.h"
#include "confine/view/watch.h"
#include "contract/plan.h"

#include <stdbool.h>
#include <sys/types.h>

/**
 * enum session_stage - how far a session has come
 * @SESSION_BUILDS:   init has been cloned and builds the views
 * @SESSION_SHOWS:    the caller view is complete and may be entered; init goes on in the session view
 * @SESSION_WAITS:    init waits in the session view for session_release()
 * @SESSION_MAPS:     init makes the user namespace
 * @SESSION_DROPS:    the map is written, init drops its privileges
 * @SESSION_COMPLETE: all is proven; cordonsh may join
 */
enum session_stage {
	SESSION_NOT = 0,
	SESSION_BUILDS,
	SESSION_SHOWS,
	SESSION_WAITS,
	SESSION_MAPS,
	SESSION_DROPS,
	SESSION_COMPLETE
};

/**
 * enum session_fd - the descriptors of a session that the parent holds
 * @FD_CALLER_NS:     the mount namespace of the caller view, where the PAM application runs
 * @FD_SESSION_ROOT:  O_PATH, the root directory of the session view
 * @FD_SHELL:         O_PATH, cordonsh in the caller view
 * @FD_LISTENER:      SOCK_SEQPACKET, bound in the caller view
 * @FD_ROOTS, @FD_GATE: Landlock rulesets for the PAM application; see landlock_gate()
 * @FD_CALLER_ROOT:   O_PATH, the root directory of the caller view
 * @FD_CALLER_TABLE:  mountinfo of the caller view, which can be polled; see proc_pid_mountinfo(5)
 * @FD_PTS:           O_PATH, the session's own devpts; -1 where the plan has no VIEW_NAMES
 * @FD_USER_NS:       the user namespace, for cordonsh alone; -1 with PrivateUsers=no
 * @FD_SESSION_NS:    the mount namespace of the session view, for cordonsh alone
 * @FD_SESSION_TABLE: mountinfo of the session view
 *
 * init sends the first FDS_SHOWN in this order, FD_PTS only where there is one.
 */
enum session_fd {
	FD_CALLER_NS = 0,
	FD_SESSION_ROOT,
	FD_SHELL,
	FD_LISTENER,
	FD_ROOTS,
	FD_GATE,
	FD_CALLER_ROOT,
	FD_CALLER_TABLE,
	FD_PTS,
	FDS_SHOWN,
	FD_USER_NS = FDS_SHOWN,
	FD_SESSION_NS,
	FD_SESSION_TABLE,
	SESSION_FDS
};

/**
 * struct session - what the parent holds of a session; descriptors are -1 while not open
 * @pid, @pidfd: init, the parent's child
 * @sync:        where init reports; -1 once the session is complete
 * @told:        where init answers session_ask(); -1 unless Lifetime=user
 * @network:     of session_network_make(); -1: the plan has no list of a network
 * @dirs:        see watch_dirs()
 * @outside:     the parent's own namespaces
 * @ns:          the namespaces of init, in which every process of the session has to be
 */
struct session {
	enum session_stage stage;
	pid_t pid;
	int pidfd, sync, told, network;
	int fd[SESSION_FDS];
	int dirs[WATCH_DIRS];
	unsigned n_dirs;
	struct ns_ids outside, ns;
};

/**
 * session_begin - clone init, which goes to work
 * @plan:    checked by plan_check()
 * @login:   the login that the session is begun for; gives it its terminal
 * @procfd:  O_PATH descriptor of the host's /proc
 * @shellfd: cordonsh, open for reading
 * @group:   the control group that init begins in; -1: it stays in the caller's
 * @number:  the host's terminal that stands for the session's first one; -1: none. See view_names()
 * @ret:     to be ended with session_end(), whatever this answers
 *
 * Context: root, single-threaded. init allocates nothing.
 * Return:  0; -errno with @f naming the step.
 */
int session_begin(const struct plan *plan, const struct plan_login *login, int procfd, int shellfd,
		  int group, int number, struct session *ret, struct child_fail *f);

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
 * session_ask - ask init to tell when it has no child any more, which may be at once
 *
 * Processes whose parents are outside of the pid namespace are no children of init: those that a PAM
 * application started, while they live.
 * Return: 0; -EBADF: the session ends with its login; another -errno of pidfd_send_signal(2).
 */
int session_ask(struct session *s);
enum { SESSION_ASK = 10 /* SIGUSR1 */ };

/**
 * session_told - read the answers of init at @s->told
 *
 * Return: true if there was one.
 */
bool session_told(struct session *s);

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
		.pid = -1, .pidfd = -1, .sync = -1, .told = -1, .network = -1, \
		.fd = { [0 ... SESSION_FDS - 1] = -1 } \
	}

/* init.c: the other side. @network: of session_network_make(); -1: the plan has no list of a network */
_Noreturn void init_run(const struct plan *plan, const struct plan_login *login, int syncfd,
			int procfd, int shellfd, int number, int network);

#endif
