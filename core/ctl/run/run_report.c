/* SPDX-License-Identifier: Apache-2.0 */
/* run_report.c - how it ended, in words and as JSON */
#include "ctl/run/run.h"

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
		(void)snprintf(buf, 16, "SIG%d",
			       sig); /* real-time: they have no names of their own */
	return buf;
}

/* The CPU time that LimitCPU= gives has been used up: SIGXCPU, then SIGKILL. */
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

/* The call that the filter killed it for, where that is known. */
static const char *call_name(const struct run_result *res)
{
	int nr;

	for (size_t i = 0; res->call >= 0 && filter_call(i, &nr) != NULL; i++)
		if (nr == res->call)
			return filter_call(i, &nr);
	return NULL;
}

static void words(const struct run *r, const struct run_result *res)
{
	const char *why = reason(r, res);
	const char *call = call_name(res);
	char sig[16], end[160];

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

static void json_stream(const struct run *r, FILE *f, const char *name, const struct run_stream *s)
{
	if (r->o.how == RUN_DIRECT)
		return;
	(void)fprintf(f, ",\"%s\":{\"bytes\":%llu", name, (unsigned long long)s->bytes);
	if (r->o.how == RUN_CAPTURE) {
		(void)fprintf(f, ",\"dropped\":%llu,", (unsigned long long)s->dropped);
		run_json_bytes(f, "data", "base64", s->data != NULL ? s->data : "", s->len);
	}
	(void)fputc('}', f);
}

static void json_end(const struct run *r, const struct run_result *res, FILE *f)
{
	const bool by_signal = WIFSIGNALED(res->status);
	char sig[16];

	(void)fputc('{', f);
	run_json_bytes(f, "program", "program_base64", r->o.argv[0], strlen(r->o.argv[0]));
	(void)fprintf(f, ",\"pid\":%d,\"reason\":\"%s\",\"exit_status\":", res->pid, reason(r, res));
	if (by_signal)
		(void)fprintf(f, "null,\"signal\":%d,\"signal_name\":\"%s\"", WTERMSIG(res->status),
			      signal_name(WTERMSIG(res->status), sig));
	else
		(void)fprintf(f, "%d,\"signal\":null,\"signal_name\":null",
			      WEXITSTATUS(res->status));
	(void)fprintf(
		f,
		",\"core_dumped\":%s,\"wall_usec\":%llu,\"user_usec\":%llu,\"system_usec\":%llu,\"max_rss_kib\":%ld",
		by_signal && WCOREDUMP(res->status) ? "true" : "false",
		(unsigned long long)res->wall_usec, (unsigned long long)usec(res->usage.ru_utime),
		(unsigned long long)usec(res->usage.ru_stime), res->usage.ru_maxrss);
	if (call_name(res) != NULL)
		(void)fprintf(f, ",\"call\":\"%s\"", call_name(res));
	json_stream(r, f, "stdout", &res->out[0]);
	json_stream(r, f, "stderr", &res->out[1]);
	(void)fprintf(f, ",\"code\":%d}\n", run_code(res));
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
		words(r, res);
	if (json != NULL)
		json_end(r, res, json);
	return 0;
}

static int failure(FILE *json, int code, const char *step, int err, const char *text)
{
	sayf(stderr, "cordon: %s\n", text);
	if (json != NULL) {
		(void)fprintf(json, "{\"reason\":\"%s\",\"step\":\"%s\",\"errno\":\"%s\",",
			      code == EXIT_SETUP ? "setup" : "exec", step,
			      err < 0 && strerrorname_np(-err) != NULL ? strerrorname_np(-err) : "");
		run_json_bytes(json, "error", "error_base64", text, strlen(text));
		(void)fprintf(json, ",\"code\":%d}\n", code);
	}
	return code;
}

int run_report_error(const struct err *e, FILE *json)
{
	char text[1024];

	return failure(json, EXIT_SETUP, "settings", e->code, err_text(e, text, sizeof text));
}

/* The program itself, as a shell would put it. */
static int exec_failure(const struct run *r, const struct child_fail *f, FILE *json)
{
	const char *name = r->spec.program;
	const bool path = strchr(name, '/') != NULL, found = f->step == STEP_EXEC;
	const int code = !found && (f->err == -ENOENT || f->err == -ENOTDIR) ? EXIT_NOT_FOUND :
									       EXIT_REFUSED;
	const char *why = strerror(-f->err);
	char text[PATH_MAX + 256];

	if (code == EXIT_NOT_FOUND && !path)
		why = "command not found";
	else if (f->err == -EISDIR)
		why = "is a directory";
	else if (found && f->err == -ENOENT)
		why = "the interpreter that the file names does not exist";
	else if (found && f->err == -ENOEXEC)
		why = "not a program for this machine, and not a script with a #! line";
	(void)snprintf(text, sizeof text, "%.4096s: %s", name, why); /* fits */
	return failure(json, code, step_name(f->step), f->err, text);
}

int run_report_failure(const struct run *r, const struct child_fail *f, FILE *json)
{
	const char *object = plan_object(r->plan, r->login_plan, f->object);
	const char *why = strerror(-f->err), *more = "";
	char text[PATH_MAX + 512], limit[200];

	if (f->step == STEP_FIND || f->step == STEP_EXEC)
		return exec_failure(r, f, json);
	if (f->step == STEP_CWD && r->spec.cwd != NULL) {
		object = r->spec.cwd;
		more = "; add --chdir DIR, or --set BindPaths= with the directory";
	} else if (f->step == STEP_CLONE && f->err == -EPERM) {
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
	return failure(json, EXIT_SETUP, step_name(f->step), f->err, text);
}
