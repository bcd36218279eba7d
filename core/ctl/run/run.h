/* SPDX-License-Identifier: Apache-2.0 */
/* run.h - what the parts of cordon run share */
#ifndef CORDON_CTL_RUN_RUN_H
#define CORDON_CTL_RUN_RUN_H

#include "confine/program/exec.h"
#include "contract/exits.h"
#include "contract/facts.h"
#include "ctl/options.h"
#include "ctl/json.h"
#include "ctl/say.h"
#include "ctl/run/why.h"
#include "policy/group/make.h"
#include "policy/rules/decide.h"

#include <stdbool.h>
#include <stdio.h>

enum run_how { RUN_DIRECT = 0, RUN_STREAM, RUN_CAPTURE };

/* --capture keeps this many bytes of each stream, and counts and drops the rest. */
enum { RUN_CAPTURE_MAX = 1 << 20 };

/**
 * struct run_options - the command line; options/run.def says which option fills which member
 * @how: the mode that --stream and --capture select
 */
struct run_options {
	struct option_list profile, set, env;
	const char *as, *service, *rhost;
	const char *rule, *user, *uid, *gid, *groups, *chdir, *root, *json, *namespaces;
	const char *uid_map, *gid_map, *setgroups;
	uint64_t time_usec; /* 0: no bound */
	bool clear_env, stream, capture, report, name_call, why, allow_unconfined, help;
	enum run_how how;
	char **argv;
};

/**
 * struct run - everything about one program
 * @login:   the program is the login shell of the account, and the account's rule applies
 * @program: the program to look up; NULL: argv[0]
 * @session: with --as: the id of the login
 */
struct run {
	bool login;
	struct run_options o;
	bool privileged;
	struct facts facts;
	struct policy_paths paths;
	struct settings set;
	struct rule_set rules;
	struct plan *plan;
	struct plan_login *login_plan;
	uint64_t ns; /* CLONE_NEW* of the new namespaces, including the user namespace */
	char uid_map[8192], gid_map[32768];
	char cwd[PATH_MAX];
	const char *program;
	char session[32];
	struct exec_spec spec;
	struct cgroup group;
	struct why why;
};

/**
 * struct run_result - how the program ended
 * @status:  as wait4(2) returns it
 * @by:      why we ended the program, if we did
 * @usage:   of all processes that the program has started
 */
enum run_why { RUN_BY_ITSELF = 0, RUN_BY_TIME };
struct run_stream {
	uint64_t bytes, dropped;
	char *data; /* what --capture keeps */
	size_t len;
};
struct run_result {
	pid_t pid;
	int status, call; /* -1: not known */
	enum run_why why;
	uint64_t wall_usec, cpu_nsec;
	struct rusage usage;
	struct run_stream out[2];
	bool lost; /* some output of the program could not be passed on */
	bool oom;
	uint64_t oom_before;
	uint64_t group_peak; /* bytes; 0: not known */
};

/* run_settings.c: merges profiles, rule, --set and --namespaces; 0, or -errno with @e filled. */
int run_settings(struct run *r, struct err *e);
/* Finds the namespaces to make, and refuses settings that cannot be enforced. */
int run_possible(struct run *r, struct err *e);
/* run_ids.c: fills the ids and the maps */
int run_facts(struct run *r, struct err *e);
int run_maps(struct run *r, struct err *e);
void run_terminal(struct facts *f);
int run_no_such(const char *option, bool user, const char *name, struct err *e);
/* run_plan.c: makes the plan, the environment and the working directory */
int run_plan(struct run *r, struct err *e);
/* Put variables at the end of the @n of @env, or in place of others; the caller has made room. */
size_t run_env_put(const char **env, size_t n, const char *name, const char *value);
int run_env_given(const struct run_options *o, const char **env, size_t n, struct err *e);
const char *run_env_value(char *const *env, const char *name);

/* run.c */
bool run_has_cap(unsigned cap);
int run_execute(struct run *r, FILE *json);
/* With --stream and --capture, the program gets the write ends of pipes. */
int run_pipes(enum run_how how, int pipes[2], struct exec_spec *spec, struct err *e);
/* Returns true if the program can take the terminal, which this process has given up. */
bool run_give_up_terminal(void);

/* run_as.c: --as; returns the exit status */
int run_as(struct run *r, FILE *json);

/* run_wait.c: waits for the end of the program */
int run_wait(const struct run *r, struct exec *x, const sigset_t *all, int pipes[2],
	     struct run_result *ret);

/* run_oom.c: counts the processes killed for lack of memory in the caller's cgroup */
uint64_t run_oom_count(void);

/*
 * run_group.c: the control group of the program. run_group_end() removes the group, and corrects the
 * result: the group has counted every process.
 */
int run_group_make(struct run *r, struct err *e);
void run_group_end(struct run *r, struct run_result *res);

/*
 * run_io.c: passes on a stream of the program
 *
 * struct run_io - one stream of the program
 * @from:   a pipe; -1: closed
 * @to:     our own descriptor; -1: closed, or the stream is kept in memory
 * @shared: writing more than PIPE_BUF bytes to @to may block
 * @lines:  write JSON lines; at most one of the two streams then has pending output
 * @rest:   the first bytes of a character whose last bytes have not arrived yet
 * @buf:    pending output, beginning at @at
 */
struct run_io {
	int from, to;
	bool shared, lines, failed;
	const char *name;
	struct run_stream *kept;
	char rest[4];
	size_t left;
	size_t at, len;
	char buf[131072];
};
struct pollfd;
void run_io_start(struct run_io *io, int from, int to, const char *name, bool lines,
		  struct run_stream *kept);
bool run_io_pending(const struct run_io *io);
struct pollfd run_io_wants(const struct run_io *io, bool may_read);
void run_io_move(struct run_io *io, bool readable, bool writable, bool ended);
/* Writes "@text_name":"..." if @data is UTF-8, else "@base64_name":"..." */
void run_json_bytes(struct json *j, const char *text_name, const char *base64_name,
		    const char *data, size_t len);

/* run_report.c */
/* Returns 0; -errno if the captured output cannot be written. */
int run_report_end(const struct run *r, const struct run_result *res, FILE *json);
int run_code(const struct run_result *res);
/* Reports on stderr and as JSON what could not be executed; returns the exit status. */
int run_report_failure(const struct run *r, const struct child_fail *f, FILE *json);
int run_report_error(const struct err *e, FILE *json);
int run_report_refused(const char *line, FILE *json);

#endif
