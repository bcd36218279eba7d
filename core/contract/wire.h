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
 * The socket is of type SOCK_SEQPACKET. Each packet is one message of sizeof(struct wire_msg) bytes,
 * with exactly the descriptors of its kind:
 *
 *   module   -> login     HELLO   login          1 fd: pidfd of the PAM application
 *   login    -> module    GROUPS  primary gid    0; which groups has the user?
 *   module   -> login     GROUPS_ARE             1 fd: a stream with the array of gid_t
 *                         or FAIL                0
 *   login    -> module    VERDICT text           0; the last message, unless the login is confined:
 *                                                then the text has the names of CopyCredentials=
 *   login    -> keeper    KEEP    login          2 fds: that pidfd, the sealed plan
 *                         or KEEP_GROUP  login   4 fds: those, the control group, what holds it
 *   module   -> keeper    CREDENTIAL  variable   0; before OPEN, for each variable of CopyCredentials=
 *   module   -> keeper    OPEN    login, limits  0
 *   keeper   -> module    READY                  6 fds: init's pidfd, the caller view, the root of
 *                         or VERDICT                  the session view, cordonsh, two rulesets
 *   keeper   -> module    WAIT                   0; before READY: programs of ExecStartPre= run
 *   module   -> keeper    CLOSE                  0
 *   keeper   -> module    VERDICT (all is gone)  0
 *   module   -> keeper    USAGE   usage          0; for the log
 *
 *   cordonsh -> keeper    JOIN                   0
 *   keeper   -> cordonsh  PLAN                   3 fds: user namespace, session view, sealed plan
 *   cordonsh -> keeper    HOT or FAIL            0
 *   cordonsh -> keeper    REFUSED command        0, after HOT: AllowCommands= refuses the command
 *
 *   keeper   -> cordonsh  RELAY                  0; instead of PLAN: the forker starts the program, and
 *                                                cordonsh stands for it, see relay.h
 *   cordonsh -> keeper    SPAWN   value          4 fds: standard input, output and error, the words
 *   keeper   -> forker    FORK    slot, value    5 fds: the socket of cordonsh, then those
 *   forker   -> keeper    FORKED  slot, value    1 fd: pidfd of the process with the pid @value
 *   forker   -> cordonsh  VERDICT                0; CONFINE: the process goes on
 *   process  -> keeper    FAIL    slot           0; it could not become the user
 *   cordonsh -> forker    SIGNAL  value          0; to send to the process group
 *   forker   -> keeper    USAGE   slot, usage    0; the process has ended
 *   forker   -> cordonsh  ENDED   value          0; with this status, see waitpid(2)
 *
 *   cordonsh -> keeper    HELPER  option         2 fds: standard input and error of sshd's helper
 *   keeper   -> cordonsh  VERDICT                0; the helper has ended, UNCONFINED: with status 0
 *
 *   keeper   -> keeper    LOGIN   login          3 fds: the socket of the module, pidfd of the PAM
 *                                                application, sealed plan; to its entry
 *   keeper   -> keeper    VERDICT                0; CONFINE: the other keeper has the login now;
 *                                                UNCONFINED: its place ends, so make another one
 *   hooks    -> keeper    VERDICT or FAIL        0; all programs of ExecStartPre= have run, or not
 *   keeper   -> hooks     AFTER   result         2 fds: pidfds of init and of the PAM application;
 *                                                CONFINE: there is an init
 *   any      -> keeper    STATUS  login's id     0; at the socket in the registry, see registry.h
 *   keeper   -> any       STATE   login, state   0; or VERDICT: there is no such login
 *   root     -> keeper    INSPECT login's id     0; as STATUS
 *   keeper   -> root      HANDLES login, state   9 fds: init's pidfd, the namespaces and roots of the
 *                         or VERDICT                views, the sealed plan, two rulesets
 *   any      -> keeper    END     id, signal     0; signal 0: end the session, or of a session that
 *                                                outlives its logins, the login with this id
 *   keeper   -> any       VERDICT                0; UNCONFINED: it is done; DENY: why not. The end of
 *                                                file after END tells that what was to end is gone
 *
 * The module also sends FAIL to the keeper if it cannot enter the view completely. The module may
 * not reach syslog by then, but the keeper still can.
 */
#define WIRE_MAGIC 0x38647263u

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
	WIRE_USAGE,
	WIRE_LOGIN,
	WIRE_STATUS,
	WIRE_STATE,
	WIRE_INSPECT,
	WIRE_HANDLES,
	WIRE_END,
	WIRE_KEEP_GROUP, /* KEEP of a session with a control group */
	WIRE_CREDENTIAL,
	WIRE_WAIT,
	WIRE_AFTER,
	WIRE_GROUPS,
	WIRE_GROUPS_ARE,
	WIRE_RELAY,
	WIRE_SPAWN,
	WIRE_FORK,
	WIRE_FORKED,
	WIRE_SIGNAL,
	WIRE_ENDED,
};

/* Zero is refusal, so that a forgotten verdict refuses. */
enum verdict { VERDICT_DENY = 0, VERDICT_CONFINE = 0x600d, VERDICT_UNCONFINED = 0x0a11 };

/* How many variables CopyCredentials= has at most. */
enum { CREDENTIALS_MAX = 4 };

enum { WIRE_FDS_MAX = 10, WIRE_TEXT_MAX = 256, WIRE_DEADLINE_MS = 20000, WIRE_SIGNAL_MAX = 64 };

/**
 * struct wire_usage - what the processes that the PAM application started for a session have used
 * @cpu_usec: user and system time, microseconds
 * @rss_kib:  peak memory of the largest one, KiB
 */
struct wire_usage {
	uint64_t cpu_usec, rss_kib;
};

/* What is true of the numbers and of the session in struct wire_state. */
enum wire_state_flag {
	WIRE_STATE_USED = 1u << 0,   /* processes, memory and cpu_usec are known */
	WIRE_STATE_MORE = 1u << 1,   /* the session has more processes than were counted */
	WIRE_STATE_GROUP = 1u << 2,  /* the numbers are those of the session's control group */
	WIRE_STATE_PLACE = 1u << 3,  /* the session outlives its logins */
	WIRE_STATE_ENDING = 1u << 4, /* the session is being ended */
	WIRE_STATE_ALL = WIRE_STATE_USED | WIRE_STATE_MORE | WIRE_STATE_GROUP | WIRE_STATE_PLACE |
			 WIRE_STATE_ENDING
};

/**
 * struct wire_state - a session as it is now
 * @since:     when the login was opened, microseconds since the epoch
 * @at:        when the following numbers were taken, microseconds of the monotonic clock
 * @processes: their number, without init
 * @memory:    bytes: of the control group, or the sum of the resident memory of the processes
 * @cpu_usec:  user and system time, microseconds
 * @init:      process id of init on the host
 * @flags:     enum wire_state_flag
 * @logins:    the number of logins that the session has
 * @reserved:  zero
 * @place:     the id of a session that outlives its logins, see registry_place_id(); "": it does not
 */
struct wire_state {
	int64_t since, at;
	uint64_t processes, memory, cpu_usec;
	uint32_t init, flags, logins, reserved;
	char place[32];
};

struct wire_msg {
	uint32_t magic;	  /* written by wire_send() */
	uint32_t kind;	  /* enum wire_kind */
	uint32_t verdict; /* enum verdict, of VERDICT, READY and AFTER */
	uint32_t step;	  /* enum step, of FAIL */
	int32_t err;	  /* -errno, of FAIL; of AFTER: exit code of the session, or negative */
	uint32_t object; /* of FAIL: the path or name that the step failed for; see plan_object(); of
			    END: the signal to send to all processes of the session; of GROUPS: the
			    primary gid */
	uint32_t flags;	 /* of READY and HANDLES: CLONE_NEW* to join by the pidfd of init; see
			   WIRE_JOIN_FLAGS */
	uint32_t serve;	 /* enum wire_serve, of READY */
	struct ns_ids ns;	  /* of PLAN and HANDLES: the namespaces of the session */
	char session[32];	  /* of VERDICT, READY, PLAN, STATUS, STATE, INSPECT, HANDLES, END:
					 the id of the login or of the place; of STATUS and INSPECT
					 also "": any */
	char text[WIRE_TEXT_MAX]; /* of VERDICT: a line for the user, or names; of FAIL: what
				     failed; of REFUSED: the command; of CREDENTIAL: NAME=value; of HELPER: the option; of STATE, HANDLES:
				     the rule; of AFTER: what ended the session */
	struct login login; /* of HELLO, KEEP, LOGIN, OPEN, STATE, HANDLES; zero in all others */
	struct account_limits limits; /* of OPEN: limits of the PAM application; zero in all others */
	int64_t nice; /* of KEEP and LOGIN: the nice value of the PAM application at the account step */
	struct wire_usage usage; /* of USAGE; zero in all others */
	uint32_t slot; /* of FORK, FORKED, FAIL, USAGE: the process, for the forker; see relay.h */
	int32_t value; /* of SPAWN and FORK: 1 with a controlling terminal, else 0; of FORKED: a
			  process id; of SIGNAL: a signal; of ENDED: a status */
	struct wire_state state; /* of STATE and HANDLES; zero in all others */
};

/* May the PAM application serve sftp itself, and which files must it not make? Zero is no. */
enum wire_serve {
	WIRE_SERVE_NOTHING = 0,
	WIRE_SERVE_SFTP = 1,
	WIRE_SERVE_NO_SUID = 2,
	WIRE_SERVE_NO_SGID = 4,
	WIRE_SERVE_AUDIT = 8, /* PLAN_AUDIT */
	WIRE_SERVE_ALL = WIRE_SERVE_SFTP | WIRE_SERVE_NO_SUID | WIRE_SERVE_NO_SGID | WIRE_SERVE_AUDIT
};

/* The order of the descriptors of KEEP, READY and PLAN. */
enum { WIRE_KEEP_CALLER = 0, WIRE_KEEP_PLAN, WIRE_KEEP_CGROUP, WIRE_KEEP_HOLD };
enum {
	WIRE_READY_INIT = 0,
	WIRE_READY_VIEW,
	WIRE_READY_ROOT,
	WIRE_READY_SHELL,
	WIRE_READY_ROOTS,
	WIRE_READY_GATE
};
enum { WIRE_LOGIN_PAM = 0, WIRE_LOGIN_CALLER, WIRE_LOGIN_PLAN };
enum { WIRE_AFTER_INIT = 0, WIRE_AFTER_CALLER };
enum { WIRE_PLAN_USER_NS = 0, WIRE_PLAN_MOUNT_NS, WIRE_PLAN_PLAN };
enum { WIRE_SPAWN_IN = 0, WIRE_SPAWN_OUT, WIRE_SPAWN_ERR, WIRE_SPAWN_WORDS };
enum { WIRE_FORK_RELAY = 0, WIRE_FORK_IN, WIRE_FORK_OUT, WIRE_FORK_ERR, WIRE_FORK_WORDS };
/* The descriptors of HANDLES; without a user namespace, the session view is sent twice, as in PLAN. */
enum {
	WIRE_HANDLES_INIT = 0,	  /* pidfd */
	WIRE_HANDLES_USER_NS,	  /* of the session */
	WIRE_HANDLES_MOUNT_NS,	  /* the session view */
	WIRE_HANDLES_PLAN,	  /* sealed, with the part of the login */
	WIRE_HANDLES_CALLER_NS,	  /* the caller view */
	WIRE_HANDLES_ROOT,	  /* O_PATH, the root directory of the session view */
	WIRE_HANDLES_CALLER_ROOT, /* O_PATH, the root directory of the caller view */
	WIRE_HANDLES_ROOTS,	  /* the two Landlock rulesets, as in READY */
	WIRE_HANDLES_GATE,
	WIRE_HANDLES_N
};

/* the path of cordonsh in the caller view */
#define WIRE_CORDONSH "/run/cordon/cordonsh"

/* PID, IPC, UTS, NET, CGROUP; mount and user namespaces are joined by their own descriptors */
#define WIRE_JOIN_FLAGS 0x6e000000u

/**
 * wire_init - make @m an empty message of @kind, zero except for magic and kind
 */
void wire_init(struct wire_msg *m, enum wire_kind kind);

/**
 * wire_fds - get the number of descriptors that a message of @kind carries
 * @kind: as received, any number
 *
 * Return: 0 .. WIRE_FDS_MAX; -EPROTO for a kind that does not exist.
 */
int wire_fds(uint32_t kind);

/**
 * wire_check - check that @m is well formed
 *
 * Demands magic and kind; a verdict of enum verdict, VERDICT_CONFINE in READY; session, text and
 * login terminated. A login is in HELLO, KEEP, LOGIN, OPEN, STATE and HANDLES only and passes login_check();
 * flags within WIRE_JOIN_FLAGS are in READY and HANDLES only; serve within WIRE_SERVE_ALL in READY
 * only; namespaces in PLAN and HANDLES only; an object in FAIL, GROUPS and, a signal, in END only; limits in
 * OPEN only; usage in USAGE only; a nice value in KEEP and LOGIN only; a state in STATE and HANDLES only;
 * a slot and a value in the kinds of the forker only.
 * Return: 0; -EPROTO.
 */
int wire_check(const struct wire_msg *m);

/**
 * wire_send - send one message and the descriptors of its kind
 * @fd:  a connected SOCK_SEQPACKET socket
 * @m:   checked with wire_check() before sending
 * @fds: @n descriptors, which the caller keeps; @n must be wire_fds() of the kind
 *
 * Never blocks and never raises SIGPIPE.
 * Return: 0; -EINVAL for a message that the peer would refuse; -EAGAIN if the peer does not read;
 *         -EPIPE, -ECONNRESET if the peer is gone; another -errno of sendmsg(2).
 */
int wire_send(int fd, const struct wire_msg *m, const int *fds, size_t n);

/**
 * wire_recv - receive exactly one message with exactly the descriptors of its kind
 * @fd:          a connected SOCK_SEQPACKET socket
 * @ret:         the message, checked with wire_check(); untouched on failure
 * @ret_fds:     room for WIRE_FDS_MAX: the descriptors of the kind, then -1; all -1 on failure. The
 *               caller must close them; they are close-on-exec and none is below 3. With NULL,
 *               messages with descriptors are refused
 * @deadline_ms: how long to wait in total, 0 or more, by the monotonic clock
 *
 * The caller must check whether the kind is legal now. On any failure, every descriptor that arrived
 * is closed.
 * Return: 0; -EPIPE: the peer is gone and said nothing; -ETIMEDOUT; -EPROTO: not a valid message;
 *         -EINVAL: negative deadline; another -errno of poll(2), recvmsg(2), fcntl(2).
 * See:    unix(7), cmsg(3).
 */
int wire_recv(int fd, struct wire_msg *ret, int ret_fds[WIRE_FDS_MAX], int deadline_ms);

/**
 * wire_no_fds - fill @fds with -1, so that wire_close() may follow whether a message has come or not
 */
void wire_no_fds(int fds[WIRE_FDS_MAX]);

/**
 * wire_close - close the descriptors of a message and set them to -1
 */
void wire_close(int *fds, int n);

/**
 * wire_verdict - send a VERDICT
 * @session: the id of the session, "" before there is one
 * @text:    the line for the user if @verdict is VERDICT_DENY
 *
 * Return: as wire_send().
 */
int wire_verdict(int fd, enum verdict verdict, const char *session, const char *text);

/* Descriptors at the start: the socket of the module, and for the keeper also the socket with KEEP. */
enum { WIRE_PAM_FD = 3, WIRE_KEEP_FD = 4 };

/* The line for the user if the rule has no Message=. */
#define WIRE_REFUSAL "this session could not be confined and was refused"

/**
 * wire_peer - get the process that connected the other end of @fd, or made the pair
 *
 * The kernel recorded the ids at the time of connect(2) or socketpair(2).
 * Return: 0; -errno of getsockopt(2), SO_PEERCRED.
 */
int wire_peer(int fd, uid_t *ret_uid, pid_t *ret_pid);

/**
 * wire_fd_up - move @fd above the standard descriptors
 * @fd: a descriptor, or a negative errno, which is returned
 *
 * A process may be started with 0, 1 or 2 closed. A file opened then gets that number, and every
 * child takes the file for its terminal.
 * Return: a close-on-exec descriptor above 2; @fd itself if it is above 2, else @fd is closed;
 *         -errno, and @fd is closed.
 */
int wire_fd_up(int fd);

#endif
