/* SPDX-License-Identifier: Apache-2.0 */
/* enter.h - what the parts of cordon enter share */
#ifndef CORDON_CTL_SHOW_ENTER_H
#define CORDON_CTL_SHOW_ENTER_H

#include "confine/steps.h"
#include "ctl/show/show.h"

#include <limits.h>
#include <termios.h>

/* What is entered is bound there, in a mount namespace of the program's own, with --unconfined. */
#define ENTER_VIEW "/run/cordon/view"

/**
 * struct enter - one program that enters a session
 * @got:        what the keeper holds
 * @unconfined: it stays root, and keeps root's programs
 * @argv:       the program and its arguments
 * @program:    the file to execute, or a name that is looked up in @path
 * @envp:       its environment
 * @limits:     of the login, before those of the rule; @umask likewise
 * @group:      the control group of the session; -1: it has none
 * @std:        what is to be 0, 1 and 2 of the program
 * @terminal:   @std[0] is the terminal that the program leads
 * @sync:       where the child reports; its end is the program's start
 * @file:       the program by descriptor, which is executed in place of @program; 0: none
 */
struct enter {
	const struct got *got;
	bool unconfined, terminal;
	char **argv;
	const char *program, *path;
	char *const *envp;
	uint64_t limits[SHOW_LIMITS][2];
	bool limited;
	mode_t umask;
	int group, std[3], sync, file;
};

/**
 * enter_file - run the program behind a descriptor in a session, confined as its programs are
 * @id:      of a login
 * @file:    the program, close-on-exec; the session need not show it
 * @name:    argv[0] of the program, and its path if the filter refuses execveat(2)
 * @in, @out: its standard input and output
 *
 * Context: a process of its own, which cannot enter another session afterwards.
 * Return: the status for exit(3).
 */
int enter_file(const char *id, int file, char *name, int in, int out);

/**
 * enter_child - what the child does: join, drop, prove, and execute the program
 *
 * Context: the child of a clone, in the pid namespace of the session; system calls only.
 */
_Noreturn void enter_child(const struct enter *e);

/**
 * struct relay - the streams between the caller and the program
 * @master: of the terminal that the program has; -1: it has pipes only
 * @in, @out, @err: our ends of the pipes; -1 where the terminal serves
 * @saved:  the settings of the caller's terminal, if @raw
 * @group:  the program leads a process group, which gets the signals as a whole
 */
struct relay {
	int master, in, out, err;
	bool raw, group;
	struct termios saved;
};

/**
 * relay_open - make a terminal or pipes for the program
 * @root: O_PATH, the root of the session view, whose devpts has the terminal; -1: the host's
 * @uid:  becomes the owner of the program's ends
 * @std:  the program's ends; to be closed by the caller when the program has them
 *
 * The program gets no descriptor of the caller: it could open files of the host again by them.
 * Return: 0; -errno, after a message on stderr.
 */
int relay_open(int root, uid_t uid, struct relay *ret, int std[3], bool *ret_terminal);

/**
 * relay_run - pass on all streams until the program has ended
 * @pid, @pidfd: the program
 * @init:        pidfd of the session's init; when it ends, the program is killed
 *
 * Return: the status as of wait4(2).
 */
int relay_run(struct relay *r, pid_t pid, int pidfd, int init);

/**
 * relay_close - give back what relay_open() has made, and the caller's terminal
 */
void relay_close(struct relay *r);

#endif
