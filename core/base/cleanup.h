/* SPDX-License-Identifier: Apache-2.0 */
/* cleanup.h - descriptors, files and memory that are given back when their variable goes out of scope */
#ifndef CORDON_BASE_CLEANUP_H
#define CORDON_BASE_CLEANUP_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/**
 * cleanup_close - before an int: a descriptor of this scope alone, -1 for none
 *
 * errno is kept. To hand the descriptor out, return take_fd(&fd).
 */
#define cleanup_close __attribute__((cleanup(cleanup_close_fd)))

/**
 * cleanup_free - before a pointer: memory of malloc(3) that belongs to this scope, or NULL
 *
 * To hand the memory out, return take_ptr(&p).
 */
#define cleanup_free __attribute__((cleanup(cleanup_free_ptr)))

/**
 * cleanup_fclose - before a FILE *: a file that this scope only reads, or NULL
 */
#define cleanup_fclose __attribute__((cleanup(cleanup_fclose_file)))

static inline void cleanup_close_fd(const int *fd)
{
	const int saved = errno;

	if (*fd >= 0)
		(void)close(*fd); /* what was written is checked before; there is nothing to undo */
	errno = saved;
}

static inline void cleanup_free_ptr(void *at)
{
	free(*(void **)at);
}

static inline void cleanup_fclose_file(FILE *const *f)
{
	const int saved = errno;

	if (*f != NULL)
		(void)fclose(*f); /* it was only read, so there is nothing to lose */
	errno = saved;
}

/**
 * close_fd - close a descriptor that a structure holds, and mark it closed
 *
 * errno is kept; -1 is left as it is.
 */
static inline void close_fd(int *fd)
{
	cleanup_close_fd(fd);
	*fd = -1;
}

/**
 * take_fd - hand a descriptor on: the variable gives up what it holds
 */
static inline int take_fd(int *fd)
{
	const int taken = *fd;

	*fd = -1;
	return taken;
}

/**
 * take_ptr - the same for memory; the result has the type of the variable
 */
#define take_ptr(p) \
	({ \
		__typeof__(*(p)) taken_ = *(p); \
		*(p) = NULL; \
		taken_; \
	})

#endif
