/* SPDX-License-Identifier: Apache-2.0 */
/* edit.c - cordon edit: change a rule as visudo does: locked, checked, explained, and saved by a rename */
#include "ctl/edit/edit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct edit_options {
	const char *root;
	bool allow_lockout, help;
};

static int fail(int code, const char *what, const char *why)
{
	sayf(stderr, "cordon: %s: %s\n", what, why);
	return code;
}

/* Lists the rules to choose from. */
static int which(const struct policy_name *names, size_t n)
{
	sayf(stderr, "cordon: edit: which rule? write 'cordon edit RULE'%s\n",
	     n > 0 ? " with one of:" : "; there is none yet");
	for (size_t i = 0; i < n; i++)
		sayf(stderr, "  %.*s\n", (int)(strlen(names[i].name) - strlen(".conf")),
		     names[i].name);
	return EXIT_USAGE;
}

/* Without a name, the only rule is meant. */
static int only_rule(struct edit *e)
{
	struct policy_name *names = NULL;
	struct err err = { 0 };
	char text[1024];
	size_t n = 0;
	int code = EXIT_YES;

	if (policy_names(&e->paths, &names, &n, &err) < 0) {
		sayf(stderr, "cordon: %s\n", err_text(&err, text, sizeof text));
		return EXIT_CONFIG;
	}
	if (n != 1)
		code = which(names, n);
	else
		(void)snprintf(e->name, sizeof e->name, "%s", names[0].name); /* checked below */
	policy_names_free(names, n);
	return code;
}

/* "50-guests", "50-guests.conf" or the path of the file. */
static int take_name(struct edit *e, const char *name)
{
	const size_t prefix = strlen(e->paths.rules_etc);
	size_t len;

	if (strncmp(name, e->paths.rules_etc, prefix) == 0 && name[prefix] == '/')
		name += prefix + 1;
	len = strlen(name);
	if (len > 5 && strcmp(name + len - 5, ".conf") == 0)
		len -= 5;
	if (len == 0 || len > EDIT_NAME_MAX || name[0] == '.' || strchr(name, '/') != NULL)
		return fail(
			EXIT_USAGE, name,
			"invalid name of a rule; write a name such as 50-guests, without a directory");
	(void)snprintf(e->name, sizeof e->name, "%.*s.conf", (int)len, name); /* fits */
	return EXIT_YES;
}

/* Only the owner of the rules, at a terminal, can edit them. */
static int may_edit(const struct edit *e)
{
	if (geteuid() != e->paths.owner)
		return fail(
			EXIT_NO, "edit",
			e->paths.owner == 0 ?
				"only root can change rules; run 'sudo cordon edit'" :
				"the rules belong to the owner of the tree; run cordon as that user");
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return fail(
			EXIT_USAGE, "edit",
			"requires a terminal; elsewhere change a copy, run 'cordon check COPY', and rename the copy to the rule");
	return EXIT_YES;
}

/* ---- the rounds ---- */

/* REFUSED: what the user has given up could not be saved. */
enum round { ROUND_AGAIN, ROUND_SAVED, ROUND_QUIT, ROUND_REFUSED };

static enum round save(struct edit *e)
{
	int r = edit_save(e);

	if (r == 0) {
		sayf(stdout, "%s: saved\n", e->path);
		return ROUND_SAVED;
	}
	if (r != -ESTALE) {
		(void)fail(0, e->path, strerror(-r));
		return ROUND_REFUSED;
	}
	(void)fail(0, e->path, "somebody else has changed the rule meanwhile, so it was not saved");
	return edit_ask("(e)dit again to replace that, or (q)uit without saving? ", "eq") == 'e' ?
		       ROUND_AGAIN :
		       ROUND_QUIT;
}

/* Judges what the editor has left, and asks what to do. */
static enum round judge(struct edit *e, bool allow_lockout)
{
	static const char again[] = "(e)dit again, or (q)uit without saving? ";

	if (e->size == e->was_size && memcmp(e->text, e->was, e->size) == 0) {
		sayf(stdout, "%s: no change\n", e->path);
		return ROUND_QUIT;
	}
	if (!edit_check(e))
		return edit_ask(again, "eq") == 'e' ? ROUND_AGAIN : ROUND_REFUSED;
	edit_effect(e);
	if (edit_locks_out(e) && !allow_lockout) {
		sayf(stderr,
		     "cordon: %s: not saved; if that is meant, run 'cordon edit --allow-lockout'\n",
		     e->path);
		return edit_ask(again, "eq") == 'e' ? ROUND_AGAIN : ROUND_REFUSED;
	}
	switch (edit_ask("save? (y)es, (e)dit again, (N)o: ", "yen")) {
	case 'y':
		return save(e);
	case 'e':
		return ROUND_AGAIN;
	default:
		return ROUND_QUIT;
	}
}

static int rounds(struct edit *e, bool allow_lockout)
{
	enum round round = ROUND_AGAIN;
	int r = edit_copy(e);

	while (r == EXIT_YES && round == ROUND_AGAIN) {
		r = edit_run(e);
		if (r == EXIT_YES)
			r = edit_take(e);
		if (r == EXIT_YES)
			round = judge(e, allow_lockout);
		if (edit_ended != 0)
			break;
	}
	if (round != ROUND_SAVED)
		sayf(stdout, "%s: %s\n", e->path, e->fresh ? "not created" : "unchanged");
	return r == EXIT_YES && (edit_ended != 0 || round == ROUND_REFUSED) ? EXIT_NO : r;
}

static int edit_rule(struct edit *e, bool allow_lockout)
{
	int r = edit_lock(e);

	if (r == EXIT_YES)
		r = edit_read(e);
	if (r != EXIT_YES)
		return r;
	if (e->fresh) {
		char question[1200];

		(void)snprintf(question, sizeof question,
			       "%s does not exist; create it? (y)es, (N)o: ",
			       e->path); /* cut: for people */
		if (edit_ask(question, "yn") != 'y')
			return EXIT_YES;
	}
	return rounds(e, allow_lockout);
}

int edit_main(int argc, char **argv)
{
	static const struct option_row rows[] = {
#define OPTION(name, argument, member, help) \
	OPTION_ROW(struct edit_options, name, argument, member, help),
#include "ctl/options/edit.def"
#undef OPTION
	};
	static struct edit e = { .dir = -1, .lock = -1 }; /* large */
	const size_t n = sizeof rows / sizeof rows[0];
	struct edit_options o = { 0 };
	const int first = options_parse(rows, n, &o, "", argc, argv);
	int r;

	if (first >= 0 && o.help) {
		ctl_help("edit", rows, n, "");
		return EXIT_YES;
	}
	policy_paths_default(&e.paths);
	if (first < 0 || (o.root != NULL && ctl_root(&e.paths, o.root) < 0))
		return EXIT_USAGE;
	if (first < argc - 1)
		return fail(EXIT_USAGE, argv[first + 1], "edit takes one rule; remove this word");
	r = may_edit(&e);
	if (r == EXIT_YES)
		r = first == argc ? only_rule(&e) : take_name(&e, argv[first]);
	if (r != EXIT_YES)
		return r;
	(void)snprintf(e.path, sizeof e.path, "%s%s/%s", e.paths.root, e.paths.rules_etc,
		       e.name); /* for messages */
	edit_signals();
	r = edit_rule(&e, o.allow_lockout);
	edit_remove(&e);
	return r;
}
