/* SPDX-License-Identifier: Apache-2.0 */
/* check_commands.c - see check_warn.h: programs of AllowCommands= and Command= that stand for a set */
#include "ctl/check/check_warn.h"

#include "base/text.h"
#include "command/match.h"
#include "command/split.h"

#include <stdio.h>
#include <string.h>

enum { SETS_MAX = 256 }; /* bytes of "@sftp @scp" */

/* Names of a client's protocol that are no names of sets. */
static const struct {
	const char *name, *set;
} others[] = {
	{ "internal-sftp", "@sftp" },
	{ "git-upload-pack", "@git-read" },
	{ "git-upload-archive", "@git-read" },
	{ "git-receive-pack", "@git" },
};

/* The set that @word means: "sftp", "@sftp", "/usr/bin/rsync"; NULL: none. */
static const char *set_of(const char *word)
{
	const char *const name = word[0] == '/' ? text_base(word) : word + (word[0] == '@');

	for (const struct command_set *set = command_sets(); set->name != NULL; set++)
		if (strcmp(set->name + 1, name) == 0)
			return set->name;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcmp(others[i].name, name) == 0)
			return others[i].set;
	return NULL;
}

/* A program of @set to which any options may be given starts any program: rsync -e, scp -S, git -c. */
static bool starts_any(const char *set)
{
	static const char *const sets[] = { "@sftp", "@scp", "@rsync", "@git" };

	for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
		if (strcmp(set, sets[i]) == 0)
			return true;
	return false;
}

/* What a line means: @any: "rsync ..."; else "sftp", "sftp scp". @sets gets what to write. */
static bool means_set(const char *line, char sets[SETS_MAX], bool *any)
{
	static char buf[2 * COMMAND_PATTERN_MAX];
	char *argv[COMMAND_PATTERN_WORDS];
	const char *why;
	const int n = line[0] == '@' || strlen(line) >= COMMAND_PATTERN_MAX ?
			      0 :
			      command_split_pattern(line, buf, sizeof buf, argv,
						    COMMAND_PATTERN_WORDS, &why);
	const char *const first = n > 0 ? set_of(argv[0]) : NULL;
	size_t at = 0;

	if (first == NULL)
		return false;
	*any = n == 2 && strcmp(argv[1], "...") == 0 && starts_any(first);
	for (int i = 0; i < (*any ? 1 : n); i++) {
		const char *const set = set_of(argv[i]);

		if (set == NULL || at + strlen(set) + 2 > SETS_MAX)
			return false;
		at += (size_t)snprintf(sets + at, SETS_MAX - at, "%s%s", i > 0 ? " " : "", set);
	}
	return true;
}

bool check_means_set(const char *line)
{
	char sets[SETS_MAX];
	bool any;

	return means_set(line, sets, &any);
}

void check_warn_commands(const struct settings *s, struct diag *d)
{
	char sets[SETS_MAX];
	bool any;

	for (size_t i = 0; i < s->allow_commands.n; i++) {
		const struct set_item *const item = &s->allow_commands.items[i];

		if (means_set(item->text, sets, &any))
			check_warn(
				d, item->from.file, item->from.line,
				any ? "AllowCommands=: '%s' also admits options that start any program; write %s" :
				      "AllowCommands=: '%s' admits only this command without other words, which no client sends; write %s",
				item->text, sets);
	}
	if (s->command.n > 0 && means_set(s->command.items[0].text, sets, &any) && !any) {
		const struct set_item *const item = &s->command.items[0];

		/* sshd has no such program: it is a word of sshd_config(5) */
		(strcmp(item->text, "internal-sftp") == 0 ? check_refuses : check_warn)(
			d, item->from.file, item->from.line,
			"Command=: '%s' transfers no files; write AllowCommands=%s instead",
			item->text, sets);
	}
}
