/* SPDX-License-Identifier: Apache-2.0 */
/* env_file.h - EnvironmentFile=: variables from files of the administrator's */
#ifndef CORDON_POLICY_SETTINGS_ENV_FILE_H
#define CORDON_POLICY_SETTINGS_ENV_FILE_H

#include "policy/settings/settings.h"

#include <sys/types.h>

/**
 * env_files_read - append what EnvironmentFile= names to Environment=
 * @root:  "" or a directory that is "/" for the files, as in struct policy_paths
 * @owner: to whom a file and every directory above it has to belong
 * @named: false: a file whose path had a specifier is left out, because the account is made up
 *
 * The files are read in the order of the rule, each at most 1 MiB. A variable of a file wins over
 * one of Environment= and over one of an earlier file.
 *
 * Return: 0; -errno with @e naming the file and line that are wrong, and @s is only to be freed.
 */
int env_files_read(struct settings *s, const char *root, uid_t owner, bool named, struct err *e);

#endif
