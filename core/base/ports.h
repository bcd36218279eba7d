/* SPDX-License-Identifier: Apache-2.0 */
/* ports.h - the words of SocketBindDeny=, SocketBindAllow= and their like */
#ifndef CORDON_BASE_PORTS_H
#define CORDON_BASE_PORTS_H

#include <stdint.h>

enum { PORTS_MAX = 4096 }; /* in all: each is a rule in the kernel */

/* The protocols that a word is about. */
enum { PORTS_TCP = 1, PORTS_UDP = 2, PORTS_ALL = PORTS_TCP | PORTS_UDP };

/**
 * struct ports - a range of ports
 * @protocols: PORTS_*
 * @from, @to: both ends included; port 0 is what bind(2) is given for any free one
 */
struct ports {
	unsigned protocols;
	uint16_t from, to;
};

/**
 * ports_protocols - what "tcp", "udp" or "any" stands for
 *
 * Return: PORTS_*; 0 for any other word.
 */
unsigned ports_protocols(const char *word);

/**
 * ports_parse - "PORT" or "PORT-PORT", of both protocols or behind "tcp:" or "udp:" of one
 *
 * Return: 0; -EINVAL.
 */
int ports_parse(const char *text, struct ports *ret);

#endif
