/* SPDX-License-Identifier: Apache-2.0 */
/* cordonsh.h - between the parts of the login shell */
#ifndef CORDON_SHELL_CORDONSH_H
#define CORDON_SHELL_CORDONSH_H

#include "command/split.h"
#include "confine/steps.h"
#include "contract/exits.h"
#include "contract/plan.h"

/* state.c */

/**
 * state_reset - standard descriptors, signals, timers: as a program expects them
 *
 * Return: 0; -errno: nothing can be done safely.
 */
int state_reset(void);

/* commands.c */

/**
 * commands_govern - does the rule say which commands may be run
 */
int commands_govern(const struct plan_login *login);

/**
 * commands_run - run what AllowCommands= admits, or Command=; never by a shell
 * @argv: as the login shell got it
 * @env:  from env_build(); what a client could smuggle is taken out of it, @max in all
 *
 * Context: everything has been dropped.
 * Return:  COMMANDS_SHELL: it is the login shell itself that may be started; else an exit status:
 *          what was refused has been said and logged.
 */
enum { COMMANDS_SHELL = -1 };
int commands_run(const struct plan_login *login, int keeper, char **argv, const char **env,
		 size_t max);

/*
 * A command as one text: of the one that is refused, or in the environment of the one that starts. In
 * one place, because the kernel kills a program whose data is larger than the caller's limit (ulimit -d).
 */
enum { COMMANDS_ROOM = COMMAND_SIZE_MAX + 32 };
extern char commands_room[COMMANDS_ROOM];

/* commands_env.c */

/**
 * commands_env - leave of @env what cannot change what a program does
 * @flags:    enum command_flag
 * @original: what the client asked for where another command was forced; or NULL
 *
 * In place. The rule's own Environment= stays, and what PassEnvironment= names.
 * Return: 0; -E2BIG.
 */
int commands_env(const struct plan_login *login, const char **env, size_t max, unsigned flags,
		 const char *original);

/* commands_rsync.c */

/**
 * secluded_read - the arguments that rsync -s sends on standard input, to be judged like others
 * @argv: @argc words of the command so far, COMMAND_WORDS_MAX in all
 *
 * Reads no byte beyond them. The option that announced them is taken out of @argv.
 * Return: how many words there are now; -errno, @ret_why set.
 */
int secluded_read(char **argv, int argc, const char **ret_why);

/* helper.c */

/**
 * helper_ask - as root, under the name that the module gives sshd: have its helper program started
 *
 * Return: the exit status for sshd; -ENOENT: it is not that, or there is no session prepared here.
 */
int helper_ask(int argc, char **argv);

/* join.c */

/**
 * connect_keeper - a socket to the keeper of the session that is prepared here
 *
 * Return: a close-on-exec descriptor, the caller's; -ENOENT, -ENOTDIR: there is none; -EPERM: it
 *         is not root's; another -errno.
 */
int connect_keeper(void);

/**
 * join_session - the steps of cordonsh: ask the keeper for the plan, enter, drop everything, prove it
 * @c: filled; @c->sync is the socket, close-on-exec: its end tells the keeper that exec happened
 *
 * Return: 0; -errno: @c->fail says why, and it has been reported to the keeper. With STEP_CONNECT,
 *         -ENOENT means that there is no session prepared here.
 */
int join_session(struct confine *c);

/**
 * join_filter - the rest of the steps, after join_session()
 *
 * Return: 0; -errno: reported to the keeper.
 */
int join_filter(struct confine *c);

/**
 * join_fail - tell the keeper what failed
 */
void join_fail(int keeper, const struct child_fail *f);

/**
 * terminal_name - give the terminal, and SSH_TTY, the name that it has inside
 * @envp: changed in place
 *
 * sshd knows the terminal by the name that the host records.
 */
void terminal_name(char **envp);

/**
 * complain - "cordon: A B" on stderr, without stdio
 */
void complain(const char *a, const char *b);

#endif
