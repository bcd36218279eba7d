/* SPDX-License-Identifier: Apache-2.0 */
/* devices.c - see devices.h */
#include "contract/devices.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* After the prefix of each kind. */
static const char *name_of(const char *text, enum device_kind *ret_kind)
{
	static const char *const prefix[] = {
		[DEVICE_PATH] = "/dev/", [DEVICE_CHAR] = "char-", [DEVICE_BLOCK] = "block-"
	};

	for (unsigned kind = 0; kind < sizeof prefix / sizeof prefix[0]; kind++) {
		const size_t len = strlen(prefix[kind]);

		if (strncmp(text, prefix[kind], len) != 0)
			continue;
		*ret_kind = (enum device_kind)kind;
		return text + len;
	}
	return NULL;
}

int device_rule_parse(const char *text, struct device_rule *ret)
{
	const char *name = name_of(text, &ret->kind);
	const size_t len = name == NULL ? 0 : strcspn(name, " ");
	const char *access;

	if (len == 0)
		return -EINVAL;
	if (len >= sizeof ret->name)
		return -ENAMETOOLONG;
	access = name[len] == '\0' ? "rw" : name + len + 1;
	if (strcmp(access, "r") != 0 && strcmp(access, "rw") != 0)
		return -EINVAL;
	ret->writes = access[1] == 'w';
	memcpy(ret->name, name, len);
	ret->name[len] = '\0';
	return 0;
}

bool device_own(const char *name)
{
	static const char *const own[] = { "null", "zero", "full",   "random", "urandom", "tty",
					   "ptmx", "pts",  "shm",    "mqueue", "fd",	  "stdin",
					   "log",  ".log", "stdout", "stderr" };
	const size_t len = strcspn(name, "/");

	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (strncmp(name, own[i], len) == 0 && own[i][len] == '\0')
			return true;
	return false;
}
