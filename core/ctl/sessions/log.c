/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - cordon log: the events of one session or of one user */
#include "ctl/sessions/sessions.h"

#include "base/cleanup.h"
#include "contract/log.h"
#include "contract/registry.h"
#include "ctl/ctl.h"
#include "policy/account/lookup.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define JOURNALCTL     "/usr/bin/journalctl"

/* Where the syslog daemons of the distributions write authpriv. */
static const char *const files[] = { "/var/log/auth.log", "/var/log/secure", "/var/log/messages" };

struct log_options {
	const char *file;
	bool help;
};

/* What becomes of each line. */
static void (*on_line)(void *arg, const char *line);
static void *on_line_arg;

static void print_line(void *arg, const char *line)
{
	(void)arg;
	sayf(stdout, "%s\n", line);
}

/**
 * struct wanted - whose events are wanted
 * @key:   of the line: "session", "place" or "user"
 * @value: what the key has
 * @word:  key=value with the blanks around it, as it stands in a line of syslog
 */
struct wanted {
	const char *key, *value;
	char word[4 * FACTS_NAME_MAX + 16];
};

#define HEX "0123456789abcdef"

static bool is_id(const char *text)
{
	return strspn(text, HEX) == 16 && text[16] == '\0';
}

static bool is_place(const char *text)
{
	return registry_is_place_id(text) && strspn(text + 1, HEX) == 15 && text[16] == '\0';
}

/* The beginning of an id? */
static bool is_part(const char *text)
{
	const char *digits = registry_is_place_id(text) ? text + 1 : text;

	return digits[strspn(digits, HEX)] == '\0';
}

/* A whole id, or a part of the id of a session that runs, or a user. */
static int resolve(const char *text, struct sessions *s, struct wanted *ret)
{
	cleanup_free char *buf = NULL;
	char quoted[4 * FACTS_NAME_MAX];
	struct passwd pw;
	const struct session_row *row;

	if (is_id(text) || is_place(text) || lookup_user(text, 0, &pw, &buf) == 1) {
		ret->key = is_id(text) ? "session" : is_place(text) ? "place" : "user";
		ret->value = text;
	} else if (is_part(text)) {
		if (sessions_read(s) < 0)
			return EXIT_SYSTEM;
		row = session_find(s, text);
		if (row == NULL)
			return EXIT_USAGE;
		ret->key = registry_is_place_id(text) ? "place" : "session";
		ret->value = registry_is_place_id(text) ? row->state.place : row->id;
	} else {
		ret->key = "user"; /* of an account that was removed, perhaps */
		ret->value = text;
	}
	if (strcmp(ret->key, "session") == 0)
		(void)snprintf(ret->word, sizeof ret->word, " session=%s ", ret->value); /* fits */
	else
		(void)snprintf(ret->word, sizeof ret->word, " %s=%s", ret->key,
			       log_quote(ret->value, quoted, sizeof quoted)); /* fits */
	return EXIT_YES;
}

/*
 * Is it a line of cordon about @w? Other programs log texts that users choose, so the first ": " must
 * end the name of the program. Within a line of cordon, such texts have no quotes.
 */
static bool matches(const char *line, const struct wanted *w)
{
	static const char name[] = "cordon[";
	const char *end = strstr(line, "]: "), *from = end;

	if (end == NULL || strstr(line, ": ") != end + 1)
		return false;
	while (from > line && isdigit((unsigned char)from[-1]))
		from--;
	from -= sizeof name - 1;
	return from >= line && strncmp(from, name, sizeof name - 1) == 0 &&
	       (from == line || !isalnum((unsigned char)from[-1])) && strstr(end, w->word) != NULL;
}

/* Hands on the lines of @f; returns their number. */
static size_t take_lines(FILE *f, const struct wanted *w)
{
	cleanup_free char *line = NULL;
	size_t size = 0, n = 0;
	ssize_t len;

	while ((len = getline(&line, &size, f)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (w != NULL && !matches(line, w))
			continue;
		on_line(on_line_arg, line);
		n++;
	}
	return n;
}

static int nothing_in(const char *where, const struct wanted *w)
{
	sayf(stderr, "cordon: no event with %s '%s' in %s\n", w->key, w->value, where);
	return EXIT_NO;
}

static int from_file(const char *path, const struct wanted *w)
{
	cleanup_fclose FILE *f = fopen(path, "re");

	if (f == NULL) {
		sayf(stderr, "cordon: %s: %s\n", path, strerror(errno));
		return EXIT_SYSTEM;
	}
	return take_lines(f, w) > 0 ? EXIT_YES : nothing_in(path, w);
}

/* Every user can write entries with these fields, but not with _UID=0; see systemd.journal-fields(7). */
_Noreturn static void become_journalctl(const char *field, int out)
{
	if (dup2(out, STDOUT_FILENO) >= 0)
		(void)execl(JOURNALCTL, "journalctl", "--no-pager", "--quiet", "--output=short-iso",
			    "--identifier=cordon", "_UID=0", field, (char *)NULL);
	sayf(stderr, "cordon: %s: %s\n", JOURNALCTL, strerror(errno));
	_exit(EXIT_SYSTEM);
}

static int from_journal(const struct wanted *w)
{
	char field[FACTS_NAME_MAX + 32], where[sizeof field + 64];
	cleanup_fclose FILE *f = NULL;
	int ends[2], status = 0;
	size_t n;
	pid_t pid;

	(void)snprintf(field, sizeof field, "CORDON_%s=%s",
		       strcmp(w->key, "user") == 0  ? "USER" :
		       strcmp(w->key, "place") == 0 ? "PLACE" :
						      "SESSION",
		       w->value); /* cut: no user has such a name */
	if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		sayf(stderr, "cordon: %s\n", strerror(errno));
		return EXIT_SYSTEM;
	}
	if (pid == 0)
		become_journalctl(field, ends[1]);
	(void)close(ends[1]); /* the child's alone */
	f = fdopen(ends[0], "r");
	n = f != NULL ? take_lines(f, NULL) : 0;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return EXIT_SYSTEM;
	if (n > 0)
		return EXIT_YES;
	if (WEXITSTATUS(status) > 1) /* journalctl exits with 1 if nothing is found */
		return EXIT_SYSTEM;
	(void)snprintf(where, sizeof where, "the journal (journalctl -t cordon %s)",
		       field); /* fits */
	return nothing_in(where, w);
}

static int from_syslog(const struct wanted *w)
{
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (access(files[i], F_OK) == 0)
			return from_file(files[i], w);
	sayf(stderr,
	     "cordon: no journal (%s), and no %s, %s or %s; give the file to which syslog writes authpriv: --file FILE\n",
	     JOURNAL_SOCKET, files[0], files[1], files[2]);
	return EXIT_SYSTEM;
}

int log_lines(const char *whose, const char *file, void (*line)(void *arg, const char *line),
	      void *arg)
{
	struct sessions s = { 0 };
	struct wanted w;
	int code = resolve(whose, &s, &w);

	on_line = line;
	on_line_arg = arg;
	if (code == EXIT_YES)
		code = file != NULL ? from_file(file, &w) :
		       access(JOURNAL_SOCKET, F_OK) == 0 && access(JOURNALCTL, X_OK) == 0 ?
				      from_journal(&w) :
				      from_syslog(&w);
	sessions_free(&s);
	return code;
}

int log_main(int argc, char **argv)
{
	struct log_options o = { 0 };
	static const struct option_row rows[] = {
#define OPTION(name, argument, member, help) \
	OPTION_ROW(struct log_options, name, argument, member, help),
#include "ctl/options/log.def"
#undef OPTION
	};
	enum { ROWS_N = sizeof rows / sizeof rows[0] };
	const int first = options_parse(rows, ROWS_N, &o, "", argc, argv);

	if (first < 0)
		return EXIT_USAGE;
	if (o.help) {
		ctl_help("log", rows, ROWS_N, "");
		return EXIT_YES;
	}
	if (first != argc - 1) {
		sayf(stderr, "cordon: log takes the id of one session, or one user\n");
		return EXIT_USAGE;
	}
	return log_lines(argv[first], o.file, print_line, NULL);
}
