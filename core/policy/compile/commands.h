/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h - AllowCommands= and Command= in a rule */
#ifndef CORDON_POLICY_COMPILE_COMMANDS_H
#define CORDON_POLICY_COMPILE_COMMANDS_H

#include "command/match.h"
#include "policy/settings/settings.h"

/**
 * commands_match - what AllowCommands= says of the words @argv
 * @m:        zeroed by it
 * @ret_item: the line that decided, or NULL
 *
 * Return: true when one of its lines admits them.
 */
bool commands_match(const struct settings *set, int argc, char *const *argv,
		    struct command_match *m, const struct set_item **ret_item);

/**
 * commands_names - is @name among the sets of AllowCommands=
 */
bool commands_names(const struct settings *set, const char *name);

/**
 * commands_serve - what the PAM application @service may serve by itself, without a shell
 *
 * sshd's internal-sftp never asks cordonsh; @sftp and @scp admit it, Command= never does.
 * SERVE_VIEW: it isn't admitted, but an sftp-server may be started, which can't run where sshd's is
 * kept from it.
 */
enum serve { SERVE_NOTHING = 0, SERVE_VIEW, SERVE_SFTP };
enum serve commands_serve(const struct settings *set, const char *service);

/**
 * commands_check - do Command= and AllowCommands= go together
 *
 * Specifiers have been replaced. A forced command that isn't admitted would refuse every login.
 * Return: 0; -EINVAL with @e naming file:line.
 */
int commands_check(const struct settings *set, struct err *e);

#endif
