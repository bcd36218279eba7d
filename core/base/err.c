/* SPDX-License-Identifier: Apache-2.0 */
/* err.c - see err.h */
#include "base/err.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

static int err_fill(struct err *e, const char *file, unsigned line, int code, const char *fmt,
		    va_list ap)
{
	if (e == NULL)
		return code;
	e->code = code;
	e->line = line;
	(void)snprintf(e->file, sizeof e->file, "%s",
		       file != NULL ? file : "");	 /* a truncated name is still useful */
	(void)vsnprintf(e->msg, sizeof e->msg, fmt, ap); /* so is a truncated message */
	return code;
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)err_fill(e, "", 0, code, fmt, ap); /* hands @code back */
	va_end(ap);
	return code;
}

int err_at(struct err *e, const char *file, unsigned line, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)err_fill(e, file, line, code, fmt, ap); /* hands @code back */
	va_end(ap);
	return code;
}

const char *err_text(const struct err *e, char *buf, size_t size)
{
	char line[32] = "";
	size_t at = 0;

	if (e->file[0] != '\0' && e->line != 0)
		(void)snprintf(line, sizeof line, ":%u", e->line); /* fits */
	at += text_plain(buf + at, size - at, e->file, SIZE_MAX);
	at += text_plain(buf + at, size - at, line, SIZE_MAX);
	at += text_plain(buf + at, size - at, e->file[0] != '\0' ? ": " : "", SIZE_MAX);
	(void)text_plain(buf + at, size - at, e->msg,
			 SIZE_MAX); /* a truncated text still says what is wrong */
	return buf;
}
