/* SPDX-License-Identifier: Apache-2.0 */
/* compile.h - settings and facts -> the plan */
#ifndef CORDON_POLICY_COMPILE_COMPILE_H
#define CORDON_POLICY_COMPILE_COMPILE_H

#include "base/err.h"
#include "contract/facts.h"
#include "contract/plan.h"
#include "policy/settings/settings.h"

/**
 * plan_compile - everything the privileged code and cordonsh will act on, as one flat record
 * @set:  its specifiers replaced
 * @rule: "file:line" of the section that decided, "" for none
 * @ret:  ret->size bytes, the caller's to free(3)
 *
 * Everything that allocates, looks a name up or can be refused for its meaning happens here,
 * before any clone. Nothing below the paths that are named is looked at.
 *
 * Return: 0; -errno with @e naming file:line.
 */
int plan_compile(const struct settings *set, const struct facts *facts, const char *rule,
		 struct plan **ret, struct err *e);

/* ---- for the files of the compiler ---- */

/**
 * struct plan_buf - the plan while it grows; positions are offsets of its first byte
 */
struct plan_buf {
	char *data;
	size_t len, room;
	int failed; /* -ENOMEM or -E2BIG, once; everything after it does nothing */
};

/* Appends @len bytes at a multiple of @align and tells where; see @b->failed. */
struct span plan_put(struct plan_buf *b, const void *data, size_t len, size_t align);
struct span plan_put_str(struct plan_buf *b, const char *s); /* NULL or "": the empty span */

/* fs_emit.c: the operations of the view */
int fs_emit(const struct settings *set, const struct facts *facts, const char *shell,
	    struct plan_buf *b, struct span *ret, struct err *e);
/* ids_emit.c: the texts of the maps, "" for PrivateUsers=no */
int ids_emit(const struct settings *set, const struct facts *facts, char *uid_map, char *gid_map,
	     size_t size, struct err *e);

#endif
