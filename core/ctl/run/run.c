/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - cordon run: one program, confined as a login would be */
#include "ctl/ctl.h"
#include "ctl/run/run.h"

#include "base/sys.h"
#include "policy/settings/types.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
	"usage: cordon run [OPTION...] [--] PROGRAM [ARG...]\n\n"
	"  --profile NAME      a profile's settings; may be repeated\n"
	"  --rule FILE         a rule's settings\n"
	"  --set Key=value     a setting of cordon.rules(5); may be repeated\n"
	"  --user NAME, --uid N, --gid N, --groups NAME[,...]\n"
	"  --uid-map, --gid-map INSIDE:OUTSIDE:COUNT[,...]\n"
	"  --setgroups allow|deny\n"
	"  --namespaces LIST   of mnt pid ipc uts net cgroup user time; or none\n"
	"  --chdir DIR, --root DIR\n"
	"  --env NAME=value, --clear-env\n"
	"  --time SPAN         kill it after so long\n"
	"  --stream | --capture  pass on, or keep, what it writes\n"
	"  --name-call         trace it, to name the system call that the filter kills it for\n"
	"  --report            say on stderr how it ended\n"
	"  --json FILE|-       the same for machines\n";

bool run_has_cap(unsigned cap)
{
	uint64_t effective = 0, permitted, inheritable;

	return sys_capget(&effective, &permitted, &inheritable) == 0 && (effective >> cap & 1) != 0;
}

/* Root of a user namespace may do little of what root may: it is an ordinary user here. */
static bool host_ids(void)
{
	FILE *f = fopen("/proc/self/uid_map", "re");
	unsigned inside = 1, outside = 1, count = 0;
	const bool read = f != NULL && fscanf(f, "%u %u %u", &inside, &outside, &count) == 3;

	if (f != NULL)
		(void)fclose(f); /* read-only */
	return read && inside == 0 && outside == 0 && count == UINT32_MAX;
}

static int word(const char **list, unsigned *n, const char *value)
{
	if (*n == RUN_WORDS_MAX) {
		sayf(stderr, "cordon: an option is repeated too often\n");
		return -E2BIG;
	}
	list[(*n)++] = value;
	return 0;
}

static int span(const char *text, uint64_t *ret)
{
	struct err e = { 0 };

	if (type_usec(text, 1000000, ret, &e) == 0 && *ret > 0 && *ret < UINT64_MAX / 2)
		return 0;
	sayf(stderr, "cordon: --time '%s': %s\n", text,
	     e.code != 0 ? e.msg : "write a time, like 90 or 1h 30min");
	return -EINVAL;
}

enum {
	O_PROFILE = 256,
	O_RULE,
	O_SET,
	O_USER,
	O_UID,
	O_GID,
	O_GROUPS,
	O_UID_MAP,
	O_GID_MAP,
	O_SETGROUPS,
	O_NAMESPACES,
	O_CHDIR,
	O_ROOT,
	O_ENV,
	O_CLEAR,
	O_TIME,
	O_STREAM,
	O_CAPTURE,
	O_REPORT,
	O_NAME_CALL,
	O_JSON,
	O_HELP
};

static int option_take(struct run_options *o, int option, const char *arg)
{
	switch (option) {
	case O_PROFILE:
		return word(o->profile, &o->n_profile, arg);
	case O_SET:
		return word(o->set, &o->n_set, arg);
	case O_ENV:
		return word(o->env, &o->n_env, arg);
	case O_RULE:
		o->rule = arg;
		return 0;
	case O_USER:
		o->user = arg;
		return 0;
	case O_UID:
		o->uid = arg;
		return 0;
	case O_GID:
		o->gid = arg;
		return 0;
	case O_GROUPS:
		o->groups = arg;
		return 0;
	case O_UID_MAP:
		o->uid_map = arg;
		return 0;
	case O_GID_MAP:
		o->gid_map = arg;
		return 0;
	case O_SETGROUPS:
		o->setgroups = arg;
		return 0;
	case O_NAMESPACES:
		o->namespaces = arg;
		return 0;
	case O_CHDIR:
		o->chdir = arg;
		return 0;
	case O_ROOT:
		o->root = arg;
		return 0;
	case O_JSON:
		o->json = arg;
		return 0;
	case O_CLEAR:
		o->clear_env = true;
		return 0;
	case O_REPORT:
		o->report = true;
		return 0;
	case O_NAME_CALL:
		o->name_call = true;
		return 0;
	case O_TIME:
		return span(arg, &o->time_usec);
	case O_STREAM:
	case O_CAPTURE:
		if (o->how != RUN_DIRECT) {
			sayf(stderr, "cordon: --stream and --capture: one of them\n");
			return -EINVAL;
		}
		o->how = option == O_STREAM ? RUN_STREAM : RUN_CAPTURE;
		return 0;
	default:
		return -EINVAL; /* getopt has said why */
	}
}

/* 1: help was asked for. */
static int options(struct run_options *o, int argc, char **argv)
{
	static const struct option table[] = { { "profile", 1, NULL, O_PROFILE },
					       { "rule", 1, NULL, O_RULE },
					       { "set", 1, NULL, O_SET },
					       { "user", 1, NULL, O_USER },
					       { "uid", 1, NULL, O_UID },
					       { "gid", 1, NULL, O_GID },
					       { "groups", 1, NULL, O_GROUPS },
					       { "uid-map", 1, NULL, O_UID_MAP },
					       { "gid-map", 1, NULL, O_GID_MAP },
					       { "setgroups", 1, NULL, O_SETGROUPS },
					       { "namespaces", 1, NULL, O_NAMESPACES },
					       { "chdir", 1, NULL, O_CHDIR },
					       { "root", 1, NULL, O_ROOT },
					       { "env", 1, NULL, O_ENV },
					       { "clear-env", 0, NULL, O_CLEAR },
					       { "time", 1, NULL, O_TIME },
					       { "stream", 0, NULL, O_STREAM },
					       { "capture", 0, NULL, O_CAPTURE },
					       { "report", 0, NULL, O_REPORT },
					       { "name-call", 0, NULL, O_NAME_CALL },
					       { "json", 1, NULL, O_JSON },
					       { "help", 0, NULL, O_HELP },
					       { NULL, 0, NULL, 0 } };
	int option;

	while ((option = next_option(argc, argv, "+", table)) != -1) {
		if (option == O_HELP)
			return 1;
		if (option_take(o, option, optarg) < 0)
			return -EINVAL;
	}
	o->argv = argv + optind;
	if (optind < argc)
		return 0;
	sayf(stderr, "cordon: run: no program named; cordon run --help lists the options\n");
	return -EINVAL;
}

static FILE *json_open(const char *path)
{
	FILE *f = path == NULL ? NULL : strcmp(path, "-") == 0 ? stdout : fopen(path, "we");

	if (path != NULL && f == NULL)
		sayf(stderr, "cordon: --json %s: %s\n", path, strerror(errno));
	return f;
}

/* The program's ends are the odd ones. */
static int pipes_make(enum run_how how, int pipes[2], struct exec_spec *spec, struct err *e)
{
	int out[2], err[2];

	pipes[0] = pipes[1] = spec->out = spec->err = -1;
	if (how == RUN_DIRECT)
		return 0;
	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		return err_set(e, -errno, "no pipe: %s", strerror(errno));
	pipes[0] = out[0];
	pipes[1] = err[0];
	spec->out = out[1];
	spec->err = err[1];
	return 0;
}

/* A descriptor that is opened later must never be somebody's standard output. */
static int standard_filled(struct err *e)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= 2 && fcntl(fd, F_SETFD, 0) == 0);
	if (fd < 0)
		return err_set(e, -errno, "/dev/null: %s", strerror(errno));
	(void)close(fd); /* nothing was written */
	return 0;
}

/*
 * A login shell leads its session; ours is to as well, or else its terminal belongs to a process
 * group that it can't see, and dash for one fails on that. 1: the terminal is free now.
 */
static bool give_up_terminal(void)
{
	static const struct timespec none = { 0, 0 };
	sigset_t hup;

	if (getsid(0) != getpid())
		return false;
	for (int fd = 0; fd <= 2; fd++) {
		if (!isatty(fd) || ioctl(fd, TIOCNOTTY) < 0)
			continue;
		(void)sigemptyset(&hup);	/* cannot fail */
		(void)sigaddset(&hup, SIGHUP);	/* cannot fail */
		(void)sigaddset(&hup, SIGCONT); /* cannot fail */
		while (sigtimedwait(&hup, NULL, &none) > 0)
			continue; /* what giving it up sends: ioctl_tty(2) */
		return true;
	}
	return false;
}

int run_execute(struct run *r, FILE *json)
{
	struct exec x = EXEC_NONE;
	struct run_result res = { 0 };
	struct child_fail f = { 0 };
	struct err e = { 0 };
	sigset_t all, mask;
	int pipes[2], got;

	(void)sigfillset(&all);			     /* cannot fail */
	(void)sigprocmask(SIG_SETMASK, &all, &mask); /* cannot fail */
	r->spec.mask = &mask;
	r->spec.procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	got = r->spec.procfd < 0 ? err_set(&e, -errno, "/proc: %s", strerror(errno)) :
				   pipes_make(r->o.how, pipes, &r->spec, &e);
	if (got < 0)
		return run_report_error(&e, json);
	if (r->login)
		r->spec.lead = give_up_terminal();
	res.oom_before = run_oom_count();
	got = exec_start(&r->spec, &x, &f);
	if (r->spec.out >= 0)
		(void)close(r->spec.out); /* the program's alone: its end is our end of file */
	if (r->spec.err >= 0)
		(void)close(r->spec.err);
	if (got < 0)
		return run_report_failure(r, &f, json);
	got = run_wait(r, &x, &all, pipes, &res);
	if (got < 0) {
		exec_end(&x);
		return run_report_error(&(struct err){ .code = got,
						       .msg = "the program can't be waited for" },
					json);
	}
	res.oom = run_oom_count() > res.oom_before;
	got = run_report_end(r, &res, json);
	if (got < 0)
		sayf(stderr, "cordon: what was captured can't be written: %s\n", strerror(-got));
	return got < 0 ? RUN_FAILED : run_code(&res);
}

int run_main(int argc, char **argv)
{
	static struct run r; /* large */
	struct err e = { 0 };
	bool ready = false;
	FILE *json = NULL;
	int code = options(&r.o, argc, argv);

	if (code == 1)
		return fputs(help, stdout) < 0 ? RUN_FAILED : 0;
	if (code < 0 || (r.o.json != NULL && (json = json_open(r.o.json)) == NULL))
		return RUN_FAILED;
	policy_paths_default(&r.paths);
	r.privileged = host_ids() && run_has_cap(CAP_SYS_ADMIN) && run_has_cap(CAP_SETUID) &&
		       run_has_cap(CAP_SETGID) && run_has_cap(CAP_SETPCAP);
	if (getuid() != geteuid() || getgid() != getegid())
		(void)err_set(&e, -EPERM, "real and effective ids differ: not for set-id programs");
	else if (standard_filled(&e) == 0 && run_facts(&r, &e) == 0 && run_settings(&r, &e) == 0 &&
		 run_plan(&r, &e) == 0)
		ready = true;
	code = ready ? run_execute(&r, json) : run_report_error(&e, json);
	if (json != NULL && fclose(json) != 0 && code == 0) {
		sayf(stderr, "cordon: --json: %s\n", strerror(errno));
		code = RUN_FAILED;
	}
	return code;
}
