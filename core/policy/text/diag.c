/* SPDX-License-Identifier: Apache-2.0 */
/* diag.c - collect the errors of a set of files, and find the name that a wrong name is nearest to */
#include "policy/text/diag.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int same_err(const struct err *a, const struct err *b)
{
	return a->line == b->line && strcmp(a->file, b->file) == 0 && strcmp(a->msg, b->msg) == 0;
}

int diag_err(struct diag *d, const struct err *e)
{
	struct err *list;

	if (d == NULL)
		return e->code;
	for (size_t i = 0; i < d->n; i++)
		if (same_err(&d->list[i], e))
			return e->code;
	if (d->total++ == 0)
		d->first = *e;
	if (d->n >= d->max)
		return e->code;
	list = reallocarray(d->list, d->n + 1, sizeof *list);
	if (list == NULL)
		return e->code; /* the count above still says that the file has errors */
	d->list = list;
	d->list[d->n++] = *e;
	return e->code;
}

int diag_add(struct diag *d, const char *file, unsigned line, int code, const char *fmt, ...)
{
	struct err e = { .code = code, .line = line };
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(e.msg, sizeof e.msg, fmt, ap); /* cut when too long */
	va_end(ap);
	(void)snprintf(e.file, sizeof e.file, "%s", file); /* cut when too long */
	return diag_err(d, &e);
}

void diag_sort(struct diag *d)
{
	/* insertion sort: stable, and fast on a list that is nearly in order */
	for (size_t i = 1; i < d->n; i++) {
		const struct err e = d->list[i];
		size_t j = i;

		for (; j > 0 && strcmp(d->list[j - 1].file, e.file) == 0 &&
		       d->list[j - 1].line > e.line;
		     j--)
			d->list[j] = d->list[j - 1];
		d->list[j] = e;
	}
}

void diag_free(struct diag *d)
{
	const size_t max = d->max;

	free(d->list);
	memset(d, 0, sizeof *d);
	d->max = max;
}

enum { NEAR_LEN = 40 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* The restricted Damerau-Levenshtein distance of two short names, computed in three rows. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][NEAR_LEN + 1];
	unsigned *before = rows[0], *last = rows[1], *now = rows[2];
	const size_t la = strlen(a), lb = strlen(b);

	for (unsigned j = 0; j <= lb; j++)
		last[j] = j;
	for (unsigned i = 1; i <= la; i++) {
		unsigned *spare = before;

		now[0] = i;
		for (unsigned j = 1; j <= lb; j++) {
			const int ca = tolower((unsigned char)a[i - 1]);
			const int cb = tolower((unsigned char)b[j - 1]);

			now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (ca != cb));
			if (i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
			    cb == tolower((unsigned char)a[i - 2]))
				now[j] = least(now[j], before[j - 2] + 1);
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[lb];
}

void near_start(struct near *n, const char *bad)
{
	const size_t len = strlen(bad);

	n->bad = len > 0 && len <= NEAR_LEN ? bad : NULL;
	n->best = NULL;
	/* a short word may differ in one letter, a long one in three: with more it is another word */
	n->distance = len < 5 ? 2 : len < 12 ? 3 : 4;
}

void near_try(struct near *n, const char *name)
{
	unsigned d;

	if (n->bad == NULL || strlen(name) > NEAR_LEN)
		return;
	d = distance(n->bad, name);
	if (d < n->distance) {
		n->distance = d;
		n->best = name;
	}
}
