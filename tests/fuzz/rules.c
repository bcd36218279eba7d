/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.c - random bytes as a rule file are parsed, or refused with file:line; no line is ignored
 *
 * An accepted rule must be the same after it is printed and read back.
 */
#include "fuzz.h"

#include "policy/account/lookup.h"
#include "policy/rules/rules.h"
#include "policy/settings/types.h"

#include <stdbool.h>
#include <string.h>

enum { SEED_TEXT = 256 };

/* ---- seeds: every directive with every kind of value ---- */

static const char *const values[] = { "yes",
				      "no",
				      "1",
				      "infinity",
				      "10:20",
				      "1M",
				      "1h 30min",
				      "0022",
				      "strict",
				      "persistent",
				      "/srv/%u /a/./b -/c",
				      "%h/x",
				      "/a:/b",
				      "/x:size=1M,ro",
				      "A=b \"C=d e\" 'F=%h'",
				      "a b",
				      "~@mount mkdir:ENOENT",
				      "CAP_KILL",
				      "user net",
				      "AF_UNIX",
				      "EPERM",
				      "low",
				      "" };

static const char *const matches[] = {
	"User=bob !al* 1000-1999 0",
	"Group=students !50",
	"Service=sshd su*",
	"Netgroup=trusted",
	"RemoteHost=10.0.0.0/8 2001:db8::/32 *.org none",
	"TTY=pts/* none",
	"Time=Mon..Fri 08:00-18:00\nTime=!22:00-06:00\nTime=2026-11-24",
};

enum { VALUES = sizeof values / sizeof values[0], MATCHES = sizeof matches / sizeof matches[0] };

const char *fuzz_seed(size_t i, size_t *ret_size)
{
	static char text[1024];
	size_t rows;
	const struct setting *row = settings_table(&rows);

	if (i >= rows + 1)
		return NULL;
	if (i == rows)
		(void)snprintf(text, sizeof text,
			       "# all\n[Match]\n%s\n%s\n[Match]\n%s\n%s\n[Session]\n"
			       "ReadOnlyPaths=/a \\\n\t/b \\\n 'c d' \"/e\"\n; end\n",
			       matches[0], matches[6], matches[4], matches[5]);
	else
		(void)snprintf(text, sizeof text, "[Match]\n%s\n[Session]\n%s=%s\n%s=%s\n",
			       matches[i % MATCHES], row[i].name,
			       row[i].def[0] != '\0' ? row[i].def : values[i % VALUES],
			       row[(i + 7) % rows].name, values[(i * 5) % VALUES]);
	*ret_size = strlen(text);
	return text;
}

const char *fuzz_word(size_t i)
{
	static char text[SEED_TEXT];
	static const char *const more[] = { "[Match]\n",
					    "[Session]\n",
					    "\n[Match]\nUser=alice\n",
					    "\\\n",
					    "=\n",
					    "%u",
					    "%h",
					    "%%",
					    "!",
					    "..",
					    "\xef\xbb\xbf",
					    "\xc3\xa9",
					    "\xff",
					    "4294967295",
					    "18446744073709551615",
					    "-",
					    "~",
					    "::ffff:10.0.0.1" };
	size_t rows;
	const struct setting *row = settings_table(&rows);

	if (i < rows) {
		(void)snprintf(text, sizeof text, "\n%s=", row[i].name); /* fits */
		return text;
	}
	i -= rows;
	if (i < VALUES)
		return values[i];
	i -= VALUES;
	if (i < MATCHES)
		return matches[i];
	i -= MATCHES;
	return i < sizeof more / sizeof more[0] ? more[i] : NULL;
}

/* ---- no line is ignored ---- */

static bool known(const struct rule *r, unsigned line)
{
	if (r->session_line == line)
		return true;
	for (size_t i = 0; i < r->n_lines; i++)
		if (r->lines[i].line == line)
			return true;
	for (size_t i = 0; i < r->n_matches; i++) {
		if (r->matches[i].line == line)
			return true;
		for (size_t k = 0; k < r->matches[i].n; k++)
			if (r->matches[i].items[k].line == line)
				return true;
	}
	return false;
}

/* In a file without errors, each line is a section, an assignment, or its continuation. */
static void all_known(const struct rule *r, const uint8_t *data, size_t size)
{
	bool continued = false;
	unsigned line = 0;

	for (const uint8_t *at = data, *end = data + size; at < end;) {
		const uint8_t *eol = memchr(at, '\n', (size_t)(end - at));
		const uint8_t *s = at;
		size_t slashes = 0;

		if (eol == NULL)
			eol = end;
		line++;
		while (s < eol && (*s == ' ' || *s == '\t'))
			s++;
		if (continued || (s < eol && *s != '#' && *s != ';')) {
			must(continued || known(r, line));
			while (slashes < (size_t)(eol - s) && eol[-1 - (ptrdiff_t)slashes] == '\\')
				slashes++;
			/* sections do not continue: what is after ']' is an error */
			continued = slashes % 2 == 1;
		}
		at = eol + 1;
	}
}

static void errors_have_places(const struct rule *r, const uint8_t *data, size_t size)
{
	unsigned lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	for (size_t i = 0; i < r->diag.n; i++) {
		const struct err *e = &r->diag.list[i];

		must(e->code < 0 && e->msg[0] != '\0' && strcmp(e->file, "f") == 0);
		must(e->line <= lines && (e->line > 0 || size == 0 || size > (1 << 20)));
	}
}

/* ---- printed settings read back as the same ---- */

static void same_again(const struct settings *s)
{
	static char text[1 << 16], copy[1 << 16];
	size_t rows;
	const struct setting *row = settings_table(&rows);

	for (size_t i = 0; i < rows; i++) {
		struct settings again = { 0 };

		const struct set_list *l = (const void *)((const char *)s + row[i].offset);

		if (settings_origin(s, &row[i]).file == NULL)
			continue;
		if ((row[i].type->flags & TYPE_LINE) && l->n > 1)
			continue; /* lines cannot be told apart in one */
		(void)settings_print(s, &row[i], text, sizeof text);
		if (strlen(text) > sizeof text / 2 || text[0] == '\0')
			continue;
		if ((row[i].type->flags & TYPE_INVERSE) && strstr(text, "; ") != NULL)
			continue; /* assignments that are printed apart: one cannot be written so */
		(void)strcpy(copy, text);
		must(settings_assign(&again, &row[i], copy, "g", 1, NULL) == 0);
		(void)settings_print(&again, &row[i], copy, sizeof copy);
		must(strcmp(copy, text) == 0);
		settings_free(&again);
	}
}

static struct facts *some_facts(void)
{
	static struct facts f;

	if (f.n_names == 0) {
		/* without name service and files, only the parser runs */
		lookup_below("/no/such/root");
		f.login.uid = f.gid = 1234;
		f.n_names = 1;
		(void)strcpy(f.names[0], "bob");
		(void)strcpy(f.login.user, "bob");
		(void)strcpy(f.login.service, "sshd");
		(void)strcpy(f.login.rhost, "10.1.2.3");
		(void)strcpy(f.group, "bob");
		(void)strcpy(f.home, "/home/bob");
		(void)strcpy(f.host, "h");
		f.now = 1795500000;
	}
	return &f;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct match_names names = { 0 };
	struct diag d = { .max = 16 };
	struct settings s;
	struct rule rule;
	struct err e = { 0 };
	const struct match *section;
	int r;

	must(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	must(rule_parse("f", text, size, size % 5 == 4, 16, &rule) == 0);
	errors_have_places(&rule, data, size);
	must((rule.diag.total == 0) == (rule.diag.first.code == 0));
	if (rule.diag.total == 0)
		all_known(&rule, data, size);
	if (!rule.match_bad) {
		r = rule_match(&rule, some_facts(), &names, &section, &e);
		must(r == 0 || r == 1 || (r < 0 && e.msg[0] != '\0'));
	}
	must(settings_init(&s) == 0);
	r = rule_apply(&rule, &s, &d);
	must((r == 0) == (d.total == 0));
	same_again(&s);
	if (r == 0 && (r = settings_expand(&s, some_facts(), &e)) < 0)
		must(e.line > 0 && e.msg[0] != '\0');
	settings_free(&s);
	match_names_free(&names);
	diag_free(&d);
	rule_free(&rule);
	return 0;
}
