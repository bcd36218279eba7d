/* SPDX-License-Identifier: Apache-2.0 */
/* stop.h - the end of a session: SIGHUP and SIGTERM to its programs, and later SIGKILL */
#ifndef CORDON_KEEPER_STOP_H
#define CORDON_KEEPER_STOP_H

#include "keeper/procs.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct keeper;
struct keeper_login;

/*
 * What ends a session: WHY, its word in the log, NOW or LATER, the line for the user.
 * NOW:   the session is killed at once, because it cannot be kept safe or has no programs
 * LATER: the programs get SIGHUP and SIGTERM, and TimeoutStopSec= to end
 * A line is written to the terminals of the session, whose client is still there then.
 */
#define STOPS(_) \
	_(FAILURE, "failure", NOW, NULL) \
	_(INIT, "init", NOW, NULL) \
	_(VIEW, "view", NOW, NULL) \
	_(EMPTY, "empty", NOW, NULL) \
	_(CLOSE, "close", LATER, NULL) \
	_(CALLER, "caller", LATER, NULL) \
	_(SOCKET, "socket", LATER, NULL) \
	_(MEMORY, "memory", LATER, "this session needed more memory than its limit, and ends") \
	_(SIGNAL, "signal", LATER, "the administrator ends this session") \
	_(KILL, "kill", LATER, "this session was ended by cordon kill") \
	_(NO_LOGIN, "no-login", LATER, "this session had no login for too long, and ends") \
	_(RUNTIME, "runtime", LATER, "the time of this session is over, and it ends") \
	_(TIME, "time", LATER, "the hours of this session are over, and it ends") \
	_(IDLE, "idle", LATER, "this session was idle for too long, and ends") \
	_(RULE, "rule", LATER, "the rule of this session has changed, and the session ends")

enum stop_why {
#define STOP_WHY(WHY, word, when, line) STOP_##WHY,
	STOPS(STOP_WHY)
#undef STOP_WHY
		STOP_N
};

/**
 * struct stop - the end of a session while it goes on
 * @begun:  stop_begin() was called
 * @over:   nothing is left to wait for: the keeper kills what is left, and ends
 * @why:    the first reason
 * @pid:    the child that sends the signals; 0: none
 * @child:  its pidfd; -1: none
 * @warner: the child that warns the user; 0: none
 * @teller: its pidfd; -1: none
 * @until:  when the session is killed, microseconds of usage_now()
 * @answer: when a PAM application that closes the session is answered; 0: none closes it
 * @sender: pidfd of the child of stop_signal(), which is @sender_pid; -1: none
 */
struct stop {
	bool begun, over;
	enum stop_why why;
	pid_t pid, warner;
	int child, teller;
	int64_t until, answer;
	pid_t sender_pid;
	int sender;
};

#define STOP_NONE \
	{ \
		.child = -1, .teller = -1, .sender = -1 \
	}

/**
 * stop_begin - begin to end the session; everything that ends a session calls this
 *
 * If no program is left, the session is over at once. Otherwise a child of the keeper, inside the pid
 * namespace of the session, sends the signals and waits. The keeper serves on: it watches the mounts,
 * and admits no further program. A second call changes nothing, but a reason that is NOW kills at once.
 *
 * Never waits.
 */
void stop_begin(struct keeper *k, enum stop_why why);

/**
 * stop_close - the PAM application closes the session, and waits for an answer
 * @terminal: it goes on to use its terminal, which programs of the session have open
 */
void stop_close(struct keeper *k, bool terminal);

/**
 * stop_happened - see what has become of the end after poll(2)
 *
 * Return: true if applications that close the session are to be answered now.
 */
bool stop_happened(struct keeper *k);

/**
 * stop_patience - how long poll(2) may wait, milliseconds; -1: no end has begun
 */
int stop_patience(const struct keeper *k);

/**
 * stop_kill - kill all processes of the session; waits for the child alone
 */
void stop_kill(struct keeper *k);

/**
 * stop_warn - write a line to the terminals of the session, by a child
 *
 * Never waits. A line is dropped while a child still writes the one before.
 */
void stop_warn(struct keeper *k, const char *line);

/**
 * stop_warned - the child of stop_warn() has ended
 */
void stop_warned(struct keeper *k);

/**
 * stop_signal - send @sig to the programs of the session, which goes on
 * @l: only to the programs of this login; NULL: to all
 *
 * A child of the keeper does this. stop_sent() has to be called when stop.sender is readable.
 * Return: 0: the child is at work; -EBUSY: an earlier one still is; -ESRCH: the session is not
 *         complete, or ends; another -errno.
 */
int stop_signal(struct keeper *k, const struct keeper_login *l, int sig);

/**
 * stop_sent - reap the child of stop_signal()
 */
void stop_sent(struct keeper *k);

/**
 * stop_word - the word of @why in the log
 */
const char *stop_word(enum stop_why why);

/* stop_child.c: what a child of the keeper does */

/**
 * stop_child_begin - close what the child does not need, and let it die with the keeper
 */
void stop_child_begin(const struct keeper *k);

/**
 * stop_nap - sleep for @usec microseconds, or less
 */
void stop_nap(int64_t usec);

/**
 * stop_ns_within - tell if a namespace of a process is the one with the inode @ino, or below it
 * @name: "ns/user" or "ns/pid"
 */
bool stop_ns_within(const struct procs *p, pid_t pid, const char *name, uint32_t ino);

/**
 * struct crowd - the processes of a session, as one look at them finds them
 * @self:     the process that looks, which is none of them; 0: it is outside of the pid namespace
 * @programs: number of programs that live
 * @halves:   number of processes of the PAM application that live, and the first ones of them: sshd
 *            serves the connection in such a process
 */
enum { HALVES_MAX = 64 };
struct crowd {
	const struct keeper *k;
	pid_t self;
	unsigned programs, halves;
	pid_t half[HALVES_MAX];
};

/**
 * crowd_look - count the processes of the session
 * @max: how many to look at
 *
 * Return: as procs_each().
 */
int crowd_look(struct crowd *c, const struct procs *p, unsigned max);

/**
 * crowd_has - tell if a process is of the session and lives; init and the process that looks do not count
 */
bool crowd_has(const struct crowd *c, const struct procs *p, const struct process *of);

/**
 * stop_run - the child: tell the user, send the signals, wait until nothing is left or @until
 * @line: for the user; NULL: the client is gone
 */
_Noreturn void stop_run(const struct keeper *k, const char *line, int64_t until);

/**
 * stop_send - the child: send @sig to each program, not to the processes of the PAM application
 */
_Noreturn void stop_send(const struct keeper *k, int sig);

/**
 * stop_sweep - the child, without a pid namespace of the session: kill every process of the session
 */
_Noreturn void stop_sweep(const struct keeper *k);

/**
 * stop_line - the child: write the line
 */
_Noreturn void stop_line(const struct keeper *k, const char *line);

/**
 * stop_terminal - open the terminal @tty of proc_pid_stat(5) in the session view
 * @flags: of open(2), besides those that keep the caller from waiting
 *
 * Return: the descriptor, the caller's; -1.
 */
int stop_terminal(const struct keeper *k, unsigned tty, int flags);

/**
 * stop_tell - write a line to the terminals of the session; without one, to standard error
 *
 * Context: a child, because standard error can be anything.
 */
void stop_tell(const struct crowd *c, const struct procs *p, const char *line);

/**
 * stop_tell_login - write a line to a terminal of one login; without one, to standard error
 * @tty: of proc_pid_stat(5), of a program that the login has started; 0: none
 */
void stop_tell_login(const struct keeper *k, const struct keeper_login *l, unsigned tty,
		     const char *line);

#endif
