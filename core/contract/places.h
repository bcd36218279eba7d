/* SPDX-License-Identifier: Apache-2.0 */
/* places.h - the paths of cordon's own files: in the views of a session, and on the host */
#ifndef CORDON_CONTRACT_PLACES_H
#define CORDON_CONTRACT_PLACES_H

/*
 * In the caller view, the directory holds cordonsh and the socket of the keeper. In the session view,
 * the directory holds only the name of the real shell and, with PasswordChange=yes, a socket at which
 * the keeper serves cordon-passwd alone.
 */
#define SESSION_DIR	 "/run/cordon"
#define SESSION_SOCKET	 SESSION_DIR "/sock"
#define SESSION_SHELL	 SESSION_DIR "/shell"
#define PASSWORD_NAME	 "password"
#define SESSION_PASSWORD SESSION_DIR "/" PASSWORD_NAME

/*
 * On the host: the filters that are kept from one login to the next. A session has a directory of
 * its own over KEPT_PARENT.
 */
#define KEPT_PARENT  "/run/cordon"
#define KEPT_FILTERS "filters"

/*
 * In the caller view, this is cordonsh: sshd starts it if the password has expired. In the session view,
 * this is cordon-passwd if the rule has PasswordChange=yes.
 */
#define SESSION_PASSWD "/usr/bin/passwd"

#endif
