/* SPDX-License-Identifier: Apache-2.0 */
/* network_emit.c - see network_emit.h; the keeper has nft(8) load the rules */
#include "policy/compile/network_emit.h"

#include "policy/settings/network.h"

static void put_list(const struct set_list *l, uint8_t list, struct plan_buf *b, struct span *all)
{
	for (size_t i = 0; i < l->n; i++) {
		struct network_rule word[NETWORK_OF_WORD];
		struct err ignored; /* the parser of the rule has taken the word */
		const int n = network_parse(l->items[i].text, word, &ignored);
		struct span s;

		for (int k = 0; k < n; k++)
			word[k].list = list;
		if (n <= 0)
			continue;
		s = plan_put(b, word, (size_t)n * sizeof *word, sizeof(uint64_t));
		if (all->len == 0)
			*all = s;
		else
			all->len = s.off + s.len - all->off;
	}
}

void network_emit(const struct settings *set, struct plan_buf *b, struct span *ret)
{
	*ret = (struct span){ 0 };
	put_list(&set->network_deny, NETWORK_DENY, b, ret);
	put_list(&set->network_allow, NETWORK_ALLOW, b, ret);
}
