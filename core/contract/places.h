/* SPDX-License-Identifier: Apache-2.0 */
/* places.h - where a session's own files are in its views */
#ifndef CORDON_CONTRACT_PLACES_H
#define CORDON_CONTRACT_PLACES_H

/*
 * In the caller view the directory holds cordonsh and the keeper's socket. In the session view it
 * holds the name of the real shell alone.
 */
#define SESSION_DIR    "/run/cordon"
#define SESSION_SOCKET SESSION_DIR "/sock"
#define SESSION_SHELL  SESSION_DIR "/shell"

/* In the caller view this is cordonsh, which says that a password cannot be changed there. */
#define SESSION_PASSWD "/usr/bin/passwd"

#endif
