/* SPDX-License-Identifier: Apache-2.0 */
/* credentials_test.c - CopyCredentials=: what PAM names is there inside, and nothing else */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

/* The variables of PAM, as pam_env(8) reads them. */
#define PAM_SETS(variables) \
	"sed -i /^CC_/d /etc/environment; echo '" variables "' >>/etc/environment; "
#define TICKET(path) \
	"rm -rf " path "; echo ticket >" path "; chmod 600 " path "; chown bob: " path "; "
#define LOOK "cat ${CC_ONE#FILE:} 2>&1; echo end"

/* Does every way in copy the file, and keep the one of the host where nobody removes the copy? */
static void copied(void **state)
{
	static const char *const ways[] = { SSH "bob@h '" LOOK "'", "su - bob -c '" LOOK "'",
					    "su bob -c '" LOOK "'" };
	static const char *const paths[] = { "/tmp/cc_bob", "/var/tmp/cc_bob", "/run/user/2001/cc" };

	(void)state;
	assert_int_equal(sh("mkdir -p /run/user/2001; chown bob: /run/user/2001").code, 0);
	rule_set("CopyCredentials=CC_ONE CC_TWO");
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		assert_int_equal(
			sh("f=%s; sed -i /^CC_/d /etc/environment; echo CC_ONE=FILE:$f >>/etc/environment; " TICKET(
				   "$f"),
			   paths[i])
				.code,
			0);
		for (size_t n = 0; n < sizeof ways / sizeof ways[0]; n++)
			assert_says(sh("%s", ways[n]), "ticket\nend\n");
		assert_true(wait_gone(30));
		assert_says(sh("cat %s", paths[i]), "ticket\n");
	}
	/* several of them, without FILE:, and only those of the rule */
	assert_int_equal(sh(PAM_SETS("CC_ONE=/tmp/cc_bob\nCC_TWO=/tmp/cc_two\nCC_THREE=/tmp/cc_three")
				    TICKET("/tmp/cc_two") TICKET("/tmp/cc_three"))
				 .code,
			 0);
	assert_says(as_bob("ls /tmp/cc_* $CC_THREE 2>/dev/null"), "/tmp/cc_bob\n/tmp/cc_two\n");
	rule_set("CopyCredentials=CC_ONE\nPrivateTmp=no");
	assert_says(as_bob("cat $CC_ONE $CC_TWO"), "ticket\nticket\n");
}

/* The user or the client chooses the name, or has made what is there. */
static void refused(void **state)
{
	static const struct {
		const char *make, *value;
	} cases[] = {
		{ "ln -s /home/bob/secret /tmp/cc; chown -h bob: /tmp/cc", "/tmp/cc" },
		{ "ln -s /home/bob /tmp/cc; chown -h bob: /tmp/cc", "/tmp/cc/secret" },
		{ "true", "/home/bob/secret" },
		{ "true", "/tmp/../home/bob/secret" },
		{ "true", "/run/user/2001/../../../home/bob/secret" },
		{ "true", "//home/bob/secret" },
		{ "true", "FILE:FILE:/home/bob/secret" },
		{ "true", "tmp/../home/bob/secret" },
		{ "true", "/etc/shadow" },
		{ "cp /home/bob/secret /tmp/cc; chmod 644 /tmp/cc", "/tmp/cc" },
		{ "cp /home/bob/secret /tmp/cc; chown alice: /tmp/cc; chmod 644 /tmp/cc", "/tmp/cc" },
		{ "mkdir -m 700 /tmp/cc; cp -p /home/bob/secret /tmp/cc/x", "/tmp/cc/x" },
		{ "mkfifo /tmp/cc; chown bob: /tmp/cc", "/tmp/cc" },
		{ "mkdir /tmp/cc; chown bob: /tmp/cc", "/tmp/cc" },
		{ "mknod /tmp/cc c 1 5; chown bob: /tmp/cc", "/tmp/cc" },
		{ "head -c 1048577 /dev/zero | sed s/^/secret/ >/tmp/cc; chown bob: /tmp/cc",
		  "/tmp/cc" },
		{ "cp -p /home/bob/secret /run/user/2002/cc", "/run/user/2002/cc" },
	};

	(void)state;
	assert_int_equal(
		sh("echo secret >/home/bob/secret; chmod 600 /home/bob/secret; chown bob: /home/bob/secret; mkdir -p /run/user/2002")
			.code,
		0);
	rule_set("CopyCredentials=CC_ONE\nHome=empty");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(
			sh("rm -rf /tmp/cc; %s; sed -i /^CC_/d /etc/environment; echo CC_ONE=%s >>/etc/environment",
			   cases[i].make, cases[i].value)
				.code,
			0);
		print_message("%s\n", cases[i].value);
		assert_silent(sh("su bob -c '" LOOK
				 "; cat /tmp/cc /home/bob/secret; ls -A /home/bob'"),
			      "secret\n");
	}
	assert_says(
		sh("cat /home/bob/secret; grep -c 'event=credentials .*object=./tmp/cc. errno=EPERM' $HOST_LOG"),
		"secret\n5\n");
	/* what the client says is no word of a PAM module */
	assert_int_equal(
		sh("rm -rf /tmp/cc; sed -i /^CC_/d /etc/environment; " TICKET("/tmp/cc")).code, 0);
	rule_set("CopyCredentials=CC_ONE");
	assert_silent(sh("CC_ONE=/tmp/cc su -m bob -c 'cat /tmp/cc'"), "ticket");
	/* the copy is within TmpSize=, and half of it does not stay */
	assert_int_equal(sh(PAM_SETS("CC_ONE=/tmp/cc") "head -c 900K /dev/zero >/tmp/cc").code, 0);
	rule_set("CopyCredentials=CC_ONE\nTmpSize=512K");
	assert_says(as_bob("ls -A /tmp"), ".ICE-unix\n.X11-unix\n");
}

/* The host's file goes if the copy went, and only if the file is still the same. */
static void removed(void **state)
{
	(void)state;
	rule_set("CopyCredentials=CC_ONE");
	assert_int_equal(sh("rm -rf /tmp/cc; " PAM_SETS("CC_ONE=/tmp/cc") TICKET("/tmp/cc")).code,
			 0);
	assert_says(sh("su bob -c 'rm /tmp/cc'; " UNTIL("[ ! -e /tmp/cc ]") "ls /tmp/cc"),
		    "No such file");
	assert_int_equal(sh(TICKET("/tmp/cc")).code, 0);
	assert_says(sh("(sleep 0.5; mv /tmp/cc /tmp/before; echo other >/tmp/cc; chown bob: /tmp/cc) & "
		       "su bob -c 'rm /tmp/cc; sleep 1'; wait; sleep 0.5; cat /tmp/cc /tmp/before"),
		    "other\nticket\n");
	/* renewed in the session: the host's stays */
	assert_says(
		sh("su bob -c 'cp /tmp/cc /tmp/new; mv /tmp/new /tmp/cc; cat /tmp/cc'; sleep 0.5; cat /tmp/cc"),
		"other\nother\n");
	assert_int_equal(sh("pgrep cordon-keeper").code, 1);
}

/* In a session that lives on, the session may have made anything of the name. */
static void lives_on(void **state)
{
	(void)state;
	rule_set("CopyCredentials=CC_ONE\nLifetime=user");
	assert_int_equal(sh(PAM_SETS("CC_ONE=/tmp/cc") TICKET("/tmp/cc")).code, 0);
	assert_says(as_bob("cat /tmp/cc; setsid sleep 600 </dev/null >/dev/null 2>&1 &"),
		    "ticket\n");
	/* a copy that the session has changed since stays */
	assert_says(as_bob("echo renewed >/tmp/cc; cat /tmp/cc"), "renewed\n");
	assert_says(as_bob("cat /tmp/cc"), "renewed\n");
	assert_says(as_bob("echo kept >~/kept; ln -sf ~/kept /tmp/cc"), "");
	assert_int_equal(sh("sleep 0.1; echo newer >/tmp/cc").code, 0);
	assert_says(as_bob("cat /tmp/cc ~/kept; stat -c %F /tmp/cc"), "newer\nkept\nregular file\n");
	assert_says(as_bob("rm /tmp/cc; mkdir /tmp/cc"), "");
	assert_int_equal(sh("sleep 0.1; echo newest >/tmp/cc; chown bob: /tmp/cc").code, 0);
	assert_says(as_bob("stat -c %F /tmp/cc"), "directory\n");
	assert_says(as_bob("rmdir /tmp/cc; ln -s /proc/1/root/tmp/x /tmp/cc"), "");
	assert_says(as_bob("ls -A /tmp/cc; cat ~/kept"), "kept\n");
	assert_int_equal(sh("cordon kill --user bob").code, 0);
	assert_true(wait_gone(30));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copied),
		cmocka_unit_test(refused),
		cmocka_unit_test(removed),
		cmocka_unit_test(lives_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
