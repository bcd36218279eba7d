/* SPDX-License-Identifier: Apache-2.0 */
/* why.c - cordon why: the log of a session in words, with the setting that refused something */
#include "ctl/ctl.h"
#include "ctl/run/why.h"
#include "ctl/sessions/sessions.h"

#include "base/native.h"
#include "policy/account/resolve.h"
#include "policy/filter/filter.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct why_options {
	const char *file, *audit;
	uint64_t attach_usec;
	bool help;
};

/**
 * struct whose - what is known of the events
 * @d:        the rule as it is now, if @decided
 * @from, @to: the time of the session, if the log has it
 * @n:        the number of refusals that were printed
 */
struct whose {
	struct policy_paths paths;
	struct facts facts;
	struct decision d;
	bool decided, known;
	uid_t uid;
	int64_t from, to;
	char user[FACTS_NAME_MAX], rule[512];
	size_t n;
};

/* ---- a line of the log ---- */

/* The value of @key in a line of cordon, without quotes and escapes; "" without one. */
static const char *value(const char *line, const char *key, char *buf, size_t size)
{
	const size_t len = strlen(key);
	bool quoted = false;
	size_t n = 0;

	buf[0] = '\0';
	for (; *line != '\0'; line++) {
		if (*line == '"')
			quoted = !quoted;
		if (quoted || *line != ' ' || strncmp(line + 1, key, len) != 0 ||
		    line[len + 1] != '=')
			continue;
		line += len + 2;
		quoted = *line == '"';
		for (line += quoted; *line != '\0' && *line != (quoted ? '"' : ' ') && n + 1 < size;
		     line++)
			buf[n++] = *line;
		buf[n] = '\0';
		break;
	}
	return buf;
}

/* When the line was written: "2026-11-28T14:41:37..." or "Nov 28 14:41:37"; 0: not known. */
static int64_t time_of(const char *line, char *buf, size_t size)
{
	struct tm tm = { .tm_isdst = -1 };
	const time_t now = time(NULL);
	struct tm today;

	buf[0] = '\0';
	if (line[0] >= '0' && line[0] <= '9' && strptime(line, "%Y-%m-%dT%H:%M:%S", &tm) != NULL) {
		(void)snprintf(buf, size, "%.19s ", line); /* fits */
		return (int64_t)mktime(&tm);
	}
	if (localtime_r(&now, &today) == NULL)
		return 0;
	tm.tm_year = today.tm_year;
	if (strptime(line, "%b %d %H:%M:%S", &tm) == NULL)
		return 0;
	(void)snprintf(buf, size, "%.15s ", line); /* fits */
	return (int64_t)mktime(&tm);
}

/* ---- the rule ---- */

/* Reads the rule as it is now, once, for the lines of its directives. */
static void rule_look(struct whose *w, const char *line)
{
	struct login login = { .uid = 0 };
	struct err e = { 0 };
	char uid[32];

	(void)value(line, "rule", w->rule, sizeof w->rule);
	w->uid = (uid_t)strtoul(value(line, "uid", uid, sizeof uid), NULL, 10);
	if (w->known)
		return;
	w->known = true;
	login.uid = w->uid;
	(void)value(line, "user", w->user, sizeof w->user);
	(void)value(line, "user", login.user, sizeof login.user);
	(void)value(line, "service", login.service, sizeof login.service);
	(void)value(line, "rhost", login.rhost, sizeof login.rhost);
	if (strcmp(login.service, FACTS_SERVICE_RUN) == 0)
		login.by = LOGIN_BY_RUN;
	if (geteuid() != 0 || facts_resolve(&login, &w->facts, &e) < 0)
		return;
	w->decided = policy_decide(&w->paths, &w->facts, &w->d) == 0 &&
		     w->d.verdict == VERDICT_CONFINE;
}

/* "Directive= (file:line)", of the rule as it is now if that is still the one of the log. */
static const char *directive(const struct whose *w, const char *name)
{
	static char text[1024];
	const struct setting *row = settings_find(name);
	char from[512] = "";

	if (w->decided && row != NULL && strcmp(w->d.rule, w->rule) == 0)
		(void)settings_from(&w->d.settings, row, from, sizeof from);
	if (from[0] == '\0' || strcmp(from, "default") == 0)
		(void)snprintf(text, sizeof text, "%s= (%s%s)", name,
			       from[0] != '\0' ? "default; the rule is " : "", w->rule);
	else
		(void)snprintf(text, sizeof text, "%s= (%s)", name, from);
	return text;
}

static void say(struct whose *w, const char *stamp, const char *what, const char *object,
		const char *reason)
{
	sayf(stdout, "%s%s%s%s: %s\n", stamp, what, object[0] != '\0' ? " " : "", object, reason);
	w->n++;
}

/* ---- the events ---- */

static void on_refused(struct whose *w, const char *line, const char *stamp)
{
	const bool forced = w->decided && w->d.settings.command.n > 0;
	char command[1024];

	(void)value(line, "command", command, sizeof command);
	say(w, stamp, "the command was refused:", command,
	    directive(w, forced ? "Command" : "AllowCommands"));
}

/* The list with a path of the view that could not be mounted; NULL: not found, or not in this rule. */
static const char *list_of(const struct whose *w, const char *object)
{
	static const struct {
		const char *directive;
		size_t at;
	} lists[] = {
		{ "ReadWritePaths", offsetof(struct settings, read_write_paths) },
		{ "ReadOnlyPaths", offsetof(struct settings, read_only_paths) },
		{ "InaccessiblePaths", offsetof(struct settings, inaccessible_paths) },
		{ "ExecPaths", offsetof(struct settings, exec_paths) },
		{ "NoExecPaths", offsetof(struct settings, no_exec_paths) },
		{ "BindPaths", offsetof(struct settings, bind_paths) },
		{ "BindReadOnlyPaths", offsetof(struct settings, bind_read_only_paths) },
	};
	const size_t len = strlen(object);

	for (size_t i = 0; w->decided && len > 0 && i < sizeof lists / sizeof lists[0]; i++) {
		const struct set_list *l =
			(const void *)((const char *)&w->d.settings + lists[i].at);

		for (size_t k = 0; k < l->n; k++)
			if (strncmp(l->items[k].text, object, len) == 0 &&
			    (l->items[k].text[len] == '\0' || l->items[k].text[len] == ':'))
				return lists[i].directive;
	}
	return NULL;
}

/* The directive that a step is about; NULL: none, or several. */
static const char *step_directive(const struct whose *w, const char *step, const char *object)
{
	static const struct {
		const char *step, *directive;
	} of[] = {
		{ "cwd", "WorkingDirectory" },
		{ "join-network", "NetworkNamespacePath" },
		{ "hostname", "Hostname" },
		{ "keyring", "KeyringMode" },
		{ "nice", "Nice" },
		{ "cpu-affinity", "CPUAffinity" },
		{ "core-scheduling", "CoreScheduling" },
		{ "oom-score-adjust", "OOMScoreAdjust" },
	};

	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
		if (strcmp(step, of[i].step) == 0)
			return of[i].directive;
	return strcmp(step, "view") == 0 ? list_of(w, object) : NULL;
}

/* deny, fail: the reason stands in the line, or the step and its errno. */
static void on_denied(struct whose *w, const char *line, const char *stamp, const char *what)
{
	char why[1024], step[64], object[512], err[64], text[3072], where[1024];
	const char *name;

	(void)value(line, "why", why, sizeof why);
	(void)value(line, "step", step, sizeof step);
	(void)value(line, "object", object, sizeof object);
	(void)value(line, "errno", err, sizeof err);
	name = step_directive(w, step, object);
	(void)snprintf(where, sizeof where, "%s", name != NULL ? directive(w, name) : w->rule);
	if (why[0] == '/' && object[0] == '\0') /* begins with the file and the line */
		(void)snprintf(text, sizeof text, "%s", why); /* fits */
	else if (why[0] != '\0')
		(void)snprintf(text, sizeof text, "%s%s%s%s%s", where, where[0] != '\0' ? ": " : "",
			       object, object[0] != '\0' ? ": " : "", why); /* cut: for people */
	else if (step[0] != '\0')
		(void)snprintf(text, sizeof text, "%s: step %s%s%s: %s", where, step,
			       object[0] != '\0' ? " " : "", object, err); /* cut: for people */
	else
		(void)snprintf(text, sizeof text, "Action=deny (%s)", w->rule);
	say(w, stamp, what, "", text);
}

static void on_end(struct whose *w, const char *line, const char *stamp)
{
	static const struct {
		const char *by, *directive, *what;
	} of[] = {
		{ "runtime", "RuntimeMaxSec", "the session was ended: its time was over" },
		{ "idle", "StopIdleSessionSec", "the session was ended: nobody typed" },
		{ "time", "EndWithTime",
		  "the session was ended: a window of Time= had ended or begun" },
		{ "no-login", "StopWhenIdleSec", "the session was ended: it had no login" },
		{ "rule", "OnRuleChange", "the session was ended: its rule had changed" },
		{ "memory", "MemoryMax", "the session was killed: its memory ran out" },
	};
	static const struct {
		const char *by, *what;
	} other[] = {
		{ "kill", "the session was ended by cordon kill" },
		{ "signal", "the session was ended: its keeper received a signal" },
		{ "keeper", "the session was ended: its keeper was killed" },
		{ "init", "the session was ended: its first process was killed" },
		{ "view",
		  "the session was ended: a file was replaced on the host and could not be hidden again" },
		{ "failure", "the session could not be completed" },
	};
	char by[32], code[32];

	(void)value(line, "by", by, sizeof by);
	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
		if (strcmp(by, of[i].by) == 0)
			say(w, stamp, of[i].what, "", directive(w, of[i].directive));
	for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
		if (strcmp(by, other[i].by) == 0)
			say(w, stamp, other[i].what, "", "not by a setting");
	if (strcmp(value(line, "code", code, sizeof code), "159") == 0)
		say(w, stamp, "the program was killed by SIGSYS", "",
		    directive(w, "SystemCallFilter"));
}

static void times_take(struct whose *w, const char *line, int64_t at)
{
	char wall[32];
	int64_t begin;

	if (at == 0)
		return;
	begin = at - strtoll(value(line, "wall_usec", wall, sizeof wall), NULL, 10) / 1000000 - 1;
	if (w->from == 0 || begin < w->from)
		w->from = begin;
	if (at + 1 > w->to)
		w->to = at + 1;
}

static void on_hook(struct whose *w, const char *line, const char *stamp, const char *why)
{
	char program[512], directive[32], text[64];

	(void)snprintf(text, sizeof text, "a program of %s= failed:",
		       value(line, "directive", directive, sizeof directive)); /* fits */
	say(w, stamp, text, value(line, "program", program, sizeof program), why);
}

static void on_event(void *arg, const char *line)
{
	struct whose *w = arg;
	char event[32], stamp[32], path[512];
	const int64_t at = time_of(line, stamp, sizeof stamp);

	(void)value(line, "event", event, sizeof event);
	if (event[0] == '\0')
		return;
	rule_look(w, line);
	times_take(w, line, at);
	if (strcmp(event, "command-refused") == 0)
		on_refused(w, line, stamp);
	else if (strcmp(event, "deny") == 0)
		on_denied(w, line, stamp, "the login was refused");
	else if (strcmp(event, "fail") == 0)
		on_denied(w, line, stamp, "the session could not go on");
	else if (strcmp(event, "end") == 0 || strcmp(event, "leave") == 0)
		on_end(w, line, stamp);
	else if (strcmp(event, "tampering") == 0)
		say(w, stamp, "a program sent the keeper a message that it may not send", "",
		    "it was not answered");
	else if (strcmp(event, "network") == 0)
		say(w, stamp, "the session lost its network:", value(line, "why", path, sizeof path),
		    "log in again");
	else if (strcmp(event, "hook") == 0 && value(line, "why", path, sizeof path)[0] != '\0')
		on_hook(w, line, stamp, path);
	else if (strcmp(event, "repair") == 0)
		say(w, stamp, "a place was hidden or made read-only again:",
		    value(line, "path", path, sizeof path), "root has replaced it on the host");
}

/* ---- the records of the kernel ---- */

static uint64_t number(const char *record, const char *key, int base)
{
	const char *at = strstr(record, key);

	return at != NULL ? strtoull(at + strlen(key), NULL, base) : 0;
}

static void on_filter(struct whose *w, const char *record, const char *comm)
{
	const bool foreign = number(record, " arch=", 16) != AUDIT_NATIVE;
	char call[64] = "a call of another ABI", text[160];

	if (!foreign && filter_call_name((int)number(record, " syscall=", 10), call, sizeof call) < 0)
		(void)snprintf(call, sizeof call, "call %u",
			       (unsigned)number(record, " syscall=", 10));
	(void)snprintf(text, sizeof text, "%.40s: %.60s was %s", comm, call,
		       number(record, " sig=", 10) != 0		  ? "answered by SIGSYS" :
		       number(record, " code=", 16) == 0x7ffc0000 ? "logged" :
								    "refused");
	say(w, "", text, "",
	    directive(w, foreign				    ? "SystemCallArchitectures" :
			 number(record, " code=", 16) == 0x7ffc0000 ? "SystemCallLog" :
								      "SystemCallFilter"));
}

static void on_landlock(struct whose *w, const char *record, const char *comm)
{
	static const struct {
		const char *word, *directive;
	} of[] = { { "net.bind", "SocketBindDeny" },	   { "net.connect", "SocketConnectDeny" },
		   { "fs.execute", "NoExecPaths" },	   { "fs.", "ProtectSystem" },
		   { "scope.abstract", "PrivateNetwork" }, { "scope.signal", "PrivatePIDs" } };
	const char *blockers = strstr(record, " blockers="), *path = strstr(record, " path=\"");
	char text[200], object[512] = "";

	if (blockers == NULL)
		return;
	blockers += 10;
	(void)snprintf(text, sizeof text, "%.40s: Landlock refused %.*s", comm,
		       (int)strcspn(blockers, " "), blockers);
	if (path != NULL)
		(void)snprintf(object, sizeof object, "%.*s", (int)strcspn(path + 7, "\""),
			       path + 7);
	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
		if (strncmp(blockers, of[i].word, strlen(of[i].word)) == 0) {
			say(w, "", text, object, directive(w, of[i].directive));
			return;
		}
	say(w, "", text, object, "the locks of every session");
}

static void on_record(void *arg, const char *record, const char *comm)
{
	if (strstr(record, " blockers=") != NULL)
		on_landlock(arg, record, comm);
	else
		on_filter(arg, record, comm);
}

/* ---- the command ---- */

static int why(struct whose *w, const struct why_options *o, const char *whose)
{
	int code = log_lines(whose, o->file, on_event, w);
	int n = 0;

	if (code != EXIT_YES)
		return code;
	if (w->known)
		n = audit_lines(o->audit, w->uid, w->from, w->to > 0 ? w->to : INT64_MAX, on_record,
				w);
	if (o->audit != NULL && n < 0) {
		sayf(stderr, "cordon: %s: %s\n", o->audit, strerror(-n));
		return EXIT_SYSTEM;
	}
	if (w->n > 0)
		return EXIT_YES;
	sayf(stderr,
	     "cordon: the log has no refusal about '%s'%s; what a program was refused is in no log: "
	     "run it by 'cordon run --user %s --why --rule %.*s -- PROGRAM'\n",
	     whose, n < 0 ? ", and no file of the kernel's records can be read" : "",
	     w->user[0] != '\0' ? w->user : "USER", (int)strcspn(w->rule, ":"),
	     w->rule[0] != '\0' ? w->rule : "FILE");
	return EXIT_NO;
}

int why_main(int argc, char **argv)
{
	static const struct option_row rows[] = {
#define OPTION(name, argument, member, help) \
	OPTION_ROW(struct why_options, name, argument, member, help),
#include "ctl/options/why.def"
#undef OPTION
	};
	const size_t n = sizeof rows / sizeof rows[0];
	static struct whose w; /* large */
	struct why_options o = { .file = NULL };
	const int first = options_parse(rows, n, &o, "", argc, argv);
	int code;

	if (first >= 0 && o.help) {
		ctl_help("why", rows, n, "");
		return EXIT_YES;
	}
	if (first < 0)
		return EXIT_USAGE;
	if (first != argc - 1) {
		sayf(stderr,
		     "cordon: why requires the id of one session, or one user; write 'cordon why USER'\n");
		return EXIT_USAGE;
	}
	if (o.attach_usec != 0)
		return why_attach(argv[first], o.attach_usec);
	policy_paths_default(&w.paths);
	code = why(&w, &o, argv[first]);
	decision_free(&w.d);
	return code;
}
