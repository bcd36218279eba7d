/* SPDX-License-Identifier: Apache-2.0 */
/* json.c - see json.h */
#include "ctl/json.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

void json_string(const char *s)
{
	(void)putchar('"');
	while (*s != '\0') {
		const unsigned char c = (unsigned char)*s;
		const size_t len = c < 0x80 ? 1 : text_utf8(s, strlen(s));

		if (c == '"' || c == '\\')
			(void)printf("\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			(void)printf("\\u%04x", c);
		else if (len > 1 && text_hidden(s, len) > 0xffff) /* as two halves */
			(void)printf("\\u%04x\\u%04x", 0xd7c0 + (text_hidden(s, len) >> 10),
				     0xdc00 | (text_hidden(s, len) & 0x3ff));
		else if (len > 1 && text_hidden(s, len) != 0)
			(void)printf("\\u%04x", text_hidden(s, len));
		else if (len == 0)
			(void)fputs("\\ufffd", stdout); /* JSON is UTF-8, an argument need not be */
		else
			(void)printf("%.*s", (int)len, s);
		s += len != 0 ? len : 1;
	}
	(void)putchar('"');
}

void json_field(const char *name, const char *value, const char *after)
{
	json_string(name);
	(void)putchar(':');
	json_string(value);
	(void)fputs(after, stdout);
}
