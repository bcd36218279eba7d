/* SPDX-License-Identifier: Apache-2.0 */
/* why.h - cordon run --why: which setting refused what, seen from outside by ptrace(2) */
#ifndef CORDON_CTL_RUN_WHY_H
#define CORDON_CTL_RUN_WHY_H

#include "base/err.h"
#include "ctl/json.h"
#include "policy/settings/settings.h"

#include <limits.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct facts;
struct plan;

enum { WHY_MAX = 512, WHY_COMM = 16, WHY_OBJECT = 1024, WHY_TEXT = 512 };

/**
 * struct refusal - a system call that failed, or a signal by which the kernel enforces a limit
 * @err:    a positive errno; 0: the signal @sig
 * @object: the path, address or port that the call was about; "" for none
 * @path:   @object is an absolute path of the session
 * @cordon: a setting of cordon refused it
 * @text:   the setting and its line, or what else refused it
 */
struct refusal {
	char comm[WHY_COMM];
	pid_t pid; /* as the session numbers it */
	const char *call;
	char number[32]; /* of a call without a name */
	int err, sig;
	char object[WHY_OBJECT];
	bool path, cordon;
	char text[WHY_TEXT];
	uint64_t times;
};

/**
 * struct why - the tracer of one program and of all that it starts
 * @set, @plan, @facts: what the program is confined by
 * @list:  the @n distinct refusals; @more others did not fit
 */
struct why {
	const struct settings *set;
	const struct plan *plan;
	const struct facts *facts;
	bool privileged;
	struct refusal *list;
	size_t n;
	uint64_t more;
	pid_t pid;
	pthread_t thread;
	sem_t attached;
	int failed; /* -errno, if the program could not be traced */
	bool running, begun;
};

/**
 * struct why_call - a system call that has failed
 * @data: as the filter saw it; @nr is in it
 * @err:  a positive errno
 */
struct why_call {
	pid_t tid;
	struct seccomp_data data;
	int err;
};

/**
 * why_start - trace the process @pid and all that it starts, in a thread
 *
 * The process must be waiting. Nothing that it gets from the kernel is changed.
 * Return: 0, and why_end() must be called after the end of all processes; -errno.
 */
int why_start(struct why *w, pid_t pid);
void why_end(struct why *w);

/**
 * why_add - trace another thread, which runs
 *
 * Return: 0; -errno.
 */
int why_add(struct why *w, pid_t tid);

/**
 * why_watch - note what is refused to all threads of why_add() and to what they start
 *
 * Return: after @usec, or once all have ended. The threads stay traced until this process ends.
 */
void why_watch(struct why *w, uint64_t usec);

/**
 * why_attach - trace the programs of the session of the login @id for @usec, and print what is refused
 *
 * Return: enum exit_code.
 */
int why_attach(const char *id, uint64_t usec);

/**
 * why_print - print one line for each refusal on standard error
 * why_json - write them as the array "refusals"
 */
void why_print(const struct why *w);
void why_json(const struct why *w, struct json *j);

/* ---- why_calls.c: the calls ---- */

/**
 * struct call_row - a system call with a path
 * @path, @dir: which arguments are the path and the directory; -1: none
 * @writes:     it changes something at the path
 */
struct call_row {
	const char *name;
	long nr;
	int path, dir;
	bool writes;
};

/**
 * call_find - the row of the native call @nr; NULL: it is not in the table
 */
const struct call_row *call_find(int nr);

/**
 * call_object - find what a call was about; @r->object and @r->path are filled
 *
 * Context: the thread is stopped at the end of its call.
 */
void call_object(const struct why_call *c, const struct call_row *row, struct refusal *r);

/**
 * tracee_read - read @size bytes at @at of a stopped thread
 *
 * Return: the number of bytes read.
 */
size_t tracee_read(pid_t tid, uint64_t at, void *buf, size_t size);

/* ---- why_judge.c: the settings ---- */

/**
 * why_judge - find the setting that has refused @c, and fill @r->text and @r->cordon
 *
 * Return: true; false: the failure is an ordinary one, which nobody has to hear of.
 */
bool why_judge(const struct why *w, const struct why_call *c, const struct call_row *row,
	       struct refusal *r);

/**
 * why_judge_signal - the same for a signal
 */
bool why_judge_signal(const struct why *w, const struct why_call *last, int sig, struct refusal *r);

/**
 * why_by - write "Directive= (file:line)" to @r->text
 */
void why_by(const struct why *w, const char *directive, const struct origin *from,
	    struct refusal *r);

/* ---- why_path.c: the view ---- */

/**
 * why_judge_path - the same for a call about a path
 */
bool why_judge_path(const struct why *w, const struct why_call *c, const struct call_row *row,
		    struct refusal *r);

#endif
