/* SPDX-License-Identifier: Apache-2.0 */
/* rules_test.c - untrusted rules, odd accounts, a directory that fails, rules that change: live */
#include "lib/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE "/etc/cordon/rules.d/50-bob.conf"
#define BOB  "printf '[Match]\\nUser=bob\\n[Session]\\n' >" RULE "; "
/* The output tells a confined process from an unconfined one; a refused session prints nothing. */
#define NNP "grep NoNewPrivs: /proc/self/status; id -un"
#define YES "NoNewPrivs:\t1"
#define NO  "NoNewPrivs:\t0"

static int fresh(void **state)
{
	(void)state;
	return sh("cp -a /etc/cordon.clean/. /etc/cordon.new && rm -rf /etc/cordon && mv /etc/cordon.new /etc/cordon && "
		  "rm -rf /usr/lib/cordon/rules.d && mkdir -p /usr/lib/cordon/rules.d && : >$HOST_LOG")
		.code;
}

static int prepare(void **state)
{
	(void)state;
	rule_none();
	return sh("cp -a /etc/cordon /etc/cordon.clean; cp /etc/nsswitch.conf /etc/nsswitch.clean; "
		  "cp /etc/passwd /etc/passwd.clean; cp /etc/group /etc/group.clean")
		.code;
}

/* su by root: as quick as a login can be. */
static struct out su(const char *user, const char *command)
{
	return sh("timeout 120 su '%s' -c '%s'", user, command);
}

/* ---- E10: rules that others could have written, or nobody can read ---- */

static const struct {
	const char *what, *log;
	bool alice; /* alice is refused as well */
} untrusted[] = {
	{ "chmod 0777 /etc/cordon",
	  "/etc/cordon: is writable by group or others; remove that permission: chmod go-w /etc/cordon",
	  true },
	{ "chown bob /etc/cordon/rules.d",
	  "/etc/cordon/rules.d: is owned by uid 2001; change the owner to uid 0", true },
	{ "mv /etc/cordon/rules.d /srv/r; ln -s /srv/r /etc/cordon/rules.d",
	  "is a symbolic link; replace it with the directory itself", true },
	{ "rm -r /etc/cordon/rules.d", "/etc/cordon/rules.d: directory does not exist", true },
	{ "rm " RULE "; mkfifo -m 644 " RULE, "50-bob.conf: is not a regular file", true },
	{ "rm " RULE "; mkdir " RULE, "50-bob.conf: is not a regular file", true },
	{ "rm " RULE "; mknod -m 644 " RULE " c 1 5", "50-bob.conf: ", true },
	{ "printf '[Session]\\nAction=allow\\n' >/home/bob/r; chown bob /home/bob/r; ln -sf /home/bob/r " RULE,
	  "50-bob.conf: is a symbolic link", true },
	{ "chown bob " RULE, "50-bob.conf: is owned by uid 2001; change the owner to uid 0", true },
	{ "chmod 0664 " RULE, "50-bob.conf: is writable by group or others", true },
	{ "head -c 2097152 /dev/zero | tr '\\0' '#' >" RULE,
	  "50-bob.conf: is larger than 1 MiB; split the file", true },
	{ ": >" RULE, "50-bob.conf: file is empty", true },
	{ "printf '[Match]\\nUser=bob\\0\\n' >" RULE, "50-bob.conf:2: NUL byte", true },
	{ "printf '[Match]\\r\\nUser=bob\\r\\n' >" RULE, "50-bob.conf:1: carriage return", true },
	{ "printf '\\357\\273\\277[Match]\\n' >" RULE, "50-bob.conf:1: byte order mark", true },
	{ "printf 'Usr=bob\\n' >" RULE, "50-bob.conf:1: Usr=: line is before the first section",
	  true },
	{ "printf 'UMask=0022\\nUMask=0077\\n' >>" RULE,
	  "50-bob.conf:5: UMask=: directive appears twice", false },
	{ "printf 'PrivateTmpp=yes\\n' >>" RULE,
	  "50-bob.conf:4: PrivateTmpp=: unknown directive; did you mean PrivateTmp=?", false },
};

static void untrusted_rules_refuse(void **state)
{
	for (size_t i = 0; i < sizeof untrusted / sizeof untrusted[0]; i++) {
		assert_int_equal(fresh(state), 0);
		assert_int_equal(sh(BOB "%s", untrusted[i].what).code, 0);
		assert_silent(su("bob", "id"), "uid=");
		if (!says(sh("cat $HOST_LOG"), untrusted[i].log))
			fail_msg("after: %s", untrusted[i].what);
		assert_int_equal(strstr(su("alice", "id").text, "uid=") == NULL, untrusted[i].alice);
		if (i % 4 == 0) /* root can log in by every service, whatever the rules are */
			assert_says(sh(SSH "root@h id"), "uid=0");
		assert_says(su("root", "id"), "uid=0");
	}
	assert_int_equal(fresh(state), 0);
	assert_int_equal(sh(BOB).code, 0);
	assert_says(as_bob(NNP), YES); /* with a good rule, the login works again */
}

/* ---- E11: odd accounts ---- */

static void two_names_one_uid(void **state)
{
	(void)state;
	assert_int_equal(
		sh("useradd -o -u 2001 -g bob -M -d /home/bob -s /bin/bash bob2 2>/dev/null; echo bob2:secret | chpasswd")
			.code,
		0);
	rule_file("50-bob", "User=bob", "");
	assert_says(as_user("bob2", NNP), YES);
	assert_says(su("bob2", NNP), YES);
	rule_file("50-bob", "User=bob2", "");
	assert_says(as_bob(NNP), YES);
	rule_file("50-bob", "User=!bob2 !alice", ""); /* excluding one name excludes both */
	assert_says(as_bob(NNP), NO);
	rule_file("50-bob", "User=bob2", "Environment=WHO=%u");
	assert_says(su("bob2", "echo $WHO"), "bob2");
}

static void toor_is_root(void **state)
{
	(void)state;
	assert_int_equal(
		sh("useradd -o -u 0 -g 0 -M -d /root -s /bin/bash toor 2>/dev/null; echo toor:secret | chpasswd")
			.code,
		0);
	rule_file("50-all", "User=toor root 0 *", "Action=deny");
	assert_says(su("toor", "id"), "uid=0");
	assert_says(as_user("toor", "grep NoNewPrivs: /proc/self/status"), NO);
	assert_says(as_user("root", "grep NoNewPrivs: /proc/self/status"), NO);
	assert_silent(su("alice", "id"), "uid=");
}

static void renamed_after_the_rule_was_written(void **state)
{
	(void)state;
	rule_file("50-bob", "User=2005", "");
	assert_says(su("git", NNP), YES);
	assert_int_equal(sh("usermod -l robert git").code, 0);
	assert_says(su("robert", NNP), YES); /* a uid stays one */
	rule_file("50-bob", "User=git", "");
	assert_says(su("robert", NNP), NO); /* no account has that name now */
	assert_int_equal(sh("usermod -l git robert").code, 0);
}

static void names_are_never_part_of_anything(void **state)
{
	static const char *const names[] = { "1000", "a%u", "..",
					     "x23456789-123456789-123456789-12", "a$(id)" };

	(void)state;
	rule_file("50-all", "User=2100-2199", "Environment=\"WHO=%u\"");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		assert_int_equal(
			sh("printf '%%s\\n' '%s:*:%zu:2990::/home/odd%zu:/bin/bash' >>/etc/passwd; "
			   "mkdir -p /home/odd%zu; chown %zu /home/odd%zu",
			   names[i], 2100 + i, i, i, 2100 + i, i)
				.code,
			0);
		assert_says(sh("su -c '" NNP "' -- '%s'", names[i]), YES);
		/* single quotes keep $WHO for the shell of the session */
		assert_says(sh("su -c 'env | grep ^WHO=' -- '%s'", names[i]), names[i]);
	}
	rule_file("50-all", "User=1000", ""); /* a number is a uid, never a name */
	assert_says(sh("su -c '" NNP "' -- 1000"), NO);
	rule_file("50-all", "User=2100-2199", "ReadOnlyPaths=-/srv/%u");
	assert_silent(sh("su -c id -- .."), "uid=");
	assert_says(sh("cat $HOST_LOG"), "%u is '..', which is not allowed in a path");
	assert_int_equal(sh("cp /etc/passwd.clean /etc/passwd").code, 0);
}

/* Names of domain accounts, as winbind and sssd make them. */
static void names_with_a_backslash_are_confined(void **state)
{
	static const char *const matches[] = {
		"User=CORP\\ann",     "User=\"CORP\\ann\"",	      "User=CORP\\*",
		"User=CORP\\an[n]",   "Group=\"CORP\\domain users\"", "Group='CORP\\domain users'",
		"Group=CORP\\domain*"
	};

	(void)state;
	assert_int_equal(
		sh("printf '%%s\n' 'CORP\\ann:*:2150:2150::/home/ann:/bin/bash' >>/etc/passwd; "
		   "printf '%%s\n' 'CORP\\domain users:x:2150:' >>/etc/group; "
		   "mkdir -p /home/ann/.ssh; cp /home/bob/.ssh/authorized_keys /home/ann/.ssh; "
		   "chown -R 2150:2150 /home/ann; getent passwd 'CORP\\ann' && getent group 2150")
			.code,
		0);
	for (size_t i = 0; i < sizeof matches / sizeof matches[0]; i++) {
		rule_file("50-corp", matches[i], "");
		if (!says(su("CORP\\ann", NNP), YES) ||
		    !says(sh(SSH "-l 'CORP\\ann' h '" NNP "'"), YES))
			fail_msg("%s", matches[i]);
	}
	assert_says(sh("cordon new --profile teaching --user 'CORP\\ann'"),
		    "cordon explain 'CORP\\ann'");
	rule_file("50-corp", "User=!CORP\\ann", "");
	assert_says(su("CORP\\ann", NNP), NO);
	assert_says(sh(SSH "-l 'CORP\\ann' h '" NNP "'"), NO);
	assert_int_equal(sh("cp /etc/passwd.clean /etc/passwd; cp /etc/group.clean /etc/group").code,
			 0);
}

/* Control characters in a home or in the name of a rule reach neither terminals nor logs. */
static void no_control_character_is_shown(void **state)
{
	static const char *const lines[] = { "Message=no entry for %h\nAction=deny",
					     "ReadOnlyPaths=%h/none",
					     "AllowCommands=/bin/echo %h\nHome=none",
					     "Shell=%h/sh" };

	(void)state;
	assert_int_equal(
		sh("printf 'odd:*:2160:2990::/home/odd\\033]0;x\\007\\302\\233:/bin/bash\\n' >>/etc/passwd; "
		   "mkdir -p \"$(printf '/home/odd\\033]0;x\\007\\302\\233')\"; chown 2160 /home/odd*")
			.code,
		0);
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct out o;

		rule_file("50-odd\033[2J", "User=odd", lines[i]);
		o = sh("su odd -c 'id' 2>&1; cat $HOST_LOG");
		assert_says(o, "odd");
		if (strpbrk(o.text, "\033\007\233") != NULL)
			fail_msg("%s: %s", lines[i], o.text);
	}
	assert_int_equal(sh("cp /etc/passwd.clean /etc/passwd; rm -r /home/odd*").code, 0);
}

static void no_account_at_all(void **state)
{
	(void)state;
	rule_file("50-all", "User=*", "");
	(void)sh("printf 'auth sufficient pam_permit.so\\naccount required pam_cordon.so\\nsession required pam_cordon.so\\n' >/etc/pam.d/sshd-ghost");
	assert_int_not_equal(sh("pamtester sshd-ghost ghost acct_mgmt").code, 0);
	assert_int_not_equal(sh("pamtester sshd-ghost ghost open_session").code, 0);
	assert_says(sh("cat $HOST_LOG"), "cannot be found");
}

/* ---- the directory service ---- */

/* Hesiod asks a server over the network, and here no server answers. */
#define DEAD "sed -i 's/^group:.*/group: files hesiod/' /etc/nsswitch.conf; "

static void dead_directory_refuses_whom_it_would_have_to_tell(void **state)
{
	(void)state;
	assert_int_equal(sh(DEAD "! getent group no-such-group").code, 0);
	rule_file("50-project", "Group=project", "");
	assert_says(su("bob", NNP), YES);	/* /etc/group lists bob, so the answer is certain */
	assert_silent(su("eve", "id"), "uid="); /* the membership of eve is not known */
	assert_says(sh("cat $HOST_LOG"), "Group=: cannot look up 'project'");
	assert_says(sh(SSH "root@h id"), "uid=0");
	rule_file("50-project", "Group=project\nService=login", "");
	assert_says(su("eve", NNP), NO); /* the rule is not for su, so no group is looked up */
	rule_file("50-project", "Group=2990", "");
	assert_silent(su("eve", "id"), "uid=");
	rule_file("50-project", "Group=!project", "");
	assert_silent(su("eve", "id"), "uid=");
	rule_file("10-eve", "User=eve", "Action=allow");
	assert_says(su("eve", NNP), NO); /* decided before */
	assert_int_equal(
		sh("cp /etc/nsswitch.clean /etc/nsswitch.conf; rm /etc/cordon/rules.d/10-eve.conf").code,
		0);
	rule_file("50-project", "Group=project", "");
	assert_says(su("eve", NNP), NO); /* the service answers that eve is no member */
	rule_file("50-project", "Group=no-such-group", "");
	assert_says(su("eve", NNP), NO); /* a group that does not exist is no failure */
}

static void netgroups(void **state)
{
	(void)state;
	assert_int_equal(sh("sed -i 's/^netgroup:.*/netgroup: files/' /etc/nsswitch.conf; "
			    "printf 'inner (,bob,)\\ntrusted inner (,carol,)\\n' >/etc/netgroup")
				 .code,
			 0);
	rule_file("50-net", "Netgroup=trusted", "");
	assert_says(su("bob", NNP), YES);
	assert_says(su("carol", NNP), YES);
	assert_says(su("alice", NNP), NO);
	rule_file("50-net", "Netgroup=!trusted", "");
	assert_says(su("bob", NNP), NO);
	assert_says(su("alice", NNP), YES);
	rule_file("50-net", "Netgroup=no-such-netgroup", "");
	assert_says(su("bob", NNP), NO);
	assert_int_equal(sh("rm /etc/netgroup").code, 0); /* now the membership is not known */
	rule_file("50-net", "Netgroup=trusted", "");
	assert_silent(su("bob", "id"), "uid=");
	assert_says(sh("cat $HOST_LOG"), "Netgroup=: cannot look up 'trusted'");
	assert_says(su("root", "id"), "uid=0");
	assert_int_equal(sh("cp /etc/nsswitch.clean /etc/nsswitch.conf").code, 0);
}

/* ---- rules that change while people log in ---- */

/* Both rules confine, with different settings; bob must never be unconfined. */
#define OLD "[Match]\\nUser=bob\\n[Session]\\nUMask=0027\\nLimitNOFILE=99\\n"
#define NEW "[Match]\\nUser=bob\\n[Session]\\nUMask=0077\\nLimitNOFILE=77\\n"

static const char *const changes[] = {
	/* replaced in one rename */
	"printf '" OLD
	"' >rules.d/.new; mv rules.d/.new rules.d/50-bob.conf; sleep 0.02; printf '" NEW
	"' >rules.d/.new; mv rules.d/.new rules.d/50-bob.conf; sleep 0.02",
	/* edited in place: the file is empty for a moment, which refuses */
	"printf '" OLD "' >rules.d/50-bob.conf; sleep 0.03; printf '" NEW
	"' >rules.d/50-bob.conf; sleep 0.03",
	/* removed, so that the rule of the package counts, and put back */
	"rm rules.d/50-bob.conf; sleep 0.03; printf '" OLD
	"' >rules.d/.new; mv rules.d/.new rules.d/50-bob.conf; sleep 0.03",
	/* renamed to a place that has been read already, and back */
	"mv rules.d/50-bob.conf rules.d/05-bob.conf; sleep 0.01; mv rules.d/05-bob.conf rules.d/50-bob.conf; sleep 0.02",
	/* made unreadable for everybody, which is a refusal */
	"chmod 0666 rules.d/50-bob.conf; sleep 0.02; chmod 0644 rules.d/50-bob.conf; sleep 0.04",
	/* the whole directory */
	"cp -a rules.d n; mv rules.d o; mv n rules.d; rm -r o; sleep 0.03",
};

static void logins_see_one_state(void **state)
{
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		struct out o;

		assert_int_equal(fresh(state), 0);
		assert_int_equal(
			sh("cd /etc/cordon; printf '" OLD "' >rules.d/50-bob.conf; "
			   "printf '" NEW "' >/usr/lib/cordon/rules.d/50-bob.conf; "
			   /* files between which a change can fall */
			   "for k in 10 20 30 40 60; do printf '[Match]\\nUser=carol\\n[Session]\\n' >rules.d/$k-c.conf; done")
				.code,
			0);
		o = sh("cd /etc/cordon; touch /tmp/changing; "
		       "(while [ -e /tmp/changing ]; do %s; done) & "
		       "for batch in 1 2 3 4 5; do for k in 1 2 3 4 5 6 7 8 9 10; do "
		       "su bob -c 'echo state=$(umask)-$(ulimit -n)' 2>/dev/null & pids=\"$pids $!\"; done; "
		       "for p in $pids; do wait $p; done; pids=; done; rm /tmp/changing; wait",
		       changes[i]);
		for (const char *at = o.text; (at = strstr(at, "state=")) != NULL; at += 6)
			if (strncmp(at, "state=0027-99\n", 14) != 0 &&
			    strncmp(at, "state=0077-77\n", 14) != 0)
				fail_msg("while: %s\n%s", changes[i], o.text);
		if (strstr(o.text, "state=") == NULL)
			fail_msg("nobody came in, while: %s\n%s", changes[i], o.text);
		assert_true(wait_gone(30));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(untrusted_rules_refuse, fresh),
		cmocka_unit_test_setup(two_names_one_uid, fresh),
		cmocka_unit_test_setup(toor_is_root, fresh),
		cmocka_unit_test_setup(renamed_after_the_rule_was_written, fresh),
		cmocka_unit_test_setup(names_are_never_part_of_anything, fresh),
		cmocka_unit_test_setup(names_with_a_backslash_are_confined, fresh),
		cmocka_unit_test_setup(no_control_character_is_shown, fresh),
		cmocka_unit_test_setup(no_account_at_all, fresh),
		cmocka_unit_test_setup(dead_directory_refuses_whom_it_would_have_to_tell, fresh),
		cmocka_unit_test_setup(netgroups, fresh),
		cmocka_unit_test_setup(logins_see_one_state, fresh),
	};

	return cmocka_run_group_tests_name("rules", tests, prepare, NULL);
}
