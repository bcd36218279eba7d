/* SPDX-License-Identifier: Apache-2.0 */
/* explain_command.c - cordon explain USER --command STRING: judge a command line */
#include "ctl/explain/explain.h"

#include "command/split.h"
#include "policy/compile/commands.h"

#include <stdio.h>
#include <string.h>

struct answer {
	bool admitted;
	const char *why; /* of a refusal */
	char by[128];	 /* the set or pattern that decided */
	char from[320];	 /* where it was written */
	char program[PATH_MAX];
};

static void from_of(char *buf, size_t size, struct origin o)
{
	(void)snprintf(buf, size, "%s:%u", o.file != NULL ? o.file : "default", o.line); /* cut */
}

static void judge(const struct settings *s, int argc, char *const *argv, struct answer *a)
{
	const struct set_item *item;
	struct command_match m;

	if (s->allow_commands.n == 0) { /* only Command= is set */
		a->admitted = true;
		(void)snprintf(a->by, sizeof a->by, "Command=");
		return;
	}
	if (!commands_match(s, argc, argv, &m, &item)) {
		a->why = m.why != NULL ? m.why : "no pattern of AllowCommands= matches";
		return;
	}
	a->admitted = true;
	(void)snprintf(a->by, sizeof a->by, "%s%s", m.pattern,
		       m.flags & COMMAND_SECLUDED ? ", and arguments that come on standard input" :
						    "");
	from_of(a->from, sizeof a->from, item->from);
	if (command_program(m.name, a->program) < 0)
		(void)snprintf(a->program, sizeof a->program, "%s (not installed)", m.name);
}

static void show_text(const struct settings *s, int argc, char *const *argv, const struct answer *a)
{
	for (int i = 0; i < argc; i++)
		sayf(stdout, "  %d: %s\n", i, argv[i]);
	if (a->admitted)
		sayf(stdout, "admitted by %s%s%s%s%s%s\n", a->by, a->from[0] != '\0' ? " (" : "",
		     a->from, a->from[0] != '\0' ? ")" : "",
		     a->program[0] != '\0' ? "; starts " : "", a->program);
	else
		sayf(stdout, "refused: %s\n", a->why);
	for (size_t i = 0; !a->admitted && i < s->allow_commands.n; i++) {
		char from[320];

		from_of(from, sizeof from, s->allow_commands.items[i].from);
		sayf(stdout, "  allowed: %s (%s)\n", s->allow_commands.items[i].text, from);
	}
}

static void show_json(struct json *j, int argc, char *const *argv, const struct answer *a)
{
	json_object(j, NULL);
	json_array(j, "words");
	for (int i = 0; i < argc; i++)
		json_string(j, NULL, argv[i]);
	json_end(j);
	json_bool(j, "admitted", a->admitted);
	json_string(j, "why", a->why != NULL && !a->admitted ? a->why : "");
	json_string(j, "pattern", a->by);
	json_string(j, "from", a->from);
	json_string(j, "program", a->program);
	json_end(j);
}

int explain_command(struct explain *x, const struct settings *s, const char *home)
{
	const char *command = x->o.command;
	static char buf[COMMAND_SIZE_MAX], forced_from[320];
	static char *argv[COMMAND_WORDS_MAX];
	struct answer a = { 0 };
	int argc = 0;

	if (s->command.n > 0) {
		command = s->command.items[0].text;
		from_of(forced_from, sizeof forced_from, s->command.from);
		if (!x->o.json)
			sayf(stdout, "  Command= replaces every command (%s)\n", forced_from);
	}
	if (s->allow_commands.n == 0 && s->command.n == 0) {
		a.admitted = true;
		(void)snprintf(
			a.by, sizeof a.by,
			"the login shell, which gets the whole string, because AllowCommands= is not set");
	} else if (command[0] == '\0') {
		a.why = "an interactive shell is not allowed; send a command, or add AllowCommands=@shell";
		for (size_t i = 0; i < s->allow_commands.n && !a.admitted; i++) {
			a.admitted = command_names(s->allow_commands.items[i].text, "@shell");
			from_of(a.from, sizeof a.from, s->allow_commands.items[i].from);
		}
		(void)snprintf(a.by, sizeof a.by, "%s", a.admitted ? "@shell" : "");
		if (!a.admitted)
			a.from[0] = '\0';
	} else {
		argc = command_split(command, home, buf, sizeof buf, argv, COMMAND_WORDS_MAX,
				     &a.why);
		if (argc > 0)
			judge(s, argc, argv, &a);
		argc = argc < 0 ? 0 : argc;
	}
	if (x->o.json)
		show_json(&x->json, argc, argv, &a);
	else
		show_text(s, argc, argv, &a);
	return a.admitted ? EXIT_YES : EXIT_NO;
}
