/* SPDX-License-Identifier: Apache-2.0 */
/* foreign_test.c - messages about directives of systemd and sshd name what to write in a rule */
#include "policy/rules/foreign.h"
#include "policy/rules/match.h"
#include "policy/settings/settings.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Of systemd's, sshd's or somebody else's own, in words that are to be written elsewhere. */
static bool is_elsewhere(const char *name, const char *text)
{
	return strcmp(name, "PATH") == 0 || strcmp(name, "mode") == 0 ||
	       strstr(text, "systemctl") != NULL;
}

/* Every "Directive=" of @text can be written in a rule. */
static void check_text(const struct foreign *f)
{
	for (const char *at = f->instead; (at = strchr(at, '=')) != NULL; at++) {
		const char *start = at;
		char name[64];

		while (start > f->instead && is_name(start[-1]))
			start--;
		assert_true(at - start > 0 && at - start < (int)sizeof name);
		memcpy(name, start, (size_t)(at - start));
		name[at - start] = '\0';
		if (settings_find(name) == NULL && match_key(name) < 0 &&
		    strcmp(name, f->name) != 0 && !is_elsewhere(name, f->instead))
			fail_msg("%s=: '%s' names %s=, which there is not", f->name, f->instead,
				 name);
	}
}

static void every_row(void **state)
{
	size_t n;
	const struct foreign *f = foreign_table(&n);

	(void)state;
	assert_true(n > 140);
	for (size_t i = 0; i < n; i++) {
		struct err e = { 0 };

		if (settings_find(f[i].name) != NULL || match_key(f[i].name) >= 0)
			fail_msg("%s= is a directive by now; take it out of foreign.def", f[i].name);
		for (size_t k = 0; k < i; k++)
			assert_true(strcmp(f[i].name, f[k].name) != 0);
		check_text(&f[i]);
		assert_true(foreign_unknown(f[i].name, &e) < 0);
		assert_non_null(strstr(e.msg, "=: not a directive of cordon; "));
		assert_non_null(strstr(e.msg, f[i].instead)); /* whole: not cut */
	}
}

static void others(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_true(foreign_unknown("memorylimit", &e) < 0);
	assert_non_null(strstr(e.msg, "MemoryMax="));
	assert_true(foreign_unknown("User", &e) < 0);
	assert_string_equal(e.msg, "User=: belongs to [Match]; move it there");
	assert_true(foreign_unknown("PrivateTmpp", &e) < 0);
	assert_string_equal(e.msg, "PrivateTmpp=: unknown directive; did you mean PrivateTmp=?");
	assert_true(foreign_unknown("xyzzy", &e) < 0);
	assert_string_equal(e.msg, "xyzzy=: unknown directive; see cordon.rules(5)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row),
		cmocka_unit_test(others),
	};

	return cmocka_run_group_tests_name("foreign", tests, NULL, NULL);
}
