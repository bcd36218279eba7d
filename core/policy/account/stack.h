/* SPDX-License-Identifier: Apache-2.0 */
/* stack.h - check that a PAM service cannot start a session without pam_cordon */
#ifndef CORDON_POLICY_ACCOUNT_STACK_H
#define CORDON_POLICY_ACCOUNT_STACK_H

#include "base/err.h"

#include <stdbool.h>

/** enum stack_step - the steps of PAM in which pam_cordon has a line */
enum stack_step { STACK_ACCOUNT, STACK_SESSION };

/**
 * stack_check - check that one step of a PAM service cannot succeed without pam_cordon
 * @root:    "", or the directory that the files of PAM are below
 * @service: the value of PAM_SERVICE
 *
 * Reads the lines of the step as libpam does: from the file of the service, or from "other" if that
 * file has no line of the step. include, substack and @include are followed. Then it walks through
 * the lines as libpam does, for all values that the modules can return. The step passes if each walk
 * that ends in success includes a success of pam_cordon. A line is an error if releases of libpam
 * read it differently, or accept it without understanding it.
 *
 * Context: allocates, reads files. A @root other than "" without /etc/pam.d is not checked.
 * Return:  0; -EPERM: the step does not pass; another -errno: unknown. @e names the line to change,
 *          and how.
 * See:     pam.d(5).
 */
int stack_check(const char *root, const char *service, enum stack_step step, struct err *e);

/**
 * stack_closed - check that a PAM service cannot start an unconfined program for a confined account
 *
 * It is enough that one step passes. The account step refuses services that Services= does not
 * list, and services whose session step does not pass. The session step confines or refuses. For
 * sudo and doas, whose account step is about the caller, the session step has to pass.
 *
 * Return: 0: closed; -errno: open, with @e about the account step.
 */
int stack_closed(const char *root, const char *service, struct err *e);

/**
 * stack_starters_closed - stack_closed() for all services that start programs, or give access to
 * files, without a login shell: user managers, jobs, ftp servers
 *
 * A service that is not installed counts as closed.
 * Return: 0; the -errno of the first open service, with @e filled.
 */
int stack_starters_closed(const char *root, struct err *e);

/**
 * stack_each_open - call @open for each service below @root that stack_closed() finds open
 * @ret_services: the number of services checked
 *
 * Each file in the directories of PAM is a service, except files that others include, backup copies,
 * and services that start nothing for an account. "other" stands for services without a file.
 * Return: the number of open services; -errno with @e filled: a directory cannot be read.
 */
int stack_each_open(const char *root,
		    void (*open)(void *arg, const char *service, const struct err *why), void *arg,
		    int *ret_services, struct err *e);

/**
 * stack_each - call @each for each service below @root, in the way of stack_each_open()
 *
 * Return: the number of services; -errno with @e filled: a directory cannot be read.
 */
int stack_each(const char *root, void (*each)(void *arg, const char *service), void *arg,
	       struct err *e);

/**
 * stack_there - has @service a file of its own in the directories of PAM below @root
 */
bool stack_there(const char *root, const char *service);

/**
 * stack_names_us - has one step of a service a line of pam_cordon, whatever the line is worth
 */
bool stack_names_us(const char *root, const char *service, enum stack_step step);

/**
 * stack_follows - does a line of the session step follow that of pam_cordon, in the same file
 *
 * Such a line runs as root in the session, and works on the files of the session.
 * Return: 1 with @e naming the line; 0.
 */
int stack_follows(const char *root, const char *service, struct err *e);

/**
 * stack_is_copy - has a file in a directory of PAM the name of a backup copy
 */
bool stack_is_copy(const char *name);

/**
 * stack_file_names_us - does the file @path name pam_cordon, as for stack_used()
 */
bool stack_file_names_us(const char *path);

/**
 * stack_used - does a file in the directories of PAM below @root name pam_cordon
 *
 * Comments and backup copies do not count. A file that cannot be read counts as one that names
 * pam_cordon.
 */
bool stack_used(const char *root);

#endif
