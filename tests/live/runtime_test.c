/* SPDX-License-Identifier: Apache-2.0 */
/* runtime_test.c - the session's own XDG_RUNTIME_DIR, with the programs that need one */
#include "lib/live.h"

#include <string.h>

#define AGENT "gpg-connect-agent 'getinfo socket_name' /bye 2>/dev/null"

/* gpg-agent, tmux, and a socket as a Wayland compositor makes it: with a lock beside it. */
static const char programs[] = AGENT
	"; tmux -S \"$XDG_RUNTIME_DIR/tmux\" new -d 'sleep 60'; tmux -S \"$XDG_RUNTIME_DIR/tmux\" ls | cut -d: -f1; "
	"python3 -c 'import fcntl, os, socket\n"
	"os.chdir(os.environ[\"XDG_RUNTIME_DIR\"])\n"
	"fcntl.flock(open(\"wayland-0.lock\", \"w\"), fcntl.LOCK_EX)\n"
	"s = socket.socket(socket.AF_UNIX); s.bind(\"wayland-0\"); s.listen()\n"
	"socket.socket(socket.AF_UNIX).connect(os.environ[\"XDG_RUNTIME_DIR\"] + \"/wayland-0\"); print(\"connected\")'";

static void works(void **state)
{
	static const char *const rules[] = { "", "PrivateRun=no", "PrivateUsers=self" };

	(void)state;
	assert_int_equal(
		sh("mkdir -p -m 700 /run/user/2001; chown bob: /run/user/2001; "
		   "touch /run/user/2001/bus; install -d -m 700 -o bob -g bob /home/bob/.gnupg")
			.code,
		0);
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		rule_set(rules[i]);
		assert_says(as_bob(programs),
			    "D /run/user/2001/gnupg/S.gpg-agent\nOK\n0\nconnected\n");
		assert_true(wait_gone(30));
	}
	assert_says(sh("ls -A /run/user/2001"), "bus\n");
}

/* What a PAM module or the client says is not passed on; su and cordon run have the directory too. */
static void named(void **state)
{
	static const char look[] = "echo $XDG_RUNTIME_DIR$DBUS_SESSION_BUS_ADDRESS.";

	(void)state;
	rule_set("");
	assert_says(
		sh("XDG_RUNTIME_DIR=/srv DBUS_SESSION_BUS_ADDRESS=unix:path=/srv/bus su -m bob -c '%s'",
		   look),
		"/run/user/2001.\n");
	assert_says(sh("cd /; cordon run --user bob -- sh -c '%s; ls -ld /run/user/2001'", look),
		    "/run/user/2001.\ndrwx------ 2 bob ");
	assert_says(
		sh("cd /; setpriv --reuid bob --regid bob --init-groups cordon run -- sh -c '%s; ls -ld /run/user/2001'",
		   look),
		"/run/user/2001.\ndrwx------ 2 bob ");
}

/* One directory for all logins of a session, and none for others; a client may put its agent there. */
static void shared(void **state)
{
	(void)state;
	rule_set("Lifetime=user");
	assert_int_equal(as_bob("echo of the first >$XDG_RUNTIME_DIR/f; setsid sleep 60 </dev/null "
				">/dev/null 2>&1 &")
				 .code,
			 0);
	assert_says(as_bob("cat $XDG_RUNTIME_DIR/f"), "of the first\n");
	assert_int_equal(sh("cordon kill --user bob").code, 0);
	assert_true(wait_gone(30));
	assert_says(as_bob("ls -A $XDG_RUNTIME_DIR; echo end"), "end\n");
	rule_set("");
	assert_says(
		sh(SSH
		   "-R /run/user/2001/S.gpg-agent:/tmp/none bob@h 'stat -c %%F,%%U $XDG_RUNTIME_DIR/S*'"),
		"socket,bob\n");
}

/* A directory of the host in this place keeps its owner and mode. */
static void of_the_host(void **state)
{
	(void)state;
	assert_int_equal(sh("mkdir -p -m 755 /srv/user/2001").code, 0);
	rule_set("BindPaths=/srv/user:/run/user");
	assert_says(as_bob("stat -c %U,%a /run/user/2001"), "root,755\n");
	assert_says(sh("stat -c %%U,%%a /srv/user/2001"), "root,755\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(works),
		cmocka_unit_test(named),
		cmocka_unit_test(shared),
		cmocka_unit_test(of_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
