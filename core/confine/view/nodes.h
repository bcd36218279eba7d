/* SPDX-License-Identifier: Apache-2.0 */
/* nodes.h - the device nodes of DeviceAllow=, which come and go with the devices of the host */
#ifndef CORDON_CONFINE_VIEW_NODES_H
#define CORDON_CONFINE_VIEW_NODES_H

#include "contract/devices.h"
#include "contract/plan.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The nodes that one session can have. */
enum { NODES_MAX = 256 };

/**
 * struct node - a device node of the host that the session is to have
 * @name:     below /dev
 * @dev:      the file system of the node, and @ino its inode there
 * @rdev:     the device
 * @writes:   the session may write to it
 */
struct node {
	char name[DEVICE_NAME_MAX];
	uint64_t dev, ino, rdev;
	bool writes;
};

/**
 * struct nodes - all of them
 * @left_out: how many did not fit
 */
struct nodes {
	struct node at[NODES_MAX];
	unsigned n, left_out;
};

/**
 * nodes_find - find what DeviceAllow= names on the host
 * @host: O_PATH, "/" of the host
 * @dir:  gets each directory that was looked at, open for reading, before its entries are read; the
 *        descriptor is closed afterwards. NULL: nobody wants to know
 *
 * Symbolic links are followed where only root can have made them. A device below InaccessiblePaths=,
 * or on a mount of the host where devices do not work, is left out.
 * Return: 0; -errno.
 */
int nodes_find(const struct plan *plan, int host, struct nodes *ret, void (*dir)(void *arg, int fd),
	       void *arg);

/**
 * nodes_place - give the session these nodes, and take all others of nodes_place() away
 * @host: O_PATH, "/" of the host
 * @root: O_PATH, the root of the session view
 * @ns:   the mount namespace of the session view, which the process joins; -1: it is there
 *
 * The nodes are the host's: their owner, mode and ACL count, also when these change later.
 * Context: root, in a process of its own if there is @ns; umask 0.
 * Return:  0; -EAGAIN: a node was replaced meanwhile; another -errno.
 */
int nodes_place(int host, int root, int ns, const struct nodes *nodes);

/**
 * nodes_there - has the session this node now?
 */
bool nodes_there(int root, const struct node *node);

#endif
