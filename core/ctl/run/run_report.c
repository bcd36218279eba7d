/* SPDX-License-Identifier: Apache-2.0 */
/* run_report.c - report how the program ended, in words and as JSON */
#include "ctl/run/run.h"

#include "base/libc.h"
#include "confine/self/drop.h"
#include "policy/filter/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t usec(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_usec;
}

int run_code(const struct run_result *res)
{
	return WIFSIGNALED(res->status) ? EXIT_SIGNAL + WTERMSIG(res->status) :
	       res->lost		? EXIT_SETUP :
					  WEXITSTATUS(res->status);
}

static const char *signal_name(int sig, char buf[16])
{
	const char *name = sigabbrev_np(sig);

	if (name != NULL)
		(void)snprintf(buf, 16, "SIG%.10s", name); /* fits */
	else
		(void)snprintf(buf, 16, "SIG%d", sig); /* a real-time signal, which has no name */
	return buf;
}

/* Has the program used up LimitCPU=? The kernel sends SIGXCPU, then SIGKILL. */
static bool cpu_over(const struct run *r, const struct run_result *res)
{
	const struct set_pair *l = &r->set.limit_cpu;
	return l->given && (WTERMSIG(res->status) == SIGXCPU ||
			    (WTERMSIG(res->status) == SIGKILL && l->hard != UINT64_MAX &&
			     res->cpu_nsec / 1000000000 >= l->hard));
}

static const char *reason(const struct run *r, const struct run_result *res)
{
	if (res->why == RUN_BY_TIME)
		return "time";
	if (!WIFSIGNALED(res->status))
		return "exited";
	if (cpu_over(r, res))
		return "time";
	if (WTERMSIG(res->status) == SIGKILL && res->oom)
		return "memory";
	return WTERMSIG(res->status) == SIGSYS ? "filter" : "signal";
}

/* The system call for which the filter killed the program, if known. */
static const char *call_name(const struct run_result *res, char *buf, size_t size)
{
	return res->call >= 0 && filter_call_name(res->call, buf, size) == 0 ? buf : NULL;
}

static void report_words(const struct run *r, const struct run_result *res)
{
	const char *why = reason(r, res);
	char sig[16], end[160], name[64];
	const char *call = call_name(res, name, sizeof name);

	if (WIFEXITED(res->status))
		(void)snprintf(end, sizeof end, "exited with status %d",
			       WEXITSTATUS(res->status)); /* fits */
	else
		(void)snprintf(end, sizeof end, "killed by signal %d, %s%s%s",
			       WTERMSIG(res->status), signal_name(WTERMSIG(res->status), sig),
			       WCOREDUMP(res->status) ? ", core dumped" : "",
			       strcmp(why, "time") == 0	  ? ": time limit reached" :
			       strcmp(why, "memory") == 0 ? ": out of memory" :
			       strcmp(why, "filter") == 0 ? ": by the system call filter" :
							    ""); /* fits */
	if (call != NULL)
		(void)snprintf(end + strlen(end), sizeof end - strlen(end), ", for %s",
			       call); /* fits */
	sayf(stderr,
	     "cordon: %s (pid %d) %s; wall %.3fs, user %.3fs, system %.3fs, at most %ld KiB\n",
	     r->o.argv[0], res->pid, end, (double)res->wall_usec / 1e6,
	     (double)usec(res->usage.ru_utime) / 1e6, (double)usec(res->usage.ru_stime) / 1e6,
	     res->usage.ru_maxrss);
	for (unsigned i = 0; i < 2; i++)
		if (res->out[i].dropped != 0)
			sayf(stderr, "cordon: %llu bytes of %s were dropped\n",
			     (unsigned long long)res->out[i].dropped, i == 0 ? "stdout" : "stderr");
}

static void report_stream(const struct run *r, struct json *j, const char *name,
			  const struct run_stream *s)
{
	if (r->o.how == RUN_DIRECT)
		return;
	json_object(j, name);
	json_number(j, "bytes", (int64_t)s->bytes);
	if (r->o.how == RUN_CAPTURE) {
		json_number(j, "dropped", (int64_t)s->dropped);
		run_json_bytes(j, "data", "base64", s->data != NULL ? s->data : "", s->len);
	}
	json_end(j);
}

static void report_json(const struct run *r, const struct run_result *res, FILE *f)
{
	const bool by_signal = WIFSIGNALED(res->status);
	struct json json = { .f = f }, *j = &json;
	char sig[16], name[64];
	const char *call = call_name(res, name, sizeof name);

	json_object(j, NULL);
	run_json_bytes(j, "program", "program_base64", r->o.argv[0], strlen(r->o.argv[0]));
	json_number(j, "pid", res->pid);
	if (r->session[0] != '\0')
		json_string(j, "session", r->session);
	json_string(j, "reason", reason(r, res));
	if (by_signal) {
		json_null(j, "exit_status");
		json_number(j, "signal", WTERMSIG(res->status));
		json_string(j, "signal_name", signal_name(WTERMSIG(res->status), sig));
	} else {
		json_number(j, "exit_status", WEXITSTATUS(res->status));
		json_null(j, "signal");
		json_null(j, "signal_name");
	}
	json_bool(j, "core_dumped", by_signal && WCOREDUMP(res->status));
	json_number(j, "wall_usec", (int64_t)res->wall_usec);
	json_number(j, "user_usec", (int64_t)usec(res->usage.ru_utime));
	json_number(j, "system_usec", (int64_t)usec(res->usage.ru_stime));
	json_number(j, "max_rss_kib", res->usage.ru_maxrss);
	if (call != NULL)
		json_string(j, "call", call);
	if (r->o.why)
		why_json(&r->why, j);
	report_stream(r, j, "stdout", &res->out[0]);
	report_stream(r, j, "stderr", &res->out[1]);
	json_number(j, "code", run_code(res));
	json_end(j);
}

int run_report_end(const struct run *r, const struct run_result *res, FILE *json)
{
	if (r->o.how == RUN_CAPTURE && json == NULL)
		for (unsigned i = 0; i < 2; i++) {
			(void)fwrite(res->out[i].data != NULL ? res->out[i].data : "", 1,
				     res->out[i].len, i == 0 ? stdout : stderr);
			if (fflush(i == 0 ? stdout : stderr) != 0)
				return -errno;
		}
	if (r->o.report || (r->o.how == RUN_CAPTURE && json == NULL &&
			    (res->out[0].dropped != 0 || res->out[1].dropped != 0)))
		report_words(r, res);
	if (r->o.why && json == NULL)
		why_print(&r->why);
	if (json != NULL)
		report_json(r, res, json);
	return 0;
}

/* Reports a program that did not run on stderr, and as JSON to @f unless @f is NULL. */
static int report_failure(FILE *f, int code, const char *step, int err, const char *text)
{
	const char *name = err < 0 ? err_name(-err) : "?";
	struct json json = { .f = f }, *j = &json;

	sayf(stderr, "cordon: %s\n", text);
	if (f == NULL)
		return code;
	json_object(j, NULL);
	json_string(j, "reason", code == EXIT_SETUP ? "setup" : "exec");
	json_string(j, "step", step);
	json_string(j, "errno", name[0] != '?' ? name : "");
	run_json_bytes(j, "error", "error_base64", text, strlen(text));
	json_number(j, "code", code);
	json_end(j);
	return code;
}

int run_report_error(const struct err *e, FILE *json)
{
	char text[1024];

	return report_failure(json, EXIT_SETUP, "settings", e->code, err_text(e, text, sizeof text));
}

/* @line: as PAM would show it to the user */
int run_report_refused(const char *line, FILE *json)
{
	static const char name[] = "cordon: ";
	const size_t len = sizeof name - 1;

	return report_failure(json, EXIT_SETUP, "login", -EPERM,
			      strncmp(line, name, len) == 0 ? line + len : line);
}

/* Reports a failed execve(2) with the words and exit codes of a shell. */
static int exec_failure(const struct run *r, const struct child_fail *f, FILE *json)
{
	const char *name = r->spec.program;
	const bool path = strchr(name, '/') != NULL, found = f->step == STEP_EXEC;
	const int code = !found && (f->err == -ENOENT || f->err == -ENOTDIR) ? EXIT_NOT_FOUND :
									       EXIT_REFUSED;
	const char *why = strerror(-f->err);
	char text[PATH_MAX + 256];

	if (code == EXIT_NOT_FOUND && !path)
		why = strchr(name, ' ') == NULL ?
			      "command not found" :
			      "command not found; write the program and its arguments as separate words";
	else if (f->err == -EISDIR)
		why = "is a directory";
	else if (found && f->err == -ENOENT)
		why = "the interpreter that the file names does not exist";
	else if (found && f->err == -ENOEXEC)
		why = "not a program for this machine, and not a script with a #! line";
	(void)snprintf(text, sizeof text, "%.4096s: %s", name, why); /* fits */
	return report_failure(json, code, step_name(f->step), f->err, text);
}

/* Says how to make a missing directory visible; other errors need another directory. */
static int cwd_failure(const struct run *r, const struct child_fail *f, FILE *json)
{
	char text[2 * PATH_MAX + 256];

	(void)snprintf(text, sizeof text,
		       "working directory %.4096s: %s; choose another: --chdir DIR%s%.4096s",
		       r->spec.cwd, strerror(-f->err),
		       f->err == -ENOENT ? ", or show it: --set BindPaths=" : "",
		       f->err == -ENOENT ? r->spec.cwd : ""); /* fits */
	return report_failure(json, EXIT_SETUP, step_name(f->step), f->err, text);
}

int run_report_failure(const struct run *r, const struct child_fail *f, FILE *json)
{
	const char *object = plan_object(r->plan, r->login_plan, f->object);
	const char *why = strerror(-f->err), *more = "";
	char text[PATH_MAX + 512], limit[200];

	if (f->step == STEP_FIND || f->step == STEP_EXEC)
		return exec_failure(r, f, json);
	if (f->step == STEP_CWD && r->spec.cwd != NULL)
		return cwd_failure(r, f, json);
	if (f->step == STEP_CLONE && f->err == -EPERM) {
		more = "; the kernel does not allow this caller to create namespaces, see namespaces(7)";
	} else if (f->step == STEP_CLONE && f->err == -ENOSPC) {
		more = "; the limit of namespaces is reached, see /proc/sys/user";
	} else if (f->step == STEP_CLONE && f->err == -EINVAL) {
		more = "; this kernel does not have one of the namespaces; remove it from --namespaces";
	} else if (f->step == STEP_LIMITS) {
		limits_text(r->plan, f, limit, sizeof limit);
		object = limit;
	} else if (f->step == STEP_MAP) {
		more = "; the kernel refuses this map, see user_namespaces(7)";
	}
	(void)snprintf(text, sizeof text, "%s%s%.4096s: %s%s", step_name(f->step),
		       object[0] != '\0' ? " " : "", object, why, more); /* fits */
	return report_failure(json, EXIT_SETUP, step_name(f->step), f->err, text);
}
