/* SPDX-License-Identifier: Apache-2.0 */
/* names_test.c - account files as the name service reads them, and names of capabilities as libcap has them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/account/nsswitch.h"
#include "policy/account/passwd_file.h"
#include "policy/settings/caps.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/names_test.XXXXXX";

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/etc/%s", root, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void sources(void **state)
{
	static const struct {
		const char *text;
		enum nsswitch_files files;
	} cases[] = {
		{ "files", NSSWITCH_ALL },
		{ "files ", NSSWITCH_ALL },
		{ "files [NOTFOUND=return]", NSSWITCH_ALL },
		{ "files systemd", NSSWITCH_FOUND },
		{ "files\tsss", NSSWITCH_FOUND },
		{ "files [NOTFOUND=return] ldap", NSSWITCH_FOUND },
		{ "files[UNAVAIL=return] ldap", NSSWITCH_FOUND },
		{ "files [SUCCESS=merge] systemd", NSSWITCH_ASK },
		{ "files [success=continue] systemd", NSSWITCH_ASK },
		{ "files [!UNAVAIL=continue] ldap", NSSWITCH_ASK },
		{ "files [broken", NSSWITCH_ASK },
		{ "filesystem", NSSWITCH_ASK },
		{ "sss files", NSSWITCH_ASK },
		{ "compat", NSSWITCH_ASK },
		{ "", NSSWITCH_ASK },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (nsswitch_kind(cases[i].text) != cases[i].files)
			fail_msg("'%s' gives %d", cases[i].text, nsswitch_kind(cases[i].text));
}

static void users(void **state)
{
	struct passwd pw;
	char *buf = NULL;

	(void)state;
	put("passwd",
	    "# bob:x:1:1::/:/\n\n\t# more\nbob:x:1000:100:Bob,,,:/home/bob:/bin/bash\n"
	    "bobby:x:1000:100::/home/bobby:/bin/sh\nshort:x:1001:101\nlast:x:1003:103:L:/l:");
	assert_int_equal(passwd_file_user(root, "bob", 0, &pw, &buf), 1);
	assert_string_equal(pw.pw_name, "bob");
	assert_int_equal(pw.pw_uid, 1000);
	assert_int_equal(pw.pw_gid, 100);
	assert_string_equal(pw.pw_gecos, "Bob,,,");
	assert_string_equal(pw.pw_dir, "/home/bob");
	assert_string_equal(pw.pw_shell, "/bin/bash");
	assert_int_equal(passwd_file_user(root, NULL, 1000, &pw, &buf), 1);
	assert_string_equal(pw.pw_name, "bob");
	assert_int_equal(passwd_file_user(root, "short", 0, &pw, &buf), 1);
	assert_string_equal(pw.pw_shell, "");
	assert_int_equal(passwd_file_user(root, "last", 0, &pw, &buf), 1);
	assert_string_equal(pw.pw_dir, "/l");
	assert_string_equal(pw.pw_shell, "");
	assert_int_equal(passwd_file_user(root, "", 0, &pw, &buf), 0);
	assert_int_equal(passwd_file_user(root, "bo", 0, &pw, &buf), 0);
	assert_int_equal(passwd_file_user("/nowhere", "bob", 0, &pw, &buf), -ENOENT);
	free(buf);
}

/* What not every libc takes, or takes in another way, ends the search: the name service knows. */
static void odd_lines(void **state)
{
	static const char *const users[] = {
		"+bob:x:2:2::/:/",	   "-bob:x:2:2::/:/", "broken:x",	 ":x:7:7::/:",
		"bob:x:nine:9::/:/",	   "bob:x: 1:9::/:/", "bob:x:+1:9::/:/", " bob:x:1:9::/:/",
		"bob:x:5000000000:9::/:/", "bob:x:1:no::/:/", "bob:x:1: 9::/:/", "\fbob:x:1:9::/:/"
	};
	static const char *const members[] = {
		"odd:x:7:alice, bob", "odd:x: 7:bob", "odd:x:-1:bob", "+odd:x:7:bob",
		":x:7:bob",	      "odd:x:7 :bob", "odd",	      "+"
	};
	struct passwd pw;
	char text[256], *buf = NULL;
	gid_t list[4];

	(void)state;
	for (size_t i = 0; i < sizeof users / sizeof users[0]; i++) {
		(void)snprintf(text, sizeof text, "eve:x:5:5::/:/\n%s\nbob:x:1000:100::/:/\n",
			       users[i]);
		put("passwd", text);
		assert_int_equal(passwd_file_user(root, "eve", 0, &pw, &buf), 1);
		if (passwd_file_user(root, "bob", 0, &pw, &buf) != -EAGAIN)
			fail_msg("'%s' is taken", users[i]);
	}
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		int n = 4;

		(void)snprintf(text, sizeof text, "bob:x:100:\n%s\n", members[i]);
		put("group", text);
		if (passwd_file_groups(root, "bob", 100, list, &n) != -EAGAIN)
			fail_msg("'%s' is taken", members[i]);
	}
	free(buf);
}

static bool malloc_fits(size_t size)
{
	void *volatile p = malloc(size);
	const bool fits = p != NULL;

	free(p);
	return fits;
}

/* A line that there is no memory for is no end of the file. */
static void no_memory(void **state)
{
	enum { LINE = 16 << 20, ROOM = 4 << 20 };
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit most = none;
	char *text;
	unsigned long pages = 0;
	gid_t list[4];
	FILE *f;
	int n = 4, r;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip(); /* it ends a program without memory */
#endif
	text = malloc(LINE + 64);
	f = fopen("/proc/self/statm", "re");
	assert_non_null(text);
	(void)snprintf(text, 64, "bob:x:100:\nlong:x:7:");
	memset(text + strlen(text), 'x', LINE);
	(void)snprintf(text + LINE, 64, ",bob\n");
	put("group", text);
	free(text);
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lu", &pages), 1);
	assert_int_equal(fclose(f), 0);
	most.rlim_cur = pages * (unsigned long)sysconf(_SC_PAGESIZE) + ROOM;
	assert_int_equal(setrlimit(RLIMIT_AS, &most), 0);
	if (malloc_fits(2 * LINE)) {
		print_message("SKIPPED: the limit has no effect, as below qemu-user\n");
		assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
		skip();
	}
	r = passwd_file_groups(root, "bob", 100, list, &n);
	assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
	assert_int_equal(r, -ENOMEM);
	n = 4;
	assert_int_equal(passwd_file_groups(root, "bob", 100, list, &n), 0);
	assert_int_equal(n, 2);
}

static void groups(void **state)
{
	struct group g;
	char *buf = NULL;
	gid_t list[4];
	int n = 4;

	(void)state;
	put("group",
	    "bob:x:100:\nclass:x:200:alice,bob\nnone:x:201\nother:x:202:bobby,,eve,\nagain:x:100:bob\nlast:x:203:bob");
	assert_int_equal(passwd_file_group(root, "other", 0, &g, &buf), 1);
	assert_int_equal(g.gr_gid, 202);
	assert_string_equal(g.gr_mem[0], "bobby");
	assert_string_equal(g.gr_mem[1], "eve");
	assert_null(g.gr_mem[2]);
	assert_int_equal(passwd_file_group(root, NULL, 201, &g, &buf), 1);
	assert_string_equal(g.gr_name, "none");
	assert_null(g.gr_mem[0]);
	assert_int_equal(passwd_file_group(root, "nobody", 0, &g, &buf), 0);
	assert_int_equal(passwd_file_groups(root, "bob", 100, list, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(list[0], 100);
	assert_int_equal(list[1], 200);
	assert_int_equal(list[2], 203);
	n = 2;
	assert_int_equal(passwd_file_groups(root, "bob", 100, list, &n), -E2BIG);
	free(buf);
}

static void capabilities(void **state)
{
	const unsigned n = caps_n();

	(void)state;
	assert_int_equal(n, cap_max_bits());
	for (unsigned cap = 0; cap < n; cap++) {
		char *name = cap_to_name((cap_value_t)cap);

		if (caps_name(cap) != NULL)
			assert_string_equal(caps_name(cap), name);
		(void)cap_free(name);
	}
	assert_string_equal(caps_name(CAP_SYS_ADMIN), "cap_sys_admin");
	assert_null(caps_name(CAPS_MAX));
}

static int begin(void **state)
{
	char path[128];

	(void)state;
	if (mkdtemp(root) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/etc", root);
	return mkdir(path, 0755);
}

static int end(void **state)
{
	static const char *const names[] = { "etc/passwd", "etc/group", "etc", "" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", root, names[i]);
		(void)remove(path);
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources),   cmocka_unit_test(users),
		cmocka_unit_test(odd_lines), cmocka_unit_test(no_memory),
		cmocka_unit_test(groups),    cmocka_unit_test(capabilities),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
