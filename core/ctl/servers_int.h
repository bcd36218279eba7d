/* SPDX-License-Identifier: Apache-2.0 */
/* servers_int.h - what the files that look at servers have in common */
#ifndef CORDON_CTL_SERVERS_INT_H
#define CORDON_CTL_SERVERS_INT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * server_file - open a regular file, so that a FIFO cannot hold up the reader
 *
 * Return: the stream, the caller's; NULL: there is none.
 */
FILE *server_file(const char *path);

/**
 * server_there - is there a file @name below @root
 */
bool server_there(const char *root, const char *name);

/**
 * server_value - the value of the last line "KEY VALUE" or "KEY = VALUE" of the file @path
 * @key:      in any case; "" for a file that has only the value
 * @ret_line: its number
 *
 * Return: false: no such line, and @ret is as it was.
 */
bool server_value(const char *path, const char *key, char *ret, size_t size, unsigned *ret_line);

/**
 * servers_proftpd - does ProFTPD, if it is installed below @root, keep out whom PAM refuses
 *
 * mod_auth_pam is not authoritative by default: an account that it refuses is asked of the next
 * module, which reads /etc/shadow. Reads /etc/proftpd/proftpd.conf, modules.conf and conf.d.
 * Return: 0; -EPERM with @e filled. So do the others.
 */
int servers_proftpd(const char *root, struct err *e);

/**
 * servers_pure_ftpd - does Pure-FTPd read the password file beside PAM (UnixAuthentication)
 */
int servers_pure_ftpd(const char *root, struct err *e);

/**
 * servers_samba - does Samba ask PAM (obey pam restrictions); by default it does not
 */
int servers_samba(const char *root, struct err *e);

/**
 * servers_dovecot - has Dovecot a passdb that reads the password file itself
 */
int servers_dovecot(const char *root, struct err *e);

/**
 * servers_ssh - is there an ssh server that does not know PAM
 */
int servers_ssh(const char *root, struct err *e);

/**
 * servers_postfix - does Postfix start programs for ~/.forward, which a session can write
 */
int servers_postfix(const char *root, struct err *e);

/**
 * servers_exim - does Exim
 */
int servers_exim(const char *root, struct err *e);

/**
 * servers_procmail - is there a program that delivers mail and starts what a home names
 */
int servers_procmail(const char *root, struct err *e);

/**
 * servers_jupyterhub - does JupyterHub, if it is installed below @root, leave no notebook unconfined
 *
 * By default it authenticates by the PAM service login and starts a notebook as the user without a
 * PAM session. The spawner of conf/jupyterhub confines the notebook; a service of its own refuses the
 * login. Reads jupyterhub_config.py in /etc/jupyterhub, and the files that Debian's unit reads.
 * Return: 0; -EPERM with @e filled.
 */
int servers_jupyterhub(const char *root, struct err *e);

#endif
