/* SPDX-License-Identifier: Apache-2.0 */
/* everyday_test.c - what users type first: each program ends at once, and says what cordon(7) says */
#include "lib/live.h"

#include <stdio.h>
#include <string.h>

/* A command, and what it prints: by default, and with ExplainSUIDSGID=yes. */
static const struct {
	const char *command, *plain, *explained;
} commands[] = {
	{ "sudo ls", "sudo: The \"no new privileges\" flag is set", "sudo: not available" },
	{ "sudoedit x", "flag is set", "sudoedit: not available" },
	{ "su -c id", "su: Authentication failure", "su: not available" },
	{ "newgrp project", "setgid: Operation not permitted", "newgrp: not available" },
	{ "sg project id", "setgid: Operation not permitted", "sg: not available" },
	{ "chage -l bob", "chage: cannot open /etc/shadow", "chage: not available" },
	{ "passwd", "Authentication token manipulation error", "passwd: a terminal is required" },
	{ "chsh -s /bin/sh", "chsh: ", "chsh: not available" },
	{ "crontab -l", "/var/spool/cron: chdir: Permission denied", "crontab: not available" },
	{ "crontab -e", "/var/spool/cron: chdir: Permission denied", "crontab: not available" },
	{ "at now", "You do not have permission to use at.", "at: not available" },
	{ "atq", "You do not have permission to use atq.", "atq: not available" },
	{ "ping -c 1 127.0.0.1", "1 received", "1 received" },
	{ "screen -dmS x; for i in 1 2 3 4 5 6 7 8 9; do screen -ls | grep Socket.in && break; sleep 0.2; done",
	  "1 Socket in /run/screen/S-bob", "1 Socket in" },
	{ "tmux new-session -d -s x; tmux ls", "x: 1 windows", "x: 1 windows" },
	{ "LC_ALL=C.UTF-8 mosh-server new -- true", "MOSH CONNECT", "MOSH CONNECT" },
	{ "mount", " /proc type proc", " /proc type proc" },
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

/* One login tries all of them. */
static void try_all(bool explained)
{
	char script[4096] = "";
	struct out o;

	for (unsigned i = 0; i < COMMANDS; i++)
		(void)snprintf(
			script + strlen(script), sizeof script - strlen(script),
			"echo '@%u@'; timeout 10 sh -c '%s' </dev/null 2>&1; echo \"code $?\"\n", i,
			commands[i].command);
	assert_true(strlen(script) < sizeof script - 1);
	o = as_bob(script);
	assert_silent(o, "code 124");
	for (unsigned i = 0; i < COMMANDS; i++) {
		const char *wanted = explained ? commands[i].explained : commands[i].plain;
		char mark[16];
		const char *at, *end;

		(void)snprintf(mark, sizeof mark, "@%u@", i);
		at = strstr(o.text, mark);
		assert_non_null(at);
		end = strchr(at + strlen(mark), '@');
		if (memmem(at, end != NULL ? (size_t)(end - at) : strlen(at), wanted,
			   strlen(wanted)) == NULL)
			fail_msg("%s: no '%s' in: %s", commands[i].command, wanted, at);
	}
}

static void plain(void **state)
{
	(void)state;
	rule_set("");
	try_all(false);
}

static void explained(void **state)
{
	(void)state;
	rule_set("PasswordChange=yes\nExplainSUIDSGID=yes");
	try_all(true);
	rule_set("ExplainSUIDSGID=yes");
	assert_says(as_bob("script -qc passwd /dev/null </dev/null"),
		    "passwd: the password cannot be changed in this session; ask the administrator");
	assert_true(wait_gone(20));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),
		cmocka_unit_test(explained),
	};

	return cmocka_run_group_tests_name("everyday", tests, NULL, NULL);
}
