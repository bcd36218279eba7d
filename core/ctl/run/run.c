/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - cordon run: run one program, confined like a login */
#include "ctl/ctl.h"
#include "ctl/run/run.h"

#include "base/cleanup.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static const struct option_row rows[] = {
#define OPTION(name, argument, member, help) \
	OPTION_ROW(struct run_options, name, argument, member, help),
#include "ctl/options/run.def"
#undef OPTION
};

bool run_has_cap(unsigned cap)
{
	uint64_t effective = 0, permitted, inheritable;

	return sys_capget(&effective, &permitted, &inheritable) == 0 && (effective >> cap & 1) != 0;
}

/* Root of a user namespace lacks most rights of root, so it counts as an ordinary user here. */
static bool host_ids(void)
{
	cleanup_fclose FILE *f = fopen("/proc/self/uid_map", "re");
	unsigned inside = 1, outside = 1, count = 0;
	const bool read = f != NULL && fscanf(f, "%u %u %u", &inside, &outside, &count) == 3;

	return read && inside == 0 && outside == 0 && count == UINT32_MAX;
}

static void print_help(void)
{
	char kinds[256];

	(void)snprintf(kinds, sizeof kinds, "\nKIND is one of%s; 'none' creates no namespaces.\n",
		       ns_words); /* fits */
	ctl_help("run", rows, sizeof rows / sizeof rows[0], kinds);
}

/* With --as, the rule says what the program gets; without it, there is no login. */
static int belongs(const struct run_options *o)
{
	const struct {
		const char *name;
		bool given, with;
	} of[] = { { "service", o->service != NULL, true },
		   { "rhost", o->rhost != NULL, true },
		   { "allow-unconfined", o->allow_unconfined, true },
		   { "profile", o->profile.n > 0, false },
		   { "rule", o->rule != NULL, false },
		   { "set", o->set.n > 0, false },
		   { "user", o->user != NULL, false },
		   { "uid", o->uid != NULL, false },
		   { "gid", o->gid != NULL, false },
		   { "groups", o->groups != NULL, false },
		   { "uid-map", o->uid_map != NULL, false },
		   { "gid-map", o->gid_map != NULL, false },
		   { "setgroups", o->setgroups != NULL, false },
		   { "namespaces", o->namespaces != NULL, false },
		   { "root", o->root != NULL, false },
		   { "clear-env", o->clear_env, false },
		   { "name-call", o->name_call, false },
		   { "why", o->why, false } };

	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
		if (!of[i].given || of[i].with == (o->as != NULL))
			continue;
		if (of[i].with)
			sayf(stderr, "cordon: --%s requires --as USER; add it\n", of[i].name);
		else
			sayf(stderr,
			     "cordon: --as excludes --%s; remove it, because the rule of the user decides\n",
			     of[i].name);
		return -EINVAL;
	}
	return 0;
}

static int options(struct run_options *o, int argc, char **argv)
{
	const int first = options_parse(rows, sizeof rows / sizeof rows[0], o, "+", argc, argv);

	if (first < 0 || o->help)
		return first < 0 ? first : 0;
	if (o->stream && o->capture) {
		sayf(stderr, "cordon: --stream and --capture exclude each other; remove one\n");
		return -EINVAL;
	}
	o->how = RUN_DIRECT;
	if (o->stream)
		o->how = RUN_STREAM;
	else if (o->capture)
		o->how = RUN_CAPTURE;
	o->argv = argv + first;
	if (belongs(o) < 0)
		return -EINVAL;
	if (first < argc)
		return 0;
	sayf(stderr, "cordon: no program given; write 'cordon run PROGRAM'\n");
	return -EINVAL;
}

static FILE *open_json_file(const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");

	if (f == NULL)
		sayf(stderr, "cordon: --json: %s: %s; give a file that can be written\n", path,
		     strerror(errno));
	return f;
}

/* The program gets the write ends. */
int run_pipes(enum run_how how, int pipes[2], struct exec_spec *spec, struct err *e)
{
	int out[2], err[2];

	pipes[0] = pipes[1] = spec->out = spec->err = -1;
	if (how == RUN_DIRECT)
		return 0;
	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		return err_set(e, -errno, "a pipe cannot be created: %s", strerror(errno));
	pipes[0] = out[0];
	pipes[1] = err[0];
	spec->out = out[1];
	spec->err = err[1];
	return 0;
}

/* Fills closed standard descriptors, so that no file opened later becomes a standard output. */
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
 * The program must lead a session, as a login shell does. Otherwise its terminal belongs to a process
 * group that the program cannot see, and dash, for example, fails. Returns true if the terminal is
 * free now.
 */
bool run_give_up_terminal(void)
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
			continue; /* TIOCNOTTY sends these signals, see ioctl_tty(2) */
		return true;
	}
	return false;
}

static int watch(void *arg, pid_t pid)
{
	return why_start(arg, pid);
}

static void watch_prepare(struct run *r)
{
	const struct sigaction act = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP };

	r->why.set = &r->set;
	r->why.plan = r->plan;
	r->why.facts = &r->facts;
	r->why.privileged = r->privileged;
	r->spec.watch = watch;
	r->spec.watch_arg = &r->why;
	(void)sigaction(SIGCHLD, &act, NULL); /* the stops are the tracer's, and there are many */
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
				   run_pipes(r->o.how, pipes, &r->spec, &e);
	if (got < 0)
		return run_report_error(&e, json);
	got = run_group_make(r, &e);
	if (got < 0)
		return run_report_error(&e, json);
	if (r->o.why)
		watch_prepare(r);
	if (r->login)
		r->spec.lead = run_give_up_terminal();
	res.oom_before = run_oom_count();
	got = exec_start(&r->spec, &x, &f);
	if (r->spec.out >= 0)
		(void)close(r->spec.out); /* with our copy open, we would see no end of file */
	if (r->spec.err >= 0)
		(void)close(r->spec.err);
	if (got < 0) {
		why_end(&r->why);
		run_group_end(r, &res);
		return run_report_failure(r, &f, json);
	}
	got = run_wait(r, &x, &all, pipes, &res);
	if (got < 0)
		exec_end(&x);
	why_end(&r->why);
	if (got < 0) {
		run_group_end(r, &res);
		return run_report_error(&(struct err){ .code = got,
						       .msg = "the program cannot be waited for" },
					json);
	}
	res.oom = run_oom_count() > res.oom_before;
	run_group_end(r, &res);
	got = run_report_end(r, &res, json);
	if (got < 0)
		sayf(stderr, "cordon: the captured output cannot be written: %s\n", strerror(-got));
	return got < 0 ? EXIT_SETUP : run_code(&res);
}

int run_main(int argc, char **argv)
{
	static struct run r; /* large */
	struct err e = { 0 };
	bool ready = false;
	FILE *json = NULL;
	int code = options(&r.o, argc, argv);

	if (code == 0 && r.o.help) {
		print_help();
		return 0;
	}
	if (code < 0 || (r.o.json != NULL && (json = open_json_file(r.o.json)) == NULL))
		return EXIT_SETUP;
	policy_paths_default(&r.paths);
	r.privileged = host_ids() && run_has_cap(CAP_SYS_ADMIN) && run_has_cap(CAP_SETUID) &&
		       run_has_cap(CAP_SETGID) && run_has_cap(CAP_SETPCAP);
	if (getuid() != geteuid() || getgid() != getegid())
		(void)err_set(
			&e, -EPERM,
			"real and effective ids differ; do not start cordon run from a set-user-ID program");
	else if (standard_filled(&e) == 0 && r.o.as == NULL && run_facts(&r, &e) == 0 &&
		 run_settings(&r, &e) == 0 && run_plan(&r, &e) == 0)
		ready = true;
	if (r.o.as != NULL && e.code == 0)
		code = run_as(&r, json);
	else
		code = ready ? run_execute(&r, json) : run_report_error(&e, json);
	if (json != NULL && fclose(json) != 0 && code == 0) {
		sayf(stderr, "cordon: --json: %s\n", strerror(errno));
		code = EXIT_SETUP;
	}
	return code;
}
