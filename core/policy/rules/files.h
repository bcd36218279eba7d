/* SPDX-License-Identifier: Apache-2.0 */
/* files.h - rule files and profiles, read as they were at one moment */
#ifndef CORDON_POLICY_RULES_FILES_H
#define CORDON_POLICY_RULES_FILES_H

#include "policy/rules/decide.h"

#include <sys/stat.h>

enum files_dir { DIR_RULES_ETC, DIR_RULES_VENDOR, DIR_PROFILES_ETC, DIR_PROFILES_VENDOR, DIRS };

/**
 * struct policy_files - what was looked at, to be able to say afterwards that it is still so
 *
 * Zeroed, it is ready; files_close() in any case.
 */
struct policy_files {
	struct {
		bool looked;
		int fd; /* or -errno; meaningful once @looked */
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
 * files_load - read and parse one file
 * @name: below the directory
 *
 * Return: 1; 0 it is masked; -ENOENT without @e: there is none; another -errno with @e filled.
 */
int files_load(struct policy_files *files, const struct policy_paths *paths, enum files_dir dir,
	       const char *name, size_t max, struct rule *ret, struct err *e);

/**
 * files_names - the names in @etc and in the directory after it, in order; see policy_names()
 *
 * Return: 0; -ENOENT without @e: @etc, or of profiles both, are missing; -errno with @e filled.
 */
int files_names(struct policy_files *files, const struct policy_paths *paths, enum files_dir etc,
		struct policy_name **ret, size_t *ret_n, struct err *e);

/**
 * files_same - are all directories and files that were looked at what they were
 *
 * Compares inodes, sizes and change times: a rule can't have been read before a change and its
 * profile, or the next rule, after it.
 */
int files_same(const struct policy_files *files, const struct policy_paths *paths);

/**
 * files_close - give back what @files holds
 */
void files_close(struct policy_files *files);

#endif
