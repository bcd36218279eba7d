/* SPDX-License-Identifier: Apache-2.0 */
/* keeper.h - the privileged parent of one session */
#ifndef CORDON_KEEPER_KEEPER_H
#define CORDON_KEEPER_KEEPER_H

#include "base/err.h"
#include "confine/session/session.h"
#include "confine/view/watch.h"
#include "contract/log.h"
#include "contract/plan.h"
#include "contract/wire.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * struct home_id - which directory the home was when the view was built
 *
 * Other PAM modules may make or mount it between the account and the session step.
 */
struct home_id {
	bool there;
	uint64_t dev, ino, mount;
};

/* The two views of a session: the PAM caller's and its own. */
enum { MASKS_V = 0, MASKS_B, MASKS_VIEWS };

/**
 * struct terminal - the host's terminal that stands for the session's first one; -1: there is none
 */
struct terminal {
	int master, slave, number;
};

/**
 * struct keeper - one login
 * @pam:     socket of the PAM module, -1 once it is gone
 * @caller:  pidfd of the PAM application
 * @proc:    O_PATH, the host's /proc
 * @signals: signalfd of every signal: all are blocked
 * @masks:   what has to stay in the views, once the session is complete
 * @asked:   the session step waits for its answer
 * @again:   the session was begun for it, after an earlier one
 * @opened:  it has got it
 * @failed:  and then the session couldn't be completed: all that is left is to say so
 * @limits:  the PAM application's, at the session step
 * @ended:   by what the session ends, for the log
 * @failure: why there is no session, where there should be one
 */
struct keeper {
	int pam, caller, proc, signals;
	struct login login;
	const struct plan *plan; /* the sealed one, mapped, and behind it the login's part */
	const struct plan_login *part;
	int plan_fd;
	struct home_id home;
	struct session session;
	struct watch masks[MASKS_VIEWS];
	struct account_limits limits;
	struct terminal terminal;
	bool asked, again, opened, failed;
	const char *ended;
	char ended_by_signal[64];
	struct err failure;
};

/**
 * keeper_begin - (again) the session of the plan; keeper_step() goes on with it
 *
 * Return: 0; -errno, k->failure filled.
 */
int keeper_begin(struct keeper *k);

/**
 * keeper_step - the next of session_step(), when its report is there
 *
 * Return: 0; -errno, k->failure filled: the session is of no more use.
 */
int keeper_step(struct keeper *k);

/**
 * keeper_release - the session step has been answered: init may go on
 *
 * Return: 0; -errno, k->failure filled.
 */
int keeper_release(struct keeper *k);

/**
 * keeper_home_changed - is the home another one than when the view was built
 */
bool keeper_home_changed(const struct keeper *k);

/**
 * keeper_serve - the rest of the session's life: the module, cordonsh, the end
 */
void keeper_serve(struct keeper *k);

/* The session's id; plan_login_check() has looked. */
#define keeper_session(k) plan_str((k)->part, (k)->part->session)

/* One line with the fixed fields of a session's event, by log_login(). */
#define keeper_log(k, ...) \
	log_login(&(k)->login, keeper_session(k), plan_str((k)->part, (k)->part->rule), __VA_ARGS__)

/* masks.c */

/**
 * masks_begin - take notice of what happens to the mounts of a session that is complete
 *
 * Return: as masks_look().
 */
bool masks_begin(struct keeper *k);

/**
 * masks_look - look at the mounts of both views, and repair what has fallen off
 *
 * Return: false: something has been replaced that can't be hidden again; the session must end.
 */
bool masks_look(struct keeper *k);

/* terminal.c: what write(1), wall(1) and the host's records take for the session's terminal */

/**
 * terminal_reserve - take a number, where the plan asks for names of terminals
 *
 * Without one (the host has no terminals left) the session's names are made of its id.
 */
void terminal_reserve(struct keeper *k);

/**
 * terminal_give - the login is open: the terminal is the user's
 */
void terminal_give(struct keeper *k);

/**
 * terminal_pass - pass on what was written to it, if the session has a terminal and takes messages
 *
 * Never waits for the session.
 */
void terminal_pass(struct keeper *k);

/**
 * terminal_release - give the number back
 */
void terminal_release(struct keeper *k);

/**
 * terminal_outlive - give the number back once the PAM application is gone, which records the logout
 */
void terminal_outlive(struct keeper *k);

/* clients.c: cordonsh at the socket in V */
enum { CLIENTS_MAX = 64 };
struct clients {
	int fd[CLIENTS_MAX];
	pid_t pid[CLIENTS_MAX];	   /* as it is called here */
	bool planned[CLIENTS_MAX]; /* it has got its plan; HOT or FAIL is to come */
	bool root[CLIENTS_MAX]; /* the PAM caller's own: asks for a helper, and for nothing else */
	unsigned n;
	unsigned refused; /* lines of commands that were refused, since @refused_from */
	time_t refused_from;
};
void clients_accept(struct keeper *k, struct clients *c);
void clients_answer(struct keeper *k, struct clients *c, unsigned i);
void clients_close(struct keeper *k, struct clients *c);

/* helper.c: HELPER, with its two descriptors, of the PAM caller behind @client; all stay open */
void helper_start(const struct keeper *k, int client, struct wire_msg *m, const int fds[2]);

#endif
