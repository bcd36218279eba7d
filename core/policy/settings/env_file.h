/* SPDX-License-Identifier: Apache-2.0 */
/* env_file.h - EnvironmentFile=: variables from files of the administrator */
#ifndef CORDON_POLICY_SETTINGS_ENV_FILE_H
#define CORDON_POLICY_SETTINGS_ENV_FILE_H

#include "policy/settings/settings.h"

#include <sys/types.h>

/**
 * env_files_read - append the variables in files of EnvironmentFile= to Environment=
 * @root:  "", or the directory that all paths are below, as in struct policy_paths
 * @owner: the uid that must own each file and all directories above it
 * @named: false for an invented account: files whose path had a specifier are skipped
 *
 * The files are read in the order of the rule. Each may have up to 1 MiB. A variable of a file wins
 * over one of Environment= and of an earlier file.
 *
 * Return: 0; -errno with @e naming file and line. After an error @s can only be freed.
 */
int env_files_read(struct settings *s, const char *root, uid_t owner, bool named, struct err *e);

#endif
