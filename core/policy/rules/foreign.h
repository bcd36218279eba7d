/* SPDX-License-Identifier: Apache-2.0 */
/* foreign.h - names of directives that rules don't have, and what to write instead */
#ifndef CORDON_POLICY_RULES_FOREIGN_H
#define CORDON_POLICY_RULES_FOREIGN_H

#include "base/err.h"

#include <stddef.h>

/**
 * struct foreign - a row of foreign.def
 * @name:    the directive of systemd or sshd
 * @instead: what to write in a rule
 */
struct foreign {
	const char *name;
	const char *instead;
};

/**
 * foreign_table - the rows of foreign.def, in its order
 */
const struct foreign *foreign_table(size_t *ret_n);

/**
 * foreign_unknown - say what to write in place of the directive @name, which no row of settings.def has
 *
 * A directive of systemd's or sshd's is answered from foreign.def; for any other name the nearest
 * directive is named.
 * Return: -EINVAL with the message of @e filled.
 */
int foreign_unknown(const char *name, struct err *e);

#endif
