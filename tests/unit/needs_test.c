/* SPDX-License-Identifier: Apache-2.0 */
/* needs_test.c - refusals on kernels that lack one feature each */
#include "base/landlock_abi.h"
#include "policy/compile/needs.h"
#include "policy/settings/sockets.h"
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
		   { "CoreScheduling", "session", "no", FEATURE_CORE_SCHEDULING,
		     "CONFIG_SCHED_CORE" },
		   { "CoreScheduling", "user", "no", FEATURE_CORE_SCHEDULING, "CONFIG_SCHED_CORE" },
		   { "SystemCallLog", "mkdir", NULL, FEATURE_SECCOMP_LOG, "Linux 4.14" },
		   { "SocketBindDeny", "tcp", NULL, FEATURE_LANDLOCK_TCP, "Linux 6.7" },
		   { "SocketConnectDeny", "tcp", NULL, FEATURE_LANDLOCK_TCP, "Linux 6.7" },
		   { "MemoryMax", "1G", NULL, FEATURE_GROUP_MEMORY, "'memory'" },
		   { "MemorySwapMax", "0", NULL, FEATURE_GROUP_MEMORY, "'memory'" },
		   { "TasksMax", "200", NULL, FEATURE_GROUP_PIDS, "'pids'" },
		   { "CPUQuota", "50%", NULL, FEATURE_GROUP_CPU, "'cpu'" },
		   { "AllowedCPUs", "0", NULL, FEATURE_GROUP_CPUSET, "'cpuset'" },
		   { "IOWeight", "50", NULL, FEATURE_GROUP_IO, "'io'" },
		   { "IPAddressDeny", "any", NULL, FEATURE_GROUP_ADDRESSES, "CONFIG_CGROUP_BPF" },
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
		/* without the directive, or with it off, the login works */
		assert_int_equal(needs_of(directives[i].key, directives[i].asks_not, &e), 0);
	}
	needs_masked = 0;
}

/* Tries each directive on each ABI of Landlock, and without Landlock. */
static void each_abi_has_its_directives(void **state)
{
	static const struct {
		const char *key, *value;
		int abi;
		const char *release;
	} cases[] = {
		{ "SocketBindDeny", "tcp", 4, "requires Linux 6.7 (Landlock ABI 4); " },
		{ "SocketConnectDeny", "tcp", 4, "requires Linux 6.7 (Landlock ABI 4); " },
		{ "SocketBindDeny", "udp", 10, "requires Linux 7.2 (Landlock ABI 10); " },
		{ "SocketBindDeny", "any", 10, "requires Linux 7.2 (Landlock ABI 10); " },
		{ "SocketConnectDeny", "udp", 10, "requires Linux 7.2 (Landlock ABI 10); " },
		{ "SocketConnectDeny", "tcp udp", 10, "requires Linux 7.2 (Landlock ABI 10); " },
	};
	struct err e;
	char has[64];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (needs_abi = -EOPNOTSUPP; needs_abi <= 10;
		     needs_abi = needs_abi < 0 ? 1 : needs_abi + 1) {
			const int r = needs_of(cases[i].key, cases[i].value, &e);

			if (needs_abi >= cases[i].abi) {
				assert_int_equal(r, 0);
				continue;
			}
			assert_int_equal(r, -EOPNOTSUPP);
			(void)snprintf(
				has, sizeof has,
				needs_abi > 0 ?
					"this kernel has ABI %d; " :
					"this kernel has no Landlock (put landlock into lsm=); ",
				needs_abi);
			if (e.line != 7 || strncmp(e.msg, cases[i].key, strlen(cases[i].key)) != 0 ||
			    strstr(e.msg, cases[i].release) == NULL || strstr(e.msg, has) == NULL)
				fail_msg("ABI %d: %s", needs_abi, e.msg);
		}
	needs_abi = 0;
}

/* cordon check forgets a refused line; the ports that the line made possible are no error then. */
static void ports_go_with_their_protocol(void **state)
{
	static const struct {
		const char *deny, *more_deny, *allow;
	} cases[] = { { "any", NULL, "udp:0" },
		      { "udp", NULL, "udp:53 udp:123" },
		      { "tcp", "udp", "tcp:22 udp:53" },
		      { "tcp", "any", "80 udp:53" } };
	static const char *const keys[] = { "SocketBind", "SocketConnect" };

	(void)state;
	needs_abi = 7; /* TCP alone */
	for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
		const char *key = keys[i % 2], *const lines[] = { cases[i / 2].deny,
								  cases[i / 2].more_deny,
								  cases[i / 2].allow };
		struct settings s;
		struct err e = { 0 };

		assert_int_equal(settings_init(&s), 0);
		for (unsigned k = 0; k < 3; k++) {
			char name[64], text[64];

			(void)snprintf(name, sizeof name, "%s%s", key, k < 2 ? "Deny" : "Allow");
			(void)snprintf(text, sizeof text, "%s", lines[k] != NULL ? lines[k] : "");
			if (lines[k] != NULL)
				assert_int_equal(settings_assign(&s, settings_find(name), text,
								 "rule", k + 1, NULL),
						 0);
		}
		assert_int_equal(sockets_check(&s, &e), 0);
		assert_int_equal(needs_settings(&s, &e), -EOPNOTSUPP);
		assert_int_equal(e.line, lines[1] != NULL ? 2 : 1);
		assert_true(settings_forget(&s, e.file, e.line) > 0);
		if (sockets_check(&s, &e) != 0 || needs_settings(&s, &e) != 0)
			fail_msg("%sDeny=%s, %sAllow=%s: %s", key, lines[0], key, lines[2], e.msg);
		settings_free(&s);
	}
	needs_abi = 0;
}

/* The message names the Linux release of each ABI. */
static void each_abi_has_its_release(void **state)
{
	static const char *const releases[] = { "5.13", "5.19", "6.2", "6.7", "6.10",
						"6.12", "6.15", "7.0", "7.1", "7.2" };

	(void)state;
	for (int abi = LL_ABI_FIRST; abi <= LL_ABI_LAST; abi++)
		assert_string_equal(landlock_release(abi), releases[abi - 1]);
	for (needs_abi = 1; needs_abi <= 10; needs_abi++) {
		assert_int_equal(needs_has(FEATURE_LANDLOCK), needs_abi >= 2);
		assert_int_equal(needs_has(FEATURE_LANDLOCK_TCP), needs_abi >= 4);
		assert_int_equal(needs_has(FEATURE_LANDLOCK_LOG), needs_abi >= 7);
		assert_int_equal(needs_has(FEATURE_LANDLOCK_UDP), needs_abi >= 10);
	}
	needs_abi = 0;
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
		assert_string_equal(e.file,
				    "this kernel"); /* no rule, so cordon check says it once */
	}
	needs_masked = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_directive_says_what_it_needs),
		cmocka_unit_test(each_abi_has_its_directives),
		cmocka_unit_test(ports_go_with_their_protocol),
		cmocka_unit_test(each_abi_has_its_release),
		cmocka_unit_test(a_login_says_what_it_needs),
	};

	return cmocka_run_group_tests_name("needs", tests, NULL, NULL);
}
