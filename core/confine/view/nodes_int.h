/* SPDX-License-Identifier: Apache-2.0 */
/* nodes_int.h - for nodes.c and nodes_find.c alone */
#ifndef CORDON_CONFINE_VIEW_NODES_INT_H
#define CORDON_CONFINE_VIEW_NODES_INT_H

#include "confine/view/nodes.h"

#include <fcntl.h>

enum {
	NODES_DEPTH = 8, /* of directories below /dev */
	NODE_PATH_MAX = sizeof DEVICES_READ + DEVICE_NAME_MAX,
	NODES_DIR_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
};

/**
 * nodes_each - call @fn for each entry of a directory but "." and ".."
 * @dir:   open for reading
 * @depth: passed on
 * @fn:    @type is DT_* of readdir(3), perhaps DT_UNKNOWN
 *
 * Return: 0; the first negative result of @fn; another -errno.
 */
int nodes_each(int dir, unsigned depth,
	       int (*fn)(void *arg, int dir, const char *name, unsigned type, unsigned depth),
	       void *arg);

#endif
