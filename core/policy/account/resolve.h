/* SPDX-License-Identifier: Apache-2.0 */
/* resolve.h - a login -> what the account database says of its user */
#ifndef CORDON_POLICY_ACCOUNT_RESOLVE_H
#define CORDON_POLICY_ACCOUNT_RESOLVE_H

#include "base/err.h"
#include "contract/facts.h"

/**
 * facts_resolve - what the account database says of @login
 *
 * Name and uid must belong together; a look-up that fails refuses. @ret->now is the present.
 * Return: 0; -errno with @e filled.
 */
int facts_resolve(const struct login *login, struct facts *ret, struct err *e);

/**
 * facts_begin - the same, but for what facts_know() tells later: a slow name service holds up
 * those alone whom a rule makes ask for it
 */
int facts_begin(const struct login *login, struct facts *ret, struct err *e);

/**
 * facts_know - look up what of @what (enum facts_asks) isn't known yet
 *
 * Return: 0; -errno with @e filled.
 */
int facts_know(struct facts *f, uint32_t what, struct err *e);

/**
 * facts_account - the same without the supplementary groups, for which every service is asked
 */
int facts_account(const struct login *login, struct facts *ret, struct err *e);

#endif
