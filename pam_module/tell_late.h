/* SPDX-License-Identifier: Apache-2.0 */
/* tell_late.h - tell a user of sshd about a refusal at the session step */
#ifndef CORDON_PAM_TELL_LATE_H
#define CORDON_PAM_TELL_LATE_H

/**
 * tell_late - have the children of this process write @text to standard error when they exit
 *
 * Return: 0; -ENOMEM.
 */
int tell_late(const char *text);

#endif
