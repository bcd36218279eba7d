/* SPDX-License-Identifier: Apache-2.0 */
/* paths.h - where rules, profiles and the host's own file are */
#ifndef CORDON_POLICY_TEXT_PATHS_H
#define CORDON_POLICY_TEXT_PATHS_H

#include <sys/types.h>

struct policy_files;

/**
 * struct policy_paths - where rules and profiles are
 * @root:  "" or a directory that is "/" for them
 * @owner: to whom all of it has to belong
 * @trace: told of each file and [Match] section that was skipped, and the key that didn't
 *         hold or "masked" (with line 0); may be NULL
 * @files: what is read is noted there, to be compared afterwards; NULL: it isn't
 */
struct policy_paths {
	const char *root;
	const char *rules_etc, *rules_vendor;
	const char *profiles_etc, *profiles_vendor;
	uid_t owner;
	void (*trace)(void *arg, const char *file, unsigned line, const char *why);
	void *trace_arg;
	struct policy_files *files;
};

/**
 * policy_paths_default - the directories that the build was configured with, root's
 */
void policy_paths_default(struct policy_paths *ret);

#endif
