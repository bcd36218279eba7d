/* SPDX-License-Identifier: Apache-2.0 */
/* decide.h - facts and rule files -> what becomes of a login */
#ifndef CORDON_POLICY_RULES_DECIDE_H
#define CORDON_POLICY_RULES_DECIDE_H

#include "base/err.h"
#include "contract/facts.h"
#include "contract/wire.h"
#include "policy/rules/rules.h"
#include "policy/settings/settings.h"
#include "policy/text/paths.h"

/**
 * struct decision - what becomes of a login
 * @rule:      "file:line" of the section that decided, "" for none
 * @user_text: one line for a user who is refused; never a path
 * @err:       why it is a refusal that the rules didn't ask for
 */
struct decision {
	enum verdict verdict;
	struct settings settings; /* specifiers replaced; of a confined login only */
	char rule[320];
	char user_text[256];
	struct err err;
	struct rule_set *files; /* what the settings' origins point into */
};

/**
 * policy_decide - find the first rule that matches and merge its settings
 *
 * uid 0 is unconfined before anything is read. Files are read in order up to the match and no
 * further. What can't be read, parsed or decided is VERDICT_DENY. Where files change meanwhile it
 * begins again, so that the decision is one by the rules of one moment.
 *
 * Context: allocates, reads files, asks the directory service about groups.
 * Return:  0; -errno with ret->err filled, and then the verdict is VERDICT_DENY. @ret is to be
 *          given to decision_free() in any case.
 */
int policy_decide(const struct policy_paths *paths, struct facts *facts, struct decision *ret);

/**
 * decision_refuse - a refusal after all; what the user is told stays, or is the general line
 */
void decision_refuse(struct decision *d);

/**
 * decision_free - give back what @d holds
 */
void decision_free(struct decision *d);

/**
 * policy_names - the names of the rule files in order, those of /etc before their namesakes
 * @ret: ended by NULL, the caller's to policy_names_free()
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
 * policy_profiles - the same for profiles; directories that are missing have none
 */
int policy_profiles(const struct policy_paths *paths, struct policy_name **ret, size_t *ret_n,
		    struct err *e);

/**
 * policy_load, policy_load_profile - read and parse one file
 * @max: errors to keep
 *
 * Return: 1; 0 it is masked; -ENOENT without @e: it is gone; -errno with @e filled.
 */
int policy_load(const struct policy_paths *paths, const struct policy_name *name, size_t max,
		struct rule *ret, struct err *e);
int policy_load_profile(const struct policy_paths *paths, const struct policy_name *name,
			size_t max, struct rule *ret, struct err *e);

/**
 * policy_merge - the defaults, the rule's profiles, its own lines
 * @set: keeps the profiles' texts: the settings' origins point into them
 *
 * Return: 0; the first error's code, every error in @d. @ret is the caller's to settings_free().
 */
struct rule_set {
	struct rule *rules;
	size_t n;
};
int policy_merge(const struct policy_paths *paths, struct rule *rule, struct rule_set *set,
		 struct settings *ret, struct diag *d);
void rule_set_free(struct rule_set *set);

/**
 * policy_merge_more - as policy_merge(), onto what @settings has already
 */
int policy_merge_more(const struct policy_paths *paths, struct rule *rule, struct rule_set *set,
		      struct settings *settings, struct diag *d);

#endif
