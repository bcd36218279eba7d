/* SPDX-License-Identifier: Apache-2.0 */
/*
 * learn.h - what the parts of cordon learn share
 *
 * strace(1) traces the session, because it knows the arguments of all calls on all processors and is
 * kept up to date. Its output is read line by line (learn_parse.c), what a session would not have is
 * found by the settings (learn_need.c), and becomes a draft (learn_draft.c).
 */
#ifndef CORDON_CTL_LEARN_LEARN_H
#define CORDON_CTL_LEARN_LEARN_H

#include "ctl/ctl.h"

#include <stdio.h>
#include <sys/resource.h>

/**
 * struct words - a sorted set of texts
 * @cut: some were left out, because there are too many
 */
struct words {
	char **list;
	size_t n;
	bool cut;
};

/**
 * words_add - add a copy of @text
 */
void words_add(struct words *w, const char *text);

/**
 * words_has - is @text in the set
 */
bool words_has(const struct words *w, const char *text);

/**
 * words_free - free what @w holds
 */
void words_free(struct words *w);

/**
 * struct seen - what the programs of a session have done
 * @read, @written, @executed: paths; a path that was created, renamed or removed is written
 * @sockets:    paths of the unix sockets that were connected
 * @connected:  "tcp:443"; loopback addresses with a port that no program of the session had are in it, too
 * @bound:      "tcp:8080"
 * @families:   socket families
 * @calls:      system calls whose arguments are not looked at
 * @used:       all system calls that were traced
 * @namespaces: kinds of namespaces that were made, as RestrictNamespaces= has them
 * @outside:    an address that is not of the loopback interface was connected, or any was bound
 * @processes, @files: the peak of processes of the session, and of files of one process
 */
struct seen {
	struct words read, written, executed, sockets, connected, local, bound, families, calls,
		used, namespaces;
	bool outside;
	unsigned processes, files;
	unsigned long lines;
};

/**
 * seen_free - free what @s holds
 */
void seen_free(struct seen *s);

/**
 * struct tracer - the state of reading strace's output
 * @home: the working directory at the beginning
 *
 * A zeroed structure with @seen and @home is ready for use. The owner must call tracer_free().
 */
struct tracer {
	struct seen *seen;
	const char *home;
	struct traced {
		int pid;
		char *cwd, *begun; /* a call that is not finished yet, or NULL */
	} * list;
	size_t n;
};

/**
 * tracer_line - take a line of strace -f -yy, "PID call(arguments) = result"
 * @line: is changed
 *
 * A line that is not understood is ignored: what the trace lacks, the draft lacks.
 */
void tracer_line(struct tracer *t, char *line);

/**
 * tracer_free - free what @t holds
 */
void tracer_free(struct tracer *t);

/**
 * struct learn - a session under watch
 * @command:   what runs, or NULL for the login shell
 * @all_calls: trace every call, and name all that were used
 * @left_out:  the calls that @default-session leaves out
 * @groups:    with @all_calls: the groups that hold the calls that were used
 */
struct learn {
	struct policy_paths paths;
	struct option_list profiles;
	struct facts *facts;
	char **command;
	bool all_calls;
	struct words left_out, groups;
	struct seen seen;
	struct rusage usage;
	unsigned seconds;
};

/**
 * learn_calls - fill l->left_out by asking cordon-filter
 *
 * Return: 0; -errno, after a message on stderr.
 */
int learn_calls(struct learn *l);

/**
 * learn_groups - fill l->groups: of each call that was used, the smallest group that has it
 */
int learn_groups(struct learn *l);

/**
 * learn_run - run the session under strace(1) as the user, without confinement, and fill l->seen
 *
 * Return: EXIT_YES, whatever the exit status of the session is; another exit code after a message.
 */
int learn_run(struct learn *l);

/**
 * learn_base - merge the profiles into @ret, for l->facts
 *
 * Return: EXIT_YES; another exit code after a message on stderr. The caller must free both in each case.
 */
int learn_base(struct learn *l, struct rule_set *set, struct settings *ret);

/**
 * learn_draft - write the rule that the session would have needed
 * @base: the settings that the rule begins with
 */
void learn_draft(const struct learn *l, const struct settings *base, FILE *out);

/* ---- learn_need.c ---- */

/**
 * need_write, need_read, need_exec - does a session by @s lack the right that the host gives to @path
 */
bool need_write(const struct settings *s, const struct facts *f, const char *path);
bool need_read(const struct settings *s, const struct facts *f, const char *path);
bool need_exec(const struct settings *s, const struct facts *f, const char *path);

/**
 * need_dirs - the directories of those of @paths that @lacks, the fewest that are not too wide
 */
void need_dirs(const struct settings *s, const struct facts *f, const struct words *paths,
	       bool (*lacks)(const struct settings *s, const struct facts *f, const char *path),
	       struct words *ret);

#endif
