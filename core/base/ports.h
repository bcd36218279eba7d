/* SPDX-License-Identifier: Apache-2.0 */
/* ports.h - the ports of SocketBindAllow= and its like */
#ifndef CORDON_BASE_PORTS_H
#define CORDON_BASE_PORTS_H

#include <stdint.h>

enum { PORTS_MAX = 4096 }; /* in all: each is a rule in the kernel */

/**
 * ports_parse - "tcp:PORT" or "tcp:PORT-PORT", both ends included
 *
 * Port 0 is what bind(2) is given for any free one.
 *
 * Return: 0; -EINVAL.
 */
int ports_parse(const char *text, uint16_t *ret_from, uint16_t *ret_to);

#endif
