/* SPDX-License-Identifier: Apache-2.0 */
/* ids_emit.c - PrivateUsers= as the text of uid_map and gid_map; user_namespaces(7) */
#include "policy/compile/compile.h"

#include "contract/words.h"
#include "policy/account/owners.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* user_namespaces(7): so many lines fit into a map. */
enum { MAP_LINES_MAX = 340 };

/* The user's own groups, each as itself, neighbours in one line. */
static int groups_map(const struct facts *f, struct origin from, char *out, size_t size,
		      struct err *e)
{
	gid_t *ids = calloc(f->n_groups + 1u, sizeof *ids);
	size_t n = 0, at = 0;
	unsigned lines = 0;

	if (ids == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	memcpy(ids, f->groups, f->n_groups * sizeof *ids);
	ids[f->n_groups] = f->gid;
	qsort(ids, f->n_groups + 1u, sizeof *ids, facts_by_id);
	while (n <= f->n_groups) {
		const gid_t id = ids[n];
		gid_t count = 0;

		while (n <= f->n_groups &&
		       (ids[n] == id + count || (count > 0 && ids[n] == id + count - 1)))
			count += ids[n++] == id + count;
		at += (size_t)snprintf(out + at, size - at, "%u %u %u\n", id, id, count);
		if (++lines > MAP_LINES_MAX || at >= size) {
			free(ids);
			return err_at(
				e, from.file, from.line, -E2BIG,
				"PrivateUsers=: user has too many groups for 'self'; write identity");
		}
	}
	free(ids);
	return 0;
}

/* All that there are, each as itself: on a host that is a container they are those of its own map. */
static int identity_map(const char *name, struct origin from, char *out, size_t size, struct err *e)
{
	static struct id_ranges ids; /* large */
	size_t at = 0;

	if (ids_mapped(name, &ids, e) < 0)
		return e->code;
	for (unsigned i = 0; i < ids.n && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%u %u %u\n", ids.at[i].first,
				       ids.at[i].first, ids.at[i].count);
	return at < size ?
		       0 :
		       err_at(e, from.file, from.line, -E2BIG,
			      "PrivateUsers=: /proc/self/%s has too many lines for 'identity'; write self",
			      name);
}

int ids_emit(const struct settings *set, const struct facts *facts, char *uid_map, char *gid_map,
	     size_t size, struct err *e)
{
	const struct origin from = set->private_users.from;

	uid_map[0] = gid_map[0] = '\0';
	switch ((enum private_users)set->private_users.v) {
	case PRIVATE_USERS_NO:
		return 0;
	case PRIVATE_USERS_IDENTITY:
		if (identity_map("uid_map", from, uid_map, size, e) < 0)
			return e->code;
		return identity_map("gid_map", from, gid_map, size, e);
	case PRIVATE_USERS_SELF:
		(void)snprintf(uid_map, 64, "%u %u 1\n", facts->login.uid,
			       facts->login.uid); /* fits */
		return groups_map(facts, from, gid_map, size, e);
	}
	return err_at(e, from.file, from.line, -EINVAL,
		      "PrivateUsers=: invalid value; write identity, self or no");
}
