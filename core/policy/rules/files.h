/* SPDX-License-Identifier: Apache-2.0 */
/* files.h - read rule files and profiles as they are at one moment */
#ifndef CORDON_POLICY_RULES_FILES_H
#define CORDON_POLICY_RULES_FILES_H

#include "policy/rules/decide.h"

#include <sys/stat.h>

enum files_dir { DIR_RULES_ETC, DIR_RULES_VENDOR, DIR_PROFILES_ETC, DIR_PROFILES_VENDOR, DIRS };

/**
 * struct policy_files - the directories and files that were read, to notice later changes
 *
 * A zeroed structure is ready for use. The owner must call files_close().
 */
struct policy_files {
	struct {
		bool looked;
		int fd; /* or -errno; valid if @looked */
		struct stat st;
		char name[400]; /* for messages */
	} dir[DIRS];
	struct files_seen {
		enum files_dir dir;
		char *name;
		struct stat st;
	} * seen;
	size_t n_seen;
};

/**
 * files_load - read and parse the file @name in the directory @dir
 * @max: the number of errors to keep
 *
 * Return: 1; 0: the file is masked; -ENOENT without @e: it does not exist; another -errno with @e
 * filled.
 */
int files_load(struct policy_files *files, const struct policy_paths *paths, enum files_dir dir,
	       const char *name, size_t max, struct rule *ret, struct err *e);

/**
 * files_names - list the files in @etc and in the directory after it; see policy_names()
 *
 * Return: 0; -ENOENT without @e: @etc does not exist, for profiles neither directory does; another
 * -errno with @e filled.
 */
int files_names(struct policy_files *files, const struct policy_paths *paths, enum files_dir etc,
		struct policy_name **ret, size_t *ret_n, struct err *e);

/**
 * files_same - are all directories and files that were read unchanged
 *
 * Compares inodes, sizes and change times. So no rule was read before a change, and its profile or
 * the next rule after the change.
 * Return: 1; 0: something has changed; -errno: no descriptors or memory to compare.
 */
int files_same(const struct policy_files *files, const struct policy_paths *paths);

/**
 * files_close - close and free what @files holds
 */
void files_close(struct policy_files *files);

#endif
