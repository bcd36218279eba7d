/* SPDX-License-Identifier: Apache-2.0 */
/* standard.h - descriptors 0, 1 and 2, which somebody outside of the session has opened */
#ifndef CORDON_BASE_STANDARD_H
#define CORDON_BASE_STANDARD_H

/**
 * standard_clean - leave only files, pipes, sockets, terminals and memory devices at 0, 1 and 2
 *
 * Directories, O_PATH descriptors and block devices give access to more than themselves. These and all
 * other kinds are replaced by /dev/null. Closed descriptors stay closed.
 *
 * Context: in the session's view, with the user's rights; system calls only.
 * Return:  0; -errno of open(2) or dup2(2), a refusal.
 */
int standard_clean(void);

/**
 * standard_allow - let a Landlock ruleset open again what is open at 0, 1 and 2
 * @ruleset: not yet in force
 * @reading: it handles reading; writing is always handled
 *
 * /dev/stdin and /dev/stdout open these files a second time, wherever they are. Each is allowed
 * for what it is open for, and no more: whoever opened it could do that, too.
 *
 * Context: system calls only.
 * Return:  0; -errno of landlock_add_rule(2).
 */
int standard_allow(int ruleset, int reading);

#endif
