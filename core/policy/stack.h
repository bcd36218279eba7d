/* stack.h - does a PAM service's session stack lead to pam_cordon */
#ifndef CORDON_POLICY_STACK_H
#define CORDON_POLICY_STACK_H

#include "../base/err.h"

/**
 * stack_check - see to it that a login that is to be confined will meet the session step
 * @root:    "" or a directory that is "/" for the files of PAM
 * @service: as PAM_SERVICE says it
 *
 * The account line of pam_cordon is in a file that all services include, its session line in those
 * of single services. Where the second is missing nothing would confine a login that the first has
 * let in. Read as libpam reads it: the service's file, or "other" where it has no session lines;
 * include, substack and @include are followed. Where a module before ours may end the stack with
 * success, or jump over ours, or where ours may fail without being heard ("optional"), that counts as
 * if ours were missing.
 *
 * Context: allocates, reads files. A @root other than "" without /etc/pam.d isn't looked at.
 * Return:  0; -EPERM the line is missing, another -errno where that can't be told; @e says so.
 * See:     pam.d(5).
 */
int stack_check(const char *root, const char *service, struct err *e);

#endif
