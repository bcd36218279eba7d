/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_kept_test.c - the filters that are kept below /run/cordon: the first login makes one, the
 * next ones use it, and nobody can have a session use another
 */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

#define DIR   "/run/cordon/filters"
#define ENTRY "$(echo " DIR "/*)"
#define MOVED "mv /usr/libexec/cordon-filter /tmp/away; "
#define BACK  "mv /tmp/away /usr/libexec/cordon-filter; "

/* By a call that is refused with an errno of its own, which nothing else would give. */
#define FILTERED \
	"su -l bob -c \"python3 -c 'import ctypes; l=ctypes.CDLL(None,use_errno=True); " \
	"b=ctypes.create_string_buffer(4096); " \
	"print(l.sysinfo(b), ctypes.get_errno())'\""
#define RULE "SystemCallFilter=~sysinfo:EXDEV\n"

static bool filtered(void)
{
	const struct out o = sh(FILTERED);

	return o.code == 0 && says(o, "-1 18\n");
}

/* Inode and time: another file is another entry. */
static const char *entry(void)
{
	static char text[200];

	(void)snprintf(text, sizeof text, "%s", sh("stat -c '%%n %%i %%y %%z' " DIR "/*").text);
	return text;
}

static int fresh(void **state)
{
	(void)state;
	rule_set(RULE);
	return sh("rm -rf " DIR).code;
}

static void second_login_compiles_nothing(void **state)
{
	char first[200];

	(void)state;
	assert_true(filtered());
	assert_says(sh("stat -c '%%a %%U' /run/cordon " DIR " " DIR "/*; ls " DIR " | wc -l"),
		    "755 root\n711 root\n644 root\n1\n");
	(void)snprintf(first, sizeof first, "%s", entry());
	assert_true(filtered());
	assert_string_equal(entry(), first);
	assert_says(sh("strace -f -o /tmp/calls -e trace=execve su -l bob -c 'echo in'"), "in\n");
	assert_says(sh("grep -c libexec/cordon-login /tmp/calls; grep -c cordon-filter /tmp/calls"),
		    "1\n0\n");
	/* nor is it needed */
	assert_true(sh(MOVED).code == 0 && filtered());
	assert_int_equal(sh(BACK).code, 0);
	assert_string_equal(entry(), first);
}

/* What is done to the entry that a rule without this filter has left under the name of ours. */
static const char *const done[] = {
	"truncate -s 100 E",
	"truncate -s -8 E",
	"s=$(stat -c %s E); truncate -s 0 E; truncate -s $s E",
	"printf '\\0' | dd of=E bs=1 seek=700 conv=notrunc status=none",
	"cp -p /tmp/other E",
	"cp -p /tmp/other E; chown bob E",
	"chown bob E",
	"chmod g+w E",
	"chmod o+w E",
	"mv E /tmp/moved; ln -s /tmp/moved E",
	"cp -p /tmp/other /tmp/moved; rm E; ln -s /tmp/moved E",
	"ln E " DIR "/more",
	"rm E; mkfifo E",
	"l=$(ldd /usr/libexec/cordon-filter | awk '/seccomp/ { print $3 }'); "
	"l=$(readlink -f $l); cp -p $l /tmp/l; mv /tmp/l $l",
	"cp -p /usr/libexec/cordon-filter /tmp/f; mv /tmp/f /usr/libexec/cordon-filter",
};

static void damaged_entries_are_not_used(void **state)
{
	(void)state;
	rule_set("SystemCallFilter=@unrestricted\n");
	assert_says(sh("su -l bob -c 'echo in'"), "in\n");
	assert_int_equal(sh("mv " ENTRY " /tmp/other").code, 0);
	rule_set(RULE);
	for (size_t i = 0; i < sizeof done / sizeof done[0]; i++) {
		FILE *f = fopen("/tmp/do", "w");
		char before[200];

		assert_true(sh("rm -rf " DIR "/* /tmp/moved").code == 0 && filtered());
		(void)snprintf(before, sizeof before, "%s", entry());
		assert_true(f != NULL && fprintf(f, "set -e\n%s\n", done[i]) > 0);
		assert_int_equal(fclose(f), 0);
		assert_int_equal(sh("sed -i \"s:\\bE\\b:" ENTRY ":g\" /tmp/do; sh /tmp/do").code, 0);
		if (!filtered())
			fail_msg("after '%s' the session has another filter", done[i]);
		if (strcmp(entry(), before) == 0)
			fail_msg("after '%s' the entry was used", done[i]);
		/* another one is in its place, and counts */
		if (sh("rm -f " DIR "/more; " MOVED).code != 0 || !filtered())
			fail_msg("after '%s' no entry was made", done[i]);
		assert_int_equal(sh(BACK).code, 0);
	}
}

static void directories_of_others_are_not_used(void **state)
{
	static const char *const own[] = {
		"chmod g+w " DIR,
		"chmod o+w " DIR,
		"chown bob " DIR,
		"mv " DIR " /tmp/dir; ln -s /tmp/dir " DIR,
	};

	(void)state;
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
		assert_true(sh("rm -rf " DIR " /tmp/dir").code == 0 && filtered());
		assert_int_equal(sh("%s", own[i]).code, 0);
		assert_true(filtered());
		(void)sh(MOVED "su -l bob -c 'echo in' >/tmp/said 2>&1; " BACK);
		assert_says(sh("cat /tmp/said; echo end"), "end\n");
		assert_silent(sh("cat /tmp/said"), "in\n");
	}
	assert_int_equal(sh("rm -rf " DIR " /tmp/dir").code, 0);
}

static void nobody_else_is_concerned(void **state)
{
	(void)state;
	assert_true(sh(": >$HOST_LOG; " MOVED).code == 0);
	assert_silent(sh("su -l bob -c 'echo in'"), "in\n");
	assert_says(sh("su -l alice -c 'echo in'; su -l root -c 'echo root'"), "in\nroot\n");
	assert_int_equal(sh(BACK).code, 0);
	assert_says(sh("grep deny $HOST_LOG"),
		    "/usr/libexec/cordon-filter: No such file or directory; install cordon");
	/* one that ends without an answer */
	assert_int_equal(sh(": >$HOST_LOG; " MOVED "cp /bin/false /usr/libexec/cordon-filter").code,
			 0);
	assert_silent(sh("su -l bob -c 'echo in'"), "in\n");
	assert_int_equal(sh(BACK).code, 0);
	assert_says(sh("grep deny $HOST_LOG"), "cordon-filter: failed with exit status 1; install");
	assert_int_equal(sh("ls " DIR " 2>/dev/null | grep .").code, 1);
	assert_true(filtered());
}

static void first_logins_at_once(void **state)
{
	(void)state;
	assert_says(sh("for i in $(seq 32); do su -l bob -c 'echo in' & done | grep -c in; "
		       "ls " DIR " | wc -l"),
		    "32\n1\n");
	assert_true(sh(MOVED).code == 0 && filtered());
	assert_int_equal(sh(BACK).code, 0);
}

static void checked_rules_are_kept(void **state)
{
	(void)state;
	assert_int_equal(sh("cordon check").code, 0);
	assert_true(sh(MOVED).code == 0 && filtered());
	assert_int_equal(sh(BACK).code, 0);
}

/* Neither a session nor an account that is left alone changes what others get. */
static void out_of_reach(void **state)
{
	static const char *const rules[] = { RULE, RULE "PrivateRun=no\n" };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		rule_set(rules[i]);
		assert_true(filtered());
		assert_says(sh("su -l bob -c 'ls /run/cordon; ls " DIR
			       "; touch /run/cordon/x; mkdir " DIR "; cordon check; id -un'"),
			    "shell\nls: cannot access '" DIR "': No such file or directory\n"
			    "touch: cannot touch '/run/cordon/x': ");
		assert_int_equal(sh("ls " DIR " | grep -v '^[0-9a-f]\\{16\\}$'").code, 1);
	}
	assert_says(sh("su -l alice -c 'ls " DIR "'"), "Permission denied");
	assert_says(sh("su -l alice -c 'touch " DIR "/x'"), "Permission denied");
	assert_says(sh("su -l alice -c \"rm -f " ENTRY "\""), "Permission denied");
	/* what alice runs by herself uses what is there, and leaves nothing */
	assert_int_equal(
		sh("ls " DIR
		   " >/tmp/before; su -l alice -c 'cordon run --set SystemCallFilter=~quotactl -- true'")
			.code,
		0);
	assert_int_equal(sh("ls " DIR " | diff /tmp/before -").code, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(second_login_compiles_nothing, fresh),
		cmocka_unit_test_setup(damaged_entries_are_not_used, fresh),
		cmocka_unit_test_setup(directories_of_others_are_not_used, fresh),
		cmocka_unit_test_setup(nobody_else_is_concerned, fresh),
		cmocka_unit_test_setup(first_logins_at_once, fresh),
		cmocka_unit_test_setup(checked_rules_are_kept, fresh),
		cmocka_unit_test_setup(out_of_reach, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
