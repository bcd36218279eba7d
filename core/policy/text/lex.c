/* SPDX-License-Identifier: Apache-2.0 */
/* lex.c - split a rule file into sections, assignments and words */
#include "policy/text/lex.h"

#include "base/text.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Is every byte of the line printable ASCII? It compares eight bytes at a time, because a login may
 * read thousands of files. After a wrong "no" the slow check decides.
 */
static bool plain_line(const char *s, size_t n)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;

	for (; n >= 8; s += 8, n -= 8) {
		uint64_t v;

		memcpy(&v, s, 8);
		if (((v | (v - ones * 0x20) | (v + ones)) & tops) != 0)
			return false;
	}
	for (; n > 0; s++, n--)
		if (*s < 0x20 || *s == 0x7f) /* a signed char above 0x7f is negative ... */
			return false;
		else if ((unsigned char)*s > 0x7f) /* ... and an unsigned one is caught here */
			return false;
	return true;
}

static int check_line(const char *file, unsigned line, const char *text, size_t n, struct err *e)
{
	const unsigned char *s = (const unsigned char *)text;

	for (size_t i = 0; i < n;) {
		size_t len = 1;

		if (s[i] == '\0')
			return err_at(e, file, line, -EINVAL,
				      "NUL byte found; save the file as plain text");
		if (s[i] == '\r')
			return err_at(e, file, line, -EINVAL,
				      "carriage return found; save the file with Unix line endings");
		if ((s[i] < 0x20 && s[i] != '\t') || s[i] == 0x7f)
			return err_at(e, file, line, -EINVAL,
				      "control character 0x%02x is not allowed; remove it", s[i]);
		if (s[i] >= 0x80) {
			len = text_utf8(text + i, n - i);
			if (len == 0 && s[i] == 0xc2 && i + 1 < n && (s[i + 1] & 0xe0) == 0x80)
				return err_at(e, file, line, -EINVAL,
					      "control character U+%04X is not allowed; remove it",
					      s[i + 1]);
			if (len == 0)
				return err_at(e, file, line, -EINVAL,
					      "byte 0x%02x is not UTF-8; save the file as UTF-8",
					      s[i]);
		}
		i += len;
	}
	return 0;
}

int lex_check(const char *file, const char *text, size_t size, struct err *e)
{
	unsigned line = 0;

	if (size == 0)
		return err_at(e, file, 0, -EINVAL,
			      "file is empty; write the rule, or mask it with a symbolic link "
			      "to /dev/null");
	if (size > LEX_SIZE_MAX)
		return err_at(e, file, 0, -EINVAL, "file is larger than 1 MiB; split the rule");
	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		return err_at(e, file, 1, -EINVAL,
			      "byte order mark found; save the file as UTF-8 without it");
	for (const char *at = text, *end = text + size; at < end;) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		const size_t n = (size_t)((eol != NULL ? eol : end) - at);
		int r;

		if (++line > LEX_LINES_MAX)
			return err_at(e, file, line, -EINVAL,
				      "file has more than 10000 lines; split the rule");
		r = plain_line(at, n) ? 0 : check_line(file, line, at, n, e);
		if (r < 0)
			return r;
		at += n + 1;
	}
	return 0;
}

void lex_start(struct lex *l, char *text, size_t size)
{
	l->at = text;
	l->end = text + size;
	l->line = 0;
}

/* Cut off the next line as it is in the file; false at the end. */
static bool next_line(struct lex *l, char **ret_start, char **ret_end)
{
	char *eol;

	if (l->at >= l->end)
		return false;
	eol = memchr(l->at, '\n', (size_t)(l->end - l->at));
	if (eol == NULL)
		eol = l->end;
	*eol = '\0';
	*ret_start = l->at;
	*ret_end = eol;
	l->at = eol + 1;
	l->line++;
	return true;
}

/* Does the text from @s to @end end in a backslash that no other backslash escapes? */
static bool ends_in_backslash(const char *s, const char *end)
{
	size_t n = 0;

	while (end > s && end[-1] == '\\') {
		end--;
		n++;
	}
	return n % 2 == 1;
}

static char *trim_end(char *start, char *end)
{
	while (end > start && is_blank(end[-1]))
		end--;
	*end = '\0';
	return end;
}

static char *skip_blanks(char *s)
{
	while (is_blank(*s))
		s++;
	return s;
}

static enum lex_kind bad_line(struct err *e, unsigned line, enum lex_kind kind, const char *what)
{
	(void)err_at(e, "", line, -EINVAL, "%s", what); /* the caller acts on the kind */
	return kind;
}

/*
 * Append the lines that continue the value @v, which ends at @end. A newline marks each join, and
 * blanks around it are dropped. After an error the remaining lines are still read, so that they are
 * not taken for lines of their own.
 */
static const char *join_lines(struct lex *l, char *v, char *end, bool *ret_section)
{
	const char *what = NULL;
	char *start, *eol;

	while (ends_in_backslash(v, end)) {
		bool more;

		end = trim_end(v, end - 1);
		if (!next_line(l, &start, &eol))
			return what != NULL ?
				       what :
				       "line ends in '\\', but no line follows; remove the '\\'";
		more = ends_in_backslash(start, eol);
		start = skip_blanks(start);
		if (what == NULL && *start == '\0')
			what = "line ends in '\\', but a blank line follows; remove the '\\'";
		if (what == NULL && (*start == '#' || *start == ';'))
			what = "comment inside a continued line; move the comment above the first line";
		if (!more)
			eol = trim_end(start, eol);
		if (strcmp(start, "[Match]") == 0 || strcmp(start, "[Session]") == 0) {
			*ret_section = true;
			what = "line ends in '\\', but a section follows; remove the '\\'";
		}
		*end++ = '\n';
		memmove(end, start, (size_t)(eol - start));
		end += eol - start;
		*end = '\0';
		if (!more)
			break;
	}
	end = trim_end(v, end);
	if (what == NULL && ends_in_backslash(v, end))
		what = "whitespace follows the '\\' at the end of a line; remove the whitespace";
	return what;
}

static enum lex_kind lex_section(char *s, const char *end, struct lex_item *item, struct err *e)
{
	char *close = strchr(s, ']');

	if (close == NULL)
		return bad_line(e, item->line, LEX_BAD_SECTION,
				"']' is missing; write [Match] or [Session]");
	if (close + 1 != end)
		return bad_line(e, item->line, LEX_BAD_SECTION,
				"text follows ']'; move a comment to a line of its own");
	*close = '\0';
	item->name = s + 1;
	return LEX_SECTION;
}

enum lex_kind lex_next(struct lex *l, struct lex_item *ret_item, struct err *e)
{
	char *start, *end, *eq, *s;
	const char *what;
	bool section = false;

	do {
		if (!next_line(l, &start, &end))
			return LEX_END;
		s = skip_blanks(start);
	} while (*s == '\0' || *s == '#' || *s == ';');

	ret_item->line = l->line;
	ret_item->name = ret_item->value = NULL;
	if (*s == '[')
		return lex_section(s, trim_end(s, end), ret_item, e);
	eq = memchr(s, '=', (size_t)(end - s));
	if (eq == NULL)
		return bad_line(e, ret_item->line, LEX_BAD,
				"line is neither [Section] nor Key=value; begin a comment with '#'");
	(void)trim_end(s, eq);
	ret_item->name = s;
	ret_item->value = skip_blanks(eq + 1);
	what = join_lines(l, ret_item->value, end, &section);
	if (what == NULL && *s == '\0')
		what = "name before '=' is missing; write Key=value";
	if (what == NULL)
		return LEX_ASSIGN;
	return bad_line(e, ret_item->line, section ? LEX_BAD_SECTION : LEX_BAD, what);
}

/* Copy the quoted part at @r to *@w without its quotes. Return the place after it; NULL: not closed. */
static char *unquote(char *r, char **w, bool names, unsigned *line)
{
	const char quote = *r++;

	for (; *r != quote; r++) {
		if (*r == '\\' && quote == '"' && !names)
			r++;
		if (*r == '\0')
			return NULL;
		*line += *r == '\n';
		*(*w)++ = *r == '\n' ? ' ' : *r;
	}
	return r + 1;
}

int lex_word(struct lex_words *words, char **ret_word, unsigned *ret_line, struct err *e)
{
	char *r = words->at, *w;

	for (; is_blank(*r) || *r == '\n'; r++)
		words->line += *r == '\n';
	words->at = r;
	if (*r == '\0')
		return 0;
	*ret_line = words->line;
	if (*r == '#' || *r == ';') {
		words->at = r + strlen(r); /* otherwise the next call would return the same error */
		return err_set(
			e, -EINVAL,
			"comment at the end of a line; move the comment to a line of its own, or quote the '%c'",
			*r);
	}
	*ret_word = w = r;
	while (*r != '\0' && !is_blank(*r) && *r != '\n') {
		if (*r == '"' || *r == '\'') {
			r = unquote(r, &w, words->names, &words->line);
			if (r == NULL) {
				words->at += strlen(words->at);
				return err_set(e, -EINVAL,
					       "quote is not closed; add the closing quote");
			}
			continue;
		}
		if (*r == '\\' && r[1] != '\0' && r[1] != '\n' && !words->names)
			r++;
		*w++ = *r++;
	}
	if (*r != '\0') {
		words->line += *r == '\n';
		r++;
	}
	*w = '\0';
	words->at = r;
	return 1;
}

void lex_flatten(char *value)
{
	for (; *value != '\0'; value++)
		if (*value == '\n')
			*value = ' ';
}
