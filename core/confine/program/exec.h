/* SPDX-License-Identifier: Apache-2.0 */
/* exec.h - one program in namespaces of its own: `cordon run`, and cordonsh without PAM */
#ifndef CORDON_CONFINE_PROGRAM_EXEC_H
#define CORDON_CONFINE_PROGRAM_EXEC_H

#include "base/sys_ns.h"
#include "confine/steps.h"
#include "contract/plan.h"

#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

/**
 * struct exec_spec - what is to be executed, and in what
 * @plan:        its clone_flags are all namespaces that are made, CLONE_NEWNS included where there
 *               is a view, but for CLONE_NEWUSER
 * @uid_map, @gid_map: NULL: no user namespace
 * @deny_groups: setgroups(2) is denied in the user namespace
 * @privileged:  the view is built by the host's root, who owns the user namespace then; else the
 *               user namespace comes first, and is the caller's
 * @program:     looked up in @path when it has no '/'; both as the program will see them
 * @cwd, @chroot: paths inside, NULL: none
 * @or_root:     where there is no @cwd inside, / will do
 * @lead:        it leads a session of its own, on the terminal that the caller has given up
 * @trace:       PID 1 traces it, to tell which call the filter killed it for
 * @watch:       called with @watch_arg and the process id of the program, which waits meanwhile just before
 *               its filter; NULL: none. Only with a pid namespace
 * @out, @err:   what is to be descriptor 1 and 2, -1: as they are
 * @group:       the control group that it begins in; -1: the caller's
 * @mask:        the program's signal mask
 * @procfd:      O_PATH, the host's /proc
 */
struct exec_spec {
	const struct plan *plan;
	const struct plan_login *login;
	const char *uid_map, *gid_map;
	int deny_groups, privileged;
	const char *program;
	char *const *argv, *const *envp;
	const char *path, *cwd, *chroot;
	int or_root, lead, trace;
	int (*watch)(void *arg, pid_t pid);
	void *watch_arg;
	int out, err, group;
	const sigset_t *mask;
	int procfd;
};

/**
 * struct exec - a program that runs
 * @child:   the process that was cloned: PID 1, or the program itself
 * @pid:     the program
 * @reports: PID 1 says by exec_report what becomes of the program; -1: @child is the program
 */
struct exec {
	pid_t child, pid;
	int childfd, reports;
};

/**
 * struct exec_report - PID 1's word on the program: it has stopped, or has ended
 * @status:   as of wait4(2)
 * @call:     the number of the system call that the filter killed it for, -1: not known
 * @cpu_nsec: CPU time of the program as RLIMIT_CPU counts it; getrusage(2) has other figures
 * @usage:    of all processes that the program has started: the times together, the largest memory
 */
struct exec_report {
	int status;
	int32_t call;
	uint64_t cpu_nsec;
	struct rusage usage;
};

#define EXEC_NONE \
	{ \
		.child = -1, .pid = -1, .childfd = -1, .reports = -1 \
	}

/**
 * exec_start - clone, write the map, let go, wait until the program has been executed
 * @ret: to be given to exec_end(), whatever this answers
 *
 * Context: single-threaded; every signal blocked. The child allocates nothing.
 * Return:  0; -errno with @f naming step and object; nothing has been executed then.
 */
int exec_start(const struct exec_spec *spec, struct exec *ret, struct child_fail *f);

/**
 * exec_kill - kill the program, with its own pid namespace all that lives there
 */
void exec_kill(struct exec *x);

/**
 * exec_signal - pass a signal on to the program, through PID 1 where there is one
 */
void exec_signal(struct exec *x, int sig);

/**
 * exec_end - kill, wait, close
 */
void exec_end(struct exec *x);

/**
 * exec_usage_add - add what a process has used to @sum: the times together, the largest memory
 */
void exec_usage_add(struct rusage *sum, const struct rusage *usage);

/**
 * exec_cpu_nsec - the CPU time of @pid as RLIMIT_CPU counts it; 0 where it is gone
 */
uint64_t exec_cpu_nsec(pid_t pid);

/* exec_child.c, exec_init.c: the other side. */
struct exec_wires {
	int sync, reports;
	struct ns_ids outside; /* the parent's namespaces */
};
_Noreturn void exec_child(const struct exec_spec *spec, const struct exec_wires *w);
_Noreturn void exec_init(const struct exec_spec *spec, int reports, int keep, pid_t program,
			 int programfd);

/* exec_trace.c: from PID 1 */
struct seccomp_data;
int exec_trace_start(pid_t pid);
/* A stop of the tracee; 1: it has stopped as by ^Z, else it goes on. */
int exec_trace_event(const struct exec_spec *spec, pid_t pid, int status, int *ret_call);
/* What the plan's filter answers; SECCOMP_RET_ALLOW if that is not known. */
uint32_t exec_filter_answer(const struct plan *plan, const struct seccomp_data *data);
/* Does the plan's filter kill for this call? An unknown answer is no. */
int exec_filter_kills(const struct plan *plan, const struct seccomp_data *data);
int exec_find(const struct exec_spec *spec, char ret_path[PATH_MAX]);

#endif
