/* SPDX-License-Identifier: Apache-2.0 */
/* keeper.h - the privileged parent of one session and its logins */
#ifndef CORDON_KEEPER_KEEPER_H
#define CORDON_KEEPER_KEEPER_H

#include "base/err.h"
#include "confine/self/standing.h"
#include "confine/session/session.h"
#include "confine/view/watch.h"
#include "contract/log.h"
#include "contract/plan.h"
#include "contract/registry.h"
#include "contract/wire.h"
#include "keeper/bounds.h"
#include "keeper/follow.h"
#include "keeper/hooks.h"
#include "keeper/forker.h"
#include "keeper/logout.h"
#include "keeper/password.h"
#include "keeper/network.h"
#include "keeper/place.h"
#include "keeper/procs.h"
#include "keeper/stop.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/signalfd.h>

/**
 * struct home_id - which directory the home was when the view was built
 *
 * Other PAM modules may make or mount the home between the account and the session step.
 */
struct home_id {
	bool there;
	uint64_t dev, ino, mount;
};

/* The two views of a session. */
enum { MASKS_CALLER = 0, MASKS_SESSION, MASKS_VIEWS };

/**
 * struct terminal - a terminal of the host that represents the first one of the session; -1: none
 */
struct terminal {
	int master, slave, number;
};

/* Who has asked for an end, by cordon kill. */
struct sender {
	uid_t uid;
	pid_t pid;
};

/**
 * struct credential - a file of CopyCredentials= that a PAM module has made for a login
 * @text:   the variable, NAME=value
 * @copied: the session has had a copy; @dev and @ino are those of the file on the host
 */
struct credential {
	char text[WIRE_TEXT_MAX];
	bool copied;
	uint64_t dev, ino;
};

/**
 * struct keeper_login - one login of the session
 * @there:    the login has not ended; a place that is not taken is zero
 * @pid:      the PAM application, as long as @caller lives
 * @pam:      socket of the PAM module, -1 once nothing more is sent
 * @caller:   pidfd of the PAM application
 * @plan_fd:  the sealed plan for cordonsh
 * @plan:     both parts of its plan, mapped; the part of the session is that of the session
 * @part:     the login's part of the plan, mapped
 * @who:      what the PAM module says of the login: service, remote host, terminal
 * @limits:   the limits of the PAM application at the session step
 * @notice:   a line that cordonsh writes for the user; "": none
 * @master:   keeps the name of the login's terminal taken in the session; -1: none. See tty.c
 * @number:   of that terminal in the session; -1: the host's name is used
 * @tried:    tty_bring() was called; @named: the terminal has a name in the session
 * @standing: what the session would inherit from the PAM application, if that is a daemon
 * @program:  pidfd of the program that the login started last, -1 for none
 * @since:    when the login was opened, microseconds of the monotonic clock
 * @asked:    the session step waits for its answer
 * @opened:   the session step has its answer
 * @closing:  the PAM application closes the session and waits for an answer
 * @killed:   it is ended by cordon kill, which @killer has started
 * @told:     it has said what its children have used: @app
 * @credentials: @n_credentials of them; @brought: credentials_bring() was called
 * @forked:   what the processes of the forker have used that have ended
 */
struct keeper_login {
	bool there;
	pid_t pid;
	int pam, caller, plan_fd;
	const struct plan *plan;
	const struct plan_login *part;
	struct login who;
	struct account_limits limits;
	struct standing standing;
	char notice[WIRE_TEXT_MAX];
	int master, number;
	bool tried, named;
	int program;
	int64_t since;
	bool asked, opened, closing, killed, told;
	struct sender killer;
	struct wire_usage app, forked;
	struct credential credentials[CREDENTIALS_MAX];
	unsigned n_credentials;
	bool brought;
};

/**
 * struct usage - what the processes of a session have used, as /proc tells
 * @looked:   usage_look() was called
 * @inside:   CPU time of processes whose parents are in the session, clock ticks
 * @children: CPU time of processes that the PAM application started, clock ticks
 * @before:   both together at an earlier look, when more of the processes were there
 * @rss_kib:  peak memory of the largest one that was still alive
 * @pages:    resident memory of the @processes that are alive
 */
struct usage {
	bool looked;
	uint64_t inside, children, before, rss_kib, pages, processes;
};

enum { LOGINS_MAX = 64 };

enum { CONTROLS_MAX = 8 };

/**
 * struct control - the entry of the session in the registry, and who has connected to it
 * @listener: the socket of the entry, -1 before there is one
 * @fd:       connections, the oldest first, @n of them
 * @root:     the connection is root's
 * @entered:  there is an entry to remove
 * @due:      when to make the entry, usage_now(); 0: not now
 * @used:     what usage_state() has found, and when
 * @sender:   who has asked for the end of the session
 */
struct control {
	int listener;
	int fd[CONTROLS_MAX];
	bool root[CONTROLS_MAX];
	unsigned n;
	bool entered;
	int64_t due, used_at;
	struct wire_state used;
	struct sender sender;
};

/**
 * struct keeper_group - the control group of a session; descriptors are -1 without one
 * @fd:     the group
 * @hold:   see group_make(): a socket of cordon-scope, or the group to remove it from
 * @events: memory.events of the group, which can be polled; see cgroups(7)
 * @killed: the kernel has killed the session for lack of memory
 */
struct keeper_group {
	int fd, hold, events;
	bool killed;
};

/**
 * struct keeper - one session and its logins
 * @proc:    O_PATH, /proc of the host
 * @signals: signalfd of every signal; all are blocked
 * @plan:    the session's part of the plan of the first login, mapped
 * @masks:   the mounts that must stay in the views of a complete session
 * @logins:  LOGINS_MAX of them; the first one is the login for which the session was begun. Its plan
 *           and its name in the log stay after its end
 * @n_logins: how many of @logins were used so far
 * @terminal: the terminal in the login records
 * @again:   the session was begun a second time, for the session step
 * @failed:  the session failed after the answer to the session step, so cordonsh must tell the user
 * @ended:   what ended the session, or the login that ended last, for the log
 * @stop:    the end of the session
 * @logouts: the logins that are ended apart from the session
 * @password: a change of the password, by PasswordChange=yes
 * @bounds:  how long the session lives
 * @forker:  starts the programs of a session that outlives its logins
 * @failure: why there is no session; its text may be "" with a @step
 * @step:    the step that failed, and @object what the step failed for; STEP_NONE: no step
 * @used:    what the session has used
 * @group:   the control group of the session
 * @control: for cordon list and others
 * @follow:  FollowMounts=
 * @hooks:   ExecStartPre= and ExecStopPost=
 * @network: NetworkAllow=
 * @core:    the keeper has the account's cookie of core scheduling
 * @devices_due: when to look for devices again, usage_now(); 0: not now
 */
struct keeper {
	int proc, signals;
	const struct plan *plan;
	struct home_id home;
	struct session session;
	struct watch masks[MASKS_VIEWS];
	struct keeper_login *logins;
	unsigned n_logins;
	struct terminal terminal;
	struct place place;
	bool again, failed;
	const char *ended;
	struct stop stop;
	struct logout logouts[LOGOUTS_MAX];
	struct password password;
	struct bounds bounds;
	struct forker forker;
	struct signalfd_siginfo signal; /* of STOP_SIGNAL */
	struct err failure;
	enum step step;
	const char *object;
	struct usage used;
	struct keeper_group group;
	struct control control;
	struct follow follow;
	struct hooks hooks;
	struct network network;
	bool core;
	int64_t devices_due;
};

/**
 * keeper_begin - begin the session of the plan, or begin it again; keeper_step() continues
 *
 * Return: 0; -errno, k->failure filled.
 */
int keeper_begin(struct keeper *k);

/**
 * keeper_step - do the next session_step() when its report has arrived
 *
 * Return: 0; -errno, k->failure filled; the session cannot be used.
 */
int keeper_step(struct keeper *k);

/**
 * keeper_release - let init continue after the answer to the session step
 *
 * Return: 0; -errno, k->failure filled.
 */
int keeper_release(struct keeper *k);

/**
 * keeper_home_changed - tell if the home is another directory than when the view was built
 */
bool keeper_home_changed(const struct keeper *k);

/**
 * keeper_home_other - the same, but the same directory may have been mounted again
 */
bool keeper_home_other(const struct keeper *k);

/**
 * keeper_serve - serve the module and cordonsh until the session ends
 */
void keeper_serve(struct keeper *k);

/* signals.c */

/**
 * signals_happened - read k->signals: some ask for a check of the views, others end the session
 *
 * Return: true; false: the session is over.
 */
bool signals_happened(struct keeper *k);

/* The id of a login in the log; plan_login_check() has checked that it exists. */
#define login_id(l) plan_str((l)->part, (l)->part->session)

/* Writes one line with the fixed fields of an event of a login, see log_login(). */
#define keeper_log(l, priority, event, ...) \
	log_login(&(l)->who, login_id(l), plan_str((l)->part, (l)->part->rule), priority, event, \
		  log_fields(__VA_ARGS__))

/* masks.c */

/**
 * masks_begin - watch the mounts of a session that is complete
 *
 * Return: as masks_look().
 */
bool masks_begin(struct keeper *k);

/**
 * masks_look - check the mounts of both views, and repair those that have fallen off
 *
 * Return: true; false: a path cannot be hidden again, so the session must end.
 */
bool masks_look(struct keeper *k);

/* devices.c: the device nodes of DeviceAllow= */

/**
 * devices_begin - give a new session the devices that the host has now; waits for a child
 *
 * Return: 0, also without DeviceAllow=; -errno.
 */
int devices_begin(struct keeper *k);

/**
 * devices_changed - a directory of devices may have changed: devices_tend() will look
 */
void devices_changed(struct keeper *k);

/**
 * devices_patience - the time in ms until devices_tend() has work; -1: it has none
 */
int devices_patience(const struct keeper *k);

/**
 * devices_tend - look if it is time; a session whose devices cannot follow the host ends
 */
void devices_tend(struct keeper *k);

/* group.c: the control group of the session */

/**
 * group_take - take the group that cordon-login has made; @fd is -1 if there is none
 */
void group_take(struct keeper *k, int fd, int hold);

/**
 * group_settled - init is in the group, so that cordon-scope may leave it
 */
void group_settled(struct keeper *k);

/**
 * group_join - move a process of the session into the group; without a group, does nothing
 *
 * Return: 0; -errno.
 */
int group_join(const struct keeper *k, pid_t pid);

/**
 * group_look - tell if the kernel has killed for lack of memory since the last look; logs it once
 */
bool group_look(struct keeper *k);

/**
 * group_state - put what the group counts in the place of what usage_state() has found
 *
 * The group counts threads, so it tells the number of processes only where usage_state() cannot.
 */
void group_state(const struct keeper *k, struct wire_state *ret);

/**
 * group_cpu - the CPU time of all processes that the group has had, also of those nobody waited for
 *
 * Return: true; false: there is no group, and @usec stays.
 */
bool group_cpu(const struct keeper *k, uint64_t *usec);

/**
 * group_leave - remove the group when all of the session is gone
 */
void group_leave(struct keeper *k);

/* usage.c: what the line of the end says a session has used */

/**
 * usage_proc - open /proc of the session view, the caller's
 *
 * Return: the descriptor; -1: the session has no pid namespace, or the view no proc file system there.
 */
int usage_proc(const struct keeper *k);

/**
 * usage_look - read what the processes of the session have used, before they end
 *
 * Looks at a few hundred processes at most, so that no session can put off its end.
 */
void usage_look(struct keeper *k);

/**
 * usage_follow - the login starts a program: its exit code is asked for at the end
 * @pid: of cordonsh, which waits for us; it executes the program
 */
void usage_follow(struct keeper_login *l, pid_t pid);

/**
 * usage_log - write the line of the end of a login
 * @app: what the PAM application says that its children have used; NULL: it says nothing
 */
void usage_log(const struct keeper *k, const struct keeper_login *l, const struct wire_usage *app);

/**
 * usage_state - fill the numbers of @ret: what the processes of the session use now
 *
 * Looks at a few hundred processes at most.
 */
void usage_state(const struct keeper *k, struct wire_state *ret);

/**
 * usage_leave - write the line of the end of a login that does not end the session
 */
void usage_leave(const struct keeper *k, const struct keeper_login *l, const struct wire_usage *app);

/**
 * usage_code - the exit code of the last program of a login as a shell has it
 *
 * Return: the code; -1: unknown, or still running.
 */
int usage_code(const struct keeper_login *l);

/**
 * usage_any - tell if a program of the session lives
 *
 * Return: 1: yes; 0: no; -ENOENT: the session has no /proc that tells.
 */
int usage_any(const struct keeper *k);

/**
 * usage_now - microseconds of the monotonic clock
 */
int64_t usage_now(void);

/* terminal.c: the terminal that write(1), wall(1) and the login records of the host use for a login */

/**
 * terminal_reserve - reserve a number if the plan asks for names of terminals
 *
 * If the host has no terminals left, the names are made of the login's id.
 */
void terminal_reserve(struct keeper *k);

/**
 * terminal_give - make the user the owner of the terminal, when a login is open
 */
void terminal_give(struct keeper *k);

/**
 * terminal_pass - pass on messages, if the session has a terminal that accepts messages
 *
 * Never waits for the session.
 */
void terminal_pass(struct keeper *k);

/**
 * terminal_release - give the number back
 */
void terminal_release(struct keeper *k);

/**
 * terminal_outlive - give the number back when the PAM application, which records the logout, is gone
 */
void terminal_outlive(struct keeper *k);

/* tty.c: the terminals that logins bring along into a session that outlives them */

/**
 * tty_bring - give the terminal of @l a name in the session view, once
 *
 * The name is that of the host, or if a program of the session has a terminal of that name, another one
 * below /dev/pts. Without a name, the login works by its descriptors.
 * Context: waits for a child, for a limited time.
 */
void tty_bring(const struct keeper *k, struct keeper_login *l);

/**
 * tty_take_away - remove that name
 */
void tty_take_away(const struct keeper *k, struct keeper_login *l);

/* credentials.c: CopyCredentials= */

/**
 * credentials_told - take a CREDENTIAL of the module
 *
 * A value that names no file that the session needs a copy of is passed over.
 * Return: true; false: the module tells what it must not.
 */
bool credentials_told(struct keeper_login *l, const struct wire_msg *m);

/**
 * credentials_bring - copy the files into the session view, once it is complete and the login open
 *
 * Also for a login that starts no program: its PAM application will look for the file to remove it.
 * A file that cannot be copied is logged, and the login goes on.
 * Context: waits for a child, for BOUNDED_MS at most.
 */
void credentials_bring(const struct keeper *k, struct keeper_login *l);

/**
 * credentials_leave - the login ends: remove the files whose copies the PAM application removes
 *
 * Does not wait: a process does this when the application has ended.
 */
void credentials_leave(const struct keeper *k, struct keeper_login *l);

/* clients.c: cordonsh at the socket in the caller view */
enum { CLIENTS_MAX = 64 };

/**
 * struct client - one cordonsh
 * @login:   the login of this cordonsh
 * @pid:     the process id in the keeper's pid namespace
 * @planned: this cordonsh has its plan; HOT or FAIL follows
 * @root:    the PAM application started this cordonsh, which may only ask for a helper
 * @forked:  the forker started this cordonsh; NULL: sshd, su or login did
 * @relayed: this cordonsh is to wait for a process of the forker; SPAWN follows
 */
struct client {
	struct keeper_login *login;
	int fd;
	pid_t pid;
	struct forked *forked;
	bool planned, root, relayed;
};

/**
 * struct clients - all clients
 * @refused: the number of log lines about refused commands since @refused_from
 */
struct clients {
	struct client at[CLIENTS_MAX];
	unsigned n, refused;
	time_t refused_from;
};
void clients_accept(struct keeper *k, struct clients *c);
void clients_answer(struct keeper *k, struct clients *c, unsigned i);

/**
 * clients_close - log the last messages of the clients of @l, and drop them
 * @l: a login; NULL: the clients of all logins
 */
void clients_close(struct keeper *k, struct clients *c, const struct keeper_login *l);

/* logins.c: the logins of a session */

/**
 * login_next - get the next login that has not ended
 * @l: the login before, NULL for the first one
 *
 * Return: a login; NULL after the last one.
 */
struct keeper_login *login_next(const struct keeper *k, const struct keeper_login *l);

/**
 * login_opened - get the first login that was opened, NULL for none
 */
struct keeper_login *login_opened(const struct keeper *k);

/**
 * login_of - tell to which login a cordonsh belongs
 * @pid: of the cordonsh, which waits for us
 *
 * A PAM application is the parent of all its cordonsh, or a parent of their parents; or the forker has
 * started the process, or a parent of it, for a login.
 * Return: the login; NULL: this process is of no login that has not ended.
 */
struct keeper_login *login_of(const struct keeper *k, pid_t pid);

/**
 * login_gone - close what a login holds, so that its place is free
 */
void login_gone(struct keeper *k, struct keeper_login *l);

/**
 * login_unmap - unmap the plan of a login, unless it is that of the session
 */
void login_unmap(struct keeper_login *l);

/**
 * login_standing - see what the session would inherit from the PAM application
 *
 * Only sshd is a daemon whose values nobody meant for the session. Whoever starts su with a nice value
 * means it.
 */
void login_standing(const struct keeper *k, struct keeper_login *l);

/* core.c: CoreScheduling=user */

/**
 * core_take - have the account's cookie of core scheduling, before a program of the session needs it
 *
 * Does nothing for other values of the directive, or if the keeper has it.
 * Return: 0; -errno of prctl(2) or registry_lock().
 */
int core_take(struct keeper *k);

/* control.c: the entry of the session in the registry, see contract/registry.h */

struct pollfd;

/**
 * control_enter - make the entry of the session, if it has none
 *
 * A session without an entry goes on; the log says why cordon list does not show it.
 * Context: waits for other keepers of the uid, so not before the login has its answer unless the rule
 * needs it.
 * Return: 0; -errno of registry_lock(), registry_enter().
 */
int control_enter(struct keeper *k);

struct registry;

/**
 * control_enter_locked - make the entry of the session, if it has none
 * @registry: is locked
 */
int control_enter_locked(struct keeper *k, const struct registry *registry);

/**
 * control_enter_below - make the entry, if the account has fewer than @max logins
 * @ret_count: how many it has
 *
 * Return: as control_enter(); -EUSERS: the account has @max logins or more.
 */
int control_enter_below(struct keeper *k, int max, int *ret_count);

/**
 * control_soon - make the entry by control_tend(), when the login has been served
 */
void control_soon(struct keeper *k);

/**
 * control_patience - the time in ms until control_tend() has something to do; -1: nothing
 */
int control_patience(const struct keeper *k);

/**
 * control_tend - make the entry if it is time
 */
void control_tend(struct keeper *k);

/**
 * control_polls - fill CONTROL_POLLS descriptors for poll(2)
 */
void control_polls(const struct keeper *k, struct pollfd *p);
enum { CONTROL_POLLS = 2 + CONTROLS_MAX };

/**
 * control_happened - answer those that control_polls() has asked about
 *
 * Never waits for a client. One that is too many takes the place of the oldest.
 */
void control_happened(struct keeper *k, const struct pollfd *p);

/**
 * control_close - accept no more connections; logins that are counted after this do not include ours
 */
void control_close(struct keeper *k);

/**
 * control_leave - remove the entry; the connections see the end of file
 */
void control_leave(struct keeper *k);

/* helper.c: serves HELPER with its two descriptors; the caller must close all descriptors */
void helper_start(const struct client *c, struct wire_msg *m, const int fds[2]);

#endif
