/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forker.h - with Lifetime=user, one process starts the programs of all logins by sshd
 *
 * Landlock lets a program trace only what is in its own domain, and only fork(2) hands a domain on. So
 * a child of the keeper, the forker, puts itself under the rulesets of the session once, as a PAM
 * application does. For each cordonsh that sshd starts, the forker clones a process, which takes the ids,
 * limits, streams and terminal of that cordonsh, and executes cordonsh again. The second cordonsh gets
 * the plan; the first one waits for its end, see contract/relay.h.
 *
 * The forker is outside of the session's pid namespace, so no program of the session can name it.
 */
#ifndef CORDON_KEEPER_FORKER_H
#define CORDON_KEEPER_FORKER_H

#include "contract/wire.h"
#include "keeper/procs.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct keeper;
struct keeper_login;
struct client;

enum { FORKS_MAX = 256 };

/**
 * struct forked - a process that the forker has started, or is about to start
 * @used:   the slot is taken
 * @login:  whose process it is; NULL: the login has ended
 * @pid:    the process; 0: the forker has not told yet
 * @pidfd:  of the process; -1 without @pid
 * @relay:  the process id of the cordonsh that waits
 */
struct forked {
	bool used;
	struct keeper_login *login;
	pid_t pid, relay;
	int pidfd;
};

/**
 * struct forker - the forker as the keeper sees it
 * @pid, @pidfd: the forker, a child of the keeper; 0 and -1: there is none
 * @sock:        the socket to it
 * @due:         when the forker must have answered, usage_now(); 0: it has
 * @at:          FORKS_MAX slots
 */
struct forker {
	pid_t pid;
	int pidfd, sock;
	int64_t due;
	struct forked *at;
};

/**
 * forker_wanted - tell if the forker is to start the program of @c
 *
 * Only for sshd: what su and login bring along from outside, their own Landlock domain alone may open
 * again. And only where the process that the forker starts is where the PAM stack has put @c.
 */
bool forker_wanted(const struct keeper *k, const struct client *c);

/**
 * forker_spawn - have the forker start the program of @c
 * @fds: of SPAWN; the caller closes them, and its end of the socket of @c
 *
 * Starts the forker if there is none. If this fails, @c sees the end of file, which is a refusal.
 */
void forker_spawn(struct keeper *k, const struct client *c, const struct wire_msg *m,
		  const int fds[WIRE_FDS_MAX]);

/**
 * forker_happened - take what the forker and its processes have to say; never waits
 */
void forker_happened(struct keeper *k);

/**
 * forker_patience - the time in ms until forker_tend() has something to do, but at most @other
 * @other: -1: for ever
 */
int forker_patience(const struct keeper *k, int other);

/**
 * forker_tend - end a forker that does not answer
 *
 * What was sent to it would otherwise stay open, and sshd would wait for the end of the streams.
 */
void forker_tend(struct keeper *k);

/**
 * forker_of - the process @pid, if the forker has started it and it lives; NULL if not
 */
struct forked *forker_of(const struct keeper *k, pid_t pid);

/**
 * forker_tidy - forget processes that have ended
 */
void forker_tidy(struct keeper *k);

/**
 * forker_started - tell if the forker has started the process @pid for @l
 *
 * For a child of the keeper, which has no descriptors: forker_tidy() was called before the child was
 * cloned.
 */
bool forker_started(const struct keeper *k, const struct keeper_login *l, pid_t pid);

/**
 * forker_settle - give the process @f the scheduling and the control group of its cordonsh that waits
 *
 * Return: 0; -errno: it must not go on.
 */
int forker_settle(const struct keeper *k, const struct forked *f);

/**
 * forker_left - the login @l has ended; its processes may live
 */
void forker_left(struct keeper *k, const struct keeper_login *l);

/**
 * forker_end - let the forker end, and wait for it, for a limited time
 *
 * To be called when init is killed: the forker reaps its children first.
 */
void forker_end(struct keeper *k);

/**
 * forker_run - the forker
 * @sock: of SOCK_SEQPACKET, to the keeper
 */
_Noreturn void forker_run(const struct keeper *k, int sock);

/**
 * struct fork_order - what the forker's child has to know
 * @keeper: for a report of failure
 * @go:     one byte is consent, see sync_await_go()
 * @fds:    of FORK
 */
struct fork_order {
	int keeper, go;
	uint32_t slot;
	bool terminal;
	const int *fds;
};

/**
 * forker_child - become the user as the waiting cordonsh is, and execute cordonsh
 */
_Noreturn void forker_child(const struct fork_order *o);

#endif
