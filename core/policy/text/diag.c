/* SPDX-License-Identifier: Apache-2.0 */
/* diag.c - collect the errors of a set of files */
#include "policy/text/diag.h"

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
