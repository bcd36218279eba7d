/* SPDX-License-Identifier: Apache-2.0 */
/* diff.h - compare what two users, rule files or profiles come to, directive by directive */
#ifndef CORDON_CTL_EXPLAIN_DIFF_H
#define CORDON_CTL_EXPLAIN_DIFF_H

#include "ctl/explain/explain.h"

/**
 * struct side - one of the two that are compared
 * @name:    as typed
 * @verdict: "confined", "left alone", "refused", "no match"; "" for settings without a user
 * @why:     the line that decides, or the reason
 * @settled: the settings of @d are those of a session, or those of a file without a user
 * @d:       the decision; its settings and the files that their origins point into
 *
 * A zeroed structure is ready for use. The owner must call side_free().
 */
struct side {
	char name[320];
	const char *verdict;
	char why[1024];
	bool settled;
	struct decision d;
};

/**
 * side_find - fill @ret with what @name comes to: a user, the path of a rule file, or a profile
 * @rule: belongs to the caller, who frees it after @ret: the origins of the settings point into it
 *
 * Return: EXIT_YES; another exit code after a message on stderr.
 */
int side_find(const struct explain *x, const char *name, struct rule *rule, struct side *ret);

/**
 * side_decide - fill @ret with what the rules decide about the login of @facts
 */
void side_decide(const struct policy_paths *paths, struct facts *facts, struct side *ret);

/**
 * side_free - free what @s holds
 */
void side_free(struct side *s);

/**
 * diff_print - print each difference as a line "- ..." and a line "+ ..."
 * @indent: is printed before each line
 *
 * The lines "--- NAME: verdict" and "+++ NAME: verdict" come first, if something differs.
 * Return: the number of differences.
 */
size_t diff_print(FILE *out, const struct side *a, const struct side *b, const char *indent);

/**
 * diff_sides - print what differs between @a and @b, as text or JSON
 *
 * Return: EXIT_YES: they come to the same; EXIT_NO: they differ.
 */
int diff_sides(struct explain *x, const struct side *a, const struct side *b);

/**
 * diff_options - take the operands of --diff and --exposure
 *
 * Return: 0; -EINVAL, after a message on stderr.
 */
int diff_options(struct explain *x, int n, char **operands);

/**
 * diff_main - compare x->sides
 *
 * Return: EXIT_YES: they come to the same; EXIT_NO: they differ; another exit code after a message on
 * stderr.
 */
int diff_main(struct explain *x);

#endif
