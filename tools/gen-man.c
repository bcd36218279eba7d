/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gen-man.c - write a manual page whose lists come from the tables of core/
 *
 * gen-man PAGE.in EXAMPLES >PAGE
 *
 * A line of the page that is one of these words is replaced:
 *   @TABLE@       the directives of settings.def, with their lines of EXAMPLES
 *   @SYNOPSIS@    the commands of cordon, ctl/commands.def
 *   @OPTIONS CMD@ the options of the command, ctl/options/CMD.def
 *   @EXITS@       the exit codes of cordon, exits.def
 *   @RUN_EXITS@   those of `cordon run` and cordonsh
 * and @NAMESPACES@ within a line is replaced by the words of namespaces.def.
 *
 * The page has further texts about a row between one of these lines and a line "@end". They go into
 * the list:
 *   @intro TITLE  below the title of a section of directives
 *   @values NAME  behind the help text of a directive
 *   @notes NAME   at the end of the entry of a directive, or of an option: "@notes run --user"
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS_MAX = 512 };

static const char *const namespaces =
#define NAMESPACE(KIND, word, flag, by) " " word
#include "namespaces.def"
#undef NAMESPACE
	;

/* A directive, or the title of the following directives. */
static const struct {
	const char *title, *name, *merge, *def, *help;
} directives[] = {
#define SECTION(title)						{ title, NULL, NULL, NULL, NULL },
#define SETTING(Name, field, type, merge, run, part, def, help) { NULL, #Name, #merge, def, help },
#include "settings.def"
#undef SETTING
};

static const struct {
	const char *name, *synopsis, *help;
} commands[] = {
#define COMMAND(name, fn, synopsis, help, example) { #name, synopsis, help },
#include "ctl/commands.def"
#undef COMMAND
};

static const struct {
	const char *of, *name, *argument, *help;
} options[] = {
#define OPTION(name, argument, member, help) { OF, name, argument, help },
#define OF				     "check"
#include "ctl/options/check.def"
#undef OF
#define OF "doctor"
#include "ctl/options/doctor.def"
#undef OF
#define OF "explain"
#include "ctl/options/explain.def"
#undef OF
#define OF "run"
#include "ctl/options/run.def"
#undef OF
#define OF "new"
#include "ctl/options/new.def"
#undef OF
#define OF "edit"
#include "ctl/options/edit.def"
#undef OF
#define OF "learn"
#include "ctl/options/learn.def"
#undef OF
#define OF "show"
#include "ctl/options/show.def"
#undef OF
#define OF "why"
#include "ctl/options/why.def"
#undef OF
#define OF "selftest"
#include "ctl/options/selftest.def"
#undef OF
#define OF "enter"
#include "ctl/options/enter.def"
#undef OF
#define OF "syscalls"
#include "ctl/options/syscalls.def"
#undef OF
#define OF "list"
#include "ctl/options/list.def"
#undef OF
#define OF "kill"
#include "ctl/options/kill.def"
#undef OF
#define OF "top"
#include "ctl/options/top.def"
#undef OF
#define OF "log"
#include "ctl/options/log.def"
#undef OF
#undef OPTION
};

static const struct {
	int code;
	const char *of, *meaning;
} exits[] = {
#define EXIT(NAME, code, of, meaning) { code, #of, meaning },
#include "exits.def"
#undef EXIT
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct block {
	const char *key; /* "notes Action", up to its newline */
	const char *text, *end;
	bool used;
} blocks[BLOCKS_MAX];
static size_t n_blocks;

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t len = 0;

	if (f == NULL || getdelim(&text, &len, '\0', f) < 0 || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
	return text;
}

static const char *next_line(const char *at)
{
	at += strcspn(at, "\n");
	return at + (*at == '\n');
}

static bool is_line(const char *at, const char *line)
{
	const size_t len = strlen(line);

	return strncmp(at, line, len) == 0 && (at[len] == '\n' || at[len] == '\0');
}

static bool begins_block(const char *at)
{
	return strncmp(at, "@intro ", 7) == 0 || strncmp(at, "@values ", 8) == 0 ||
	       strncmp(at, "@notes ", 7) == 0;
}

static const char *end_of_block(const char *at)
{
	while (*at != '\0' && !is_line(at, "@end"))
		at = next_line(at);
	return at;
}

static void find_blocks(const char *page)
{
	for (const char *at = page; *at != '\0'; at = next_line(at))
		if (begins_block(at) && n_blocks < BLOCKS_MAX) {
			const char *text = next_line(at);

			blocks[n_blocks++] =
				(struct block){ at + 1, text, end_of_block(text), false };
			at = end_of_block(text);
		}
}

static void put_line(const char *at)
{
	static const char mark[] = "@NAMESPACES@";
	const char *end = next_line(at), *found = strstr(at, mark);

	if (found != NULL && found < end) {
		(void)printf("%.*s%s", (int)(found - at), at, namespaces + 1);
		at = found + strlen(mark);
	}
	(void)fwrite(at, 1, (size_t)(end - at), stdout);
}

static void put_block(const char *kind, const char *name)
{
	char key[256];

	(void)snprintf(key, sizeof key, "%s %s", kind, name);
	for (size_t i = 0; i < n_blocks; i++)
		if (is_line(blocks[i].key, key)) {
			for (const char *at = blocks[i].text; at < blocks[i].end; at = next_line(at))
				put_line(at);
			blocks[i].used = true;
		}
}

/* ---- directives ---- */

/* Writes a line of a rule so that mdoc(7) shows it unchanged. */
static void put_literal(const char *text, size_t len)
{
	static const char from[] = "\\\"'-~";
	static const char *const to[] = { "\\e", "\\(dq", "\\(aq", "\\-", "\\(ti" };

	for (; len > 0; text++, len--) {
		const char *at = strchr(from, *text);

		if (at != NULL)
			(void)fputs(to[at - from], stdout);
		else
			(void)putchar(*text);
	}
}

/* Writes the examples for @name; a line that begins with a tab belongs to the one before. */
static void put_examples(const char *examples, const char *name)
{
	const size_t len = strlen(name);
	bool ours = false;

	for (const char *at = examples; *at != '\0'; at = next_line(at)) {
		if (*at != '\t')
			ours = strncmp(at, name, len) == 0 && at[len] == '=';
		if (!ours)
			continue;
		(void)fputs(".Dl ", stdout);
		put_literal(at + (*at == '\t'), strcspn(at, "\n") - (*at == '\t'));
		(void)putchar('\n');
	}
}

/* Writes a sentence. A first word gets a capital letter, but not "tcp:" or "uname(2)". */
static void put_help(const char *help)
{
	const size_t word = strspn(help, "abcdefghijklmnopqrstuvwxyz");
	const bool capital = word > 0 && strchr(" ,;/", help[word]) != NULL;

	(void)putchar(capital ? toupper((unsigned char)*help) : *help);
	for (help++; *help != '\0'; help++)
		if (*help == '\\')
			(void)fputs("\\e", stdout);
		else
			(void)putchar(*help);
	(void)puts(".");
}

static void put_directives(const char *examples)
{
	bool open = false;

	for (size_t i = 0; i < COUNT(directives); i++) {
		const char *const name = directives[i].name;

		if (directives[i].title != NULL) {
			(void)printf("%s.Ss %s\n", open ? ".El\n" : "", directives[i].title);
			put_block("intro", directives[i].title);
			(void)puts(".Bl -tag -width Ds");
			open = true;
			continue;
		}
		(void)printf(".It Sy %s=\n", name);
		put_help(directives[i].help);
		put_block("values", name);
		if (strcmp(directives[i].merge, "APPEND") == 0)
			(void)puts("This is a list; see\n.Sx Lists .");
		if (directives[i].def[0] != '\0')
			(void)printf("Default:\n.Ql %s .\n", directives[i].def);
		put_examples(examples, name);
		put_block("notes", name);
	}
	(void)puts(".El");
}

/* ---- commands, options and exit codes ---- */

/* Writes a word in capital letters, which the user replaces; returns the rest. */
static const char *put_value(const char *at)
{
	(void)fputs("Ar ", stdout);
	for (; isupper((unsigned char)*at); at++)
		(void)putchar(tolower((unsigned char)*at));
	return at;
}

/* Writes "INSIDE:OUTSIDE[,...]" with macros of mdoc(7). */
static void put_argument(const char *at)
{
	while (*at != '\0') {
		const size_t other = strcspn(at, ":=|[");

		if (isupper((unsigned char)*at)) {
			(void)putchar(' ');
			at = put_value(at);
		} else if (*at == ':' || *at == '|') {
			(void)printf(" %c%s", *at, *at == ':' ? " Ns" : "");
			at++;
		} else if (*at == '=') {
			(void)fputs(" Ns = Ns", stdout);
			at++;
		} else if (strncmp(at, "[=", 2) == 0) {
			(void)fputs(" Ns Op = Ns ", stdout);
			at = put_value(at + 2) + 1;
		} else if (*at == '[') {
			(void)printf(" Ns Op %.*s", (int)strcspn(at + 1, "]"), at + 1);
			at += strcspn(at, "]") + 1;
		} else {
			(void)printf(" %s%.*s", *at == '-' ? "" : "Cm ", (int)other, at);
			at += other;
		}
	}
}

/* Writes a word of a synopsis: "--user", "USER", "@GROUP", "FILE...", "|"; returns the rest. */
static const char *put_word(const char *at)
{
	const char *const end = at + strcspn(at, " ]}");

	if (strncmp(at, "--", 2) == 0) {
		(void)printf("Fl Fl%s%.*s", end > at + 2 ? " " : "", (int)(end - at) - 2, at + 2);
		return end;
	}
	if (*at == '@') {
		(void)fputs("@ Ns ", stdout);
		at++;
	}
	if (isupper((unsigned char)*at)) {
		at = put_value(at);
		if (at < end)
			(void)putchar(' ');
	}
	(void)printf("%.*s", (int)(end - at), at);
	return end;
}

static const char *put_list(const char *at);

/* Writes a word, or words in brackets as "Op" and "Brq"; returns the rest. */
static const char *put_item(const char *at)
{
	const char *word = at;

	if (*at == '[' || *at == '{') {
		(void)fputs(*at == '[' ? "Op " : "Brq ", stdout);
		return put_list(at + 1);
	}
	at = put_word(at);
	if (at == word) { /* a bracket that closes none, or two blanks */
		(void)fprintf(stderr, "a synopsis cannot be read from '%s'\n", at);
		exit(EXIT_FAILURE);
	}
	return at;
}

/* Writes items up to the bracket that closes the list. In a line, only the last item can be a list. */
static const char *put_list(const char *at)
{
	for (;;) {
		const bool list = *at == '[' || *at == '{';

		at = put_item(at);
		if (*at == ']' || *at == '}')
			return at + 1;
		if (*at != ' ' || list) {
			(void)fprintf(stderr, "a synopsis has no ']' before '%s'\n", at);
			exit(EXIT_FAILURE);
		}
		(void)putchar(' ');
		at++;
	}
}

/* Writes "[OPTION...] USER" with a line for each word and each pair of brackets. */
static void put_synopsis(const char *at)
{
	while (*at != '\0') {
		(void)putchar('.');
		at = put_item(at);
		(void)putchar('\n');
		at += *at == ' ';
	}
}

static void put_commands(void)
{
	for (size_t i = 0; i < COUNT(commands); i++)
		if (commands[i].help[0] != '\0') {
			(void)printf(".Nm\n.Cm %s\n", commands[i].name);
			put_synopsis(commands[i].synopsis);
		}
}

static void put_options(const char *command, size_t len)
{
	(void)puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < COUNT(options); i++) {
		char name[64];

		if (strlen(options[i].of) != len || strncmp(options[i].of, command, len) != 0)
			continue;
		(void)printf(".It Fl Fl %s", options[i].name);
		put_argument(options[i].argument);
		(void)putchar('\n');
		put_help(options[i].help);
		(void)snprintf(name, sizeof name, "%s --%s", options[i].of, options[i].name);
		put_block("notes", name);
	}
	(void)puts(".El");
}

static void put_exits(const char *of)
{
	(void)puts(".Bl -tag -width Ds -compact");
	for (size_t i = 0; i < COUNT(exits); i++)
		if (strcmp(exits[i].of, of) == 0)
			(void)printf(".It %d\n%s\n", exits[i].code, exits[i].meaning);
	(void)puts(".El");
}

/* ---- the page ---- */

static void put_page(const char *page, const char *examples)
{
	for (const char *at = page; *at != '\0'; at = next_line(at)) {
		if (begins_block(at))
			at = end_of_block(at);
		else if (is_line(at, "@TABLE@"))
			put_directives(examples);
		else if (is_line(at, "@SYNOPSIS@"))
			put_commands();
		else if (strncmp(at, "@OPTIONS ", 9) == 0)
			put_options(at + 9, strcspn(at + 9, "@"));
		else if (is_line(at, "@EXITS@"))
			put_exits("COMMAND");
		else if (is_line(at, "@RUN_EXITS@"))
			put_exits("PROGRAM");
		else
			put_line(at);
	}
}

int main(int argc, char **argv)
{
	int code = 0;

	if (argc != 3) {
		(void)fputs("usage: gen-man PAGE.in EXAMPLES\n", stderr);
		return 2;
	}
	const char *const page = read_file(argv[1]), *const examples = read_file(argv[2]);

	find_blocks(page);
	put_page(page, examples);
	for (size_t i = 0; i < n_blocks; i++)
		if (!blocks[i].used) {
			(void)fprintf(stderr, "%s: @%.*s: there is no such row\n", argv[1],
				      (int)strcspn(blocks[i].key, "\n"), blocks[i].key);
			code = 1;
		}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("gen-man");
		code = 1;
	}
	return code;
}
