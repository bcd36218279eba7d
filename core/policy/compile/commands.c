/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c - AllowCommands= and Command= of a rule; cordonsh shares the matcher, core/command */
#include "policy/compile/commands.h"

#include "base/near.h"
#include "command/match.h"
#include "command/split.h"
#include "policy/settings/types.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Says what is wrong with @at, a word of a line of sets that is not a set. */
static int not_a_set(const char *at, struct err *e)
{
	char word[64];
	struct near near;

	/* cut: a name of a set is shorter */
	(void)snprintf(word, sizeof word, "%.*s", (int)strcspn(at, " \t"), at);
	if (strchr(word, ',') != NULL)
		return err_set(e, -EINVAL, "'%s' contains ','; separate values with spaces", word);
	if (word[0] != '@')
		return err_set(e, -EINVAL, "'%s' is not a set; write it on a line of its own", word);
	near_start(&near, word);
	for (const struct command_set *set = command_sets(); set->name != NULL; set++)
		near_try(&near, set->name);
	if (near.best != NULL)
		return err_set(e, -EINVAL, "unknown set '%s'; did you mean '%s'?", word, near.best);
	return err_set(
		e, -EINVAL,
		"unknown set '%s'; write @sftp, @scp, @rsync, @rsync-read, @git, @git-read, @checksum or @shell",
		word);
}

static int check_pattern(char *text, struct err *e)
{
	const char *why, *word;

	if (type_specifiers(text, e) < 0)
		return -EINVAL;
	word = command_no_set(text);
	if (word != NULL)
		return not_a_set(word, e);
	return command_line_check(text, &why) < 0 ? err_set(e, -EINVAL, "%s", why) : 0;
}

static int check_command(char *text, struct err *e)
{
	static char buf[COMMAND_PATTERN_MAX];
	char *argv[COMMAND_PATTERN_WORDS];
	const char *why;

	if (type_specifiers(text, e) < 0)
		return -EINVAL;
	if (text[0] == '@')
		return err_set(e, -EINVAL,
			       "'%s' is a set of AllowCommands=; write AllowCommands=%s instead",
			       text, text);
	if (command_split(text, NULL, buf, sizeof buf, argv, COMMAND_PATTERN_WORDS, &why) < 0)
		return err_set(e, -EINVAL, "%s", why);
	if (argv[0][0] != '/' && strchr(argv[0], '/') != NULL && strncmp(argv[0], "%h/", 3) != 0)
		return err_set(e, -EINVAL,
			       "'%s' is neither an absolute path nor a name; begin it with '/'",
			       argv[0]);
	return 0;
}

const struct type type_PATTERNS = {
	.name = "PATTERNS",
	.syntax = "@set ..., or a program and its words; one a line",
	.storage = STORE_LIST,
	.flags = TYPE_LINE | TYPE_SPECIFIERS | TYPE_WORDS,
	.check = check_pattern,
};

const struct type type_COMMAND = {
	.name = "COMMAND",
	.syntax = "a program and its words",
	.storage = STORE_LIST,
	.flags = TYPE_LINE | TYPE_SPECIFIERS | TYPE_WORDS,
	.check = check_command,
};

bool commands_match(const struct settings *set, int argc, char *const *argv,
		    struct command_match *m, const struct set_item **ret_item)
{
	memset(m, 0, sizeof *m);
	*ret_item = NULL;
	for (size_t i = 0; i < set->allow_commands.n; i++)
		if (command_match(set->allow_commands.items[i].text, argc, argv, m)) {
			*ret_item = &set->allow_commands.items[i];
			return true;
		}
	return false;
}

bool commands_names(const struct settings *set, const char *name)
{
	for (size_t i = 0; i < set->allow_commands.n; i++)
		if (command_names(set->allow_commands.items[i].text, name))
			return true;
	return false;
}

static bool names_server(const struct set_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (strstr(l->items[i].text, "sftp-server") != NULL)
			return true;
	return false;
}

enum serve commands_serve(const struct settings *set)
{
	const bool admitted = commands_names(set, "@sftp") || commands_names(set, "@scp");

	if (set->command.n == 0 && (set->allow_commands.n == 0 || admitted))
		return SERVE_SFTP;
	/* a forced command replaces sftp too, but it may itself start an sftp-server */
	return admitted || names_server(&set->allow_commands) || names_server(&set->command) ?
		       SERVE_VIEW :
		       SERVE_NOTHING;
}

bool commands_trust(const struct settings *set, const char *service)
{
	return strcmp(service, "su") == 0 || strcmp(service, "su-l") == 0 ||
	       strcmp(service, "login") == 0 || commands_serve(set) != SERVE_NOTHING;
}

int commands_check(const struct settings *set, struct err *e)
{
	static char buf[COMMAND_PATTERN_MAX];
	char *argv[COMMAND_PATTERN_WORDS];
	const struct set_item *item;
	struct command_match m;
	const char *why =
		"command is not allowed by AllowCommands=; add a pattern for it, or an empty AllowCommands=";
	int n;

	if (set->command.n == 0)
		return 0;
	n = command_split(set->command.items[0].text, NULL, buf, sizeof buf, argv,
			  COMMAND_PATTERN_WORDS, &why);
	if (n > 0 && (set->allow_commands.n == 0 || commands_match(set, n, argv, &m, &item)))
		return 0;
	return err_at(e, set->command.from.file, set->command.from.line, -EINVAL, "Command=: %s",
		      why);
}
