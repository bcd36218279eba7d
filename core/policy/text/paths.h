/* SPDX-License-Identifier: Apache-2.0 */
/* paths.h - the directories of rules and profiles */
#ifndef CORDON_POLICY_TEXT_PATHS_H
#define CORDON_POLICY_TEXT_PATHS_H

#include <stddef.h>
#include <sys/types.h>

struct policy_files;

/**
 * struct policy_draft - a rule that is not saved: it takes the place of the file @name in rules_etc
 * @text: @size bytes and a NUL
 */
struct policy_draft {
	const char *name;
	const char *text;
	size_t size;
};

/**
 * struct policy_paths - where rules and profiles are
 * @root:  "", or the directory that all paths are below
 * @owner: the uid that must own all files and directories
 * @trace: called for each file and [Match] section that is skipped, with the key that does not
 *         match, or "masked" and line 0; may be NULL
 * @files: records what is read, so that later changes are noticed; NULL: nothing is recorded
 * @draft: for tools that ask what a change would do; NULL: none, as at every login
 */
struct policy_paths {
	const char *root;
	const char *rules_etc, *rules_vendor;
	const char *profiles_etc, *profiles_vendor;
	uid_t owner;
	void (*trace)(void *arg, const char *file, unsigned line, const char *why);
	void *trace_arg;
	struct policy_files *files;
	const struct policy_draft *draft;
};

/**
 * policy_paths_default - the directories that the build was configured with; root owns them
 */
void policy_paths_default(struct policy_paths *ret);

#endif
