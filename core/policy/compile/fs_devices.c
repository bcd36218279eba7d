/* SPDX-License-Identifier: Apache-2.0 */
/* fs_devices.c - what DeviceAllow= adds to a view before the keeper mounts the devices */
#include "policy/compile/fs_int.h"

#include "contract/devices.h"

#include <errno.h>
#include <string.h>

/*
 * A node that the session may only read lies outside /dev, where Landlock allows to write. /dev has a
 * symlink to the node.
 */
void fs_devices(struct emit *m)
{
	const struct set_list *l = &m->set->device_allow;
	struct device_rule rule;
	struct point *p;
	size_t i = 0;

	while (i < l->n && device_rule_parse(l->items[i].text, &rule) == 0 && rule.writes)
		i++;
	if (i == l->n)
		return;
	p = points_add(&m->p, RANK_BASE, VIEW_TMPFS, DEVICES_READ, NULL, VIEW_DEVICES);
	p->size_bytes = 65536;
	p->mode = 0755;
	p->needed = true;
	points_attr(&m->p, DEVICES_READ, 0, 1, false);
}

int fs_devices_check(const struct emit *m, struct err *e)
{
	const struct set_list *l = &m->set->device_allow;
	const struct point *dev = points_above(&m->p, "/dev");

	if (l->n == 0)
		return 0;
	if (!m->set->private_devices.v)
		return err_at(
			e, l->from.file, l->from.line, -EINVAL,
			"DeviceAllow=: has no effect with PrivateDevices=no, which shows all devices; remove one of the lines");
	if (dev != NULL && dev->kind != VIEW_DEV && strcmp(dev->target, "/dev") == 0)
		return err_at(
			e, l->from.file, l->from.line, -EINVAL,
			"DeviceAllow=: another line mounts something over /dev, or makes it inaccessible; remove one of the lines");
	return 0;
}
