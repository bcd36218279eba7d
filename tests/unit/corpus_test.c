/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corpus_test.c - the rule files of tests/rules: what `cordon check` and `cordon explain` say
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
 * \xHH in a case whose first line ends in "(bytes)" is that byte. Of a good rule all that the
 * rule sets is expected, and how the plan differs from that of an empty one: lines with "+" are
 * in this alone, and in the place of lines that begin alike; lines with "-" are in that alone. UPDATE=1 writes what is said into the files, to be read
 * by whoever changed it.
 */
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

enum { TEXT_MAX = 1 << 18, OTHERS_MAX = 8 };

static char root[] = "/tmp/cordon-corpus-XXXXXX";
static char cordon[PATH_MAX], corpus[PATH_MAX];
static const char *as = ""; /* what runs it */

static const char passwd[] = "root:x:0:0::/root:/bin/bash\n"
			     "toor:x:0:0::/root:/bin/sh\n"
			     "bob:x:1234:1234::/home/bob:/bin/bash\n"
			     "alice:x:1235:1235::/home/alice/:/bin/bash\n"
			     "bobby:x:1236:1236::/home/bobby:/bin/bash\n"
			     "robert:x:1236:1236::/home/bobby:/bin/bash\n"
			     "1000:x:1300:1300::/home/1000:\n"
			     "a%u:x:1301:1301::/home/a:/bin/bash\n"
			     "up:x:1302:1302::/home/../root:/bin/bash\n"
			     "..:x:1303:1303::/home/dots:/bin/bash\n"
			     "CORP\\ann:x:1304:1304::/home/CORP/ann:/bin/bash\n"
			     "Jo Doe:x:1305:1305::/home/jo:/bin/bash\n";
static const char group[] = "root:x:0:\nbob:x:1234:\nalice:x:1235:\nstudents:x:50:bob,alice\n"
			    "pupils:x:50:\ntutors:x:51:alice\n"
			    "CORP\\domain users:x:52:CORP\\ann\n";

/* ---- running it ---- */

static void put(const char *name, const char *text, size_t size)
{
	char path[PATH_MAX];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/etc/%s", root, name);
	f = fopen(path, "w");
	if (f == NULL)
		fail_msg("%s can't be made", path);
	assert_int_equal(fwrite(text, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

static int clear(void)
{
	char command[PATH_MAX];

	(void)snprintf(command, sizeof command,
		       "rm -rf %s/etc/cordon && cd %s/etc && umask 022 && "
		       "mkdir -p cordon/rules.d cordon/profiles",
		       root, root);
	return system(command);
}

/* Run cordon with its words in @words, in the tree; its output without the tree's own path. */
static char *run(const char *words, int *ret_code)
{
	char command[PATH_MAX * 2];
	char *out = calloc(1, TEXT_MAX), *w = out;
	size_t n;
	FILE *p;
	int status;

	(void)snprintf(command, sizeof command, "cd %s && exec %s %s %s 2>&1", root, as, cordon,
		       words);
	p = popen(command, "r");
	assert_non_null(p);
	n = fread(out, 1, TEXT_MAX - 1, p);
	status = pclose(p);
	if (!WIFEXITED(status))
		fail_msg("cordon %s: died of signal %d", words, WTERMSIG(status));
	*ret_code = WEXITSTATUS(status);
	out[n] = '\0';
	for (const char *r = out; *r != '\0';) {
		if (strncmp(r, "./etc/cordon/", 13) == 0)
			r += 13;
		else
			*w++ = *r++;
	}
	*w = '\0';
	return out;
}

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

/* Take the case that begins at @at, which is "=== ", apart; the end of it is returned. */
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

/* ---- what is expected of a good one ---- */

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
 * The lines of @text that @other hasn't, marked. Of what is gone only what nothing takes the place
 * of, and not the places that are hidden from everybody: that list is long, and not the rule's.
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

/* What is written before the plan; of the summary, the lines that an empty rule doesn't have. */
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
		fail_msg("%s: the login isn't refused:\n%s", c->title, told);
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

static unsigned file_test(const char *path, char *(*says)(const struct corpus_case *c),
			  unsigned *failed)
{
	char *text = read_file(path), *at = strstr(text, "=== ");
	char fresh[PATH_MAX];
	FILE *update;
	unsigned n = 0;

	(void)snprintf(fresh, sizeof fresh, "%s.new", path);
	update = getenv("UPDATE") != NULL ? fopen(fresh, "w") : NULL;
	assert_non_null(at);
	if (update != NULL)
		assert_int_equal(fwrite(text, 1, (size_t)(at - text), update), (size_t)(at - text));
	for (struct corpus_case c; *at != '\0'; n++) {
		char *said;

		at = case_parse(at, &c);
		case_put(&c);
		said = says(&c);
		if (update != NULL) {
			(void)fwrite(c.start, 1, c.head, update); /* seen by who reads the change */
			(void)fprintf(update, "--- expect\n%s", said);
		} else if (strcmp(said, c.expect) != 0) {
			print_message("%s: %s\n--- wanted\n%s--- said\n%s\n", path, c.title,
				      c.expect, said);
			(*failed)++;
		}
		free(said);
		case_free(&c);
	}
	if (update != NULL) {
		assert_int_equal(fclose(update), 0);
		assert_int_equal(rename(fresh, path), 0);
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

/* What is asked wrongly, or of what isn't there. */
static void odd_questions(void **state)
{
	static const struct {
		const char *words, *said;
		int code;
	} cases[] = {
		{ "", "usage: cordon", 2 },
		{ "no-such-command", "no command 'no-such-command'; 'cordon --help'", 2 },
		{ "explian", "no command 'explian'; did you mean 'cordon explain'?", 2 },
		{ "shel", "no command 'shel'; 'cordon --help' lists the commands", 2 },
		{ "--help", "\n  explain   explain what happens when a user logs in\n", 0 },
		{ "explain --help", "usage: cordon explain [OPTION...] USER\n", 0 },
		{ "check --help", "\n  --root DIR ", 0 },
		{ "new --help", "\n  --write[=NAME] ", 0 },
		{ "syscalls --help", "\nExample:\n  cordon syscalls ", 0 },
		{ "run --help", "\nKIND is one of ", 0 },
		{ "syscalls no_such_call", "no system call or group 'no_such_call'", 1 },
		{ "explain", "explain requires one user, by name or uid", 2 },
		{ "explain --root . 1234", "bob (uid 1234) by sshd: confined", 0 },
		{ "explain --root . 1304", "CORP\\ann (uid 1304) by sshd: confined", 0 },
		{ "explain --root . 1000", "1000 (uid 1300) by sshd: confined",
		  0 }, /* a name comes first */
		{ "explain --root . 0", "root (uid 0) by sshd: left alone", 0 },
		{ "explain --root . 4999", "there is no user '4999'", 4 },
		{ "explain --root . 4294967295", "there is no user '4294967295'", 4 },
		{ "explain --root . 99999999999999999999",
		  "there is no user '99999999999999999999'", 4 },
		{ "explain --root . 1234x", "there is no user '1234x'", 4 },
		{ "explain --root . --at '2026-02-31 10:00' bob", "write it like", 2 },
		{ "explain --root . --at '2026-02-28 10:00' bob", "confined", 0 },
		{ "explain bob alice", "explain requires one user, by name or uid", 2 },
		{ "explain ''", "explain requires one user, by name or uid", 2 },
		{ "explain --root . ghost", "there is no user 'ghost'", 4 },
		{ "explain --root . --json ghost", "there is no user 'ghost'", 4 },
		{ "explain --what bob", "unrecognized option", 2 },
		{ "explain --at", "requires an argument", 2 },
		{ "explain --root . --at tomorrow bob",
		  "--at: invalid time 'tomorrow'; write it like", 2 },
		{ "explain --root . --at '2026-11-24 08:30x' bob",
		  "--at: invalid time '2026-11-24 08:30x'; write it like", 2 },
		{ "explain --root /no/such bob", "/no/such: No such file or directory", 2 },
		{ "explain --root . --rhost $(printf '%0300d' 1) bob", "an argument is too long", 2 },
		{ "explain --root . $(printf '%0300d' 1)", "an argument is too long", 2 },
		{ "explain --root . --service \"$(printf 'a\\033[31m')\" --json bob", "\\u001b", 1 },
		{ "explain --root . --service \"$(printf 'a\\377')\" --json bob", "\\ufffd", 1 },
		{ "explain --root . -- bob", "bob (uid 1234) by sshd: confined", 0 },
		{ "explain --root ./ bob", "bob (uid 1234) by sshd: confined", 0 },
		{ "check --root /no/such", "/no/such: No such file or directory", 2 },
		{ "check --what",
		  "cordon: unrecognized option '--what'; 'cordon check --help' lists", 2 },
		{ "check --root", "cordon: option '--root' requires an argument", 2 },
		{ "explain --json=x bob", "cordon: option '--json=x' takes no argument", 2 },
		{ "explain -x bob", "cordon: unrecognized option '-x'", 2 },
		{ "explain -xyz bob", "cordon: unrecognized option '-x'", 2 },
		{ "check no-such.conf", "no-such.conf: No such file or directory\n1 error", 1 },
		{ "check no/such.conf", "no/such.conf: No such file or directory\n1 error", 1 },
		{ "check ''", "1 error", 1 },
		{ "check etc",
		  "etc: is not a regular file; replace it with a regular file\n1 error", 1 },
		{ "check /dev/null /dev/tty", "2 errors", 1 },
		{ "check etc/cordon/rules.d/50-x.conf", "1 file, no errors\n", 0 },
		{ "check etc/cordon/profiles/p.conf",
		  "p.conf:1: [Match] is not allowed in a profile", 1 },
		{ "check etc/cordon/rules.d/50-x.conf etc/cordon/profiles/p.conf no-such.conf",
		  "2 errors", 1 },
	};
	static const char rule[] = "[Session]\nUMask=0077\n", profile[] = "[Match]\n[Session]\n";

	(void)state;
	assert_int_equal(clear(), 0);
	put("cordon/rules.d/50-x.conf", rule, sizeof rule - 1);
	put("cordon/profiles/p.conf", profile, sizeof profile - 1);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int code;
		char *said = run(cases[i].words, &code);

		if (code != cases[i].code || strstr(said, cases[i].said) == NULL)
			fail_msg("cordon %s: exits with %d and not %d, says '%s' and not '%s'",
				 cases[i].words, code, cases[i].code, said, cases[i].said);
		free(said);
	}
}

/* Names that would clear the screen, write elsewhere on it, or begin lines of their own. */
static void names_do_nothing_to_a_terminal(void **state)
{
	static const char *const evil[] = { "\033[2J",
					    "\033]0;title\007",
					    "a\n50-y.conf:1: all is well",
					    "\x9b"
					    "2J",
					    "\xc2\x9b"
					    "2J",
					    "\xe2\x80\xae"
					    "fnoc",
					    "\r",
					    "\b\b" };
	static const char bad[] = "[Session]\nUMask=9\n", good[] = "[Match]\nUser=eve\n[Session]\n";
	static const char *const words[] = {
		"check --root .",
		"explain --root . eve",
		"explain --root . --json eve",
		"explain --root . --command ls eve",
		"check etc/cordon/rules.d/*",
		"explain --root . \"$(printf 'x\\033[2J')\"",
		"explain --root . --service \"$(printf 'x\\033[2J')\" eve",
		"\"$(printf 'x\\033[2J')\"",
		"syscalls \"$(printf 'x\\033[2J')\"",
		"run --set \"$(printf 'x\\033[2J')=1\" true",
		"new --profile \"$(printf 'x\\033[2J')\" --user root",
		"check \"$(printf -- '--x\\033[2J')\"",
		"explain \"$(printf -- '-\\033[2J')\" eve",
		"run \"$(printf -- '--json=\\033[2J')\" true",
		"run \"$(printf -- '--report=\\033[2J')\" true",
		"run \"$(printf './x\\033[2J')\"",
	};

	(void)state;
	for (size_t i = 0; i < 3 * sizeof evil / sizeof evil[0]; i++) {
		const char *const name = evil[i / 3];
		char text[1024];

		assert_int_equal(clear(), 0);
		(void)snprintf(text, sizeof text, "eve:x:1400:1400::%s%s:%s%s\n",
			       i % 3 == 0 ? "/home/" : "/home/eve",
			       i % 3 == 0 && strchr(name, '\n') == NULL ? name : "",
			       i % 3 == 1 ? "/bin/" : "/bin/sh",
			       i % 3 == 1 && strchr(name, '\n') == NULL ? name : "");
		put("passwd", text, strlen(text));
		(void)snprintf(text, sizeof text, "cordon/rules.d/50-%s.conf",
			       i % 3 == 2 ? name : "x");
		put(text, good, sizeof good - 1);
		(void)snprintf(text, sizeof text, "cordon/rules.d/60-%s.conf",
			       i % 3 == 2 ? name : "x");
		put(text, bad, sizeof bad - 1);
		for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
			int code;
			char *said = run(words[k], &code);

			for (const char *c = said; *c != '\0'; c++) {
				const unsigned char b = (unsigned char)*c;

				if ((b < 0x20 && b != '\n') || b == 0x7f || b == 0x9b || b == 0xe2)
					fail_msg("cordon %s, %zu: byte %02x in %s", words[k], i, b,
						 said);
			}
			if (strstr(said, "\n50-y.conf") != NULL)
				fail_msg("cordon %s: a line of its own: %s", words[k], said);
			free(said);
		}
	}
	put("passwd", passwd, sizeof passwd - 1);
	assert_int_equal(clear(), 0);
}

static void no_rules_at_all(void **state)
{
	char command[PATH_MAX];
	int code;
	char *said;

	(void)state;
	(void)snprintf(command, sizeof command, "rm -r %s/etc/cordon/rules.d", root);
	assert_int_equal(clear(), 0);
	assert_int_equal(system(command), 0);
	said = run("check --root .", &code);
	assert_int_equal(code, 3);
	assert_non_null(strstr(said, "directory does not exist"));
	free(said);
	said = run("explain --root . bob", &code);
	assert_int_equal(code, 1);
	assert_non_null(strstr(said, ": refused: "));
	free(said);
}

/* Whoever can read the rules may ask. */
static void without_privilege(void **state)
{
	char command[PATH_MAX];
	int code;
	char *said;

	(void)state;
	if (geteuid() != 0)
		skip(); /* the others ran so */
	assert_int_equal(clear(), 0);
	put("cordon/rules.d/50-x.conf", "[Session]\nUMask=9\n", 18);
	as = "setpriv --reuid 65534 --regid 65534 --clear-groups";
	said = run("check --root .", &code);
	assert_int_equal(code, 1);
	assert_string_equal(
		said,
		"rules.d/50-x.conf:2: UMask=: invalid mask '9'; expected an octal number from 0000 to 0777\n1 error\n");
	free(said);
	said = run("explain --root . bob", &code);
	assert_int_equal(code, 1);
	free(said);
	(void)snprintf(command, sizeof command, "chmod 0700 %s/etc/cordon/rules.d", root);
	assert_int_equal(system(command), 0);
	said = run("check --root .", &code);
	assert_int_equal(code, 3);
	assert_non_null(strstr(said, "Permission denied"));
	free(said);
	said = run("explain --root . bob", &code);
	assert_int_equal(code, 4);
	assert_non_null(strstr(said, "some rules are not readable; run 'sudo cordon explain'"));
	free(said);
	as = "";
}

static int setup(void **state)
{
	char self[PATH_MAX - 64];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char etc[PATH_MAX];

	(void)state;
	if (n <= 0)
		return -1;
	self[n] = '\0';
	for (unsigned i = 0; i < 3; i++) /* BUILD/tests/unit/corpus_test */
		*strrchr(self, '/') = '\0';
	(void)snprintf(cordon, sizeof cordon, "%s/cordon", self);
	(void)snprintf(corpus, sizeof corpus, "tests/rules");
	if (access(corpus, F_OK) < 0)
		fail_msg("%s: not here; run it from the top of the tree", corpus);
	(void)umask(022);
	if (mkdtemp(root) == NULL || chmod(root, 0755) < 0)
		return -1;
	(void)snprintf(etc, sizeof etc, "%s/etc", root);
	if (mkdir(etc, 0755) < 0 || clear() != 0)
		return -1;
	put("passwd", passwd, sizeof passwd - 1);
	put("group", group, sizeof group - 1);
	return 0;
}

static int teardown(void **state)
{
	char command[PATH_MAX];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -rf %s", root);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_rules),	   cmocka_unit_test(good_rules),
		cmocka_unit_test(odd_questions),   cmocka_unit_test(names_do_nothing_to_a_terminal),
		cmocka_unit_test(no_rules_at_all), cmocka_unit_test(without_privilege),
	};

	return cmocka_run_group_tests_name("corpus", tests, setup, teardown);
}
