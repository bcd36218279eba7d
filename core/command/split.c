/* SPDX-License-Identifier: Apache-2.0 */
/* split.c - see split.h */
#include "command/split.h"

#include <errno.h>
#include <string.h>

static const char why_empty[] = "the command is empty; name a program";
static const char why_long[] = "the command is too long; send fewer or shorter words";
static const char why_control[] =
	"a newline or control character is not allowed in a command; use names without one";
static const char why_utf8[] = "the command is not valid UTF-8; use names in UTF-8";
static const char why_unclosed[] = "a quote is never closed; close it or put a backslash before it";
static const char why_backslash[] = "the command ends with a backslash; quote it or leave it out";
static const char why_meta[] =
	"commands are not run by a shell: quote each of | & ; < > ( ) or leave it out";
static const char why_dollar[] =
	"commands are not run by a shell, so $ and ` expand nothing: single-quote them";
static const char why_glob[] =
	"commands are not run by a shell, so wildcards and braces expand nothing: name every file "
	"or quote them";
static const char why_tilde[] =
	"only ~ and ~/ at the beginning of a word stand for the home; quote other ~ or write the path";
static const char why_hash[] = "a word beginning with # would be a comment: quote it";
static const char why_assign[] =
	"variables cannot be set before a command; begin with the program's name";
static const char why_reserved[] = "the first word is shell syntax; begin with the program's name";

/* Words that POSIX shells or bash do not take for the name of a program. */
static const char *const reserved[] = { "!",	    "case",  "coproc", "do",	 "done",
					"elif",	    "else",  "esac",   "fi",	 "for",
					"function", "if",    "in",     "select", "then",
					"time",	    "until", "while",  "]]" };

struct split {
	const unsigned char *at; /* what is to be read */
	char *buf;
	size_t size, used;
	size_t word; /* the start of the current word in @buf */
	int in_word;
	int first;	  /* the current word is the first one */
	int bare;	  /* no part of the current word was quoted */
	int pattern;	  /* keep wildcards, and put a backslash before quoted ones */
	const char *home; /* the value of ~ and ~/; NULL: refuse them */
	const char *why;
};

static int refuse(struct split *w, const char *why)
{
	w->why = why;
	return -EINVAL;
}

static int put(struct split *w, unsigned char c)
{
	if (w->used >= w->size)
		return refuse(w, why_long);
	w->buf[w->used++] = (char)c;
	return 0;
}

static int continues(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/*
 * Copies the character at w->at, of one or more bytes. Overlong forms, surrogates and C1 controls are
 * refused like all invalid input, because some terminals obey them.
 */
static int put_char(struct split *w, int quoted)
{
	const unsigned char *s = w->at;
	size_t n = 1, i;

	if (s[0] < 0x20 ? s[0] != '\t' : s[0] == 0x7f)
		return refuse(w, why_control);
	if (s[0] >= 0x80) {
		n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
		if (s[0] < 0xc2 || s[0] > 0xf4)
			return refuse(w, why_utf8);
		for (i = 1; i < n; i++)
			/* the final NUL is no continuation byte, so the loop ends there */
			if (!continues(s[i]))
				return refuse(w, why_utf8);
		if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
		    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
			return refuse(w, why_utf8);
		if (s[0] == 0xc2 && s[1] < 0xa0)
			return refuse(w, why_control);
	}
	if (w->pattern && quoted && strchr("*?[]\\", s[0]) != NULL && put(w, '\\') < 0)
		return -EINVAL;
	for (i = 0; i < n; i++)
		if (put(w, s[i]) < 0)
			return -EINVAL;
	w->at += n;
	return 0;
}

static int single_quoted(struct split *w)
{
	for (w->at++; *w->at != '\'';)
		if (*w->at == '\0')
			return refuse(w, why_unclosed);
		else if (put_char(w, 1) < 0)
			return -EINVAL;
	w->at++;
	return 0;
}

static int double_quoted(struct split *w)
{
	for (w->at++; *w->at != '"';) {
		if (*w->at == '\0')
			return refuse(w, why_unclosed);
		if (*w->at == '$' || *w->at == '`')
			return refuse(w, why_dollar);
		/* a backslash quotes only these four characters; before any other, it is literal */
		if (*w->at == '\\' && w->at[1] != '\0' && strchr("$`\"\\", w->at[1]) != NULL)
			w->at++;
		if (put_char(w, 1) < 0)
			return -EINVAL;
	}
	w->at++;
	return 0;
}

static int escaped(struct split *w)
{
	w->at++;
	return *w->at == '\0' ? refuse(w, why_backslash) : put_char(w, 1);
}

/*
 * bash expands a tilde after = and : in every word that looks like an assignment. An option does not
 * look like one, and rsync sends "--suffix=~" unquoted.
 */
static int tilde_is_special(const struct split *w)
{
	return w->used == w->word || (w->buf[w->word] != '-' &&
				      (w->buf[w->used - 1] == '=' || w->buf[w->used - 1] == ':'));
}

/* Replaces ~ or ~/ at the start of a word by the home, as a shell does. ~bob, ~+ and ~"/x" differ. */
static int tilde(struct split *w, int starts)
{
	const unsigned char next = w->at[1];

	if (!starts || w->home == NULL || w->home[0] != '/' ||
	    (next != '/' && next != '\0' && next != ' ' && next != '\t'))
		return refuse(w, why_tilde);
	for (const char *c = w->home; *c != '\0'; c++)
		if (put(w, (unsigned char)*c) < 0)
			return -EINVAL;
	w->at++;
	return 0;
}

static int unquoted(struct split *w, int starts)
{
	const unsigned char c = *w->at;

	if (strchr("|&;<>()", c) != NULL)
		return refuse(w, why_meta);
	if (c == '$' || c == '`')
		return refuse(w, why_dollar);
	if (strchr(w->pattern ? "{}" : "*?[{}", c) != NULL)
		return refuse(w, why_glob);
	if (c == '~' && tilde_is_special(w))
		return tilde(w, starts);
	if (c == '#' && starts)
		return refuse(w, why_hash);
	if (c == '=' && w->first)
		return refuse(w, why_assign);
	return put_char(w, 0);
}

/* Ends a word with NUL, and checks the first word. */
static int end_word(struct split *w)
{
	size_t i;

	if (put(w, '\0') < 0)
		return -EINVAL;
	w->in_word = 0;
	if (!w->first)
		return 0;
	w->first = 0;
	if (w->buf[w->word] == '\0')
		return refuse(w, why_empty);
	for (i = 0; w->bare && i < sizeof reserved / sizeof reserved[0]; i++)
		if (strcmp(w->buf + w->word, reserved[i]) == 0)
			return refuse(w, why_reserved);
	return 0;
}

/* Reads one quoted piece, or one character, of a word. */
static int piece(struct split *w, int starts)
{
	if (*w->at == '\'' || *w->at == '"' || *w->at == '\\')
		w->bare = 0;
	switch (*w->at) {
	case '\'':
		return single_quoted(w);
	case '"':
		return double_quoted(w);
	case '\\':
		return escaped(w);
	default:
		return unquoted(w, starts);
	}
}

static int split(const char *s, const char *home, char *buf, size_t size, char **argv,
		 size_t argv_max, const char **ret_why, int pattern)
{
	struct split w = { .at = (const unsigned char *)s,
			   .buf = buf,
			   .size = size,
			   .first = 1,
			   .pattern = pattern,
			   .home = home };
	size_t n = 0;
	int r = 0;

	while (r == 0 && *w.at != '\0') {
		const int starts = !w.in_word;

		if (*w.at == ' ' || *w.at == '\t') {
			r = w.in_word ? end_word(&w) : 0;
			w.at++;
			continue;
		}
		if (starts) {
			if (n + 1 >= argv_max) {
				r = refuse(&w, why_long);
				break;
			}
			w.in_word = w.bare = 1;
			w.word = w.used;
			argv[n++] = buf + w.used;
		}
		r = piece(&w, starts);
	}
	if (r == 0 && w.in_word)
		r = end_word(&w);
	if (r == 0 && n == 0)
		r = refuse(&w, why_empty);
	/* a refused command gets no words, so that nobody can run it by mistake */
	if (argv_max > 0)
		argv[r == 0 ? n : 0] = NULL;
	if (r < 0) {
		*ret_why = w.why;
		return -EINVAL;
	}
	return (int)n;
}

int command_split(const char *s, const char *home, char *buf, size_t size, char **argv,
		  size_t argv_max, const char **ret_why)
{
	return split(s, home, buf, size, argv, argv_max, ret_why, 0);
}

int command_split_pattern(const char *s, char *buf, size_t size, char **argv, size_t argv_max,
			  const char **ret_why)
{
	return split(s, NULL, buf, size, argv, argv_max, ret_why, 1);
}

/* Can @word be written on a command line without quotes? */
static int plain(const char *word)
{
	for (; *word != '\0'; word++)
		if (strchr(" \t\n\"'\\$`|&;<>()*?[]{}~#!", *word) != NULL)
			return 0;
	return 1;
}

void command_text(char *const *argv, int argc, char *buf, size_t size)
{
	size_t at = 0;

	for (int i = 0; i < argc; i++) {
		const char *quote = argv[i][0] == '\0' || !plain(argv[i]) ? "'" : "";
		const char *const part[] = { i > 0 ? " " : "", quote, argv[i], quote };

		for (unsigned k = 0; k < 4; k++) {
			const size_t len = strlen(part[k]);

			if (len + 4 > size - at) { /* the dots always fit */
				memcpy(buf + at, "...", 4);
				return;
			}
			memcpy(buf + at, part[k], len);
			at += len;
		}
	}
	buf[at] = '\0';
}
