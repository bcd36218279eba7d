/* SPDX-License-Identifier: Apache-2.0 */
/* commands_test.c - the splitter, patterns and sets allow the right commands; the corpus */
#include "command/split.h"
#include "command/match.h"
#include "contract/facts.h"
#include "policy/compile/commands.h"
#include "../../shell/commands_rsync.c"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buf[COMMAND_SIZE_MAX];
static char *words[COMMAND_WORDS_MAX];

static bool admitted(const char *line, const char *command)
{
	struct command_match m = { 0 };
	const char *why;
	const int n = command_split(command, "/home/bob", buf, sizeof buf, words, COMMAND_WORDS_MAX,
				    &why);

	return n > 0 && command_match(line, n, words, &m);
}

static void patterns(void **state)
{
	static const struct {
		const char *line, *command;
		bool yes;
	} cases[] = {
		{ "borg serve --restrict-to-path /srv/b", "borg serve --restrict-to-path /srv/b",
		  true },
		{ "borg serve --restrict-to-path /srv/b", "borg serve --restrict-to-path /srv/c",
		  false },
		{ "borg serve --restrict-to-path /srv/b", "borg serve --restrict-to-path", false },
		{ "borg serve --restrict-to-path /srv/b", "borg serve --restrict-to-path /srv/b x",
		  false },
		{ "borg serve ...", "borg serve", true },
		{ "borg serve ...", "borg serve --umask=077 -x 'a b'", true },
		{ "borg serve ...", "borg", false },
		{ "borg serve ...", "borg server", false },
		{ "borg serve ...", "/usr/bin/borg serve", true },
		{ "borg serve ...", "/usr/local/bin/borg serve", true },
		{ "borg serve ...", "/home/bob/borg serve", false },
		{ "borg serve ...", "/usr/bin/x/borg serve", false },
		{ "borg serve ...", "./borg serve", false },
		{ "borg serve ...", "../bin/borg serve", false },
		{ "/opt/borg serve", "borg serve", true },
		{ "/opt/borg serve", "/opt/borg serve", true },
		{ "/opt/borg serve", "/usr/bin/borg serve", false },
		{ "cat /srv/logs/*.log", "cat /srv/logs/a.log", true },
		{ "cat /srv/logs/*.log", "cat /srv/logs/x/a.log", false },
		{ "cat /srv/logs/*.log", "cat /srv/logs/.a.log", false },
		{ "cat /srv/logs/*", "cat /srv/logs/..", false },
		{ "cat /srv/*/x", "cat /srv/../x", false },
		{ "cat /srv/.*/x", "cat /srv/../x", false },
		{ "cat /srv/*/x", "cat /srv/y/x", true },
		{ "cat --in=*", "cat --in=x", true },
		{ "cat --in=*", "cat --in=..", false },
		{ "cat --in=*/x", "cat --in=../x", false },
		{ "cat -C*", "cat -C..", false },
		{ "cat *", "cat x..y", true },
		{ "cat *", "cat -n", false },
		{ "cat -?", "cat -n", true },
		{ "cat [ab]", "cat b", true },
		{ "cat [ab]", "cat c", false },
		{ "cat '*'", "cat '*'", true },
		{ "cat '*'", "cat x", false },
		{ "cat \"a b\"", "cat a\\ b", true },
		{ "cat \\*", "cat '*'", true },
		{ "cat 'a\\b'", "cat 'a\\b'", true },
		{ "cat 'a\\b'*", "cat 'a\\bc'", true },
		{ "cat ''", "cat ''", true },
		{ "cat ''", "cat", false },
		{ "cat ... x", "cat ... x", true }, /* only the last "..." means any words */
		{ "cat ... x", "cat y x", false },
		/* a glob for short options allows no long option, and no pattern allows secluded arguments */
		{ "rsync --server --sender -* . /srv/pub/*",
		  "rsync --server --sender -vlogDtpre.iLsfxCIvu . /srv/pub/a", true },
		{ "rsync --server --sender -* . /srv/pub/*",
		  "rsync --server --sender -svlogDtpre.iLsfxCIvu . /srv/pub/a", false },
		{ "rsync --server --sender -* . /srv/pub/*",
		  "rsync --server --sender -s . /srv/pub/a", false },
		{ "rsync --server --sender -* . /srv/pub/*",
		  "rsync --server --sender -vs . /srv/pub/a", false },
		{ "rsync --server --sender -* . /srv/pub/*",
		  "rsync --server --sender -vse.L . /srv/pub/a", false },
		{ "rsync --server --sender -* . /srv/pub/*",
		  "/usr/bin/rsync --server --sender -s . /srv/pub/a", false },
		{ "rsync --server --sender -* . /srv/pub/*",
		  "rsync --server --sender --daemon . /srv/pub/a", false },
		{ "rsync --server --sender -* . /srv/pub/*",
		  "rsync --server --sender --config=c . /srv/pub/a", false },
		{ "rsync --server --sender -?* . /srv/pub/*",
		  "rsync --server --sender --daemon . /srv/pub/a", false },
		{ "rsync --server --sender [-]* . /srv/pub/*",
		  "rsync --server --sender -s . /srv/pub/a", false },
		{ "rsync --server --sender -v* . /srv/pub/*",
		  "rsync --server --sender -vs . /srv/pub/a", false },
		{ "rsync --server --* ...", "rsync --server --sender --secluded-args .", false },
		{ "rsync --server --* ...", "rsync --server --sender --protect-args .", false },
		{ "rsync --server ...", "rsync --server -vlogDtpre.iLsfxCIvu . /srv/pub/", true },
		{ "rsync --server ...", "rsync --server --sender -s .", false },
		{ "rsync ...", "rsync -s --server --sender", false },
		{ "rsync ...", "rsync -as a b",
		  true }, /* not a server but a client, which sends the arguments */
		{ "/opt/my-rsync --server ...", "my-rsync --server -s", false },
		{ "nice rsync --server -* . x", "nice rsync --server -s . x", false },
		{ "cat --*", "cat --number", true },
		{ "cat -*", "cat --number", false },
		{ "@sftp @git", "git-upload-pack x", true },
		{ "@sftp @git", "sftp-server", true },
		{ "@sftp @git", "@git", false },
		{ "@shell", "sh", false },
		{ "@nothing", "x", false },
		{ "@nothing @git", "git-upload-pack x", false },
		{ "cat 'unclosed", "cat unclosed", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (admitted(cases[i].line, cases[i].command) != cases[i].yes)
			fail_msg("'%s' with '%s': not as expected", cases[i].line, cases[i].command);
}

static void homes(void **state)
{
	static const struct {
		const char *string, *home, *second; /* NULL: refused */
	} cases[] = {
		{ "x ~", "/home/bob", "/home/bob" },
		{ "x ~/", "/home/bob", "/home/bob/" },
		{ "x ~/a\\ b'c'", "/home/bob", "/home/bob/a bc" },
		{ "x ~\t", "/home/a b", "/home/a b" },
		{ "~/x y", "/home/bob", "y" },
		{ "x '~/a'", "/home/bob", "~/a" },
		{ "x \"~/a\"", "/home/bob", "~/a" },
		{ "x \\~/a", "/home/bob", "~/a" },
		{ "x a~/", "/home/bob", "a~/" },
		{ "x --backup-dir=~/a", "/home/bob",
		  "--backup-dir=~/a" }, /* as a shell would: an option */
		{ "x ~bob/a", "/home/bob", NULL },
		{ "x ~+", "/home/bob", NULL },
		{ "x ~-/a", "/home/bob", NULL },
		{ "x ~'/a'", "/home/bob", NULL },
		{ "x ~\"\"/a", "/home/bob", NULL },
		{ "x ~\\/a", "/home/bob", NULL },
		{ "x a=~/b", "/home/bob", NULL },
		{ "x a:~", "/home/bob", NULL },
		{ "x ~/*", "/home/bob", NULL },
		{ "x ~/a", "", NULL },
		{ "x ~/a", "none", NULL },
		{ "x ~/a", NULL, NULL },
	};
	static char many[60000];
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const int n = command_split(cases[i].string, cases[i].home, buf, sizeof buf, words,
					    COMMAND_WORDS_MAX, &why);

		if ((n == 2) != (cases[i].second != NULL) ||
		    (n == 2 && strcmp(words[1], cases[i].second) != 0))
			fail_msg("%s: %d %s", cases[i].string, n, n == 2 ? words[1] : why);
	}
	/* a long home in place of "~" never writes beyond the buffer */
	for (size_t i = 0; i + 2 < 8000; i += 2)
		memcpy(many + i, "~ ", 2);
	assert_int_equal(command_split(many, "/home/a-long-name-of-a-home-directory", buf, 1000,
				       words, COMMAND_WORDS_MAX, &why),
			 -EINVAL);
	assert_null(words[0]);
}

static void lines_checked(void **state)
{
	static const char *const good[] = {
		"@git", "@sftp  @scp", "borg serve ...", "/usr/bin/x '*' \"a b\"", "x", "%h/bin/x y"
	};
	static const char *const bad[] = { "@gti",
					   "@git x",
					   "../x",
					   "a/b",
					   "...",
					   "x;y",
					   "x 'y",
					   "x $y",
					   "x*",
					   "x~y/z",
					   "x >y",
					   "/usr/bin/* y",
					   "rsync --server -svlogDtpre.iLsfxCIvu",
					   "rsync --server -s* . x" };
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		if (command_line_check(good[i], &why) != 0)
			fail_msg("%s: %s", good[i], why);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (command_line_check(bad[i], &why) == 0)
			fail_msg("%s: taken", bad[i]);
}

static void texts(void **state)
{
	char *const argv[] = { (char[]){ "a" }, (char[]){ "b c" }, (char[]){ "" },
			       (char[]){ "d;" } };
	char text[64];

	(void)state;
	command_text(argv, 4, text, sizeof text);
	assert_string_equal(text, "a 'b c' '' 'd;'");
	command_text(argv, 4, text, 8);
	assert_string_equal(text, "a '...");
	command_text(argv, 4, text, 4);
	assert_string_equal(text, "...");
}

/* ---- the corpus: tests/commands/corpus, from the top of the tree ---- */

static void decode(char *s)
{
	char *w = s;

	for (; *s != '\0'; s++) {
		unsigned byte;

		if (*s == '%' && sscanf(s + 1, "%2x", &byte) == 1) {
			*w++ = (char)byte;
			s += 2;
		} else {
			*w++ = *s;
		}
	}
	*w = '\0';
}

static void corpus(void **state)
{
	FILE *f = fopen("tests/commands/corpus", "r");
	static char line[8192];
	unsigned n = 0, failed = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL) {
		char *field[4], *at = line;

		if (line[0] == '#' || line[0] == '\n')
			continue;
		line[strcspn(line, "\n")] = '\0';
		for (unsigned i = 0; i < 4; i++) {
			field[i] = strsep(&at, "\t");
			if (field[i] == NULL || (i == 3 && (at != NULL || field[i][0] == '\0')))
				fail_msg("'%s': not VERDICT, LINE, STRING, SOURCE", line);
		}
		decode(field[2]);
		n++;
		if (admitted(field[1], field[2]) == (strcmp(field[0], "yes") == 0))
			continue;
		print_message("%s: '%s' under %s\n", field[0], field[2], field[1]);
		failed++;
	}
	(void)fclose(f);
	assert_int_equal(failed, 0);
	assert_true(n >= 150);
	print_message("%u commands\n", n);
}

/* ---- in a rule ---- */

static int in_rule(const char *allow, const char *command, const char *home, struct settings *s,
		   struct err *e)
{
	static struct facts facts;
	char a[256], c[256];
	int r;

	(void)snprintf(a, sizeof a, "%s", allow);
	(void)snprintf(c, sizeof c, "%s", command);
	(void)snprintf(facts.home, sizeof facts.home, "%s", home);
	(void)snprintf(facts.login.user, sizeof facts.login.user, "bob");
	assert_int_equal(settings_init(s), 0);
	r = settings_assign(s, settings_find("AllowCommands"), a, "f", 3, NULL);
	if (r == 0)
		r = settings_assign(s, settings_find("Command"), c, "f", 4, NULL);
	if (r == 0)
		r = settings_expand(s, &facts, e);
	return r == 0 ? commands_check(s, e) : r;
}

static void rules(void **state)
{
	static const struct {
		const char *allow, *command, *home;
		bool good;
	} cases[] = { { "borg serve %h/r", "", "/home/bob", true },
		      { "borg serve %h/r", "", "/home/a b", false }, /* it would be two words */
		      { "borg serve %h/r", "", "/home/*", false },
		      { "borg serve %h/r", "", "/home/b'", false },
		      { "borg serve %%h/r", "", "/home/a b", true },
		      { "borg serve %x", "", "/home/bob", false },
		      { "borg serve ...", "borg serve %h", "/home/bob", true },
		      { "borg serve ...", "borg serve %h", "/home/a b", false },
		      { "borg serve ...", "borg create", "/home/bob", false },
		      { "", "anything at all", "/home/bob", true },
		      { "", "a; b", "/home/bob", false },
		      { "", "./a", "/home/bob", false },
		      { "@git", "git-upload-pack x", "/home/bob", true },
		      { "@gti", "", "/home/bob", false } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct settings s;
		struct err e = { 0 };
		const int r = in_rule(cases[i].allow, cases[i].command, cases[i].home, &s, &e);

		if ((r == 0) != cases[i].good)
			fail_msg("AllowCommands=%s Command=%s at %s: %d %s", cases[i].allow,
				 cases[i].command, cases[i].home, r, e.msg);
		settings_free(&s);
	}
}

/* Rules for which sshd may serve sftp itself; see fs_caller.c and core/caller/enter_sftp.c. */
static void served(void **state)
{
	static const struct {
		const char *allow, *command, *service;
		enum serve serve; /* in the session */
		bool trust;	  /* by the service */
	} cases[] = { { "", "", "sshd", SERVE_SFTP, true },
		      { "@sftp", "", "sshd", SERVE_SFTP, true },
		      { "@git @scp", "", "sshd", SERVE_SFTP, true },
		      { "@git", "", "sshd", SERVE_NOTHING, false },
		      { "@shell", "", "sshd", SERVE_NOTHING, false },
		      { "id", "", "sshd", SERVE_NOTHING, false },
		      { "@git", "", "su-l", SERVE_NOTHING, true },
		      { "@git", "", "other", SERVE_NOTHING, false },
		      { "/usr/lib/openssh/sftp-server -R", "", "sshd", SERVE_VIEW, true },
		      { "", "id", "sshd", SERVE_NOTHING, false },
		      { "", "id", "login", SERVE_NOTHING, true },
		      { "@git @sftp", "git-upload-pack x", "sshd", SERVE_VIEW, true },
		      { "", "/usr/lib/openssh/sftp-server -R", "sshd", SERVE_VIEW, true } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct settings s;
		struct err e = { 0 };

		assert_int_equal(in_rule(cases[i].allow, cases[i].command, "/home/bob", &s, &e), 0);
		if (commands_serve(&s) != cases[i].serve ||
		    commands_trust(&s, cases[i].service) != cases[i].trust)
			fail_msg("%s, %s by %s", cases[i].allow, cases[i].command, cases[i].service);
		settings_free(&s);
	}
}

/* ---- rsync -s: what comes on standard input ---- */

/* secluded_read() of @sent (@len bytes) after "rsync --server -slte.s"; the words, and what is left. */
static int secluded(const char *sent, size_t len, char **argv, char *ret_left)
{
	static char line[64];
	const char *why = NULL;
	const int old = dup(0);
	int fds[2], n;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], sent, len), (ssize_t)len);
	(void)close(fds[1]);
	assert_int_equal(dup2(fds[0], 0), 0);
	(void)close(fds[0]);
	n = command_split("rsync --server -slte.s", NULL, line, sizeof line, argv,
			  COMMAND_WORDS_MAX, &why);
	n = secluded_read(argv, n, &why);
	assert_true(n >= 0 || why != NULL);
	ret_left[read(0, ret_left, 63)] = '\0';
	assert_int_equal(dup2(old, 0), 0);
	(void)close(old);
	return n;
}

#define SENT(text) text, sizeof text - 1

static void secluded_words(void **state)
{
	char left[64];

	(void)state;
	assert_int_equal(secluded(SENT("rsync\0--delete\0.\0a b\nc\0\0REST"), words, left), 6);
	assert_string_equal(words[2], "-lte.s");
	assert_string_equal(words[3], "--delete");
	assert_string_equal(words[5], "a b\nc");
	assert_null(words[6]);
	assert_string_equal(left, "REST"); /* the program's */
	assert_int_equal(secluded(SENT("rsync\0\0"), words, left), 3);
	assert_true(secluded(SENT("rsync\0--delete"), words, left) < 0);
	assert_true(secluded(SENT("rsync\0--delete\0"), words, left) < 0);
	assert_true(secluded(SENT(""), words, left) < 0);
	memset(buf, 'a', sizeof buf);
	assert_true(secluded(buf, 60000, words, left) < 0);
}

static void secluded_bounds(void **state)
{
	static char many[2 * COMMAND_WORDS_MAX + 8];
	char left[64];

	(void)state;
	for (size_t i = 0; i + 2 < sizeof many; i += 2)
		memcpy(many + i, "a", 2);
	assert_true(secluded(many, sizeof many, words, left) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),	   cmocka_unit_test(homes),
		cmocka_unit_test(lines_checked),   cmocka_unit_test(texts),
		cmocka_unit_test(corpus),	   cmocka_unit_test(rules),
		cmocka_unit_test(served),	   cmocka_unit_test(secluded_words),
		cmocka_unit_test(secluded_bounds),
	};

	return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
