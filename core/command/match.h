/* SPDX-License-Identifier: Apache-2.0 */
/* match.h - decide if a command may run: the patterns and sets of AllowCommands= */
#ifndef CORDON_COMMAND_MATCH_H
#define CORDON_COMMAND_MATCH_H

#include <limits.h>

/* Where a bare name is looked up, and the PATH of the started program. */
#define COMMAND_PATH "/usr/local/bin:/usr/bin:/bin"

/* The maximum length of a pattern with specifiers replaced, and its maximum number of words. */
enum { COMMAND_PATTERN_MAX = 8192, COMMAND_PATTERN_WORDS = 256 };

enum command_flag {
	COMMAND_SECLUDED = 1u << 0, /* rsync -s: reads more arguments from standard input */
	/* set HOME=/, because the program would obey a file in the home */
	COMMAND_HOME_ROOT = 1u << 1,
};

/**
 * struct command_match - the result of matching a command with one pattern after the other
 *
 * The caller must zero it before the first pattern.
 * @name:    the program to start: an absolute path, or a name for command_program()
 * @pattern: for an allowed command: the line, or the set in the line, that allows it
 * @why:     for a refused command: the reason of the set or pattern that came closest; else NULL
 * @flags:   enum command_flag
 */
struct command_match {
	const char *name;
	char pattern[64];
	const char *why;
	unsigned flags;
};

/**
 * command_match - decide if @line of AllowCommands= allows the words @argv
 * @line: "@set ...", or a program and the words that may follow it
 * @argv: @argc words, at least one, from command_split()
 * @m:    only @why changes if the command is not allowed
 *
 * The first word of a pattern is an absolute path or a bare name. The client may write the name or
 * the path; the program of the pattern is started. Each later word is literal, or a glob for one word.
 * In a glob, * ? and [ ] do not match '/', a leading '.' or a leading '-', and ".." never matches. A
 * glob matches a word that begins with "--" only if the glob begins so, too. A last "..." stands for
 * any further words. No pattern allows an rsync server with -s (--secluded-args): its arguments come
 * over the connection, and only @rsync reads them. A malformed line allows nothing.
 *
 * Reads no file and allocates nothing. @m points into @line, @argv and constants.
 * Return: 1: allowed; 0: not allowed.
 */
int command_match(const char *line, int argc, char *const *argv, struct command_match *m);

/**
 * command_names - tell if @line names @set, for example "@shell"
 *
 * @shell stands for the login shell without a command, which has no words to match.
 */
int command_names(const char *line, const char *set);

/**
 * command_no_set - find the first word of a line of sets that is not the name of a set
 *
 * Return: the word, in @line; NULL: all words are sets, or @line is a pattern.
 */
const char *command_no_set(const char *line);

/**
 * command_line_check - check that @line is well formed
 * @ret_why: on failure: a static sentence
 *
 * Return: 0; -EINVAL.
 */
int command_line_check(const char *line, const char **ret_why);

/**
 * command_program - find the file to execute for @name
 * @name: an absolute path, or a bare name, which is searched in COMMAND_PATH
 *
 * No PATH contains sftp-server, so it is searched where distributions put it.
 * Return: 0; -ENOENT; -ENAMETOOLONG.
 */
int command_program(const char *name, char ret[PATH_MAX]);

/**
 * struct command_set - a set of commands
 * @names: the programs of the set, ended by NULL
 * @match: matches the words, the first of which is one of @names without its path; returns 0, or -1
 *         with the reason in m->why if there is one
 * @what:  a text for people: who needs the set
 */
struct command_set {
	const char *name;
	const char *const *names;
	int (*match)(int argc, char *const *argv, struct command_match *m);
	const char *what;
};

/**
 * command_sets - get all sets, ended by one without a name
 */
const struct command_set *command_sets(void);

/* command_rsync.c */
int command_rsync(int argc, char *const *argv, struct command_match *m);
int command_rsync_read(int argc, char *const *argv, struct command_match *m);

#endif
