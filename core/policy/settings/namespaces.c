/* SPDX-License-Identifier: Apache-2.0 */
/* namespaces.c - see namespaces.h */
#include "policy/settings/namespaces.h"

#include "contract/words.h"

/* A kind's column BY in terms of these. */
enum by { NS_BY_NEVER = 0, NS_BY_ALWAYS, NS_BY_OWN, NS_BY_WITH };

static const struct {
	enum by by;
	const char *name;
	size_t at; /* in struct settings */
	uint64_t with, without;
	const char *needs;
} table[NS_N] = {
#define NS_OWN(Directive, field, with, without, needs) \
	{ \
		NS_BY_OWN, #Directive, offsetof(struct settings, field), with, without, needs \
	}
#define NS_WITH(field) \
	{ \
		NS_BY_WITH, .at = offsetof(struct settings, field) \
	}
#define NS_ALWAYS \
	{ \
		NS_BY_ALWAYS \
	}
#define NS_NEVER \
	{ \
		NS_BY_NEVER \
	}
#define NAMESPACE(KIND, word, flag, by) [NS_##KIND] = by,
#include "namespaces.def"
#undef NAMESPACE
};

static const struct set_num *value_of(const struct settings *set, size_t at)
{
	return (const void *)((const char *)set + at);
}

struct ns_directive namespaces_directive(const struct settings *set, enum ns_kind kind)
{
	if (table[kind].by != NS_BY_OWN)
		return (struct ns_directive){ 0 };
	return (struct ns_directive){ table[kind].name, value_of(set, table[kind].at),
				      table[kind].with, table[kind].without, table[kind].needs };
}

uint64_t namespaces_wanted(const struct settings *set)
{
	uint64_t flags = 0;

	for (unsigned i = 0; i < NS_N; i++)
		if (table[i].by == NS_BY_ALWAYS ||
		    (table[i].by != NS_BY_NEVER && value_of(set, table[i].at)->v != table[i].without))
			flags |= ns_row(i)->flag;
	return flags;
}

void namespaces_take(struct settings *set, uint64_t flags)
{
	for (unsigned i = 0; i < NS_N; i++) {
		struct set_num *n = (struct set_num *)(void *)((char *)set + table[i].at);

		if (table[i].by != NS_BY_OWN)
			continue;
		if (!(flags & ns_row(i)->flag))
			n->v = table[i].without;
		else if (n->v == table[i].without)
			n->v = table[i].with;
	}
}
