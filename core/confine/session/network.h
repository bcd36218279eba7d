/* SPDX-License-Identifier: Apache-2.0 */
/* network.h - the network namespace of a session with NetworkAllow= */
#ifndef CORDON_CONFINE_SESSION_NETWORK_H
#define CORDON_CONFINE_SESSION_NETWORK_H

#include <stdint.h>

/**
 * session_network_make - make a network namespace that a user namespace of its own owns
 * @procfd: O_PATH, the host's /proc
 * @id:     the one uid and gid that the user namespace has, by the same number
 *
 * Root of the host has all capabilities in both. Nobody else is in them, and the user namespace belongs
 * to root, so nobody else can join it.
 * Return: a close-on-exec descriptor of the network namespace, the caller's; -errno.
 */
int session_network_make(int procfd, uint32_t id);

#endif
