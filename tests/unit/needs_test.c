/* SPDX-License-Identifier: Apache-2.0 */
/* needs_test.c - a kernel that lacks one thing after the other */
#include "policy/compile/needs.h"
#include "policy/text/diag.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *key, *asks, *asks_not;
	enum feature feature;
	const char *version;
} directives[] = { { "NoExecPaths", "/srv -/opt", "-/srv -/opt", FEATURE_MEMFD_NOEXEC, "Linux 6.3" },
		   { "SystemCallLog", "mkdir", NULL, FEATURE_SECCOMP_LOG, "Linux 4.14" },
		   { "SocketBindDeny", "tcp", NULL, FEATURE_LANDLOCK_NET, "Linux 6.7" },
		   { "SocketConnectDeny", "tcp", NULL, FEATURE_LANDLOCK_NET, "Linux 6.7" },
		   { "PrivateUsers", "self", "no", FEATURE_NS + NS_USER, "Linux 3.8" },
		   { "PrivatePIDs", "yes", "no", FEATURE_NS + NS_PID, "Linux 3.8" },
		   { "PrivateIPC", "yes", "no", FEATURE_NS + NS_IPC, "Linux 3.0" },
		   { "PrivateUTS", "yes", "no", FEATURE_NS + NS_UTS, "Linux 3.0" },
		   { "PrivateNetwork", "yes", "no", FEATURE_NS + NS_NET, "Linux 3.0" } };

static int needs_of(const char *key, const char *value, struct err *e)
{
	struct settings s;
	char text[64];
	int r;

	*e = (struct err){ 0 };
	assert_int_equal(settings_init(&s), 0);
	if (value != NULL) {
		(void)snprintf(text, sizeof text, "%s", value);
		assert_int_equal(settings_assign(&s, settings_find(key), text, "rule", 7, NULL), 0);
	}
	r = needs_settings(&s, e);
	settings_free(&s);
	return r;
}

static void each_directive_says_what_it_needs(void **state)
{
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof directives / sizeof directives[0]; i++) {
		needs_masked = 1u << directives[i].feature;
		assert_int_equal(needs_of(directives[i].key, directives[i].asks, &e), -EOPNOTSUPP);
		assert_int_equal(e.line, 7);
		if (strstr(e.msg, directives[i].version) == NULL ||
		    strncmp(e.msg, directives[i].key, strlen(directives[i].key)) != 0)
			fail_msg("%s", e.msg);
		/* absent or switched off it goes on */
		assert_int_equal(needs_of(directives[i].key, directives[i].asks_not, &e), 0);
	}
	needs_masked = 0;
}

static void a_login_says_what_it_needs(void **state)
{
	static const struct {
		enum feature feature;
		const char *says;
	} cases[] = {
		{ FEATURE_LANDLOCK, "Linux 5.19" },
		{ FEATURE_MOUNT_API, "Linux 5.12" },
		{ FEATURE_SECCOMP, "Linux 4.14" },
	};
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		needs_masked = 1u << cases[i].feature;
		assert_int_equal(needs_login(&e), -EOPNOTSUPP);
		assert_non_null(strstr(e.msg, cases[i].says));
	}
	needs_masked = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_directive_says_what_it_needs),
		cmocka_unit_test(a_login_says_what_it_needs),
	};

	return cmocka_run_group_tests_name("needs", tests, NULL, NULL);
}
