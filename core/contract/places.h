/* SPDX-License-Identifier: Apache-2.0 */
/* places.h - the paths of cordon's own files: in the views of a session, and on the host */
#ifndef CORDON_CONTRACT_PLACES_H
#define CORDON_CONTRACT_PLACES_H

/*
 * In the caller view, the directory holds cordonsh and the socket of the keeper. In the session view,
 * the directory holds only the name of the real shell.
 */
#define SESSION_DIR    "/run/cordon"
#define SESSION_SOCKET SESSION_DIR "/sock"
#define SESSION_SHELL  SESSION_DIR "/shell"

/*
 * On the host: the filters that are kept from one login to the next. A session has a directory of
 * its own over KEPT_PARENT.
 */
#define KEPT_PARENT  "/run/cordon"
#define KEPT_FILTERS "filters"

/* In the caller view, this is cordonsh, which says that the password cannot be changed there. */
#define SESSION_PASSWD "/usr/bin/passwd"

#endif
