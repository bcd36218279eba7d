/* SPDX-License-Identifier: Apache-2.0 */
/* wire.h - messages between the PAM module, the keeper and cordonsh */
#ifndef CORDON_CONTRACT_WIRE_H
#define CORDON_CONTRACT_WIRE_H

#include "base/account.h"
#include "base/sys_ns.h"
#include "contract/facts.h"

#include <stddef.h>
#include <stdint.h>

/*
 * SOCK_SEQPACKET, one message a packet, of exactly sizeof(struct wire_msg) bytes whatever its
 * kind, with exactly the descriptors the kind says:
 *
 *   module   -> login     HELLO   login          1 fd: pidfd of the PAM application
 *   login    -> module    VERDICT text           0; the end, but of who is to be confined
 *   login    -> keeper    KEEP    login          2 fds: that pidfd, the sealed plan
 *   module   -> keeper    OPEN    login, limits  0
 *   keeper   -> module    READY                  6 fds: init's pidfd, the caller view, the root of
 *                         or VERDICT                  the session view, cordonsh, two rulesets
 *   module   -> keeper    CLOSE                  0
 *   keeper   -> module    VERDICT (all is gone)  0
 *
 *   cordonsh -> keeper    JOIN                   0
 *   keeper   -> cordonsh  PLAN                   3 fds: user namespace, session view, sealed plan
 *   cordonsh -> keeper    HOT or FAIL            0
 *   cordonsh -> keeper    REFUSED command        0, after HOT: AllowCommands= does not admit it
 *
 *   cordonsh -> keeper    HELPER  option         2 fds: standard input and error; for sshd's own
 *   keeper   -> cordonsh  VERDICT                0; it has ended, UNCONFINED: by status 0
 *
 * FAIL also goes from the module to the keeper when entering the view failed halfway: syslog
 * may be out of the module's reach by then, the keeper still sees the host.
 */
#define WIRE_MAGIC 0x34647263u

enum wire_kind {
	WIRE_NONE = 0,
	WIRE_HELLO,
	WIRE_KEEP,
	WIRE_VERDICT,
	WIRE_OPEN,
	WIRE_READY,
	WIRE_CLOSE,
	WIRE_JOIN,
	WIRE_PLAN,
	WIRE_HOT,
	WIRE_FAIL,
	WIRE_REFUSED,
	WIRE_HELPER,
};

/* Zero is refusal. */
enum verdict { VERDICT_DENY = 0, VERDICT_CONFINE = 0x600d, VERDICT_UNCONFINED = 0x0a11 };

enum { WIRE_FDS_MAX = 6, WIRE_TEXT_MAX = 256, WIRE_DEADLINE_MS = 20000 };

struct wire_msg {
	uint32_t magic;	  /* written by wire_send() */
	uint32_t kind;	  /* enum wire_kind */
	uint32_t verdict; /* enum verdict, of VERDICT and READY */
	uint32_t step;	  /* enum step, of FAIL */
	int32_t err;	  /* -errno, of FAIL */
	uint32_t object; /* the path or name that the step failed for, of FAIL; see plan_object() */
	uint32_t flags;	 /* CLONE_NEW* to join by init's pidfd, of READY; see WIRE_JOIN_FLAGS */
	uint32_t serve;	 /* enum wire_serve, of READY */
	struct ns_ids ns;	  /* of PLAN: the namespaces that the session has to be in */
	char session[32];	  /* the session's id, of VERDICT, READY and PLAN */
	char text[WIRE_TEXT_MAX]; /* one line for the user, of VERDICT; what failed, of FAIL; the
				     client's words, of REFUSED; the option, of HELPER */
	struct login login;	  /* of HELLO, KEEP and OPEN; zero in all others */
	struct account_limits limits; /* of OPEN: the PAM application's; zero in all others */
};

/* May the PAM application serve sftp by itself? Zero is no. And what it must not make then. */
enum wire_serve {
	WIRE_SERVE_NOTHING = 0,
	WIRE_SERVE_SFTP = 1,
	WIRE_SERVE_NO_SUID = 2,
	WIRE_SERVE_NO_SGID = 4,
	WIRE_SERVE_ALL = WIRE_SERVE_SFTP | WIRE_SERVE_NO_SUID | WIRE_SERVE_NO_SGID
};

/* Which descriptor is which: of KEEP, of READY and of PLAN. */
enum { WIRE_KEEP_CALLER = 0, WIRE_KEEP_PLAN };
enum {
	WIRE_READY_INIT = 0,
	WIRE_READY_VIEW,
	WIRE_READY_ROOT,
	WIRE_READY_SHELL,
	WIRE_READY_ROOTS,
	WIRE_READY_GATE
};
enum { WIRE_PLAN_USER_NS = 0, WIRE_PLAN_MOUNT_NS, WIRE_PLAN_PLAN };

/* cordonsh's own place in the caller view */
#define WIRE_CORDONSH "/run/cordon/cordonsh"

/* PID, IPC, UTS, NET, CGROUP: mount and user namespaces are joined by descriptors of their own */
#define WIRE_JOIN_FLAGS 0x6e000000u

/**
 * wire_init - an empty message of @kind in @m: zero but for magic and kind
 */
void wire_init(struct wire_msg *m, enum wire_kind kind);

/**
 * wire_fds - the number of descriptors that a message of @kind carries
 * @kind: as it came, any number
 *
 * Return: 0 .. WIRE_FDS_MAX; -EPROTO for a kind that does not exist.
 */
int wire_fds(uint32_t kind);

/**
 * wire_check - is @m well formed
 *
 * Demands magic and kind; a verdict of enum verdict, in READY VERDICT_CONFINE; session, text and
 * login terminated; namespaces in PLAN alone; login_check() in HELLO, KEEP and OPEN and no login
 * elsewhere; flags within WIRE_JOIN_FLAGS and serve within WIRE_SERVE_ALL in READY and zero elsewhere;
 * an object in FAIL alone; limits in OPEN alone.
 * Return: 0; -EPROTO.
 */
int wire_check(const struct wire_msg *m);

/**
 * wire_send - send one message and the descriptors of its kind
 * @fd:  a connected SOCK_SEQPACKET socket
 * @m:   checked with wire_check() before it goes
 * @fds: @n descriptors, which stay the caller's; @n must be wire_fds() of the kind
 *
 * Never blocks and never raises SIGPIPE.
 * Return: 0; -EINVAL for a message that the other side would refuse; -EAGAIN when the peer
 *         does not read; -EPIPE, -ECONNRESET when it is gone; another -errno of sendmsg(2).
 */
int wire_send(int fd, const struct wire_msg *m, const int *fds, size_t n);

/**
 * wire_recv - receive exactly one message with exactly the descriptors of its kind
 * @fd:          a connected SOCK_SEQPACKET socket
 * @ret:         the message, passed by wire_check(); untouched on failure
 * @ret_fds:     NULL, and then messages with descriptors are refused; else room for
 *               WIRE_FDS_MAX: the kind's descriptors first, then -1. The caller's to close;
 *               close-on-exec, none below 3. All -1 on failure
 * @deadline_ms: how long to wait in all, from 0, by the monotonic clock
 *
 * Which kinds are legal now is for the caller to say. On any refusal every descriptor that
 * arrived has been closed.
 * Return: 0; -EPIPE the peer is gone and said nothing; -ETIMEDOUT; -EPROTO not a message of
 *         ours; -EINVAL negative deadline; another -errno of poll(2), recvmsg(2), fcntl(2).
 * See:    unix(7), cmsg(3).
 */
int wire_recv(int fd, struct wire_msg *ret, int ret_fds[WIRE_FDS_MAX], int deadline_ms);

/**
 * wire_close - close the descriptors of a message and set them to -1
 */
void wire_close(int *fds, int n);

/**
 * wire_verdict - send a VERDICT
 * @session: its id, "" before it has one
 * @text:    what the user is told where @verdict is VERDICT_DENY
 *
 * Return: as wire_send().
 */
int wire_verdict(int fd, enum verdict verdict, const char *session, const char *text);

/* The descriptors that cordon-login and the keeper are started with: the module, and what is handed on. */
enum { WIRE_PAM_FD = 3, WIRE_KEEP_FD = 4 };

/* What the user is told where no rule has words for it. */
#define WIRE_REFUSAL "this session could not be confined and was refused"

/**
 * wire_peer - who connected (or made the pair) at the other end of @fd
 *
 * Of the moment of connect(2) or socketpair(2), as the kernel saw it.
 * Return: 0; -errno of getsockopt(2), SO_PEERCRED.
 */
int wire_peer(int fd, uid_t *ret_uid, pid_t *ret_pid);

/**
 * wire_fd_up - move @fd above the standard descriptors
 * @fd: a descriptor, or a negative errno that is handed back
 *
 * A process may be started with 0, 1 or 2 closed; what is opened then lands there, where every
 * child takes it for its terminal.
 * Return: a close-on-exec descriptor above 2 in place of @fd, which is closed when it was below;
 *         -errno, and then @fd is closed.
 */
int wire_fd_up(int fd);

#endif
