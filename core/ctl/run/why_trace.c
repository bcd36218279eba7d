/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why_trace.c - trace a program and all that it starts, as strace(1) does
 *
 * Each thread stops at the beginning and at the end of each system call. The tracer reads, and never
 * writes: no register, no memory, no result. The filter, Landlock and the view are as without it.
 */
#include "ctl/run/why.h"

#include "base/libc.h"
#include "base/native.h"
#include "confine/program/exec.h"
#include "ctl/run/run.h"
#include "policy/filter/filter.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BUCKETS = 1024 };

/**
 * struct tracee - a thread
 * @call: the call that it is in, or was in last
 */
struct tracee {
	struct tracee *next;
	pid_t tid;
	struct why_call call;
};

static struct tracee *bucket[BUCKETS];

/* Raw, because the wrappers of glibc and musl have different types. */
static long trace(long request, pid_t tid, unsigned long addr, unsigned long data)
{
	return syscall(SYS_ptrace, request, (long)tid, addr, data) < 0 ? -errno : 0;
}

static struct tracee *tracee_get(pid_t tid)
{
	struct tracee **at = &bucket[(unsigned)tid % BUCKETS];

	while (*at != NULL && (*at)->tid != tid)
		at = &(*at)->next;
	if (*at == NULL) {
		*at = calloc(1, sizeof **at);
		if (*at != NULL)
			(*at)->tid = (*at)->call.tid = tid;
	}
	return *at;
}

static void tracee_forget(pid_t tid)
{
	struct tracee **at = &bucket[(unsigned)tid % BUCKETS], *gone;

	while (*at != NULL && (*at)->tid != tid)
		at = &(*at)->next;
	gone = *at;
	if (gone == NULL)
		return;
	*at = gone->next;
	free(gone);
}

/* ---- what is noted ---- */

/* The name, and the number that the session gives the process. */
static void who(pid_t tid, struct refusal *r)
{
	char path[64], text[256];
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)tid); /* fits */
	f = fopen(path, "re");
	while (f != NULL && fgets(text, sizeof text, f) != NULL) {
		const char *last = strrchr(text, '\t');

		text[strcspn(text, "\n")] = '\0';
		if (strncmp(text, "Name:\t", 6) == 0)
			(void)snprintf(r->comm, sizeof r->comm, "%.15s", text + 6);
		else if (strncmp(text, "NStgid:", 7) == 0 && last != NULL)
			r->pid = (pid_t)strtol(last + 1, NULL, 10);
	}
	if (f != NULL)
		(void)fclose(f); /* only read */
}

static void note(struct why *w, const struct refusal *r)
{
	for (size_t i = 0; i < w->n; i++) {
		struct refusal *o = &w->list[i];

		if (o->err == r->err && o->sig == r->sig && strcmp(o->call, r->call) == 0 &&
		    strcmp(o->number, r->number) == 0 && strcmp(o->comm, r->comm) == 0 &&
		    strcmp(o->object, r->object) == 0) {
			o->times++;
			return;
		}
	}
	if (w->n == WHY_MAX) {
		w->more++;
		return;
	}
	w->list[w->n] = *r;
	w->list[w->n++].times = 1;
}

static void name_call(const struct why_call *c, const struct call_row *row, struct refusal *r)
{
	r->call = row != NULL ? row->name : "";
	if (row == NULL)
		(void)snprintf(r->number, sizeof r->number, "%d", c->data.nr); /* named later */
}

static void on_failure(struct why *w, struct why_call *c, int err)
{
	const struct call_row *row = c->data.arch == AUDIT_NATIVE ? call_find(c->data.nr) : NULL;
	struct refusal r = { .err = err };

	c->err = err;
	if (!w->begun) /* cordon itself, which has yet to execute the program */
		return;
	/* the kernel restarts these, or they say nothing of rights */
	if (err >= 512 || err == EINTR || err == EINVAL || err == EBADF || err == EEXIST)
		return;
	name_call(c, row, &r);
	if (row != NULL)
		call_object(c, row, &r);
	if (!why_judge(w, c, row, &r))
		return;
	who(c->tid, &r);
	note(w, &r);
}

static void on_kill(struct why *w, struct tracee *t)
{
	unsigned long code = 0;
	struct refusal r = { .sig = SIGSYS };

	if (trace(PTRACE_GETEVENTMSG, t->tid, 0, (unsigned long)&code) < 0 ||
	    !WIFSIGNALED((int)code) || WTERMSIG((int)code) != SIGSYS ||
	    !exec_filter_kills(w->plan, &t->call.data))
		return;
	name_call(&t->call, t->call.data.arch == AUDIT_NATIVE ? call_find(t->call.data.nr) : NULL,
		  &r);
	if (!why_judge_signal(w, &t->call, SIGSYS, &r))
		return;
	who(t->tid, &r);
	note(w, &r);
}

static void on_signal(struct why *w, struct tracee *t, int sig)
{
	struct refusal r = { .sig = sig, .call = "" };

	if ((sig != SIGXFSZ && sig != SIGXCPU) || !why_judge_signal(w, &t->call, sig, &r))
		return;
	who(t->tid, &r);
	note(w, &r);
}

/* ---- the loop ---- */

static void on_call(struct why *w, struct tracee *t)
{
	struct ptrace_syscall_info info = { 0 };
	long got = syscall(SYS_ptrace, PTRACE_GET_SYSCALL_INFO, (long)t->tid, sizeof info, &info);

	if (got <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		t->call.data =
			(struct seccomp_data){ .nr = (int)info.entry.nr,
					       .arch = info.arch,
					       .instruction_pointer = info.instruction_pointer };
		for (unsigned i = 0; i < 6; i++)
			t->call.data.args[i] = info.entry.args[i];
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && info.exit.is_error) {
		on_failure(w, &t->call, (int)-info.exit.rval);
	}
}

static void on_stop(struct why *w, struct tracee *t, int status)
{
	const int sig = WSTOPSIG(status), event = status >> 16;
	unsigned long deliver = 0;

	if (sig == (SIGTRAP | 0x80)) {
		on_call(w, t);
	} else if (event == PTRACE_EVENT_STOP && sig != SIGTRAP) { /* stopped, as by ^Z */
		(void)trace(PTRACE_LISTEN, t->tid, 0, 0);	   /* it may be gone */
		return;
	} else if (event == PTRACE_EVENT_EXEC) {
		w->begun = true;
	} else if (event == PTRACE_EVENT_EXIT) {
		on_kill(w, t);
	} else if (event == 0) {
		on_signal(w, t, sig);
		deliver = (unsigned long)sig;
	}
	(void)trace(PTRACE_SYSCALL, t->tid, 0, deliver); /* it may be gone */
}

#define TRACE_ALL \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
	 PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT)

/* The thread stops soon; on_stop() lets it go on to its next call. */
static int seize(pid_t tid, unsigned long options)
{
	const long r = trace(PTRACE_SEIZE, tid, 0, options);

	return (int)(r < 0 ? r : trace(PTRACE_INTERRUPT, tid, 0, 0));
}

static int attach(struct why *w)
{
	const int r = seize(w->pid, TRACE_ALL | PTRACE_O_EXITKILL);
	int status;

	if (r < 0)
		return r;
	if (wait4(w->pid, &status, __WALL, NULL) != w->pid || !WIFSTOPPED(status))
		return -ESRCH;
	return (int)trace(PTRACE_SYSCALL, w->pid, 0, 0);
}

static volatile sig_atomic_t over;

static void on_alarm(int sig)
{
	(void)sig;
	over = 1;
}

/* Ends when no process is left, or the time is over. */
static void serve(struct why *w)
{
	int status;
	pid_t tid;

	/* only those that this thread traces: the children of cordon are the other thread's */
	while (!over &&
	       ((tid = wait4(-1, &status, __WALL | __WNOTHREAD, NULL)) > 0 || errno == EINTR)) {
		struct tracee *t;

		if (tid <= 0)
			continue;
		if (!WIFSTOPPED(status)) {
			tracee_forget(tid);
			continue;
		}
		t = tracee_get(tid);
		if (t != NULL)
			on_stop(w, t, status);
		else
			(void)trace(PTRACE_DETACH, tid, 0, 0); /* no memory: it goes on untraced */
	}
}

static void *run_loop(void *arg)
{
	struct why *w = arg;

	w->failed = attach(w);
	(void)sem_post(&w->attached);
	if (w->failed == 0)
		serve(w);
	return NULL;
}

int why_add(struct why *w, pid_t tid)
{
	(void)w;
	return seize(tid, TRACE_ALL);
}

void why_watch(struct why *w, uint64_t usec)
{
	/* again and again: the first signal may come before wait4(2) */
	const struct itimerval in = { .it_value = { .tv_sec = (time_t)(usec / 1000000),
						    .tv_usec = (suseconds_t)(usec % 1000000) },
				      .it_interval = { .tv_usec = 100000 } };
	const struct sigaction act = { .sa_handler = on_alarm };

	over = 0;
	(void)sigaction(SIGALRM, &act, NULL);
	(void)sigaction(SIGINT, &act, NULL);
	(void)setitimer(ITIMER_REAL, &in, NULL);
	serve(w);
	(void)setitimer(ITIMER_REAL, &(struct itimerval){ .it_value = { .tv_sec = 0 } }, NULL);
}

int why_start(struct why *w, pid_t pid)
{
	w->pid = pid;
	w->list = calloc(WHY_MAX, sizeof *w->list);
	if (w->list == NULL || sem_init(&w->attached, 0, 0) < 0)
		return -ENOMEM;
	if (pthread_create(&w->thread, NULL, run_loop, w) != 0)
		return -EAGAIN;
	while (sem_wait(&w->attached) < 0 && errno == EINTR)
		continue;
	w->running = true;
	return w->failed;
}

void why_end(struct why *w)
{
	if (w->running)
		(void)pthread_join(w->thread, NULL);
	w->running = false;
}

/* ---- what is printed ---- */

static const char *call_text(const struct refusal *r, char *buf, size_t size)
{
	char *end;
	const long nr = strtol(r->number, &end, 10);

	if (r->number[0] == '\0')
		return r->call;
	if (filter_call_name((int)nr, buf, size) < 0)
		(void)snprintf(buf, size, "call %s", r->number);
	return buf;
}

static void print_one(const struct refusal *r)
{
	char name[64];
	const char *call = call_text(r, name, sizeof name);

	sayf(stderr, "cordon: why: %s[%d]: ", r->comm, (int)r->pid);
	if (call[0] != '\0')
		sayf(stderr, "%s(%s%s%s): ", call, r->path ? "\"" : "", r->object,
		     r->path ? "\"" : "");
	sayf(stderr, "%s: %s", r->err != 0 ? strerror(r->err) : strsignal(r->sig), r->text);
	if (r->times > 1)
		sayf(stderr, ", %llu times", (unsigned long long)r->times);
	sayf(stderr, "\n");
}

void why_print(const struct why *w)
{
	size_t n = 0;

	for (unsigned turn = 0; turn < 2; turn++) /* those of cordon first */
		for (size_t i = 0; i < w->n; i++)
			if (w->list[i].cordon == (turn == 0)) {
				print_one(&w->list[i]);
				n += turn == 0;
			}
	if (w->more > 0)
		sayf(stderr, "cordon: why: %llu others are not listed\n",
		     (unsigned long long)w->more);
	if (n == 0)
		sayf(stderr, "cordon: why: no setting of cordon refused anything\n");
}

void why_json(const struct why *w, struct json *j)
{
	char name[64];

	json_array(j, "refusals");
	for (size_t i = 0; i < w->n; i++) {
		const struct refusal *r = &w->list[i];

		json_object(j, NULL);
		json_string(j, "program", r->comm);
		json_number(j, "pid", r->pid);
		json_string(j, "call", call_text(r, name, sizeof name));
		json_string(j, "object", r->object);
		json_string(j, r->err != 0 ? "errno" : "signal",
			    r->err != 0 ? err_name(r->err) : sigabbrev_np(r->sig));
		json_bool(j, "by_cordon", r->cordon);
		json_string(j, "why", r->text);
		json_number(j, "times", (int64_t)r->times);
		json_end(j);
	}
	json_end(j);
}
