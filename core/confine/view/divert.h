/* SPDX-License-Identifier: Apache-2.0 */
/* divert.h - cordonsh stands where the PAM application looks for the login shell */
#ifndef CORDON_CONFINE_VIEW_DIVERT_H
#define CORDON_CONFINE_VIEW_DIVERT_H

#include "confine/view/view.h"

/**
 * struct divert - what the caller view has beside the session view
 * @shell:    O_PATH, cordonsh
 * @listener: SOCK_SEQPACKET, the keeper's socket
 */
struct divert {
	int shell, listener;
};

/**
 * divert_make - a file system with cordonsh and the socket; cordonsh over the plan's programs
 * @shellfd: cordonsh, open for reading
 * @ret:     descriptors, the caller's; -1 for what was not made
 *
 * Context: root, in the caller view. Return: 0; -errno with @f filled.
 */
int divert_make(struct view *v, int shellfd, struct divert *ret, struct child_fail *f);

/**
 * divert_again - put cordonsh over the program at @path once more, unless it lies there
 *
 * Return: 0; -ENOENT: there is no such program; another -errno.
 */
int divert_again(struct view *v, const char *path);

#endif
