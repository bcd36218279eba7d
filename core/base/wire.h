/* wire.h - messages between the PAM module, the keeper and cordonsh */
#ifndef CORDON_BASE_WIRE_H
#define CORDON_BASE_WIRE_H

#include "facts.h"

#include <stddef.h>
#include <stdint.h>

/*
 * SOCK_SEQPACKET, one message a packet, of exactly sizeof(struct wire_msg) bytes whatever its
 * kind, with exactly the descriptors the kind says:
 *
 *   module   -> keeper    HELLO   login          1 fd: pidfd of the PAM application
 *   keeper   -> module    VERDICT text           0
 *   module   -> keeper    OPEN    login          0
 *   keeper   -> module    READY                  4 fds: init's pidfd, V, B's root, cordonsh in V
 *                         or VERDICT
 *   module   -> keeper    CLOSE                  0
 *   keeper   -> module    VERDICT (all is gone)  0
 *
 *   cordonsh -> keeper    JOIN                   0
 *   keeper   -> cordonsh  PLAN                   3 fds: U, B, the sealed plan
 *   cordonsh -> keeper    HOT or FAIL            0
 */
#define WIRE_MAGIC 0x31647263u

enum wire_kind {
	WIRE_NONE = 0,
	WIRE_HELLO,
	WIRE_VERDICT,
	WIRE_OPEN,
	WIRE_READY,
	WIRE_CLOSE,
	WIRE_JOIN,
	WIRE_PLAN,
	WIRE_HOT,
	WIRE_FAIL,
};

/* Zero is refusal. */
enum verdict { VERDICT_DENY = 0, VERDICT_CONFINE = 0x600d, VERDICT_UNCONFINED = 0x0a11 };

enum { WIRE_FDS_MAX = 4, WIRE_TEXT_MAX = 256, WIRE_DEADLINE_MS = 20000 };

struct wire_msg {
	uint32_t magic;   /* written by wire_send() */
	uint32_t kind;    /* enum wire_kind */
	uint32_t verdict; /* enum verdict, of VERDICT and READY */
	uint32_t step;    /* enum step, of FAIL */
	int32_t err;      /* -errno, of FAIL */
	uint32_t object;  /* plan offset of the path or name, of FAIL */
	uint64_t flags;   /* CLONE_NEW* to join by init's pidfd, of READY */
	char session[32]; /* the session's id, of VERDICT, READY and PLAN */
	char text[WIRE_TEXT_MAX]; /* one line for the user, of VERDICT */
	struct login login;       /* of HELLO and OPEN */
};

/**
 * wire_send - send @m with the descriptors at @fds
 * @n: must be what the message's kind asks for
 *
 * Doesn't block, raises no SIGPIPE. The descriptors stay the caller's.
 * Return: 0; -EPROTO wrong number of descriptors; -errno of sendmsg(2).
 */
int wire_send(int fd, struct wire_msg *m, const int *fds, size_t n);

/**
 * wire_recv - wait for one message
 * @ret_fds:     room for WIRE_FDS_MAX; the descriptors that came, close-on-exec, now the caller's;
 *               how many there are the kind says
 * @deadline_ms: how long to wait at most
 *
 * Refuses a message that is cut, too short or too long, of an unknown kind, with text that
 * doesn't end, or with another number of descriptors than its kind has; then every descriptor
 * that came is closed.
 *
 * Return: 0; -EPIPE the peer is gone; -ETIMEDOUT; -EPROTO; -errno of recvmsg(2).
 */
int wire_recv(int fd, struct wire_msg *ret, int ret_fds[WIRE_FDS_MAX], int deadline_ms);

/**
 * wire_fds - how many descriptors a message of @kind has; -1 for no kind
 */
int wire_fds(uint32_t kind);

/**
 * wire_close - close the descriptors of a message and set them to -1
 */
void wire_close(int *fds, int n);

/**
 * wire_peer - the uid behind a connected socket, when it was connected; see unix(7) SO_PEERCRED
 */
int wire_peer(int fd, uid_t *ret_uid);

#endif
