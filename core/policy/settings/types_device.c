/* SPDX-License-Identifier: Apache-2.0 */
/* types_device.c - the type of DeviceAllow= */
#include "policy/settings/types.h"

#include "contract/devices.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { DIRS_MAX = 6 };

static int check_access(const char *access, const char *device, struct err *e)
{
	if (strcmp(access, "r") == 0 || strcmp(access, "rw") == 0)
		return 0;
	if (strcmp(access, "w") == 0)
		return err_set(e, -EINVAL, "write access alone cannot be enforced; write '%s rw'",
			       device);
	if (*access != '\0' && strspn(access, "rwm") == strlen(access))
		return err_set(
			e, -EINVAL,
			"invalid access '%s', as no session can make device nodes; write '%s rw'",
			access, device);
	if (access[0] == '/' || strncmp(access, "char-", 5) == 0 ||
	    strncmp(access, "block-", 6) == 0)
		return err_set(
			e, -EINVAL,
			"'%s' is a second device; write each device on a line of its own, with DeviceAllow= before it",
			access);
	return err_set(e, -EINVAL, "invalid access '%s'; write r or rw", access);
}

static int check_name(const char *device, const char *name, struct err *e)
{
	unsigned dirs = 0;

	for (const char *part = name; part != NULL; part = strchr(part, '/')) {
		part += part != name;
		if (*part == '/' || *part == '\0' ||
		    (*part == '.' && strchr("./", part[1 + (part[1] == '.')]) != NULL))
			return err_set(
				e, -EINVAL,
				"'%s' contains '//', '.' or '..', or ends with '/'; write the path of a device",
				device);
		dirs++;
	}
	if (dirs > DIRS_MAX)
		return err_set(e, -EINVAL, "'%s' is too deep; write at most %d names below /dev",
			       device, DIRS_MAX);
	if (device_own(name))
		return err_set(e, -EINVAL,
			       "'%s' is the session's own, which every session has; remove the line",
			       device);
	return 0;
}

/* The form of an item: the device, and " r" if the session may only read. */
static int check_device(char *text, struct err *e)
{
	struct device_rule rule;
	const size_t len = strcspn(text, " \t");
	char *access = text + len + strspn(text + len, " \t");
	int r;

	if (len == 0)
		return err_set(e, -EINVAL, "value is empty; write a path below /dev");
	text[len] = '\0';
	for (const char *c = text; *c != '\0'; c++)
		if (!isgraph((unsigned char)*c) || strchr("\"'\\%", *c) != NULL)
			return err_set(
				e, -EINVAL,
				"'%s' contains quotes, '\\', '%%' or letters beyond ASCII; write a path below /dev without them, or ? for one character",
				text);
	r = device_rule_parse(text, &rule);
	if (r == -ENAMETOOLONG)
		return err_set(e, -EINVAL, "'%s' is longer than %d bytes; shorten it", text,
			       DEVICE_NAME_MAX);
	if (r < 0)
		return err_set(e, -EINVAL,
			       "'%s' is no device; write a path below /dev, char-NAME or block-NAME",
			       text);
	if (*access != '\0' && (r = check_access(access, text, e)) < 0)
		return r;
	if ((r = type_glob(text, e)) < 0)
		return r;
	if (rule.kind == DEVICE_PATH && (r = check_name(text, rule.name, e)) < 0)
		return r;
	if (strcmp(access, "r") == 0)
		memcpy(text + len, " r", 3); /* a blank was there */
	return 0;
}

const struct type type_DEVICES = {
	.name = "DEVICES",
	.syntax = "a path below /dev, char-NAME or block-NAME, with r or rw after a blank",
	.storage = STORE_LIST,
	.flags = TYPE_LINE,
	.check = check_device,
};
