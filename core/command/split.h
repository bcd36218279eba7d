/* SPDX-License-Identifier: Apache-2.0 */
/* split.h - split the command string of a client into words by quoting rules alone */
#ifndef CORDON_COMMAND_SPLIT_H
#define CORDON_COMMAND_SPLIT_H

#include <stddef.h>

/* The longest string that execve(2) can pass, and enough words. */
enum { COMMAND_SIZE_MAX = 131072, COMMAND_WORDS_MAX = 4096 };

/**
 * command_split - split a simple command without expansions into words, as a POSIX shell does
 * @s:        the command of the client, NUL-terminated
 * @home:     the value of ~ and ~/ at the beginning of a word; NULL: they are refused
 * @buf:      gets the words; without @home, strlen(@s) + 1 bytes always suffice
 * @size:     bytes of @buf
 * @argv:     filled with pointers into @buf and ended by NULL
 * @argv_max: elements of @argv, the NULL included
 * @ret_why:  set on refusal: one static sentence for the person who typed @s
 *
 * Blanks and tabs separate words; '...', "..." and \ quote (POSIX.1-2017, XCU 2.2). Only an unquoted ~
 * or ~/ at the beginning of a word is expanded. Everything else that a shell would treat as more than
 * the words of one simple command is refused: unquoted | & ; < > ( ) $ ` * ? [ { }, $ and ` in double
 * quotes, # and ~ where they are special, an assignment or a reserved word as the first word, an
 * unclosed quote, a backslash at the end. Control characters, including newlines, and invalid UTF-8
 * are refused even if quoted, so that none reaches a program, a terminal or a log. The time is linear
 * in the length of @s; nothing is allocated.
 *
 * Return: the number of words, at least 1, the first one not empty; -EINVAL.
 */
int command_split(const char *s, const char *home, char *buf, size_t size, char **argv,
		  size_t argv_max, const char **ret_why);

/**
 * command_split_pattern - split a pattern into words by the same rules
 * @buf:  gets the words; 2 * strlen(@s) + 1 bytes always suffice
 *
 * As command_split(), but unquoted * ? [ ] are wildcards. In the resulting words, quoted ones and
 * every backslash have a backslash before them, as fnmatch(3) expects.
 *
 * Return: the number of words, at least 1; -EINVAL.
 */
int command_split_pattern(const char *s, char *buf, size_t size, char **argv, size_t argv_max,
			  const char **ret_why);

/**
 * command_text - join words to one line for people; unusual words are in single quotes
 *
 * The line is always terminated, and ends in "..." if it does not fit. It is as untrusted as the words.
 */
void command_text(char *const *argv, int argc, char *buf, size_t size);

#endif
