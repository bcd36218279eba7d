/* SPDX-License-Identifier: Apache-2.0 */
/* devices.h - the lines of DeviceAllow= */
#ifndef CORDON_CONTRACT_DEVICES_H
#define CORDON_CONTRACT_DEVICES_H

#include <stdbool.h>

/* Where nodes are that the session may only read: Landlock allows no writing beneath this directory. */
#define DEVICES_READ "/.devices"

/* The length of a name below /dev, or of a driver, with its NUL. */
enum { DEVICE_NAME_MAX = 96 };

enum device_kind {
	DEVICE_PATH = 0, /* a path below /dev */
	DEVICE_CHAR,	 /* a driver of character devices, see proc_devices(5) */
	DEVICE_BLOCK,
};

/**
 * struct device_rule - one line of DeviceAllow=
 * @name:   the path below /dev ("dri/card0"), or the name of the driver; a glob
 * @writes: the session may also write
 */
struct device_rule {
	enum device_kind kind;
	bool writes;
	char name[DEVICE_NAME_MAX];
};

/**
 * device_rule_parse - read "/dev/NAME", "char-DRIVER" or "block-DRIVER", and "r" or "rw" after a blank
 *
 * Without the last word, the session may read and write.
 * Return: 0; -EINVAL; -ENAMETOOLONG.
 */
int device_rule_parse(const char *text, struct device_rule *ret);

/**
 * device_own - does the session's own /dev have something else at @name
 * @name: below /dev
 */
bool device_own(const char *name);

#endif
