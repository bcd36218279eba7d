/* SPDX-License-Identifier: Apache-2.0 */
/* trust.h - open and read configuration that only its owner can have written */
#ifndef CORDON_POLICY_TEXT_TRUST_H
#define CORDON_POLICY_TEXT_TRUST_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/**
 * trust_dir - open the directory @path below @root and check each directory on the way
 * @root:  "" for the real root
 * @owner: this uid or root must own each directory, and nobody else may have write permission
 *
 * No symlink is followed.
 * Return: a close-on-exec descriptor that the caller owns; -ENOENT without @e: it does not exist;
 *         another -errno with @e filled.
 */
int trust_dir(const char *root, const char *path, uid_t owner, struct err *e);

/**
 * trust_read - read the whole regular file @name in @dirfd
 * @dir:        the name of the directory, for messages
 * @ret_masked: the file is a symlink to /dev/null, and nothing is read
 * @ret_text:   NUL-terminated, for the caller to free(3)
 * @ret_size:   in bytes, without the NUL
 *
 * A FIFO or device is refused without blocking. A file that changes while being read is refused.
 * Return: 0; -ENOENT; another -errno with @e filled.
 */
int trust_read(int dirfd, const char *dir, const char *name, uid_t owner, bool *ret_masked,
	       char **ret_text, size_t *ret_size, struct err *e);

/**
 * trust_read_stat - as trust_read(), and return the status of the file before it was read
 * @path:   of @name, for messages
 * @ret_st: lets the caller notice later changes; unchanged where the file does not exist
 */
int trust_read_stat(int dirfd, const char *path, const char *name, uid_t owner, bool *ret_masked,
		    char **ret_text, size_t *ret_size, struct stat *ret_st, struct err *e);

#endif
