/* SPDX-License-Identifier: Apache-2.0 */
/* spawn.h - start a program that is nobody's child */
#ifndef CORDON_PAM_SPAWN_H
#define CORDON_PAM_SPAWN_H

/**
 * spawn_apart - execute @path with @fd as descriptor 3, apart from the calling process
 * @path: absolute; no search
 * @argv: ends with NULL
 * @fd:   above 2; stays the caller's
 *
 * The program has /dev/null as 0, 1 and 2, nothing above 3, an empty environment, default signal
 * dispositions and no blocked signal. It is started by a process in between that has gone when
 * this returns, and which neither raises SIGCHLD nor can be seen by the caller's own wait(2)s: a
 * daemon's handler must not find children that it did not make. No fork handlers run
 * (pthread_atfork(3)); memory is not copied.
 *
 * Return: 0: execve(2) has succeeded; -errno of clone(2), of setting up the descriptors or of
 *         execve(2).
 */
int spawn_apart(const char *path, char *const *argv, int fd);

#endif
