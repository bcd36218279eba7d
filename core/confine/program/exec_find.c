/* SPDX-License-Identifier: Apache-2.0 */
/* exec_find.c - look up a program by name, in the view of the program */
#include "confine/program/exec.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directories that execvp(3) searches if PATH is not set. */
#define PATH_DEFAULT "/bin:/usr/bin"

/* Returns 0 if @path looks executable; only execve(2) itself knows for certain. */
static int look(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	/* access(2) also refuses files on noexec mounts */
	if (!S_ISREG(st.st_mode) || access(path, X_OK) < 0)
		return -EACCES;
	return 0;
}

int exec_find(const struct exec_spec *spec, char ret_path[PATH_MAX])
{
	const char *name = spec->program, *part = spec->path != NULL ? spec->path : PATH_DEFAULT;
	const size_t name_len = strlen(name);
	int why = -ENOENT;

	if (name_len == 0 || name_len >= PATH_MAX)
		return name_len == 0 ? -ENOENT : -ENAMETOOLONG;
	if (strchr(name, '/') != NULL) {
		memcpy(ret_path, name, name_len + 1);
		return look(ret_path);
	}
	for (;; part++) {
		const size_t len = strcspn(part, ":");

		/* an empty part of PATH means the working directory, see POSIX, XBD 8.3 */
		if (len + name_len + 3 <= PATH_MAX) {
			memcpy(ret_path, len == 0 ? "." : part, len == 0 ? 1 : len);
			ret_path[len == 0 ? 1 : len] = '/';
			memcpy(ret_path + (len == 0 ? 1 : len) + 1, name, name_len + 1);
			switch (look(ret_path)) {
			case 0:
				return 0;
			/* stat(2) tells a file that cannot be executed from a directory that cannot be entered */
			case -EACCES: {
				struct stat st;

				if (stat(ret_path, &st) == 0)
					why = -EACCES;
				break;
			}
			default:
				break;
			}
		}
		part += len;
		if (*part == '\0')
			return why;
	}
}
