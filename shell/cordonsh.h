/* SPDX-License-Identifier: Apache-2.0 */
/* cordonsh.h - what the parts of cordonsh share */
#ifndef CORDON_SHELL_CORDONSH_H
#define CORDON_SHELL_CORDONSH_H

#include "command/split.h"
#include "confine/steps.h"
#include "contract/exits.h"
#include "contract/plan.h"

/* state.c */

/**
 * state_reset - reset standard descriptors, signals and timers to what a program expects
 *
 * Return: 0; -errno: cordonsh must end.
 */
int state_reset(void);

/* commands.c */

/**
 * commands_govern - tell if cordonsh starts a program itself: AllowCommands=, Command=, a program
 *                   of cordon run --as
 */
int commands_govern(const struct plan_login *login);

/**
 * commands_run - run a command that AllowCommands= allows, or Command=, without a shell
 * @argv: arguments of the login shell; with LOGIN_PROGRAM, those after the first are the program
 * @env:  from env_build(), with room for @max; variables that a client could smuggle are removed
 *
 * Context: everything is dropped.
 * Return:  COMMANDS_SHELL: the login shell itself may be started; else an exit status, after a refusal
 *          has been reported and logged.
 */
enum { COMMANDS_SHELL = -1 };
int commands_run(const struct plan_login *login, int keeper, char **argv, const char **env,
		 size_t max);

/*
 * Room for a command as one text, for the message about a refused one, or for the environment of the
 * started one. Both share it, because the kernel kills a program whose data exceeds the limit of the
 * caller (ulimit -d).
 */
enum { COMMANDS_ROOM = COMMAND_SIZE_MAX + 32 };
extern char commands_room[COMMANDS_ROOM];

/* commands_env.c */

/**
 * commands_env - remove all variables of @env that can change the behavior of a program
 * @flags:    enum command_flag
 * @original: the command of the client if Command= replaces it; or NULL
 *
 * Changes @env in place. Keeps Environment= of the rule, and variables that PassEnvironment= names.
 * Return: 0; -E2BIG.
 */
int commands_env(const struct plan_login *login, const char **env, size_t max, unsigned flags,
		 const char *original);

/* commands_rsync.c */

/**
 * secluded_read - read the arguments that rsync -s sends on standard input, to judge them
 * @argv: @argc words of the command so far, with room for COMMAND_WORDS_MAX
 *
 * Reads no byte beyond the arguments. Removes the option -s from @argv.
 * Return: the number of words now; -errno with @ret_why set.
 */
int secluded_read(char **argv, int argc, const char **ret_why);

/* helper.c */

/**
 * helper_ask - ask the keeper to start the helper of sshd, if cordonsh runs as root under its name
 *
 * Return: the exit status for sshd; -ENOENT: not called as the helper, or no session is prepared.
 */
int helper_ask(int argc, char **argv);

/* relay.c */

/**
 * relay_run - hand streams, terminal and words over to the forker, wait, and end as the program ends
 * @keeper: the socket; the forker is at its other end from then on
 * @argv:   the words of the login shell
 * @cwd:    where it is to begin
 *
 * Context: nothing is joined, and nothing is dropped.
 */
_Noreturn void relay_run(int keeper, char **argv, const char *cwd);

/* join.c */

/**
 * connect_keeper - connect to the keeper of the session that is prepared here
 *
 * Return: a close-on-exec descriptor that the caller owns; -ENOENT, -ENOTDIR: no session is prepared;
 *         -EPERM: the peer is not root; another -errno.
 */
int connect_keeper(void);

/**
 * join_session - get the plan from the keeper, enter the session, drop everything, and prove it
 * @argv: the words of the login shell, for relay_run(), which this may turn into
 * @c:    filled; @c->sync is the close-on-exec socket, whose end tells the keeper of execve(2)
 *
 * Return: 0; -errno: @c->fail says why, and the keeper has the report. With STEP_CONNECT, -ENOENT means
 *         that no session is prepared here.
 */
int join_session(char **argv, struct confine *c);

/**
 * join_filter - do the remaining steps, after join_session()
 *
 * Return: 0; -errno, after a report to the keeper.
 */
int join_filter(struct confine *c);

/**
 * join_fail - report a failed step to the keeper
 */
void join_fail(int keeper, const struct child_fail *f);

/**
 * terminal_name - give the terminal and SSH_TTY the name that the session uses
 * @envp: changed in place
 *
 * sshd uses the name of the terminal in the login records of the host.
 */
void terminal_name(char **envp);

/**
 * complain - write "cordon: A B" to stderr, without stdio
 */
void complain(const char *a, const char *b);

#endif
