/* SPDX-License-Identifier: Apache-2.0 */
/* trust.h - configuration that only its owner can have written */
#ifndef CORDON_POLICY_TEXT_TRUST_H
#define CORDON_POLICY_TEXT_TRUST_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/**
 * trust_dir - open the directory @path below @root, every directory on the way checked
 * @root:  "" for the real root
 * @owner: to whom, or to root, all of it has to belong, with nobody else allowed to write
 *
 * No symlink is followed.
 * Return: a close-on-exec descriptor, the caller's; -ENOENT when there is none, without @e;
 *         another -errno with @e filled.
 */
int trust_dir(const char *root, const char *path, uid_t owner, struct err *e);

/**
 * trust_read - the whole of the regular file @name in @dirfd
 * @dir:        the directory's name for messages
 * @ret_masked: it is a symlink to /dev/null; then nothing is read
 * @ret_text:   NUL-terminated, the caller's to free(3)
 *
 * Doesn't block on a FIFO or device; a file that changes while it is read is refused.
 * Return: 0; -ENOENT; another -errno with @e filled.
 */
int trust_read(int dirfd, const char *dir, const char *name, uid_t owner, bool *ret_masked,
	       char **ret_text, size_t *ret_size, struct err *e);

/**
 * trust_read_stat - the same, and what the file was before it was read: later changes show
 * @path:   of @name, for messages
 * @ret_st: untouched where there is none
 */
int trust_read_stat(int dirfd, const char *path, const char *name, uid_t owner, bool *ret_masked,
		    char **ret_text, size_t *ret_size, struct stat *ret_st, struct err *e);

#endif
