/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lists_test.c - all lists with "~" follow the same rules
 *
 * The first word in a file decides the start of the list: empty without "~", the start of the directive
 * with "~". Then each name adds a member and "~name" removes one; the last word counts. A "~" at the
 * start of an assignment applies to all words of this assignment, on all its lines, and to no other.
 */
#include "foreign.h"
#include "filter/filter.h"
#include "policy/settings/settings.h"
#include "policy/text/diag.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/capability.h>

#include <cmocka.h>

enum { MEMBERS = 3 };

/* A spec with the one list @which, of the words that the rule has. */
static struct filter_spec spec_of(enum filter_list which, const struct set_list *list)
{
	static struct filter_word words[64];
	struct filter_spec spec = { 0 };

	assert_true(list->n <= sizeof words / sizeof words[0]);
	for (size_t i = 0; i < list->n; i++) {
		const struct set_item *item = &list->items[i];

		words[i] = (struct filter_word){
			.text = item->text,
			.flags = (item->optional ? WORD_OPTIONAL : 0u) |
				 (item->begins ? WORD_BEGINS : 0u) |
				 (item->from.file != NULL ? WORD_GIVEN : 0u),
		};
	}
	spec.list[which] = (struct filter_words){ words, list->n };
	return spec;
}

static bool has_call(const struct settings *s, const char *name)
{
	const struct filter_spec spec = spec_of(FILTER_CALLS, &s->system_call_filter);
	struct verdicts v;
	struct filter_error e = { 0 };

	if (filter_select(&spec, &v, &e) < 0)
		fail_msg("%s", e.msg);
	return ret_allows(v.ret[call_find(name, strlen(name))]);
}

static bool logs_call(const struct settings *s, const char *name)
{
	const struct filter_spec spec = spec_of(FILTER_LOG, &s->system_call_log);
	struct verdicts v;
	struct filter_error e = { 0 };

	if (filter_select(&spec, &v, &e) < 0)
		fail_msg("%s", e.msg);
	return v.ret[call_find(name, strlen(name))] == SECCOMP_RET_LOG;
}

static bool has_family(const struct settings *s, const char *name)
{
	const unsigned number = strcmp(name, "AF_UNIX") == 0 ? 1 :
				strcmp(name, "AF_INET") == 0 ? 2 :
							       17;
	const struct filter_spec spec = spec_of(FILTER_FAMILIES, &s->restrict_address_families);
	struct families f;
	struct filter_error e = { 0 };
	bool named = false;

	if (filter_families(&spec, &f, &e) < 0)
		fail_msg("%s", e.msg);
	for (size_t i = 0; i < f.n; i++)
		named = named || f.v[i] == number;
	return named != f.any;
}

static bool has_cap(const struct settings *s, const char *name)
{
	const unsigned cap = strcmp(name, "CAP_CHOWN") == 0 ? CAP_CHOWN :
			     strcmp(name, "CAP_KILL") == 0  ? CAP_KILL :
							      CAP_FOWNER;

	return (s->capability_bounding_set.v & 1ull << cap) != 0;
}

static bool has_namespace(const struct settings *s, const char *name)
{
	const uint64_t flag = strcmp(name, "user") == 0 ? CLONE_NEWUSER :
			      strcmp(name, "pid") == 0	? CLONE_NEWPID :
							  CLONE_NEWNET;

	return (s->restrict_namespaces.v & flag) != 0;
}

/* Three members a directive; @start: those it has where "~" comes first. */
static const struct {
	const char *name, *member[MEMBERS], *start;
	bool (*has)(const struct settings *s, const char *member);
} directives[] = {
	{ "SystemCallFilter", { "mkdir", "rmdir", "mount" }, "AB", has_call },
	{ "SystemCallLog", { "mkdir", "rmdir", "chdir" }, "ABC", logs_call },
	{ "RestrictAddressFamilies", { "AF_UNIX", "AF_INET", "AF_PACKET" }, "AB", has_family },
	{ "CapabilityBoundingSet", { "CAP_CHOWN", "CAP_KILL", "CAP_FOWNER" }, "ABC", has_cap },
	{ "RestrictNamespaces", { "user", "pid", "net" }, "ABC", has_namespace }
};

/* @text: A, B and C are the members, '|' ends an assignment; @start: it begins with the start. */
static const struct {
	const char *text;
	bool start;
	const char *add, *take;
} shapes[] = {
	{ "A", false, "A", "" },	 { "A B", false, "AB", "" },
	{ "A|B", false, "AB", "" },	 { "A ~B", false, "A", "" },
	{ "A B ~B", false, "A", "" },	 { "A ~A C", false, "C", "" },
	{ "A ~C B", false, "AB", "" },	 { "A B|~A", false, "B", "" },
	{ "A|~B", false, "A", "" },	 { "A|~A B", false, "", "" },
	{ "A ~B|B", false, "AB", "" },	 { "A\n~B", false, "A", "" },
	{ "A\nB\n~A", false, "B", "" },	 { "~A", true, "", "A" },
	{ "~ A", true, "", "A" },	 { "~A B", true, "", "AB" },
	{ "~A ~B", true, "", "AB" },	 { "~A\nB", true, "", "AB" },
	{ "~A\nB\nC", true, "", "ABC" }, { "~\nA", true, "", "A" },
	{ "~A|~B", true, "", "AB" },	 { "~A|A", true, "A", "" },
	{ "~A|C", true, "C", "A" },	 { "~A B|C ~C", true, "", "ABC" },
	{ "~A C|A", true, "A", "C" },	 { "~A|B ~B|C", true, "C", "AB" },
};

static const struct setting *row_of(const char *name)
{
	const struct setting *row = settings_find(name);

	assert_non_null(row);
	return row;
}

/* A shape with a directive's own members, assigned one after the other. */
static void assign(struct settings *s, size_t d, const char *text, bool one_line)
{
	char value[512];
	unsigned line = 1;

	while (text != NULL) {
		const char *end = text + strcspn(text, "|");
		char *w = value;
		struct diag diag = { 0 };

		for (const char *c = text; c < end; c++)
			if (*c >= 'A' && *c < 'A' + MEMBERS)
				w = stpcpy(w, directives[d].member[*c - 'A']);
			else
				*w++ = *c;
		*w = '\0';
		if (settings_assign(s, row_of(directives[d].name), value, "f", one_line ? 1 : line,
				    &diag) < 0)
			fail_msg("%s=%s: %s", directives[d].name, text, diag.first.msg);
		for (const char *c = text; c <= end; c++)
			line += *c == '\n' || *c == '|';
		text = *end != '\0' ? end + 1 : NULL;
	}
}

static void one_rule(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t d = 0; d < sizeof directives / sizeof directives[0]; d++)
		for (size_t i = 0; i < 2 * sizeof shapes / sizeof shapes[0]; i++) {
			const size_t k = i / 2;
			const bool one_line = i % 2; /* as options of a command line are */
			struct settings s;

			assert_int_equal(settings_init(&s), 0);
			assign(&s, d, shapes[k].text, one_line);
			for (int m = 0; m < MEMBERS; m++) {
				bool want = shapes[k].start &&
					    strchr(directives[d].start, 'A' + m) != NULL;

				want = want || strchr(shapes[k].add, 'A' + m) != NULL;
				want = want && strchr(shapes[k].take, 'A' + m) == NULL;
				if (directives[d].has(&s, directives[d].member[m]) != want && ++wrong)
					print_message("%s=%s%s: %s is %s\n", directives[d].name,
						      shapes[k].text, one_line ? " (one line)" : "",
						      directives[d].member[m], want ? "out" : "in");
			}
			settings_free(&s);
		}
	assert_int_equal(wrong, 0);
}

/* "any" and "none" are words as well; an empty assignment is refused. */
static void any_and_none(void **state)
{
	static const struct {
		const char *text, *has; /* NULL: refused */
	} cases[] = { { "any", "ABC" },		{ "none", "" },	     { "any ~A", "BC" },
		      { "none ~A", "" },	{ "none A", "A" },   { "any A", "ABC" },
		      { "A any", "ABC" },	{ "A none", "" },    { "any ~A A", "ABC" },
		      { "any|~A", "BC" },	{ "any|~A B", "C" }, { "none|A", "A" },
		      { "any ~A none B", "B" }, { "~A|any", "ABC" }, { "any\n~A", "BC" },
		      { "~any", NULL },		{ "~none", NULL },   { "A ~any", NULL },
		      { "~A any", NULL },	{ "~~A", NULL },     { "A ~", NULL },
		      { "-A", NULL },		{ "A,B", NULL },     { "AF_INETT", NULL } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct settings s;
		struct families f;
		struct filter_error e = { 0 };
		int r;

		assert_int_equal(settings_init(&s), 0);
		if (cases[i].has != NULL) {
			assign(&s, 2, cases[i].text, false);
			for (int m = 0; m < MEMBERS; m++)
				if (has_family(&s, directives[2].member[m]) !=
				    (strchr(cases[i].has, 'A' + m) != NULL))
					fail_msg("%s: %s", cases[i].text, directives[2].member[m]);
		} else {
			char value[128];
			char *w = value;

			for (const char *c = cases[i].text; *c != '\0'; c++)
				if (*c >= 'A' && *c < 'A' + MEMBERS && c[1] != 'F')
					w = stpcpy(w, directives[2].member[*c - 'A']);
				else
					*w++ = *c;
			*w = '\0';
			r = settings_assign(&s, row_of("RestrictAddressFamilies"), value, "f", 1,
					    NULL);
			if (r == 0) {
				const struct filter_spec spec =
					spec_of(FILTER_FAMILIES, &s.restrict_address_families);

				r = filter_families(&spec, &f, &e);
			}
			if (r == 0)
				fail_msg("%s is taken", cases[i].text);
		}
		settings_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_rule),
		cmocka_unit_test(any_and_none),
	};

	if (foreign("RestrictAddressFamilies")) {
		print_message("lists_test: SKIPPED, libc makes sockets by socketcall(2) here\n");
		return 0;
	}
	return cmocka_run_group_tests_name("lists", tests, NULL, NULL);
}
