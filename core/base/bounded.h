/* SPDX-License-Identifier: Apache-2.0 */
/* bounded.h - calls that a hung file system may block, made in a child that can be left behind */
#ifndef CORDON_BASE_BOUNDED_H
#define CORDON_BASE_BOUNDED_H

#include <stddef.h>

enum { BOUNDED_MS = 5000, BOUNDED_SIZE_MAX = 4096 };

/**
 * bounded_call - run @fn in a child, for BOUNDED_MS at most
 * @fn:   fills its @ret with @size bytes; no allocation, no log
 * @size: BOUNDED_SIZE_MAX at most
 *
 * A lookup on FUSE cannot be ended even by SIGKILL once the server has read it, see fuse(4). Such a
 * child is killed and left behind. It ends when the server answers or is gone. Later calls in this
 * process fail at once.
 * Context: single-threaded.
 * Return:  0; -ETIMEDOUT, @ret is untouched then; another -errno.
 */
int bounded_call(void (*fn)(const void *arg, void *ret), const void *arg, void *ret, size_t size);

/**
 * bounded_open - open @path below @rootfd, O_PATH, if the kernel has all of it in its caches
 *
 * Symbolic links are followed within @rootfd.
 * Return: the caller's; -EAGAIN: it would have to wait; another -errno.
 */
int bounded_open(int rootfd, const char *path);

/**
 * bounded_wait - wait for a child that was killed, for 10 seconds at most
 * @pidfd: of the child; stays the caller's
 */
void bounded_wait(int pid, int pidfd);

#endif
