/* SPDX-License-Identifier: Apache-2.0 */
/* resolve.h - look up the facts about the user of a login */
#ifndef CORDON_POLICY_ACCOUNT_RESOLVE_H
#define CORDON_POLICY_ACCOUNT_RESOLVE_H

#include "base/err.h"
#include "contract/facts.h"

/**
 * facts_resolve - fill @ret with what the account database says about the user of @login
 *
 * The name must have the uid of @login. @ret->now is the current time.
 * Return: 0; -errno with @e filled.
 */
int facts_resolve(const struct login *login, struct facts *ret, struct err *e);

/**
 * facts_begin - as facts_resolve(), without the groups, which facts_know() looks up later
 *
 * So a slow name service delays only logins for which a rule asks for groups.
 */
int facts_begin(const struct login *login, struct facts *ret, struct err *e);

/**
 * facts_know - look up those of @what (enum facts_asks) that are not known yet
 *
 * Return: 0; -errno with @e filled.
 */
int facts_know(struct facts *f, uint32_t what, struct err *e);

/**
 * facts_account - as facts_resolve(), without the supplementary groups: these ask all services
 */
int facts_account(const struct login *login, struct facts *ret, struct err *e);

#endif
