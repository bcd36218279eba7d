/* SPDX-License-Identifier: Apache-2.0 */
/* groups.h - tell cordon-login the groups of the user */
#ifndef CORDON_CALLER_GROUPS_H
#define CORDON_CALLER_GROUPS_H

#include "contract/wire.h"

/**
 * groups_tell - answer GROUPS
 * @fd:  the socket to cordon-login
 * @who: the login
 * @ask: the question
 *
 * The application has the name service loaded, or loads it anyway for initgroups(3); cordon-login
 * would start a program for it, and does so after -EAGAIN: the user can influence the application.
 * Return: as wire_send().
 */
int groups_tell(int fd, const struct login *who, const struct wire_msg *ask);

#endif
