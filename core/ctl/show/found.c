/* SPDX-License-Identifier: Apache-2.0 */
/* found.c - the list of what was found */
#include "ctl/show/show.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void found_add(struct found *f, enum found_kind kind, const char *fmt, ...)
{
	struct found_row *rows = realloc(f->rows, (f->n + 1) * sizeof *rows);
	char *text = NULL;
	va_list ap;
	int r;

	if (rows == NULL) {
		f->failed = true;
		return;
	}
	f->rows = rows;
	va_start(ap, fmt);
	r = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (r < 0) {
		f->failed = true;
		return;
	}
	rows[f->n++] = (struct found_row){ kind, text };
}

size_t found_count(const struct found *f, enum found_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->rows[i].kind == kind;
	return n;
}

void found_free(struct found *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->rows[i].text);
	free(f->rows);
	*f = (struct found){ 0 };
}
