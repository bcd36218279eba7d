/* SPDX-License-Identifier: Apache-2.0 */
/* lex.h - split a rule file into sections, assignments and words */
#ifndef CORDON_POLICY_TEXT_LEX_H
#define CORDON_POLICY_TEXT_LEX_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { LEX_SIZE_MAX = 1 << 20, LEX_LINES_MAX = 10000 };

/**
 * lex_check - is @text valid for a rule file
 * @file: the name for messages
 *
 * It must be UTF-8 without NUL, byte order mark and control characters except tab and newline. It
 * must not be empty, and has at most LEX_SIZE_MAX bytes and LEX_LINES_MAX lines.
 *
 * Return: 0; -EINVAL with @e filled.
 */
int lex_check(const char *file, const char *text, size_t size, struct err *e);

enum lex_kind {
	LEX_BAD = 0,	 /* an invalid line; the error is filled and the line is skipped */
	LEX_BAD_SECTION, /* the same for a line that should begin a section */
	LEX_END,
	LEX_SECTION, /* name */
	LEX_ASSIGN,  /* name, value */
};

/**
 * struct lex - the position in a text
 *
 * The text is split in place: results of lex_next() live as long as the text.
 */
struct lex {
	char *at, *end;
	unsigned line;
};

struct lex_item {
	char *name;
	char *value;   /* without surrounding blanks; '\n' where a line was continued */
	unsigned line; /* the first one, where lines were continued */
};

/**
 * lex_start - start at the beginning of @text; text[size] is NUL
 */
void lex_start(struct lex *l, char *text, size_t size);

/**
 * lex_next - read the next section or assignment; blank lines and comments are skipped
 * @e: filled for LEX_BAD and LEX_BAD_SECTION, without the name of the file
 */
enum lex_kind lex_next(struct lex *l, struct lex_item *ret_item, struct err *e);

/**
 * struct lex_words - the position in a value that is split at blanks
 * @names: the words are names, in which a backslash is an ordinary character ("CORP\ann")
 */
struct lex_words {
	char *at;
	unsigned line;
	bool names;
};

/**
 * lex_word - read the next word of a value, without its quotes
 * @ret_word: lives as long as the value, which is split in place
 * @ret_line: the line on which the word begins
 * @e:        on failure, only the message is filled
 *
 * Double and single quotes keep blanks. A backslash outside single quotes escapes the next
 * character, unless the words are names. A word that begins with an unquoted '#' or ';' is refused:
 * a comment requires a line of its own.
 *
 * Return: 1; 0 at the end of the value; -EINVAL, and no further words follow.
 */
int lex_word(struct lex_words *w, char **ret_word, unsigned *ret_line, struct err *e);

/**
 * lex_flatten - turn a value with continued lines into one line
 */
void lex_flatten(char *value);

#endif
