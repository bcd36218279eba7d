/* SPDX-License-Identifier: Apache-2.0 */
/* servers.h - servers whose own configuration decides whether PAM can keep an account out */
#ifndef CORDON_CTL_SERVERS_H
#define CORDON_CTL_SERVERS_H

#include "base/err.h"

/**
 * servers_proftpd - does ProFTPD, if it is installed below @root, keep out whom PAM refuses
 *
 * mod_auth_pam is not authoritative by default: an account that it refuses is asked of the next
 * module, which reads /etc/shadow. Reads /etc/proftpd/proftpd.conf, modules.conf and conf.d.
 * Return: 0; -EPERM with @e filled.
 */
int servers_proftpd(const char *root, struct err *e);

/**
 * servers_jupyterhub - does JupyterHub, if it is installed below @root, log in by a service of its own
 *
 * By default it authenticates by the PAM service login and starts a notebook as the user without a
 * PAM session. Reads /etc/jupyterhub/jupyterhub_config.py.
 * Return: 0; -EPERM with @e filled.
 */
int servers_jupyterhub(const char *root, struct err *e);

#endif
