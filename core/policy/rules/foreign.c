/* SPDX-License-Identifier: Apache-2.0 */
/* foreign.c - answer a directive that is not in settings.def */
#include "policy/rules/foreign.h"

#include "policy/rules/match.h"
#include "policy/settings/settings.h"
#include "base/near.h"

#include <errno.h>
#include <strings.h>

static const struct foreign table[] = {
#define FOREIGN(Name, instead) { #Name, instead },
#include "policy/rules/foreign.def"
#undef FOREIGN
};

const struct foreign *foreign_table(size_t *ret_n)
{
	*ret_n = sizeof table / sizeof table[0];
	return table;
}

int foreign_unknown(const char *name, struct err *e)
{
	size_t rows;
	const struct setting *row = settings_table(&rows);
	struct near near;

	if (match_key(name) >= 0)
		return err_set(e, -EINVAL, "%s=: belongs to [Match]; move it there", name);
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (strcasecmp(table[i].name, name) == 0)
			return err_set(e, -EINVAL, "%s=: not a directive of cordon; %s", name,
				       table[i].instead);
	near_start(&near, name);
	for (size_t i = 0; i < rows; i++)
		near_try(&near, row[i].name);
	if (near.best != NULL)
		return err_set(e, -EINVAL, "%s=: unknown directive; did you mean %s=?", name,
			       near.best);
	return err_set(e, -EINVAL, "%s=: unknown directive; see cordon.rules(5)", name);
}
