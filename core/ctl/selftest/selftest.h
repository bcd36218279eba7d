/* SPDX-License-Identifier: Apache-2.0 */
/* selftest.h - try to break each setting of a rule from inside a real session */
#ifndef CORDON_CTL_SELFTEST_SELFTEST_H
#define CORDON_CTL_SELFTEST_SELFTEST_H

#include "ctl/ctl.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct selftest_options - the command line; options/selftest.def says which option fills which member
 */
struct selftest_options {
	const char *service, *rhost, *rule;
	bool all, json, help;
};

/**
 * enum ask - what the outcome of an attempt has to be
 * @ASK_REFUSED:   it is refused, in whatever way
 * @ASK_READ_ONLY: it is refused with EROFS: the mode of a file is not what refuses it
 * @ASK_ERRNO:     it is refused with the errno @want; @want 0: it is killed
 * @ASK_IS, @ASK_NOT, @ASK_AT_MOST, @ASK_AT_LEAST: the value compared to @want
 * @ASK_WITHIN:    the value has no bit beside those of @want
 */
enum ask {
	ASK_REFUSED = 0,
	ASK_READ_ONLY,
	ASK_ERRNO,
	ASK_IS,
	ASK_NOT,
	ASK_AT_MOST,
	ASK_AT_LEAST,
	ASK_WITHIN
};

/* The ways in which the attempts are made: by the login shell, by root who enters, not confined. */
enum way { WAY_LOGIN = 0, WAY_ENTERED, WAY_OUTSIDE, WAYS_N };

/**
 * struct outcome - what cordon-probe has said of an attempt
 * @kind: 'v', 'e', 's' or 'x', as in core/probe/main.c; 0: nothing
 */
struct outcome {
	char kind;
	int64_t value;
};

enum result { RESULT_GAVE_WAY = 0, RESULT_OK, RESULT_NOT_SET, RESULT_CANNOT };

/**
 * struct attempt_row - one attempt
 * @setting: the directive that has to hold
 * @what:    what is tried, for people
 * @line:    for cordon-probe, without the id; NULL: nothing is tried, @result stands
 * @why:     for people: what came of it
 */
struct attempt_row {
	const char *setting;
	char *what, *line;
	enum ask ask;
	int64_t want;
	bool only_login; /* it is about what the login shell got: not for WAY_ENTERED */
	struct outcome got[WAYS_N];
	enum result result;
	char why[160];
};

/**
 * struct bait - harmless things of the host's that a session must not reach
 * @pid:  a process with the ids of the user; @port, @udp: sockets on 127.0.0.1
 */
struct bait {
	pid_t pid;
	int listener, udp_socket, abstract;
	unsigned port, udp;
	int shm, queue;
	char name[64];	  /* of the abstract socket and of the queue, without '/' */
	char file[4][64]; /* files in directories that sessions have of their own */
};

/**
 * struct selftest - everything about one run
 */
struct selftest {
	struct selftest_options o;
	struct policy_paths paths;
	struct facts facts;
	struct decision d;
	const struct settings *set; /* what is expected: of the rule, or of --rule */
	struct settings own;
	struct rule_set rules;
	struct plan *plan;
	struct plan_login *login;
	struct bait bait;
	struct attempt_row *row;
	size_t n;
	bool failed; /* memory ran out: the list is not complete */
	bool answered[WAYS_N];
	size_t unsure;	/* attempts with an answer of the login shell alone */
	char note[512]; /* what could not be done, for people; "" */
};

/* ---- the list of attempts: expect.c, and a file for each kind ---- */

/**
 * expect_try - add an attempt
 * @line: format of the line for cordon-probe; arguments are separated by tabs
 */
struct attempt_row *expect_try(struct selftest *t, const char *setting, const char *what,
			       enum ask ask, int64_t want, const char *line, ...)
	__attribute__((format(printf, 6, 7)));

/**
 * expect_none - add a row without an attempt: the directive is not set, or cannot be tried
 */
void expect_none(struct selftest *t, const char *setting, enum result result, const char *what);

/**
 * expect_all - fill t->row from t->set and t->plan
 */
void expect_all(struct selftest *t);
void expect_spaces(struct selftest *t);
void expect_files(struct selftest *t);
void expect_calls(struct selftest *t);
void expect_limits(struct selftest *t);

/**
 * judge - compare what came of each attempt to what has to come of it
 *
 * Return: the number of attempts that gave way.
 */
size_t judge(struct selftest *t);

/* ---- bait.c ---- */

/**
 * bait_lay - make the things of the host's; bait_remove() takes them away
 *
 * Return: 0; -errno.
 */
int bait_lay(struct selftest *t);
void bait_remove(struct bait *b);

/* ---- open.c ---- */

/**
 * session_try - open the session and make all attempts in it
 *
 * Return: 0; -errno with @e: the session was refused.
 */
int session_try(struct selftest *t, struct err *e);

/* ---- entered.c ---- */

/**
 * entered_probe - root's child enters the session @id and becomes cordon-probe
 * @in, @out: its standard input and output
 *
 * Return: the process, for the caller to wait for; -errno.
 */
pid_t entered_probe(const char *id, int in, int out);

/* ---- table.c ---- */

/**
 * selftest_print - print the table, or one JSON object
 */
void selftest_print(const struct selftest *t, size_t gave_way);

#endif
