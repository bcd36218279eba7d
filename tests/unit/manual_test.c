/* SPDX-License-Identifier: Apache-2.0 */
/* manual_test.c - the manuals have the options and exit codes of the tables in core/ */
#include "cordon_tree.h"

#include <stdbool.h>

/* A page: generated, or as it is in man/. */
static char *manual_read(const char *page)
{
	char path[PATH_MAX + 64];
	char *text = NULL;
	size_t size = 0;
	FILE *f;

	(void)snprintf(path, sizeof path, "%.*s/man/%s", (int)(strrchr(cordon, '/') - cordon),
		       cordon, page);
	f = fopen(path, "r");
	if (f == NULL)
		f = fopen(strrchr(path, '/') - strlen("man"), "r");
	if (f == NULL || getdelim(&text, &size, '\0', f) < 0)
		fail_msg("%s cannot be read", path);
	assert_int_equal(fclose(f), 0);
	return text;
}

/* Finds the text of cordon(1) about @command. */
static char *manual_of(const char *manual, const char *command)
{
	const bool own = strcmp(command, "run") == 0;
	char title[64];
	const char *at, *end;

	(void)snprintf(title, sizeof title, "%s%s\n", own ? "\n.Sh " : "\n.It Cm ",
		       own ? "RUNNING A PROGRAM" : command);
	at = strstr(manual, title);
	if (at == NULL) {
		fail_msg("cordon(1) has no section about %s", command);
		return NULL;
	}
	end = strstr(at + strlen(title), own ? "\n.Sh " : "\n.It Cm ");
	return strndup(at, (size_t)(end != NULL ? end - at : (long)strlen(at)));
}

/* The manual has each option that --help of @command lists, with the same words. */
static void options_in_the_manual(const char *command, char *help, const char *manual)
{
	char *save, *name = NULL;

	for (char *line = strtok_r(help, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		char entry[128];
		const char *at, *says = strlen(line) > 27 ? line + 27 : "";

		if (strncmp(line, "  --", 4) == 0)
			name = line + 4;
		else if (name == NULL || strncmp(line, "     ", 5) != 0)
			continue;
		(void)snprintf(entry, sizeof entry, "\n.It Fl Fl %.*s", (int)strcspn(name, " ["),
			       name);
		at = strstr(manual, entry);
		if (at == NULL)
			fail_msg("cordon(1) has no --%s of cordon %s", name, command);
		if (line[26] != ' ' || says[0] == ' ') /* the help is on the next line */
			continue;
		at = strchr(at + 1, '\n');
		if (strncmp(at + 2, says + 1, strlen(says) - 1) != 0)
			fail_msg("cordon(1) says of --%s of cordon %s: %.80s, and not: %s", name,
				 command, at + 1, says);
	}
	assert_non_null(name);
}

static void the_manual_has_every_option(void **state)
{
	static const char *const commands[] = {
#define COMMAND(name, fn, synopsis, help, example) help[0] != '\0' ? #name : NULL,
#include "ctl/commands.def"
#undef COMMAND
	};
	char *manual = manual_read("cordon.1");

	(void)state;
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		char words[64];
		char *help, *part;
		int code;

		if (commands[i] == NULL)
			continue;
		(void)snprintf(words, sizeof words, "%s --help", commands[i]);
		help = run(words, &code);
		part = manual_of(manual, commands[i]);
		assert_int_equal(code, 0);
		options_in_the_manual(commands[i], help, part);
		free(part);
		free(help);
	}
	free(manual);
}

/* cordonsh(8) and cordon(1) have the exit codes of exits.def, with its words. */
static void the_manuals_have_every_exit_code(void **state)
{
	static const struct {
		const char *page, *of;
		int code;
		const char *meaning;
	} exits[] = {
#define EXIT(NAME, code, of, meaning) \
	{ "cordon.1", #of, code, meaning }, { "cordonsh.8", #of, code, meaning },
#include "exits.def"
#undef EXIT
	};

	(void)state;
	for (size_t i = 0; i < sizeof exits / sizeof exits[0]; i++) {
		char entry[256];
		char *manual;

		if (strcmp(exits[i].page, "cordonsh.8") == 0 && strcmp(exits[i].of, "PROGRAM") != 0)
			continue;
		manual = manual_read(exits[i].page);
		(void)snprintf(entry, sizeof entry, "\n.It %d\n%s\n", exits[i].code,
			       exits[i].meaning);
		if (strstr(manual, entry) == NULL)
			fail_msg("%s has no: %s", exits[i].page, entry);
		free(manual);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_manual_has_every_option),
		cmocka_unit_test(the_manuals_have_every_exit_code),
	};

	return cmocka_run_group_tests_name("manual", tests, setup, teardown);
}
