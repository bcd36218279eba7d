/* SPDX-License-Identifier: Apache-2.0 */
/* decide.h - decide from the facts and the rules: is a login confined, unconfined or denied */
#ifndef CORDON_POLICY_RULES_DECIDE_H
#define CORDON_POLICY_RULES_DECIDE_H

#include "base/err.h"
#include "contract/facts.h"
#include "contract/wire.h"
#include "policy/rules/rules.h"
#include "policy/settings/settings.h"
#include "policy/text/paths.h"

/**
 * struct decision - the verdict on a login
 * @rule:      "file:line" of the section that decided, for people; "" for none
 * @section:   this section, which belongs to @files; NULL for none, or for a rule without [Match]
 * @user_text: one line for a user whose login is denied; never contains a path
 * @err:       why a login is denied, although no rule says so
 */
struct decision {
	enum verdict verdict;
	struct settings settings; /* of a confined login, with specifiers replaced */
	time_t until; /* with EndWithTime=yes: when the session ends, seconds since the epoch; 0: never */
	char rule[320];
	const struct match *section;
	char user_text[256];
	struct err err;
	struct rule_set *files; /* the origins of the settings point into it */
};

/**
 * policy_decide - find the first rule that matches and merge its settings
 *
 * uid 0 is unconfined, and nothing is read. Files are read in order, up to the one that matches. A
 * file that cannot be read or parsed, or whose match is unknown, denies the login. If files change
 * meanwhile all are read again, so that the decision follows the rules of one moment.
 *
 * A user manager (FACTS_SERVICE_MANAGER) is denied, with -EOPNOTSUPP, if a rule confines any login of
 * the account: a key about logins, such as Service or Time, is taken to match then. Only a rule that
 * names the service admits the manager all the same.
 *
 * Context: allocates, reads files, asks the directory service about groups.
 * Return:  0; -errno with ret->err filled and VERDICT_DENY. The caller must call decision_free() in
 *          both cases.
 */
int policy_decide(const struct policy_paths *paths, struct facts *facts, struct decision *ret);

/**
 * decision_refuse - deny the login after all; sets user_text if it is empty
 */
void decision_refuse(struct decision *d);

/**
 * decision_free - free what @d holds
 */
void decision_free(struct decision *d);

/**
 * policy_names - list the rule files in order; a file in /etc replaces a file of the same name
 * @ret: for the caller to free with policy_names_free()
 *
 * Return: 0; -errno with @e filled.
 */
struct policy_name {
	char *name;
	bool vendor;
};
int policy_names(const struct policy_paths *paths, struct policy_name **ret, size_t *ret_n,
		 struct err *e);
void policy_names_free(struct policy_name *names, size_t n);

/**
 * policy_profiles - list the profiles in the same way; the directories may be missing
 */
int policy_profiles(const struct policy_paths *paths, struct policy_name **ret, size_t *ret_n,
		    struct err *e);

/**
 * policy_load, policy_load_profile - read and parse one file
 * @max: the number of errors to keep
 * @ret: on 1, for the caller to free with rule_free()
 *
 * Return: 1; 0: the file is masked; -ENOENT without @e: it does not exist; -errno with @e filled.
 */
int policy_load(const struct policy_paths *paths, const struct policy_name *name, size_t max,
		struct rule *ret, struct err *e);
int policy_load_profile(const struct policy_paths *paths, const struct policy_name *name,
			size_t max, struct rule *ret, struct err *e);

/**
 * policy_find_profile - read and parse the profile with the name @name
 * @max: the number of errors to keep
 * @ret: on 1, for the caller to free with rule_free(); has the errors in the file
 *
 * Return: 1; -errno with @e filled. e->file is "" where the name itself is wrong; the message then
 * says which name is near.
 */
int policy_find_profile(const struct policy_paths *paths, const char *name, size_t max,
			struct rule *ret, struct err *e);

/**
 * policy_merge - merge the defaults, the profiles of @rule and its own lines, in this order
 * @set: keeps the profiles, because the origins of the settings point into them
 *
 * Return: 0; the code of the first error, with all errors in @d. The caller frees @ret with
 * settings_free().
 */
struct rule_set {
	struct rule *rules;
	size_t n;
};
int policy_merge(const struct policy_paths *paths, struct rule *rule, struct rule_set *set,
		 struct settings *ret, struct diag *d);
void rule_set_free(struct rule_set *set);

/**
 * policy_merge_more - merge the profiles of @rule and its own lines into @settings
 */
int policy_merge_more(const struct policy_paths *paths, struct rule *rule, struct rule_set *set,
		      struct settings *settings, struct diag *d);

/**
 * policy_merge_profile - merge the profile @name, which @option of a command names, into @settings
 */
int policy_merge_profile(const struct policy_paths *paths, const char *name, const char *option,
			 struct rule_set *set, struct settings *settings, struct diag *d);

#endif
