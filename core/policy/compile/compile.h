/* SPDX-License-Identifier: Apache-2.0 */
/* compile.h - settings and facts -> the plan */
#ifndef CORDON_POLICY_COMPILE_COMPILE_H
#define CORDON_POLICY_COMPILE_COMPILE_H

#include "base/err.h"
#include "contract/facts.h"
#include "contract/plan.h"
#include "policy/settings/settings.h"

/**
 * plan_compile - the session's part of the plan: everything that the keeper and init act on
 * @set: its specifiers replaced
 * @ret: ret->head.size bytes, the caller's to free(3)
 *
 * Everything that allocates, looks a name up or can be refused for its meaning happens here,
 * before any clone. Nothing below the paths that are named is looked at.
 *
 * Return: 0; -errno with @e naming file:line.
 */
int plan_compile(const struct settings *set, const struct facts *facts, struct plan **ret,
		 struct err *e);

/**
 * plan_login_compile - the part of one login
 * @set:  for which plan_compile() has succeeded: what can be refused has been looked at there
 * @rule: "file:line" of the section that decided, "" for none
 * @ret:  ret->head.size bytes, the caller's to free(3)
 *
 * Return: 0; -errno with @e filled.
 */
int plan_login_compile(const struct settings *set, const struct facts *facts, const char *rule,
		       struct plan_login **ret, struct err *e);

/* ---- for the files of the compiler ---- */

struct plan_buf;

/* The directory of runtime directories, and room for the path of one. */
#define FS_RUNTIME "/run/user"
enum { FS_RUNTIME_MAX = sizeof FS_RUNTIME "/4294967295" };

/* fs_emit.c: the session's own XDG_RUNTIME_DIR, see the XDG Base Directory Specification */
void fs_runtime(const struct facts *facts, char ret[FS_RUNTIME_MAX]);

/* fs_emit.c: the operations of the view, and the paths of FollowMounts= */
int fs_emit(const struct settings *set, const struct facts *facts, const char *shell,
	    struct plan_buf *b, struct span *ret, struct span *ret_follow, struct err *e);
/* ids_emit.c: the texts of the maps, "" for PrivateUsers=no */
int ids_emit(const struct settings *set, const struct facts *facts, char *uid_map, char *gid_map,
	     size_t size, struct err *e);

#endif
