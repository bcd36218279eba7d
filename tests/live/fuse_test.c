/* SPDX-License-Identifier: Apache-2.0 */
/* fuse_test.c - a user's own file system claims that all its files are root's */
#include "inside/inside.h"
#include "lib/live.h"

#include <stdio.h>

#define STUB "$HOST_SOURCE/tests/live/fuse_stub "

static bool no_fuse(void)
{
	return sh("grep -q -w fuse /proc/filesystems && { [ -e /dev/fuse ] || mknod -m 666 /dev/fuse c 10 229; } && exec 3<>/dev/fuse")
		       .code != 0;
}

/* All of these walk through bob's home, where fusermount(1) lets bob mount a file system. */
static void symlinks_lead_nowhere(void **state)
{
	static const char *const rules[] = {
		"BindPaths=-/home/bob/link:/srv/seen",
		"BindPaths=-/home/bob/link/secret:/srv/seen",
		"BindPaths=-/home/bob/d/link:/srv/seen",
		"BindReadOnlyPaths=/home/bob/link:/srv/seen",
		"ReadOnlyPaths=-%h/link",
		"ReadWritePaths=%h/d/link/",
		"RootDirectory=/home/bob",
		"RootDirectory=/home/bob/d",
		"NetworkNamespacePath=/home/bob/d/hello",
	};
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		const char *text = inside_says(
			"bob", rules[i],
			"cat /srv/seen /srv/seen/secret /home/alice/secret; ls -A /home/alice; echo in");

		wrong += !inside_told(text, "!of alice", rules[i]) ||
			 !inside_told(text, "refused", rules[i]);
	}
	/* the home itself is a symlink in that file system */
	assert_int_equal(sh("usermod -d /home/bob/link bob").code, 0);
	wrong += !inside_told(inside_says("bob", "", "cat /home/alice/secret /home/bob/link/secret"),
			      "!of alice", "a home by a symlink");
	assert_int_equal(sh("usermod -d /home/bob bob").code, 0);
	/* settings that need no trust still work */
	wrong += !inside_told(inside_says("bob", "BindPaths=/home/bob/d:/srv/seen",
					  "cat /srv/seen/hello ~bob/hello"),
			      "from FUSE\nfrom FUSE\n", "a directory in it");
	assert_int_equal(wrong, 0);
}

static void rules_are_not_read(void **state)
{
	(void)state;
	assert_int_equal(sh("printf '[Match]\nUser=bob\n' >/etc/cordon/rules.d/50-bob.conf; " STUB
			    "/etc/cordon/rules.d 2001 /nowhere </dev/null >/dev/null 2>&1")
				 .code,
			 0);
	/* without this, the tests below would show nothing */
	assert_says(sh("ls /etc/cordon/rules.d"), "hello");
	assert_silent(sh("su bob -c id"), "uid=");
	assert_says(
		sh(UNTIL("grep -q \"file owners are not trusted\" $HOST_LOG") "grep cordon $HOST_LOG | tail -n 2"),
		"/etc/cordon/rules.d: is on a FUSE or network file system, whose file owners are not trusted; move it to a local file system");
	assert_says(sh("cordon check"), "file owners are not trusted");
	assert_says(sh("su root -c id"), "uid=0");
	assert_int_equal(sh("umount -l /etc/cordon/rules.d").code, 0);
}

static int prepare(void **state)
{
	(void)state;
	return sh("mkdir -m 755 /srv/seen; echo of alice >/home/alice/secret; chmod 644 /home/alice/secret; mkdir -p /home/bob/d; " STUB
		  "/home/bob 2001 /home/alice </dev/null >/dev/null 2>&1; stat -c %%u /home/bob | grep -x 0 && ls /home/bob/link | grep secret")
		.code;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(symlinks_lead_nowhere),
		cmocka_unit_test(rules_are_not_read),
	};

	if (no_fuse())
		return print_message("fuse: SKIPPED: this kernel has no FUSE\n"), 0;
	return cmocka_run_group_tests_name("fuse", tests, prepare, NULL);
}
