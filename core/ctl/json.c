/* SPDX-License-Identifier: Apache-2.0 */
/* json.c - see json.h */
#include "ctl/json.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>

/* Writes the first character of the @n bytes at @s; returns its length. */
static size_t character(FILE *f, const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	const size_t len = *u < 0x80 ? 1 : text_utf8(s, n);
	const unsigned hidden = len > 1 ? text_hidden(s, len) : 0;

	if (len == 0 && n > 1 && u[0] == 0xc2 && u[1] >= 0x80 && u[1] < 0xa0) {
		(void)fprintf(f, "\\u%04x", u[1]); /* a C1 control character */
		return 2;
	}
	if (*u == '"' || *u == '\\')
		(void)fprintf(f, "\\%c", *u);
	else if (*u == '\n')
		(void)fputs("\\n", f);
	else if (*u < 0x20 || *u == 0x7f)
		(void)fprintf(f, "\\u%04x", *u);
	else if (len == 1)
		(void)fputc(*u, f);
	else if (len == 0)
		(void)fputs("\\ufffd", f);
	else if (hidden > 0xffff) /* as two halves */
		(void)fprintf(f, "\\u%04x\\u%04x", 0xd7c0 + (hidden >> 10),
			      0xdc00 | (hidden & 0x3ff));
	else if (hidden != 0)
		(void)fprintf(f, "\\u%04x", hidden);
	else
		(void)fwrite(s, 1, len, f);
	return len != 0 ? len : 1;
}

static void quoted(FILE *f, const char *s, size_t n)
{
	(void)fputc('"', f);
	while (n > 0) {
		const size_t len = character(f, s, n);

		s += len;
		n -= len;
	}
	(void)fputc('"', f);
}

/* Writes the comma and the name that a value needs before it. */
static void begin(struct json *j, const char *name)
{
	if (j->more)
		(void)fputc(',', j->f);
	j->more = true;
	if (name == NULL)
		return;
	quoted(j->f, name, strlen(name));
	(void)fputc(':', j->f);
}

static void open_bracket(struct json *j, const char *name, char bracket, char end)
{
	begin(j, name);
	(void)fputc(bracket, j->f);
	j->more = false;
	if (j->depth < JSON_DEPTH_MAX)
		j->kind[j->depth++] = end;
}

void json_object(struct json *j, const char *name)
{
	open_bracket(j, name, '{', '}');
}

void json_array(struct json *j, const char *name)
{
	open_bracket(j, name, '[', ']');
}

void json_end(struct json *j)
{
	if (j->depth == 0)
		return;
	(void)fputc(j->kind[--j->depth], j->f);
	j->more = j->depth > 0;
	if (j->depth == 0)
		(void)fputc('\n', j->f);
}

void json_string(struct json *j, const char *name, const char *value)
{
	json_text(j, name, value, strlen(value));
}

void json_text(struct json *j, const char *name, const char *value, size_t len)
{
	begin(j, name);
	quoted(j->f, value, len);
}

void json_base64(struct json *j, const char *name, const char *data, size_t len)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	begin(j, name);
	(void)fputc('"', j->f);
	for (size_t i = 0; i < len; i += 3) {
		const unsigned b[3] = { (unsigned char)data[i],
					i + 1 < len ? (unsigned char)data[i + 1] : 0u,
					i + 2 < len ? (unsigned char)data[i + 2] : 0u };

		(void)fprintf(j->f, "%c%c%c%c", digit[b[0] >> 2], digit[(b[0] & 3) << 4 | b[1] >> 4],
			      i + 1 < len ? digit[(b[1] & 15) << 2 | b[2] >> 6] : '=',
			      i + 2 < len ? digit[b[2] & 63] : '=');
	}
	(void)fputc('"', j->f);
}

void json_number(struct json *j, const char *name, int64_t value)
{
	begin(j, name);
	(void)fprintf(j->f, "%" PRId64, value);
}

void json_bool(struct json *j, const char *name, bool value)
{
	begin(j, name);
	(void)fputs(value ? "true" : "false", j->f);
}

void json_null(struct json *j, const char *name)
{
	begin(j, name);
	(void)fputs("null", j->f);
}
