/* SPDX-License-Identifier: Apache-2.0 */
/* split.h - a client's command string, split into words by quoting rules alone */
#ifndef CORDON_COMMAND_SPLIT_H
#define CORDON_COMMAND_SPLIT_H

#include <stddef.h>

/* Room for the longest string that execve(2) can hand over, and for words enough. */
enum { COMMAND_SIZE_MAX = 131072, COMMAND_WORDS_MAX = 4096 };

/**
 * command_split - the words a POSIX shell would make of a simple command without expansions
 * @s:        what the client asked for, NUL-terminated
 * @home:     what ~ and ~/ at the beginning of a word stand for; NULL: they are refused
 * @buf:      takes the words; without @home strlen(@s) + 1 bytes always suffice
 * @size:     bytes of @buf
 * @argv:     filled with pointers into @buf and ended by NULL
 * @argv_max: elements of @argv, the NULL included
 * @ret_why:  set on refusal: one static sentence for the person who typed @s
 *
 * Blanks separate words; '...', "..." and \ quote (POSIX.1-2017, XCU 2.2). Nothing is
 * expanded but an unquoted ~ or ~/ that begins a word: whatever a shell would treat as more than the words of one simple command is refused,
 * which are unquoted | & ; < > ( ) $ ` * ? [ { }, $ and ` in double quotes, # and ~ where they
 * would be special, an assignment or a reserved word as the first word, an unclosed quote, a
 * backslash at the end. Control characters, newlines first of all, and invalid UTF-8 are refused
 * wherever they stand, quoted or not: no such thing reaches a program, a terminal or a log. A tab
 * is a blank. Takes time linear in the length of @s, allocates nothing, keeps nothing.
 *
 * Return: the number of words, at least 1, the first one not empty; -EINVAL.
 */
int command_split(const char *s, const char *home, char *buf, size_t size, char **argv,
		  size_t argv_max, const char **ret_why);

/**
 * command_split_pattern - the words of a pattern, by the same rules
 * @buf:  takes the words; 2 * strlen(@s) + 1 bytes always suffice
 *
 * As command_split(), but an unquoted * ? [ ] belongs to the pattern: in the words that come out,
 * what was quoted of these and every backslash has a backslash before it, as fnmatch(3) reads it.
 *
 * Return: the number of words, at least 1; -EINVAL.
 */
int command_split_pattern(const char *s, char *buf, size_t size, char **argv, size_t argv_max,
			  const char **ret_why);

/**
 * command_text - words as one line for people: blanks between, odd words in single quotes
 *
 * Always terminated; ends in "..." where it does not fit. What it holds is as untrusted as the
 * words are.
 */
void command_text(char *const *argv, int argc, char *buf, size_t size);

#endif
