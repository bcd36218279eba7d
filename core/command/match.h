/* SPDX-License-Identifier: Apache-2.0 */
/* match.h - may these words be run: the patterns and sets of AllowCommands= */
#ifndef CORDON_COMMAND_MATCH_H
#define CORDON_COMMAND_MATCH_H

#include <limits.h>

/* Where a bare name is looked up, and PATH of what is started. */
#define COMMAND_PATH "/usr/local/bin:/usr/bin:/bin"

/* A pattern's longest line, specifiers replaced, and its most words. */
enum { COMMAND_PATTERN_MAX = 8192, COMMAND_PATTERN_WORDS = 256 };

enum command_flag {
	COMMAND_SECLUDED = 1u << 0,  /* rsync -s: more arguments come on standard input */
	COMMAND_HOME_ROOT = 1u << 1, /* HOME=/: the program would take orders from a file there */
};

/**
 * struct command_match - what became of a command at one pattern after the other
 *
 * Zeroed before the first.
 * @name:    what to start: an absolute path, or a name for command_program()
 * @pattern: of an admitted command: the line, or the one set of it, that admitted it
 * @why:     of a refused one: the reason of the set or pattern that came nearest; else NULL
 * @flags:   enum command_flag
 */
struct command_match {
	const char *name;
	char pattern[64];
	const char *why;
	unsigned flags;
};

/**
 * command_match - does @line of AllowCommands= admit the words @argv
 * @line: "@set ...", or a program and the words that may follow it
 * @argv: @argc words, at least one, as command_split() made them
 * @m:    untouched but for @why when the answer is no
 *
 * A pattern's first word is an absolute path or a bare name; the client may write either the name
 * or the path, what is started is the pattern's. A later word is literal, or a glob for one word,
 * in which * ? and [ ] match neither '/' nor a leading '.', nor '-' at the beginning, and ".." is
 * never matched; a glob admits a word with "--" in front only when it begins so itself; a last "..."
 * stands for any rest. No pattern admits an rsync server with -s (--secluded-args): its arguments
 * come by the connection, and only @rsync reads them. A line that cannot be read admits nothing.
 *
 * Reads no file, allocates nothing. @m points into @line, @argv and constants.
 * Return: 1 admitted; 0 not.
 */
int command_match(const char *line, int argc, char *const *argv, struct command_match *m);

/**
 * command_names - is @set, "@shell" for one, among those of @line
 *
 * @shell is the login shell without a command, which has no words to be matched.
 */
int command_names(const char *line, const char *set);

/**
 * command_line_check - is @line well formed
 * @ret_why: on failure: a static sentence
 *
 * Return: 0; -EINVAL.
 */
int command_line_check(const char *line, const char **ret_why);

/**
 * command_program - the file to execute for @name
 * @name: absolute: itself; bare: the first executable file of COMMAND_PATH
 *
 * sftp-server, which no PATH has, is looked for where distributions put it.
 * Return: 0; -ENOENT; -ENAMETOOLONG.
 */
int command_program(const char *name, char ret[PATH_MAX]);

/**
 * struct command_set - one of the sets
 * @names: the programs of it, ended by NULL
 * @match: the words, the first of which is one of @names (its path taken off); 0 or -1, and then
 *         m->why may say why
 * @what:  who it is for, for people
 */
struct command_set {
	const char *name;
	const char *const *names;
	int (*match)(int argc, char *const *argv, struct command_match *m);
	const char *what;
};

/**
 * command_sets - all sets, ended by one without a name
 */
const struct command_set *command_sets(void);

/* command_rsync.c */
int command_rsync(int argc, char *const *argv, struct command_match *m);
int command_rsync_read(int argc, char *const *argv, struct command_match *m);

#endif
