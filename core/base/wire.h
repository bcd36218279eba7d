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
	uint32_t magic;
	uint32_t kind;    /* enum wire_kind */
	uint32_t verdict; /* enum verdict, of VERDICT and READY */
	uint32_t step;    /* enum step, of FAIL */
	int32_t err;      /* -errno, of FAIL */
	uint32_t object;  /* plan offset of the path or name, of FAIL */
	char session[32]; /* the session's id, of VERDICT, READY and PLAN */
	char text[WIRE_TEXT_MAX]; /* one line for the user, of VERDICT */
	struct login login;       /* of HELLO and OPEN */
};

#endif
