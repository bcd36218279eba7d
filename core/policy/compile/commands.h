/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h - AllowCommands= and Command= of a rule: what they admit, and whether they agree */
#ifndef CORDON_POLICY_COMPILE_COMMANDS_H
#define CORDON_POLICY_COMPILE_COMMANDS_H

#include "command/match.h"
#include "policy/settings/settings.h"

/**
 * commands_match - does AllowCommands= admit the command @argv
 * @m:        zeroed first; then how the command matched, or why it did not
 * @ret_item: the line that decided, or NULL
 *
 * Return: true when one of the lines admits the command.
 */
bool commands_match(const struct settings *set, int argc, char *const *argv,
		    struct command_match *m, const struct set_item **ret_item);

/**
 * commands_names - does AllowCommands= name the set @name, such as "@sftp"
 */
bool commands_names(const struct settings *set, const char *name);

/**
 * enum serve - what an ssh server may serve by itself, without starting a shell
 * @SERVE_VIEW: no sftp, but a command may start an sftp-server, which must be able to run
 */
enum serve { SERVE_NOTHING = 0, SERVE_VIEW, SERVE_SFTP };

/**
 * commands_serve - what an ssh server may serve by itself in a session of these settings
 *
 * internal-sftp of sshd never asks cordonsh. @sftp and @scp of AllowCommands= admit it, Command=
 * never does. The session does not depend on the service of a login, so that logins by other
 * services have the same caller view.
 */
enum serve commands_serve(const struct settings *set);

/**
 * commands_trust - may the PAM application @service serve what it likes
 *
 * These services never serve sftp themselves, or the settings admit sftp.
 */
bool commands_trust(const struct settings *set, const char *service);

/**
 * commands_check - does AllowCommands= admit Command=
 *
 * Specifiers have been replaced. Without this check a forced command that AllowCommands= does not
 * admit would refuse every login.
 * Return: 0; -EINVAL with @e naming file:line.
 */
int commands_check(const struct settings *set, struct err *e);

#endif
