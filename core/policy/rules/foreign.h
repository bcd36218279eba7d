/* SPDX-License-Identifier: Apache-2.0 */
/* foreign.h - directives of systemd and sshd that rules do not have, and what to write instead */
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
 * foreign_unknown - report the directive @name, which is not in settings.def
 *
 * For a directive of systemd or sshd, foreign.def has the answer. For other names the message names
 * the nearest directive.
 * Return: -EINVAL with the message of @e filled.
 */
int foreign_unknown(const char *name, struct err *e);

#endif
