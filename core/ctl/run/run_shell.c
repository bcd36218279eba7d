/* SPDX-License-Identifier: Apache-2.0 */
/* run_shell.c - cordonsh without PAM: apply the account's rule as far as possible without root */
#include "ctl/ctl.h"
#include "ctl/run/run.h"

#include "base/text.h"
#include "contract/log.h"
#include "contract/wire.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <syslog.h>
#include <unistd.h>

extern char **environ;

/* Turns "-cordonsh" into "-bash" and "cordonsh" into "bash", so that a login shell stays one. */
static void name_shell(char **argv, const char *shell)
{
	static char name[NAME_MAX + 2];
	const bool login = argv[0][0] == '-';

	/* fits */
	(void)snprintf(name, sizeof name, "%s%.255s", login ? "-" : "", text_base(shell));
	argv[0] = name;
}

static const char *shell_of(const struct run *r)
{
	if (r->set.shell.n > 0)
		return r->set.shell.items[0].text;
	/* if cordonsh is the shell in passwd(5), it starts /bin/sh */
	return strcmp(text_base(r->facts.shell), "cordonsh") == 0 ? "/bin/sh" : r->facts.shell;
}

static void log_shell_event(const struct run *r, int priority, const char *event,
			    const struct decision *d, const char *why)
{
	log_login(&r->facts.login, r->facts.session, d->rule, priority, event,
		  log_fields(log_text("why", why[0] != '\0' ? why : NULL)));
}

static int refuse_login(const struct run *r, const struct decision *d, const struct err *e)
{
	char why[1024] = "";

	if (e->code != 0)
		(void)err_text(e, why, sizeof why);
	log_shell_event(r, LOG_NOTICE, "deny", d, why);
	sayf(stderr, "cordon: %s (session %s)\n",
	     d->user_text[0] != '\0' ? d->user_text : WIRE_REFUSAL,
	     r->facts.session[0] != '\0' ? r->facts.session : "-");
	return EXIT_SETUP;
}

static int left_alone(const struct run *r, char **argv)
{
	const char *shell = shell_of(r);

	name_shell(argv, shell);
	(void)execv(shell, argv);
	sayf(stderr, "cordon: %s: %s\n", shell, strerror(errno));
	return errno == ENOENT ? EXIT_NOT_FOUND : EXIT_REFUSED;
}

static int find_account(struct run *r, struct err *e)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwuid(getuid());
	if (pw == NULL)
		return err_set(e, errno != 0 ? -errno : -ENOENT, "uid %u: there is no such account",
			       getuid());
	r->o.user = pw->pw_name;
	return run_facts(r, e);
}

/* Ends like the shell, by its exit status or signal, because the parent looks at that. */
static int end_alike(int code)
{
	const struct rlimit none = { 0, 0 };
	const int sig = code - EXIT_SIGNAL;
	sigset_t all;

	if (sig <= 0 || sig >= NSIG)
		return code;
	(void)setrlimit(RLIMIT_CORE, &none); /* the shell may have dumped core, we must not */
	(void)signal(sig, SIG_DFL);
	(void)sigfillset(&all); /* cannot fail */
	(void)sigprocmask(SIG_UNBLOCK, &all, NULL);
	(void)kill(getpid(), sig);
	return code; /* the signal did not kill us */
}

static int confine(struct run *r, struct decision *d, char **argv)
{
	struct err e = { 0 };
	int code;

	r->set = d->settings;
	r->facts.gid = getgid(); /* without root, no other gid can be mapped */
	r->program = shell_of(r);
	name_shell(argv, r->program);
	r->o.argv = argv;
	r->o.user = NULL;
	if (run_possible(r, &e) < 0 || run_plan(r, &e) < 0)
		return refuse_login(r, d, &e);
	log_shell_event(r, LOG_INFO, "permit", d, "");
	code = run_execute(r, NULL);
	log_shell_event(r, code == EXIT_SETUP ? LOG_ERR : LOG_INFO, "end", d, "");
	return code;
}

int shell_main(int argc, char **argv)
{
	static struct run r; /* large */
	struct decision d = { .verdict = VERDICT_DENY };
	struct err e = { 0 };
	int code;

	if (argc < 2 || geteuid() == 0 || getuid() != geteuid() || getgid() != getegid()) {
		sayf(stderr,
		     "cordon: only cordonsh(8) may start this command; log in to start it\n");
		return EXIT_SETUP;
	}
	log_open("cordonsh", 0);
	r.login = true;
	policy_paths_default(&r.paths);
	if (find_account(&r, &e) < 0)
		return refuse_login(&r, &d, &e);
	(void)snprintf(r.facts.login.service, sizeof r.facts.login.service,
		       FACTS_SERVICE_SHELL);	     /* fits */
	(void)policy_decide(&r.paths, &r.facts, &d); /* @d says what failed */
	if (d.verdict == VERDICT_UNCONFINED)
		code = left_alone(&r, argv + 1);
	else if (d.verdict == VERDICT_CONFINE)
		code = confine(&r, &d, argv + 1);
	else
		code = refuse_login(&r, &d, &d.err);
	decision_free(&d);
	return d.verdict == VERDICT_CONFINE ? end_alike(code) : code;
}
