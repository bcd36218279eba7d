/* SPDX-License-Identifier: Apache-2.0 */
/* password.h - what cordon-passwd in a session and the keeper tell each other */
#ifndef CORDON_CONTRACT_PASSWORD_H
#define CORDON_CONTRACT_PASSWORD_H

/*
 * The socket SESSION_PASSWORD is of type SOCK_SEQPACKET. cordon-passwd sends what is typed, as it is.
 * Each packet of the keeper begins with a byte that says what the others are. No packet is longer
 * than PASSWORD_PACKET.
 */
enum password_kind {
	PASSWORD_SHOWS = 's',  /* what the terminal of passwd(1) shows */
	PASSWORD_ENDS = 'e',   /* one byte, the exit status of passwd(1); the last packet */
	PASSWORD_REFUSES = 'r' /* a line for the user; the last packet */
};
enum { PASSWORD_PACKET = 512 };

#endif
