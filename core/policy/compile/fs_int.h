/* SPDX-License-Identifier: Apache-2.0 */
/* fs_int.h - the parts that make the view of a login; for the fs_*.c files alone */
#ifndef CORDON_POLICY_COMPILE_FS_INT_H
#define CORDON_POLICY_COMPILE_FS_INT_H

#include "contract/facts.h"
#include "policy/compile/fs_points.h"
#include "policy/settings/settings.h"

/**
 * struct emit - the view of one login while its points are collected
 * @root: RootDirectory=, "" for the root of the host
 * @home: the real path of the home, without symlinks
 */
struct emit {
	const struct settings *set;
	const struct facts *facts;
	const char *root, *home;
	struct points p;
};

/**
 * fs_given - add what the rule says about paths to the defaults (fs_given.c)
 *
 * Return: 0; -errno with @e naming file:line.
 */
int fs_given(struct emit *m, struct err *e);

/**
 * fs_place - where in the view a path of the rule is: by its real name, if the view lacks the symlink
 * @buf: may hold the result
 */
const char *fs_place(const struct emit *m, const char *path, char *buf, size_t size);

/**
 * fs_follow - put the paths of FollowMounts= into the plan, after all other points (fs_follow.c)
 *
 * Return: 0; -EINVAL with @e naming file:line.
 */
int fs_follow(struct emit *m, struct plan_buf *b, struct span *ret, struct err *e);

/**
 * fs_caller - hide from the caller view what AllowCommands= does not grant (fs_caller.c)
 *
 * Comes last: it covers the points that all others have added.
 */
void fs_caller(struct emit *m);

/**
 * fs_devices - make the place for devices that DeviceAllow= lets the session only read (fs_devices.c)
 */
void fs_devices(struct emit *m);

/**
 * fs_devices_check - refuse DeviceAllow= in a view without an own /dev (fs_devices.c)
 *
 * Return: 0; -errno with @e naming file:line.
 */
int fs_devices_check(const struct emit *m, struct err *e);

/**
 * fs_shared - is @home a directory of the system, or a directory of homes (fs_people.c)
 * @uid: of the account; /root is the home of uid 0
 */
bool fs_shared(const char *home, uid_t uid);

/**
 * fs_hide_people - hide the homes of other accounts of passwd(5) below @home (fs_people.c)
 *
 * Below a directory of the system only the homes of people are hidden, not those of services.
 * Return: false where there are too many of them, or where passwd(5) cannot be read.
 */
bool fs_hide_people(struct emit *m, const char *home);

/**
 * fs_real - resolve those symlinks in @path that only root can have made (fs_real.c)
 * @buf: may hold the result
 *
 * Return: the real path; @path itself where no part of it is found.
 */
const char *fs_real(const char *path, char *buf, size_t size);

/**
 * fs_missing - is it certain that the host has no @path (fs_real.c)
 *
 * The path is looked up like the view will be built: as root, and as the user where root has no
 * access. A path that cannot be looked up counts as present.
 */
bool fs_missing(const struct facts *f, const char *path);

#endif
