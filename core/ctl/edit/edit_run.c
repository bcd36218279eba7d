/* SPDX-License-Identifier: Apache-2.0 */
/* edit_run.c - see edit.h: the editor and the questions */
#include "ctl/edit/edit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 32 };

volatile sig_atomic_t edit_ended;

static void on_signal(int sig)
{
	edit_ended = sig;
}

void edit_signals(void)
{
	/* without SA_RESTART, so that a question and the wait for the editor end */
	const struct sigaction ended = { .sa_handler = on_signal };

	(void)sigaction(SIGHUP, &ended, NULL); /* cannot fail for these signals */
	(void)sigaction(SIGINT, &ended, NULL);
	(void)sigaction(SIGQUIT, &ended, NULL);
	(void)sigaction(SIGTERM, &ended, NULL);
}

/* The words of the editor: the first of these variables, or the editor of Debian, or vi. */
static void editor_words(char *buf, size_t size, char *words[WORDS_MAX])
{
	static const char *const names[] = { "SUDO_EDITOR", "VISUAL", "EDITOR" };
	const char *text = NULL;
	size_t n = 0;

	for (size_t i = 0; i < 3 && (text == NULL || text[0] == '\0'); i++)
		text = getenv(names[i]);
	if (text == NULL || text[strspn(text, " \t")] == '\0')
		text = access("/usr/bin/editor", X_OK) == 0 ? "/usr/bin/editor" : "vi";
	(void)snprintf(buf, size, "%s", text); /* cut: such an editor does not exist */
	for (char *word = strtok(buf, " \t"); word != NULL && n < WORDS_MAX - 2;
	     word = strtok(NULL, " \t"))
		words[n++] = word;
	words[n] = NULL;
}

_Noreturn static void become_editor(const struct edit *e)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	char buf[1024], path[512], *words[WORDS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		(void)signal(signals[i], SIG_DFL);
	editor_words(buf, sizeof buf, words);
	(void)snprintf(path, sizeof path, "%s/%s", e->temp, e->name); /* fits */
	while (words[n] != NULL)
		n++;
	words[n] = path;
	words[n + 1] = NULL;
	(void)execvp(words[0], words); /* returns only to fail */
	sayf(stderr, "cordon: %s: %s; set EDITOR\n", words[0], strerror(errno));
	_exit(127);
}

int edit_run(const struct edit *e)
{
	const pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		become_editor(e);
	if (pid < 0) {
		sayf(stderr, "cordon: edit: %s\n", strerror(errno));
		return EXIT_SYSTEM;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (edit_ended == SIGHUP || edit_ended == SIGTERM)
			(void)kill(pid, (int)edit_ended); /* and wait for its end */
		else
			edit_ended = 0; /* the editor has the keys of the terminal */
	if (edit_ended == SIGINT || edit_ended == SIGQUIT)
		edit_ended = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return EXIT_YES;
	if (WIFSIGNALED(status))
		sayf(stderr, "cordon: edit: the editor was ended by signal %d (%s)\n",
		     WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != 127)
		sayf(stderr, "cordon: edit: the editor failed with exit status %d\n",
		     WEXITSTATUS(status));
	return EXIT_NO;
}

char edit_ask(const char *question, const char *letters)
{
	const char last = letters[strlen(letters) - 1];
	char line[256];

	for (;;) {
		sayf(stdout, "%s", question);
		(void)fflush(stdout);
		if (edit_ended != 0 || fgets(line, sizeof line, stdin) == NULL) {
			sayf(stdout, "\n");
			return last;
		}
		for (const char *l = letters; *l != '\0'; l++)
			if (strncasecmp(line + strspn(line, " \t"), l, 1) == 0)
				return *l;
		if (line[strspn(line, " \t\n")] == '\0' && last == 'n')
			return last; /* no is the answer without an answer */
	}
}
