/* SPDX-License-Identifier: Apache-2.0 */
/* lex.h - the bytes of a rule file as sections, assignments and words */
#ifndef CORDON_POLICY_TEXT_LEX_H
#define CORDON_POLICY_TEXT_LEX_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { LEX_SIZE_MAX = 1 << 20, LEX_LINES_MAX = 10000 };

/**
 * lex_check - is @text what a rule file may consist of
 * @file: the name for messages
 *
 * UTF-8 without NUL, byte order mark or control characters but tab and newline, not empty, at
 * most LEX_SIZE_MAX bytes and LEX_LINES_MAX lines.
 *
 * Return: 0; -EINVAL with @e filled.
 */
int lex_check(const char *file, const char *text, size_t size, struct err *e);

enum lex_kind {
	LEX_BAD = 0,	 /* none of the others; the error is filled, the line is skipped */
	LEX_BAD_SECTION, /* the same, of a line that was to begin a section */
	LEX_END,
	LEX_SECTION, /* name */
	LEX_ASSIGN,  /* name, value */
};

/**
 * struct lex - the place reached in a text
 *
 * The text is cut up in place: what lex_next() hands out lives as long as it does.
 */
struct lex {
	char *at, *end;
	unsigned line;
};

struct lex_item {
	char *name;
	char *value;   /* without blanks around it; '\n' where a line was continued */
	unsigned line; /* the first one, where lines were continued */
};

/**
 * lex_start - begin with @text, of which text[size] is a NUL
 */
void lex_start(struct lex *l, char *text, size_t size);

/**
 * lex_next - the next section or assignment; blank lines and comments are passed over
 * @e: filled for LEX_BAD and LEX_BAD_SECTION, without the name of the file
 */
enum lex_kind lex_next(struct lex *l, struct lex_item *ret_item, struct err *e);

/**
 * struct lex_words - the place reached in a value that is split at blanks
 * @names: the words are names, in which a backslash is a letter as any other ("CORP\ann")
 */
struct lex_words {
	char *at;
	unsigned line;
	bool names;
};

/**
 * lex_word - the next word of a value, its quotes taken away
 * @ret_word: lives as long as the value, which is cut up in place
 * @ret_line: the line on which it begins
 * @e:        filled on failure, message only
 *
 * Double and single quotes keep blanks; a backslash outside single quotes takes the next
 * character as it is, unless the words are names. A word that begins with an unquoted '#' or ';' is refused: it is a
 * comment at the wrong place.
 *
 * Return: 1; 0 at the end of the value; -EINVAL, and then the value is at its end.
 */
int lex_word(struct lex_words *w, char **ret_word, unsigned *ret_line, struct err *e);

/**
 * lex_flatten - make a value with continued lines one line
 */
void lex_flatten(char *value);

#endif
