/* SPDX-License-Identifier: Apache-2.0 */
/* spawn.h - start a program that is no child of the caller */
#ifndef CORDON_CALLER_SPAWN_H
#define CORDON_CALLER_SPAWN_H

/**
 * spawn_apart - execute @path with @fd as descriptor 3, not as a child of the calling process
 * @path: absolute; no search
 * @argv: ends with NULL
 * @fd:   above 2; the caller keeps it
 *
 * The program has /dev/null as 0, 1 and 2, nothing above 3, an empty environment, default signal
 * dispositions and no blocked signal. A process in between starts the program and is gone when this
 * function returns. It raises no SIGCHLD, and wait(2) of the caller does not see it, because the
 * handler of a daemon must not find unknown children. No fork handlers run (pthread_atfork(3)), and no
 * memory is copied.
 *
 * Return: 0: execve(2) has succeeded; -errno of clone(2), of setting up the descriptors or of
 *         execve(2).
 */
int spawn_apart(const char *path, char *const *argv, int fd);

#endif
