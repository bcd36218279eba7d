/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - the name service, for what the account files alone cannot answer
 *
 * Two programs have these functions in two ways: `cordon` and cordon-names call libc (core/names/nss.c),
 * cordon-login asks cordon-names (core/login/names_ask.c).
 */
#ifndef CORDON_POLICY_ACCOUNT_NAMES_H
#define CORDON_POLICY_ACCOUNT_NAMES_H

#include <grp.h>
#include <pwd.h>
#include <sys/types.h>

/**
 * names_user, names_group - as lookup_user() and lookup_group(), by the name service
 */
int names_user(const char *name, uid_t uid, struct passwd *ret, char **buf);
int names_group(const char *name, gid_t gid, struct group *ret, char **buf);

/**
 * names_groups - as lookup_groups(), by the name service
 */
int names_groups(const char *user, gid_t gid, gid_t *ret, int *n);

/**
 * names_netgroup - as lookup_netgroup(), by the name service
 */
int names_netgroup(const char *netgroup, const char *user);

#endif
