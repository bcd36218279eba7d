/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - see text.h */
#include "base/text.h"

#include <string.h>

size_t text_number(char *buf, size_t size, const char *pattern, uint64_t number, unsigned base)
{
	char digits[24]; /* 64 bits have 22 octal digits */
	size_t at = 0, n = 0;

	do
		digits[n++] = (char)('0' + number % base);
	while ((number /= base) != 0);
	for (; *pattern != '\0'; pattern++) {
		const size_t more = *pattern == '#' ? n : 1;

		if (at + more >= size) {
			buf[0] = '\0';
			return 0;
		}
		if (*pattern != '#')
			buf[at++] = *pattern;
		else
			for (size_t i = n; i-- > 0;)
				buf[at++] = digits[i];
	}
	buf[at] = '\0';
	return at;
}

size_t text_utf8(const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned low = 0x80, high = 0xbf;
	size_t len;

	if (s[0] >= 0xc2 && s[0] <= 0xdf) {
		len = 2;
		low = s[0] == 0xc2 ? 0xa0 : 0x80;
	} else if (s[0] >= 0xe0 && s[0] <= 0xef) {
		len = 3;
		low = s[0] == 0xe0 ? 0xa0 : 0x80;
		high = s[0] == 0xed ? 0x9f : 0xbf;
	} else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		len = 4;
		low = s[0] == 0xf0 ? 0x90 : 0x80;
		high = s[0] == 0xf4 ? 0x8f : 0xbf;
	} else {
		return 0;
	}
	if (n < len || s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

unsigned text_hidden(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	static const struct {
		unsigned from, to;
	} ranges[] = { { 0x00ad, 0x00ad }, { 0x061c, 0x061c },	{ 0x200b, 0x200f },
		       { 0x2028, 0x202e }, { 0x2060, 0x206f },	{ 0xfeff, 0xfeff },
		       { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f } };
	unsigned c = len == 2 ? s[0] & 0x1fu : len == 3 ? s[0] & 0x0fu : s[0] & 0x07u;

	for (size_t i = 1; i < len; i++)
		c = c << 6 | (s[i] & 0x3fu);
	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return c;
	return 0;
}

size_t text_plain(char *buf, size_t size, const char *text, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	const unsigned char *s = (const unsigned char *)text;
	size_t at = 0, len;

	for (; n > 0 && *s != '\0'; s += len, n -= len) {
		const size_t left = strnlen((const char *)s, n < 4 ? n : 4);
		const size_t utf8 = *s < 0x80 ? 1 : text_utf8((const char *)s, left);

		len = utf8 != 0 ? utf8 : 1;
		if (utf8 == 0 || *s < 0x20 || *s == 0x7f ||
		    (len > 1 && text_hidden((const char *)s, len) != 0)) {
			if (at + 4 * len >= size)
				break;
			for (size_t i = 0; i < len; i++) {
				buf[at++] = '\\';
				buf[at++] = 'x';
				buf[at++] = digit[s[i] >> 4];
				buf[at++] = digit[s[i] & 15];
			}
		} else {
			if (at + len >= size)
				break;
			memcpy(buf + at, s, len);
			at += len;
		}
	}
	buf[at] = '\0';
	return at;
}

const char *text_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}
