/* SPDX-License-Identifier: Apache-2.0 */
/* edit.h - what the parts of cordon edit share */
#ifndef CORDON_CTL_EDIT_EDIT_H
#define CORDON_CTL_EDIT_EDIT_H

#include "ctl/ctl.h"

#include <signal.h>
#include <sys/stat.h>

enum { EDIT_NAME_MAX = 200 };

/**
 * struct edit - a rule that is edited
 * @name:  of the file in rules_etc
 * @path:  the file, for messages
 * @dir:   rules_etc
 * @lock:  the file there that is locked as long as the descriptor is open; only the owner can open it
 * @fresh: there is no such rule yet
 * @st:    of the file that was read; the new file gets its mode and owner
 * @was:   its text, or the text that a new rule begins with
 * @temp:  a directory that only the owner can enter, with the copy to edit; "" for none
 * @text:  what the editor has left
 */
struct edit {
	struct policy_paths paths;
	char name[EDIT_NAME_MAX + 8];
	char path[1024];
	int dir, lock;
	bool fresh;
	struct stat st;
	char *was;
	size_t was_size;
	char temp[64];
	char *text;
	size_t size;
};

/**
 * edit_ended - the signal that asks cordon to end, or 0
 */
extern volatile sig_atomic_t edit_ended;

/* ---- edit_file.c ---- */

/**
 * edit_lock - lock the rules of e->paths
 *
 * Return: EXIT_YES; another exit code after a message, which names who has locked them.
 */
int edit_lock(struct edit *e);

/**
 * edit_read - read the rule into e->was; a rule of a package becomes a rule of /etc
 *
 * Return: EXIT_YES; another exit code after a message on stderr.
 */
int edit_read(struct edit *e);

/**
 * edit_copy - write e->was to a file in a new directory e->temp
 */
int edit_copy(struct edit *e);

/**
 * edit_take - read what the editor has left into e->text
 */
int edit_take(struct edit *e);

/**
 * edit_save - put e->text in the place of the rule, by one rename
 *
 * Return: 0; -ESTALE: somebody has changed the rule meanwhile; another -errno. The rule is unchanged then.
 */
int edit_save(struct edit *e);

/**
 * edit_remove - remove e->temp and all that an editor has left in it, and free the texts
 */
void edit_remove(struct edit *e);

/* ---- edit_run.c ---- */

/**
 * edit_signals - end in good order by SIGHUP, SIGINT, SIGQUIT and SIGTERM: edit_ended gets the signal
 */
void edit_signals(void);

/**
 * edit_run - run the editor of the user for the copy
 *
 * Return: EXIT_YES; another exit code after a message: the editor has failed.
 */
int edit_run(const struct edit *e);

/**
 * edit_ask - ask a question until the answer begins with one of @letters
 *
 * Return: the letter; the last one at the end of input or at a signal.
 */
char edit_ask(const char *question, const char *letters);

/* ---- edit_effect.c ---- */

/**
 * edit_check - check e->text in its place among all rules; print the errors, and the new warnings
 *
 * Return: true: no error comes from the text.
 */
bool edit_check(const struct edit *e);

/**
 * edit_effect - print for whom what changes
 */
void edit_effect(const struct edit *e);

/**
 * edit_locks_out - would the text confine or deny the caller, or deny a member of sudo or wheel
 *
 * Prints each account that it would.
 */
bool edit_locks_out(const struct edit *e);

#endif
