/* SPDX-License-Identifier: Apache-2.0 */
/* exposure.h - how much the settings of a session leave open: weights and rates of exposure.def */
#ifndef CORDON_CTL_EXPLAIN_EXPOSURE_H
#define CORDON_CTL_EXPLAIN_EXPOSURE_H

#include "ctl/explain/explain.h"

/**
 * struct exposure - a row of exposure.def
 * @row:    the directive
 * @rate:   0 to 100: how much of what the row is about the settings leave open
 */
struct exposure {
	const char *name;
	unsigned weight;
	unsigned (*rate)(const struct settings *s, const struct setting *row);
	const char *reason;
};

/**
 * exposure_table - the rows of exposure.def
 */
const struct exposure *exposure_table(size_t *ret_n);

/**
 * exposure_rate - the rate of the directive @name for @s
 *
 * Return: 0 to 100; -1: no row is about the directive.
 */
int exposure_rate(const struct settings *s, const char *name);

/**
 * exposure_sum - the exposure of @s, in hundredths: 0 to 1000
 */
unsigned exposure_sum(const struct settings *s);

/**
 * exposure_main - print the table for x->sides[0]
 *
 * Return: EXIT_YES; EXIT_NO: more than x->o.threshold; another exit code after a message on stderr.
 */
int exposure_main(struct explain *x);

#endif
