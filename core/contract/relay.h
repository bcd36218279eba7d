/* SPDX-License-Identifier: Apache-2.0 */
/* relay.h - what cordonsh sends of itself when another process takes its place */
#ifndef CORDON_CONTRACT_RELAY_H
#define CORDON_CONTRACT_RELAY_H

#include <stdint.h>

/*
 * With Lifetime=user, all logins by sshd have one Landlock domain, so that their programs can trace each
 * other. Only fork(2) hands a domain on. So one process of the session, the forker, starts the programs.
 * The cordonsh that sshd has started hands its streams and its terminal over, and waits. It passes on
 * signals and the end, and no data.
 *
 * The words are a memfd: this head, then the working directory, @argc arguments and @envc variables,
 * each with its zero byte.
 */
struct relay_words {
	uint32_t magic;
	uint32_t umask;
	uint32_t argc, envc;
	uint64_t size; /* of all that follows, bytes */
};

enum { RELAY_MAGIC = 0x7264776f, RELAY_SIZE_MAX = 8 << 20 };

#endif
