/* SPDX-License-Identifier: Apache-2.0 */
/* stack_test.c - PAM stacks that confine, and stacks that do not */
#include "policy/account/stack.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OURS "session required pam_cordon.so\n"
#define UNIX "session required pam_unix.so\n"

static char root[] = "/tmp/cordon-stack-XXXXXX";

/* A file of etc/pam.d, or of another directory if its name has a slash; NULL: none. */
static void put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s%s", root,
		       strchr(name, '/') != NULL ? "" : "etc/pam.d/", name);
	(void)unlink(path);
	if (text == NULL)
		return;
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
}

static int check(const char *service)
{
	struct err e = { 0 };
	const int r = stack_check(root, service, STACK_SESSION, &e);

	assert_true(r == 0 ? e.code == 0 : e.code == r && e.msg[0] != '\0');
	return r;
}

static void stacks(void **state)
{
	static const struct {
		const char *service, *common, *other;
		int r;
	} cases[] = {
		{ "auth required pam_unix.so\n" UNIX OURS, "", "", 0 },
		{ "Session [success=ok default=die] /lib/security/pam_cordon.so debug\n", "", "", 0 },
		{ "-session\trequired\tpam_cordon.so # last\n", "", "", 0 },
		{ "session \\\n required \\\n pam_cordon.so\n", "", "", 0 },
		{ "session required pam_cordon.so", "", "", 0 }, /* no newline at its end */
		{ UNIX, "", OURS, -EPERM },
		{ "account required pam_cordon.so\n" UNIX, "", OURS, -EPERM },
		{ "#" OURS UNIX, "", OURS, -EPERM },
		{ UNIX "#\\\n" OURS, "", "", 0 },
		{ UNIX "session optional pam_cordon.so\n", "", "", -EPERM },
		{ UNIX "session sufficient pam_cordon.so\n", "", "", -EPERM },
		{ UNIX "session [success=ok default=ignore] pam_cordon.so\n", "", "", -EPERM },
		{ "session optional pam_cordon.so\nsession requisite pam_cordon.so\n", "", "", 0 },
		{ "session required pam_cordon.so.bak\n", "", "", -EPERM },
		{ "session required pam_notcordon.so\n", "", "", -EPERM },
		/* elsewhere */
		{ "@include common\n", OURS, "", 0 },
		{ "session include common\n", "auth required pam_deny.so\n" OURS, "", 0 },
		{ "session substack common\n", OURS, "", 0 },
		{ "account include common\n", OURS, "", -EPERM }, /* and nothing in other */
		{ "@include common\n" UNIX, "", OURS, -EPERM },
		{ "@include common\n" OURS, "@include common\n", "", -ELOOP },
		{ "@include missing\n" OURS, "", OURS, -ENOENT },
		/* no session lines, or no file: other */
		{ "auth required pam_unix.so\n", "", OURS, 0 },
		{ NULL, "", OURS, 0 },
		{ NULL, "", UNIX, -EPERM },
		{ NULL, "", NULL, -ENOENT },
		/* a line before ours may skip it */
		{ "session sufficient pam_permit.so\n" OURS, "", "", -EPERM },
		{ "session [success=done default=ignore] pam_permit.so\n" OURS, "", "", -EPERM },
		{ "session [default=1] pam_permit.so\nsession requisite pam_deny.so\n" UNIX OURS,
		  "", "", 0 },
		{ UNIX "session [success=1 default=ignore] pam_succeed_if.so user = bob\n" OURS, "",
		  "", -EPERM },
		{ UNIX "session [success=2 default=ignore] pam_x.so\n" UNIX OURS, "", "", -EPERM },
		{ UNIX "session [success=1 default=ignore] pam_x.so\nsession include common\n",
		  OURS, "", -EPERM },
		{ UNIX "session [success=1 default=ignore] pam_x.so\nsession substack common\n",
		  OURS, "", -EPERM },
		{ "session substack common\n" OURS, "session sufficient pam_permit.so\n", "", 0 },
		{ "session substack common\n" OURS, "session sufficient pam_permit.so\n" OURS, "",
		  0 },
		{ "session include common\n" OURS, "session sufficient pam_permit.so\n", "", -EPERM },
		{ OURS "session sufficient pam_permit.so\n", "", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int r;

		put("some", cases[i].service);
		put("common", cases[i].common);
		put("other", cases[i].other);
		r = check("some");
		if (r != cases[i].r)
			print_message("case %zu: %d, wanted %d:\n%s", i, r, cases[i].r,
				      cases[i].service);
		assert_int_equal(r, cases[i].r);
	}
}

static void elsewhere(void **state)
{
	char path[256];

	(void)state;
	put("some", NULL);
	put("other", UNIX);
	put("/usr/lib/pam.d/some", OURS); /* the distribution's own */
	assert_int_equal(check("some"), 0);
	put("some", UNIX); /* the administrator's comes first */
	assert_int_equal(check("some"), -EPERM);
	put("some", "session include /etc/pam.d/named\n");
	put("named", OURS);
	assert_int_equal(check("some"), 0);
	assert_int_equal(check("../pam.d/some"), -EINVAL);
	assert_int_equal(check(".."), -EINVAL);
	/* a FIFO does not make the check wait */
	put("some", NULL);
	(void)snprintf(path, sizeof path, "%s/etc/pam.d/some", root);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(check("some"), -EINVAL);
	/* a tree without PAM stacks is not judged */
	assert_int_equal(stack_check("/nowhere", "some", STACK_SESSION, &(struct err){ 0 }), 0);
}

/* As upstream's libpam: the first directory that has the file, for an include as for a service. */
static void includes_of_vendors(void **state)
{
	static const char *const ways[] = { "@include vendor\n", "session include vendor\n",
					    "session substack vendor\n" };
	static const char *const places[] = { "/usr/lib/pam.d/vendor", "/usr/share/pam.d/vendor",
					      "/usr/etc/pam.d/vendor" };

	(void)state;
	put("other", UNIX);
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		for (size_t k = 0; k < sizeof places / sizeof places[0]; k++) {
			put("vendored", ways[i]);
			put("vendor", NULL);
			assert_int_equal(check("vendored"), -ENOENT);
			put(places[k], OURS);
			assert_int_equal(check("vendored"), 0);
			put(places[k], UNIX);
			assert_int_equal(check("vendored"), -EPERM);
			put("vendor", OURS); /* the administrator's comes first */
			assert_int_equal(check("vendored"), 0);
			put(places[k], NULL);
		}
	put("vendor", NULL);
	put("/usr/lib/pam.d/vendored", "@include vendor\n");
	put("vendored", NULL);
	put("/usr/lib/pam.d/vendor", OURS); /* both are the distribution's own */
	assert_int_equal(check("vendored"), 0);
}

static int make_tree(void **state)
{
	char command[256];

	(void)state;
	if (mkdtemp(root) == NULL)
		return -1;
	(void)snprintf(command, sizeof command,
		       "cd %s && mkdir -p etc/pam.d usr/lib/pam.d usr/share/pam.d usr/etc/pam.d",
		       root);
	return system(command);
}

static int remove_tree(void **state)
{
	char command[256];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -rf %s", root);
	return system(command);
}

/* pam_deny returns another value in each step. */
static void what_deny_returns(void **state)
{
	struct err e = { 0 };

	(void)state;
	put("deny",
	    "account [auth_err=1 default=die] pam_deny.so\naccount required pam_cordon.so\naccount required pam_permit.so\n"
	    "session [auth_err=1 acct_expired=1 default=die] pam_deny.so\nsession required pam_cordon.so\nsession required pam_permit.so\n");
	assert_int_equal(stack_check(root, "deny", STACK_ACCOUNT, &e), -EPERM);
	assert_int_equal(stack_check(root, "deny", STACK_SESSION, &e), 0);
	put("deny",
	    "account [default=die] pam_deny.so\naccount required pam_cordon.so\n"
	    "session [session_err=1 default=die] pam_deny.so\nsession required pam_cordon.so\nsession required pam_permit.so\n");
	assert_int_equal(stack_check(root, "deny", STACK_ACCOUNT, &e), 0);
	assert_int_equal(stack_check(root, "deny", STACK_SESSION, &e), -EPERM);
}

/* A line anywhere is enough, and "cordon-pam disable" leaves none. */
static void used(void **state)
{
	char command[256], path[256];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -f %s/etc/pam.d/* %s/usr/*/pam.d/*", root, root);
	assert_int_equal(system(command), 0);
	assert_false(stack_used(root));
	put("some", UNIX);
	put("common", "# " OURS "  # " OURS);
	put("common.dpkg-old", OURS);
	put("common~", OURS);
	assert_false(stack_used(root));
	put("/usr/lib/pam.d/other", UNIX OURS);
	assert_true(stack_used(root));
	put("/usr/lib/pam.d/other", NULL);
	put("common", "-account required /lib/security/pam_cordon.so\n");
	assert_true(stack_used(root));
	/* who cannot read a file, or would wait for it, does not say that nothing is there */
	put("common", NULL);
	assert_false(stack_used(root));
	(void)snprintf(path, sizeof path, "%s/etc/pam.d/common", root);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_true(stack_used(root));
	put("common", NULL);
	assert_false(stack_used("/nowhere"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stacks),
		cmocka_unit_test(elsewhere),
		cmocka_unit_test(includes_of_vendors),
		cmocka_unit_test(what_deny_returns),
		cmocka_unit_test(used), /* the last one, as it removes all files */
	};

	return cmocka_run_group_tests_name("stack", tests, make_tree, remove_tree);
}
