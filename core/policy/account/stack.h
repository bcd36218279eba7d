/* SPDX-License-Identifier: Apache-2.0 */
/* stack.h - does a PAM service's stack lead to pam_cordon */
#ifndef CORDON_POLICY_ACCOUNT_STACK_H
#define CORDON_POLICY_ACCOUNT_STACK_H

#include "base/err.h"

/** enum stack_step - the steps of PAM in which pam_cordon has a line */
enum stack_step { STACK_ACCOUNT, STACK_SESSION };

/**
 * stack_check - check that one step of a PAM service can't succeed without pam_cordon
 * @root:    "" or a directory that is "/" for the files of PAM
 * @service: as PAM_SERVICE says it
 *
 * Reads all lines of the step as libpam reads them: the service's file, or "other" where it has none
 * of the step; include, substack and @include are followed. Then it goes through them as libpam
 * does, for all values that the modules can return. The step holds if none of these ways ends in
 * success unless pam_cordon has returned success. A line that releases of libpam read differently is
 * an error, as is one that libpam takes without understanding it.
 *
 * Context: allocates, reads files. A @root other than "" without /etc/pam.d isn't looked at.
 * Return:  0; -EPERM the step doesn't hold, another -errno where that can't be told. @e names the
 *          line to change, and how.
 * See:     pam.d(5).
 */
int stack_check(const char *root, const char *service, enum stack_step step, struct err *e);

/**
 * stack_closed - check that a PAM service can't start a program that nothing confines
 *
 * One step is enough: the account step refuses an account by services that Services= doesn't name,
 * and by those whose session step doesn't hold; the session step confines, or refuses.
 *
 * Return: 0 closed; -errno open, with @e of the step that comes nearest.
 */
int stack_closed(const char *root, const char *service, struct err *e);

/**
 * stack_starters_closed - stack_closed() of all services that start programs or hand out files for
 * an account by another way than its login shell: user managers, jobs, ftp servers
 *
 * A service that isn't installed is closed.
 * Return: 0; -errno of the first that is open.
 */
int stack_starters_closed(const char *root, struct err *e);

/**
 * stack_each_open - call @open for each service below @root that stack_closed() calls open
 * @ret_services: how many services there are
 *
 * All files of PAM's directories are services, but for those that are only included, backup copies,
 * and programs that start nothing for an account; and "other" stands for all that have no file.
 * Return: how many are open; -errno with @e filled: the directories can't be read.
 */
int stack_each_open(const char *root,
		    void (*open)(void *arg, const char *service, const struct err *why), void *arg,
		    int *ret_services, struct err *e);

#endif
