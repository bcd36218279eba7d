/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corpus_test.c - compare the output of `cordon check` and `cordon explain` for rules of tests/rules
 *
 * tests/rules/bad and good hold cases, several to a file:
 *
 *	=== what it is about
 *	the text of rules.d/50-x.conf
 *	--- profiles/low.conf
 *	the text of another file below /etc/cordon
 *	--- explain --service su bob
 *	--- expect
 *	what is said, without the directory
 *
 * In a case whose first line ends in "(bytes)", \xHH is a byte. For a good rule the expected text
 * has all that the rule sets, and how its plan differs from that of an empty rule: lines with "+" are
 * only in its plan, and replace lines with the same beginning; lines with "-" are only in the plan
 * of the empty rule. UPDATE=1 writes what is said into the files, for the author of a change to read.
 */
#include "cordon_tree.h"
#include "foreign.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { OTHERS_MAX = 8 };

static const char corpus[] = "tests/rules";

/* ---- the cases ---- */

struct piece {
	char *name;
	const char *text;
	size_t size;
};

struct corpus_case {
	char *title;
	struct piece files[OTHERS_MAX];
	size_t n_files;
	char *explain; /* its words */
	char *expect;
	size_t head; /* bytes of the case as it was written, before what is expected */
	const char *start;
};

static size_t unescape(char *text, size_t size)
{
	char *w = text;
	unsigned byte;

	for (char *r = text; r < text + size;) {
		if (r + 4 <= text + size && r[0] == '\\' && r[1] == 'x' &&
		    sscanf(r + 2, "%2x", &byte) == 1) {
			*w++ = (char)byte;
			r += 4;
		} else {
			*w++ = *r++;
		}
	}
	return (size_t)(w - text);
}

/* Splits the case that begins at @at with "=== "; returns its end. */
static char *case_parse(char *at, struct corpus_case *c)
{
	char *end = strstr(at, "\n=== ");
	const bool last = end == NULL;
	char *line;

	end = last ? at + strlen(at) : end + 1;
	*c = (struct corpus_case){ .start = at,
				   .explain = strdup("bob"),
				   .expect = strdup(""),
				   .head = (size_t)(end - at) };
	c->title = strndup(at + 4, strcspn(at + 4, "\n"));
	line = at + 4 + strlen(c->title) + 1;
	c->files[c->n_files++] =
		(struct piece){ .name = strdup("cordon/rules.d/50-x.conf"), .text = line };
	while (line < end) {
		struct piece *now = &c->files[c->n_files - 1];
		char *eol = memchr(line, '\n', (size_t)(end - line));

		eol = eol == NULL ? end : eol + 1;
		if (strncmp(line, "--- ", 4) != 0) {
			now->size += now->text != NULL ? (size_t)(eol - line) : 0;
		} else if (strncmp(line + 4, "expect\n", 7) == 0) {
			c->head = (size_t)(line - at);
			free(c->expect);
			c->expect = strndup(eol, (size_t)(end - eol));
			break;
		} else if (strncmp(line + 4, "explain ", 8) == 0) {
			free(c->explain);
			c->explain = strndup(line + 12, (size_t)(eol - line) - 13);
			c->files[c->n_files++] = (struct piece){ 0 };
		} else {
			char name[256];

			assert_true(c->n_files < OTHERS_MAX);
			(void)snprintf(name, sizeof name, "cordon/%.*s", (int)(eol - line) - 5,
				       line + 4);
			c->files[c->n_files++] = (struct piece){ .name = strdup(name), .text = eol };
		}
		line = eol;
	}
	return end;
}

static void case_free(struct corpus_case *c)
{
	for (size_t i = 0; i < c->n_files; i++)
		free(c->files[i].name);
	free(c->title);
	free(c->explain);
	free(c->expect);
}

static void case_put(const struct corpus_case *c)
{
	assert_int_equal(clear(), 0);
	for (size_t i = 0; i < c->n_files; i++) {
		const struct piece *p = &c->files[i];
		char *text;
		size_t size = p->size;

		if (p->text == NULL)
			continue;
		text = strndup(p->text, size);
		if (strstr(c->title, "(bytes)") != NULL)
			size = unescape(text, size);
		put(p->name, text, size);
		free(text);
	}
}

/* ---- the expected text of a good rule ---- */

static bool has_line(const char *text, const char *line, size_t len)
{
	for (; *text != '\0'; text += strcspn(text, "\n") + 1)
		if (strcspn(text, "\n") == len && strncmp(text, line, len) == 0)
			return true;
	return false;
}

static char *append(char *at, const char *mark, const char *line)
{
	return at + sprintf(at, "%s%.*s\n", mark, (int)strcspn(line, "\n"), line);
}

static const char *next(const char *line)
{
	line += strcspn(line, "\n");
	return line + (*line == '\n');
}

/* Does a line of @text begin as @line does, up to and with its first @len bytes? */
static bool has_start(const char *text, const char *line, size_t len)
{
	for (; *text != '\0'; text = next(text))
		if (strncmp(text, line, len) == 0)
			return true;
	return false;
}

/*
 * Marks the lines of @text that @other lacks. With @gone, leaves out lines that another one replaces,
 * and paths that are hidden from everybody, because that long list does not come from the rule.
 */
static char *differing(char *at, const char *text, const char *other, bool gone)
{
	for (; *text != '\0'; text = next(text)) {
		const size_t len = strcspn(text, "\n"), name = strcspn(text, ":") + 2;

		if (has_line(other, text, len) ||
		    strncmp(text, "  Landlock ", 11) == 0 /* the kernel's */ ||
		    (gone && has_start(other, text, name)) ||
		    (strncmp(text + name, "inaccessible", 12) == 0 &&
		     has_start(other, text, name + 12)))
			continue;
		at = append(at, gone ? "- " : "+ ", text + 2);
	}
	return at;
}

/* The summary comes first: the line of the verdict, then lines of two blanks. */
static const char *summary_end(const char *said)
{
	for (said = next(said); strncmp(said, "  ", 2) == 0;)
		said = next(said);
	return said;
}

/* What is written before the plan; of the summary, the lines that an empty rule does not have. */
static char *digest_head(char *at, const char *said, const char *end, const char *plain)
{
	const char *settings = summary_end(said);

	for (; *said != '\0' && said != end; said = next(said)) {
		if (strncmp(said, "  ", 2) != 0) {
			if (strncmp(said, "settings:\n", 10) != 0)
				at = append(at, "", said);
			continue;
		}
		if (said < settings) {
			if (!has_line(plain, said, strcspn(said, "\n")))
				at = append(at, "", said);
			continue;
		}
		if (strncmp(next(said), "      default; ", 15) != 0) {
			const char *from = next(said) + 6;

			at += sprintf(at, "%.*s  (%.*s)\n", (int)strcspn(said, "\n"), said,
				      (int)strcspn(from, ";"), from);
		}
		said = next(said);
	}
	return at;
}

static char *digest(const char *said, const char *plain)
{
	static const char title[] = "what will be done:\n";
	char *out = calloc(1, TEXT_MAX), *at;
	const char *plan = strstr(said, title), *empty = strstr(plain, title);

	at = digest_head(out, said, plan, plain);
	if (plan != NULL && empty != NULL) {
		at = differing(at, next(empty), next(plan), true);
		(void)differing(at, next(plan), next(empty), false);
	}
	return out;
}

static char *explained(const struct corpus_case *c)
{
	char words[512];
	char *said, *plain, *out;
	int code;

	(void)snprintf(words, sizeof words, "explain --all --root . %s", c->explain);
	said = run(words, &code);
	assert_int_equal(clear(), 0);
	put("cordon/rules.d/50-x.conf", "[Session]\n", 10);
	plain = run(words, &code);
	out = digest(said, plain);
	free(said);
	free(plain);
	return out;
}

/* ---- the tests ---- */

static FILE *json; /* of every good case: one object a line */

static char *good_case(const struct corpus_case *c)
{
	char words[512];
	int code;
	char *said;

	(void)snprintf(words, sizeof words, "explain --json --root . %s", c->explain);
	said = run(words, &code);
	assert_true(fputs(said, json) >= 0);
	free(said);
	said = run("check --root .", &code);

	if (code != 0)
		fail_msg("%s: check says:\n%s", c->title, said);
	assert_non_null(strstr(said, ", no errors"));
	free(said);
	return explained(c);
}

static char *bad_case(const struct corpus_case *c)
{
	char words[512];
	int code;
	char *said = run("check --root .", &code), *told;

	if (code != 1)
		fail_msg("%s: check exits with %d:\n%s", c->title, code, said);
	(void)snprintf(words, sizeof words, "explain --root . %s", c->explain);
	told = run(words, &code);
	if (strstr(c->title, "(others)") == NULL &&
	    (code != 1 || strstr(told, ": refused: ") == NULL))
		fail_msg("%s: the login is not refused:\n%s", c->title, told);
	/* a setting with an error has no value, so it has not its default either */
	if (code == 1 && strstr(told, "every setting has its default") != NULL)
		fail_msg("%s: explain takes the errors for defaults:\n%s", c->title, told);
	free(told);
	return said;
}

static char *read_file(const char *path)
{
	char *text = calloc(1, TEXT_MAX);
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, TEXT_MAX - 1, f);
	assert_true(n > 0 && n < TEXT_MAX - 1);
	assert_int_equal(fclose(f), 0);
	return text;
}

/* Is the case from @from to @to one of another processor? */
static bool case_foreign(const char *from, const char *to)
{
	char *text = strndup(from, (size_t)(to - from));
	const bool is = foreign(text);

	free(text);
	return is;
}

/* The file that is being written anew; what a failure leaves of it is in nobody's way. */
static char fresh[PATH_MAX];

static int end(void **state)
{
	if (fresh[0] != '\0')
		(void)unlink(fresh); /* it may not exist */
	return teardown(state);
}

static unsigned file_test(const char *path, char *(*says)(const struct corpus_case *c),
			  unsigned *failed)
{
	char *text = read_file(path), *at = strstr(text, "=== ");
	FILE *update;
	unsigned n = 0, skipped = 0;

	(void)snprintf(fresh, sizeof fresh, "%s.new", path);
	update = getenv("UPDATE") != NULL ? fopen(fresh, "w") : NULL;
	assert_non_null(at);
	if (update != NULL)
		assert_int_equal(fwrite(text, 1, (size_t)(at - text), update), (size_t)(at - text));
	for (struct corpus_case c; *at != '\0'; n++) {
		char *said;

		at = case_parse(at, &c);
		if (update == NULL && case_foreign(c.start, at)) {
			skipped++;
			case_free(&c);
			continue;
		}
		case_put(&c);
		said = says(&c);
		if (update != NULL) {
			(void)fwrite(c.start, 1, c.head, update); /* a failure shows in the diff */
			(void)fprintf(update, "--- expect\n%s", said);
		} else if (strcmp(said, c.expect) != 0) {
			print_message("%s: %s\n--- wanted\n%s--- said\n%s\n", path, c.title,
				      c.expect, said);
			(*failed)++;
		}
		free(said);
		case_free(&c);
	}
	if (skipped > 0)
		print_message("SKIPPED: %s: %u of %u are for another processor\n", path, skipped, n);
	if (update != NULL) {
		assert_int_equal(fclose(update), 0);
		assert_int_equal(rename(fresh, path), 0);
		fresh[0] = '\0';
	}
	free(text);
	return n;
}

static unsigned all(const char *kind, char *(*says)(const struct corpus_case *c))
{
	char pattern[PATH_MAX + 32];
	glob_t g;
	unsigned n = 0, failed = 0;

	(void)snprintf(pattern, sizeof pattern, "%s/%s/*.txt", corpus, kind);
	assert_int_equal(glob(pattern, 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++)
		n += file_test(g.gl_pathv[i], says, &failed);
	globfree(&g);
	assert_int_equal(failed, 0);
	return n;
}

static void bad_rules(void **state)
{
	(void)state;
	if (access(corpus, F_OK) < 0)
		fail_msg("%s does not exist here; run the test from the top of the tree", corpus);
	assert_true(all("bad", bad_case) >= 80);
}

static void good_rules(void **state)
{
	char path[PATH_MAX], command[PATH_MAX + 512];

	(void)state;
	(void)snprintf(path, sizeof path, "%s/json", root);
	json = fopen(path, "w");
	assert_non_null(json);
	assert_true(all("good", good_case) >= 40);
	assert_int_equal(fclose(json), 0);
	(void)snprintf(
		command, sizeof command,
		"python3 -c 'import json, sys\nfor line in open(sys.argv[1]):\n o = json.loads(line)\n"
		" assert o[\"verdict\"] in (\"confined\", \"refused\", \"left alone\")\n"
		" assert all(p[\"file\"] and p[\"why\"] for p in o[\"skipped\"])\n"
		" assert o[\"verdict\"] != \"confined\" or (o[\"rule\"] and o[\"plan\"] and all(s[\"from\"] for s in o[\"settings\"]))' %s",
		path);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_rules),
		cmocka_unit_test(good_rules),
	};

	return cmocka_run_group_tests_name("corpus", tests, setup, end);
}
