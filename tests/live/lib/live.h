/* SPDX-License-Identifier: Apache-2.0 */
/* live.h - drive real logins on the throwaway host */
#ifndef CORDON_TESTS_LIVE_H
#define CORDON_TESTS_LIVE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The ssh command to the host, ready for a user@host. */
#define SSH "ssh -F $HOST_KEYS/ssh_config "

/* The attackers of probe/probe.c. */
#define PROBE "$HOST_BUILD/tests/live/probe/probe "

/* In a command line: wait until @what is true, for a minute at most. */
#define UNTIL(what) "n=0; until " what " || [ $n -gt 1200 ]; do sleep 0.05; n=$((n+1)); done; "

/* A process of the host's that listens at the abstract socket @host-secret. */
#define HOST_SECRET \
	"python3 -c 'import socket,time,os\n" \
	"s=socket.socket(socket.AF_UNIX); s.bind(\"\\0host-secret\"); s.listen()\n" \
	"os.fork() and os._exit(0)\n" \
	"os.setsid(); os.close(1); os.close(2); time.sleep(600)'"

/**
 * struct out - the result of a command
 * @code: exit status, 128 + signal, -1 when it took longer than five minutes
 * @text: standard output and error, as they came; lives until the next command
 */
struct out {
	int code;
	const char *text;
};

/**
 * sh - run a command line by sh(1), standard input from /dev/null
 */
struct out sh(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * as_bob - run @command in bob's session, by ssh; quotes in it are taken care of
 */
struct out as_bob(const char *command);

/**
 * as_user - run @command in the session of another account that root's key opens
 */
struct out as_user(const char *user, const char *command);

/**
 * rule_file - rules.d/@name.conf: @match of its [Match], @lines of its [Session]
 */
void rule_file(const char *name, const char *match, const char *lines);

/**
 * expect_run - run an expect(1) script; 98 for an early end of file, 99 for a time-out
 *
 * In it "want TEXT" waits for TEXT, "type TEXT" types it and Return, and SSH is the ssh command
 * without a host.
 */
struct out expect_run(const char *script);

/**
 * quick - tell if this is a further run of the same tests, which skips slow ones
 */
bool quick(void);

/**
 * rule_set - bob's rule: @lines of its [Session]
 */
void rule_set(const char *lines);

/**
 * rule_none - no rules at all
 */
void rule_none(void);

/**
 * says - tell if @o has @text; if not, print @o
 */
bool says(struct out o, const char *text);

/**
 * silent - tell if @o lacks @text; if not, print @o
 */
bool silent(struct out o, const char *text);

#define assert_says(o, what)   assert_true(says(o, what))
#define assert_silent(o, what) assert_true(silent(o, what))

/**
 * wait_gone - wait until no process of a session is left; false after @seconds
 */
bool wait_gone(unsigned seconds);

#endif
