/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complete_test.c - every directive has an example that is parsed, compiled, explained, in the manual
 * and tried live; some code enforces every directive; every line in the manual is valid
 */
#include "policy/compile/compile.h"
#include "policy/compile/needs.h"
#include "policy/rules/decide.h"
#include "policy/settings/types.h"
#include "foreign.h"
#include "own_filter.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { FILE_MAX = 1 << 20, EXAMPLES_MAX = 8 };

static char root[] = "/tmp/cordon-complete-XXXXXX";
static char build[PATH_MAX];
static char *page, *examples, *live, *readers;

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, FILE_MAX);

	if (f == NULL)
		fail_msg("%s cannot be read; run it from the top of the tree, after make", path);
	assert_true(fread(text, 1, FILE_MAX - 1, f) > 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void put(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s%s", root, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

/* Runs cordon with the tree as its root; returns the output. */
static char *cordon(const char *words, int *ret_code)
{
	char command[2 * PATH_MAX];
	char *out = calloc(1, FILE_MAX);
	FILE *p;

	(void)snprintf(command, sizeof command, "exec %s/cordon %s 2>&1", build, words);
	p = popen(command, "r");
	assert_non_null(p);
	assert_true(fread(out, 1, FILE_MAX - 1, p) < FILE_MAX);
	*ret_code = WEXITSTATUS(pclose(p));
	return out;
}

/* Finds the examples for @name, without the name. Further lines of an example follow it. */
static size_t examples_of(const char *name, char *ret[EXAMPLES_MAX])
{
	const size_t len = strlen(name);
	size_t n = 0;

	for (const char *at = examples; at != NULL; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, name, len) == 0 && at[len] == '=' && n < EXAMPLES_MAX) {
			const char *end = at + strcspn(at, "\n");

			while (strncmp(end, "\n\t", 2) == 0)
				end += 1 + strcspn(end + 1, "\n");
			ret[n++] = strndup(at + len + 1, (size_t)(end - at) - len - 1);
		}
	}
	return n;
}

/* Did a command of cordon, which asks the running kernel, find that the kernel lacks a feature? */
static bool lacking(int code, const char *said)
{
	return code != 0 && strstr(said, ": this kernel lacks ") != NULL;
}

static struct facts *some_facts(void)
{
	static struct facts f;

	f.login.uid = f.gid = 1234;
	f.n_names = 1;
	(void)strcpy(f.names[0], "bob");
	(void)strcpy(f.login.user, "bob");
	(void)strcpy(f.login.service, "sshd");
	(void)strcpy(f.group, "bob");
	(void)strcpy(f.home, "/home/bob");
	(void)strcpy(f.shell, "/bin/dash");
	(void)strcpy(f.host, "h");
	(void)strcpy(f.session, "0");
	return &f;
}

/* The lines of an example behind the first: each is "\n\tDirective=value". */
static void assign_more(struct settings *s, const char *text)
{
	char value[1024];

	for (const char *more = strchr(text, '\n'); more != NULL; more = strchr(more + 1, '\n')) {
		char *is;

		(void)snprintf(value, sizeof value, "%.*s", (int)strcspn(more + 2, "\n"), more + 2);
		is = strchr(value, '=');
		assert_non_null(is);
		*is = '\0';
		assert_int_equal(settings_assign(s, settings_find(value), is + 1, "f", 4, NULL), 0);
	}
}

/* Both parts of a plan. */
struct both {
	struct plan *plan;
	struct plan_login *login;
};

static void both_free(struct both *b)
{
	free(b->plan);
	free(b->login);
}

/* Parsed, printed and parsed again, compiled. */
static struct both try_value(const struct setting *row, const char *text)
{
	char value[1024], printed[4096], again[4096];
	struct settings s, twin = { 0 };
	struct both b = { 0 };
	struct diag d = { 0 };
	struct err e = { 0 };

	assert_int_equal(settings_init(&s), 0);
	assign_more(&s, text);
	(void)snprintf(value, sizeof value, "%.*s", (int)strcspn(text, "\n"), text);
	if (settings_assign(&s, row, value, "f", 3, &d) < 0)
		fail_msg("%s=%s: %s", row->name, text, d.first.msg);
	(void)settings_print(&s, row, printed, sizeof printed);
	(void)strcpy(again, printed);
	assert_int_equal(settings_assign(&twin, row, again, "g", 1, NULL), 0);
	(void)settings_print(&twin, row, again, sizeof again);
	assert_string_equal(again, printed);
	assert_int_equal(settings_origin(&s, row).line, 3);
	if (settings_expand(&s, some_facts(), &e) < 0 ||
	    plan_compile(&s, some_facts(), &b.plan, &e) < 0 ||
	    plan_login_compile(&s, some_facts(), "", &b.login, &e) < 0)
		fail_msg("%s=%s: %s", row->name, text, e.msg);
	assert_int_equal(plan_check(b.plan, b.plan->head.size), 0);
	assert_int_equal(plan_login_check(b.login, b.login->head.size), 0);
	settings_free(&s);
	settings_free(&twin);
	diag_free(&d);
	return b;
}

/* ---- does it change anything ---- */

/* Directives without an effect on the plan, with their effect and its test. */
static const struct {
	const char *name, *why;
} elsewhere[] = {
	{ "Action", "whether there is a session at all: policy/rules, rules_test" },
	{ "Profile", "merged before anything is compiled: policy/rules, rules_test" },
	{ "Services", "whether there is a session at all: policy/rules, services_test" },
	{ "Message", "what cordon-login answers to a refused login: policy/rules, rules_test" },
	{ "EnvironmentFile", "becomes Environment=: policy/settings/env_file.c, settings_test" },
};

static bool same_bytes(const void *a, struct span s, const void *b, struct span t)
{
	return s.len == t.len &&
	       memcmp((const char *)a + s.off, (const char *)b + t.off, s.len) == 0;
}

static bool same_view(const struct plan *a, const struct plan *b)
{
	size_t n, m;
	const struct view_op *op = plan_array(a, a->view, sizeof *op, &n);
	const struct view_op *other = plan_array(b, b->view, sizeof *other, &m);

	for (size_t i = 0; n == m && i < n; i++)
		if (op[i].kind != other[i].kind || op[i].flags != other[i].flags ||
		    op[i].size_bytes != other[i].size_bytes || op[i].inodes != other[i].inodes ||
		    op[i].mode != other[i].mode || !same_bytes(a, op[i].source, b, other[i].source) ||
		    !same_bytes(a, op[i].target, b, other[i].target))
			return false;
	return n == m;
}

/* All of the plan but the settings themselves: is it the same session and the same login? */
static bool same_session(const struct both *b, const struct both *c)
{
	const struct plan *p = b->plan, *q = c->plan;

	return p->clone_flags == q->clone_flags && p->flags == q->flags && p->owner == q->owner &&
	       same_bytes(p, p->uid_map, q, q->uid_map) &&
	       same_bytes(p, p->gid_map, q, q->gid_map) &&
	       same_bytes(p, p->hostname, q, q->hostname) &&
	       same_bytes(p, p->divert, q, q->divert) && same_bytes(p, p->filter, q, q->filter) &&
	       same_bytes(p, p->group, q, q->group) &&
	       same_bytes(p, p->addresses, q, q->addresses) &&
	       same_bytes(p, p->network, q, q->network) && same_view(p, q) &&
	       same_bytes(p, p->start_pre, q, q->start_pre) &&
	       same_bytes(p, p->stop_post, q, q->stop_post) && b->login->flags == c->login->flags &&
	       same_bytes(b->login, b->login->shell, c->login, c->login->shell);
}

/* Do the lines that @text has beside that of the directive come to another session without it? */
static bool differs_without(const char *text, const struct both *with)
{
	struct settings s;
	struct both without = { 0 };
	struct err e = { 0 };
	bool differs;

	assert_int_equal(settings_init(&s), 0);
	assign_more(&s, text);
	assert_int_equal(settings_expand(&s, some_facts(), &e), 0);
	differs = plan_compile(&s, some_facts(), &without.plan, &e) < 0 || /* they need it */
		  plan_login_compile(&s, some_facts(), "", &without.login, &e) < 0 ||
		  !same_session(with, &without);
	both_free(&without);
	settings_free(&s);
	return differs;
}

/* Does a program that enforces plans read the setting @field: tests/readers. */
static bool is_read(const char *field)
{
	char line[128];

	(void)snprintf(line, sizeof line, "\n%s ", field);
	return strstr(readers, line) != NULL || strncmp(readers, line + 1, strlen(line) - 1) == 0;
}

static const char *field_of(const char *name)
{
	static const struct {
		const char *name, *field;
	} fields[] = {
#define SETTING(Name, field, type, merge, run, part, def, help) { #Name, #field },
#include "settings.def"
#undef SETTING
	};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (strcmp(fields[i].name, name) == 0)
			return fields[i].field;
	return "";
}

static bool is_elsewhere(const char *name)
{
	for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
		if (strcmp(elsewhere[i].name, name) == 0)
			return true;
	return false;
}

static void every_directive_is_enforced(void **state)
{
	size_t n, wrong = 0;
	const struct setting *row = settings_table(&n);

	(void)state;
	for (size_t i = 0; i < n; i++, row++) {
		char *lines[EXAMPLES_MAX];
		const size_t found = examples_of(row->name, lines);
		bool enforced = is_read(field_of(row->name));

		for (size_t k = 0; k < found; free(lines[k++])) {
			struct both with;

			if (foreign(row->name) || foreign(lines[k])) {
				enforced = true;
				continue;
			}
			with = try_value(row, lines[k]);
			enforced = enforced || differs_without(lines[k], &with);
			both_free(&with);
		}
		if (!enforced && !is_elsewhere(row->name) && ++wrong)
			print_message("%s changes nothing: no emitter puts it into the view, the "
				      "filter or the namespaces, and no step reads it\n",
				      row->name);
		if (enforced && is_elsewhere(row->name) && ++wrong)
			print_message("%s has an effect on the plan: take it out of elsewhere[]\n",
				      row->name);
	}
	assert_int_equal(wrong, 0);
}

static void try_commands(const struct setting *row, const char *text)
{
	char words[PATH_MAX], line[1200];
	int code;
	char *said;

	(void)snprintf(line, sizeof line, "[Session]\n%s=%s\n", row->name, text);
	put("/etc/cordon/rules.d/50-x.conf", line);
	(void)snprintf(words, sizeof words, "check --root %s", root);
	said = cordon(words, &code);
	if (code != 0 && !lacking(code, said))
		fail_msg("%s=%s: check says: %s", row->name, text, said);
	free(said);
	if (code != 0)
		return;
	(void)snprintf(words, sizeof words, "explain --all --root %s bob", root);
	said = cordon(words, &code);
	(void)snprintf(line, sizeof line, "\n  %s=", row->name);
	if (strstr(said, line) == NULL || strstr(said, "/50-x.conf:2") == NULL)
		fail_msg("%s=%s is not explained:\n%s", row->name, text, said);
	free(said);
}

static void every_directive(void **state)
{
	size_t n, missing = 0;
	const struct setting *row = settings_table(&n);

	(void)state;
	for (size_t i = 0; i < n; i++, row++) {
		char *lines[EXAMPLES_MAX], entry[128];
		const size_t found = examples_of(row->name, lines);

		(void)snprintf(entry, sizeof entry, "{ \"%s\", ", row->name);
		if (strstr(live, entry) == NULL && ++missing)
			print_message("%s has no live test in tests/live/settings_test.c\n",
				      row->name);
		(void)snprintf(entry, sizeof entry, "\n.It Sy %s=\n", row->name);
		if (strstr(page, entry) == NULL && ++missing)
			print_message("%s is not in cordon.rules(5)\n", row->name);
		(void)snprintf(entry, sizeof entry, "\n.Dl %s=", row->name);
		if ((found == 0 || strstr(page, entry) == NULL) && ++missing)
			print_message("%s has no example in man/examples.txt\n", row->name);
		for (size_t k = 0; k < found; free(lines[k++])) {
			struct both b;

			if (foreign(row->name) || foreign(lines[k])) {
				print_message("SKIPPED: %s=%s is for another processor\n",
					      row->name, lines[k]);
				continue;
			}
			b = try_value(row, lines[k]);
			both_free(&b);
			try_commands(row, lines[k]);
		}
	}
	assert_int_equal(missing, 0);
}

static void every_option_is_tried_and_in_the_manual(void **state)
{
	static const char *const options[] = {
#define OPTION(name, argument, member, help) name,
#include "ctl/options/run.def"
#undef OPTION
	};
	char path[PATH_MAX + 16], text[128];
	static const char *const files[] = { "run", "run_end", "run_why", "run_as" };
	enum { FILES = sizeof files / sizeof files[0] };
	char *tests[FILES], *manual;

	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		(void)snprintf(path, sizeof path, "tests/live/%s_test.c", files[i]);
		tests[i] = read_file(path);
	}
	(void)snprintf(path, sizeof path, "%s/man/cordon.1", build);
	manual = read_file(path);
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		bool tried = false;

		(void)snprintf(text, sizeof text, "--%s", options[i]);
		for (size_t k = 0; !tried && k < FILES; k++)
			tried = strstr(tests[k], text) != NULL;
		if (!tried)
			fail_msg("no live test of cordon run has %s", text);
		(void)snprintf(text, sizeof text, "\n.It Fl Fl %s", options[i]);
		if (strstr(manual, text) == NULL)
			fail_msg("--%s is not in cordon(1)", options[i]);
	}
	for (size_t i = 0; i < FILES; i++)
		free(tests[i]);
	free(manual);
}

/* ---- the manual ---- */

/* A line of mdoc(7) as it is shown. */
static void shown(const char *from, size_t len, char *to)
{
	static const struct {
		const char *mdoc, *text;
	} table[] = { { "\\(dq", "\"" }, { "\\(aq", "'" }, { "\\(ti", "~" },
		      { "\\-", "-" },	 { "\\&", "" },	   { "\\e", "\\" } };

	for (const char *end = from + len; from < end;) {
		size_t i = 0;

		while (i < 6 && strncmp(from, table[i].mdoc, strlen(table[i].mdoc)) != 0)
			i++;
		if (i < 6) {
			to = stpcpy(to, table[i].text);
			from += strlen(table[i].mdoc);
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

static void check_rule(const char *text)
{
	char words[PATH_MAX];
	int code;
	char *said;

	if (foreign(text))
		return;
	put("/etc/cordon/rules.d/50-x.conf", text);
	(void)snprintf(words, sizeof words, "check --root %s", root);
	said = cordon(words, &code);
	if (code != 0 && !lacking(code, said))
		fail_msg("cordon.rules(5) shows:\n%s\ncheck says: %s", text, said);
	free(said);
}

static void what_the_manual_shows_is_right(void **state)
{
	char line[4096], rule[8192];
	unsigned lines = 0, blocks = 0;

	(void)state;
	for (const char *at = page; (at = strstr(at, "\n.Dl ")) != NULL;) {
		char *w = rule;

		for (; strncmp(at, "\n.Dl ", 5) == 0;
		     lines++) { /* lines that follow each other are one rule */
			at += 5;
			shown(at, strcspn(at, "\n"), line);
			at += strcspn(at, "\n");
			line[strcspn(line, "=")] = '\0'; /* the key, for now */
			if (w == rule)
				w += sprintf(w, match_key(line) >= 0 ? "[Match]\n" : "[Session]\n");
			w += sprintf(w, "%s=%s\n", line, line + strlen(line) + 1);
		}
		check_rule(rule);
	}
	for (const char *at = page; (at = strstr(at, "\n.Bd -literal")) != NULL;) {
		const char *end = strstr(at, "\n.Ed");

		at = strchr(at + 1, '\n') + 1;
		assert_non_null(end);
		if (strncmp(at, "[Match]", 7) != 0)
			continue; /* commands and what they say */
		shown(at, (size_t)(end + 1 - at), rule);
		check_rule(rule);
		blocks++;
	}
	assert_true(lines > 70 && blocks >= 3);
}

static int setup(void **state)
{
	char command[PATH_MAX], self[PATH_MAX - 128];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char path[PATH_MAX];

	(void)state;
	if (n <= 0 || mkdtemp(root) == NULL || chmod(root, 0755) < 0)
		return -1;
	self[n] = '\0';
	/* few machines have these */
	needs_granted = 1u << FEATURE_CORE_SCHEDULING | 1u << FEATURE_GROUP_ADDRESSES |
			1u << FEATURE_GROUP_MEMORY | 1u << FEATURE_GROUP_PIDS |
			1u << FEATURE_GROUP_CPU | 1u << FEATURE_GROUP_CPUSET |
			1u << FEATURE_GROUP_IO | 1u << FEATURE_NFT | 1u << FEATURE_PASTA |
			1u << FEATURE_TUN;
	for (unsigned i = 0; i < 3; i++) /* BUILD/tests/unit/complete_test */
		*strrchr(self, '/') = '\0';
	(void)snprintf(build, sizeof build, "%s", self);
	use_own_filter();
	(void)snprintf(path, sizeof path, "%s/man/cordon.rules.5", self);
	page = read_file(path);
	(void)snprintf(path, sizeof path, "%s/tests/unit/readers.txt", self);
	readers = read_file(path);
	examples = read_file("man/examples.txt");
	live = read_file("tests/live/settings_test.c");
	(void)umask(022);
	(void)snprintf(command, sizeof command,
		       "cd %s && mkdir -p etc/cordon/rules.d etc/cordon/profiles", root);
	if (system(command) != 0)
		return -1;
	put("/etc/passwd", "bob:x:1234:1234::/home/bob:/bin/bash\n");
	put("/etc/group", "bob:x:1234:\n");
	put("/etc/cordon/profiles/teaching.conf", "[Session]\n");
	return 0;
}

static int teardown(void **state)
{
	char command[PATH_MAX];

	(void)state;
	free(page);
	free(examples);
	free(live);
	free(readers);
	(void)snprintf(command, sizeof command, "rm -rf %s", root);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_directive),
		cmocka_unit_test(every_directive_is_enforced),
		cmocka_unit_test(every_option_is_tried_and_in_the_manual),
		cmocka_unit_test(what_the_manual_shows_is_right),
	};

	return cmocka_run_group_tests_name("complete", tests, setup, teardown);
}
