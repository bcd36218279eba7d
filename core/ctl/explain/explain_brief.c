/* SPDX-License-Identifier: Apache-2.0 */
/* explain_brief.c - say in five lines what a confined login may do */
#include "ctl/explain/explain.h"

#include "base/cleanup.h"
#include "contract/words.h"
#include "policy/settings/sockets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NAMED_MAX = 4 }; /* this many values of a list are named, the others are counted */

/* The syntax of a list item: a path, "source:target:options" or "path:options". */
enum kind { PATH, BIND, MOUNT };

/* Writes "LABEL a, b and 3 more" for lists of one kind. The target names a bind. */
static void name_list(FILE *f, const char *label, const struct set_list *const lists[2],
		      const enum kind kind[2])
{
	size_t n = 0;

	for (unsigned i = 0; i < 2; i++)
		for (size_t k = 0; lists[i] != NULL && k < lists[i]->n; k++) {
			const char *text = lists[i]->items[k].text;
			const char *colon = kind[i] == BIND ? strchr(text, ':') : NULL;

			text = colon != NULL ? colon + 1 : text;
			if (n++ < NAMED_MAX)
				(void)fprintf(f, "%s%.*s", n == 1 ? label : ", ",
					      (int)(kind[i] == PATH ? strlen(text) :
								      strcspn(text, ":")),
					      text);
		}
	if (n > NAMED_MAX)
		(void)fprintf(f, " and %zu more", n - NAMED_MAX);
}

static void name_one(FILE *f, const char *label, const struct set_list *l)
{
	name_list(f, label, (const struct set_list *const[2]){ l, NULL },
		  (const enum kind[2]){ PATH, PATH });
}

static const char *str(const struct plan_head *p, struct span s)
{
	const char *text = plan_head_str(p, s);

	return text != NULL ? text : "";
}

/* Finds the last operation of the view at the home, which decides. NULL: the session has no home. */
static const struct view_op *home_op(const struct plan *p, const char *home)
{
	size_t n;
	const struct view_op *op = plan_array(p, p->view, sizeof *op, &n), *found = NULL;

	for (size_t i = 0; op != NULL && i < n; i++)
		if (op[i].kind == VIEW_SYMLINK && strcmp(str(&p->head, op[i].target), home) == 0)
			home = str(&p->head, op[i].source);
	for (size_t i = 0; op != NULL && i < n; i++)
		if (strcmp(str(&p->head, op[i].target), home) == 0 &&
		    !(op[i].flags & VIEW_CALLER_ONLY))
			found = &op[i];
	return found;
}

static void home(FILE *f, const struct facts *facts, const struct plan *p)
{
	const struct view_op *op = home_op(p, facts->home);

	if (op == NULL || op->kind == VIEW_EMPTY || op->kind == VIEW_DIR || op->kind == VIEW_REFUSE) {
		(void)fputs("no home", f);
		return;
	}
	(void)fprintf(f, "home %s ", facts->home);
	if (op->flags & VIEW_READ_ONLY)
		(void)fputs("read-only", f);
	else if (op->kind == VIEW_OVERLAY)
		(void)fputs("writable, changes are lost at logout", f);
	else if (op->kind == VIEW_TMPFS)
		(void)fputs("empty, files are lost at logout", f);
	else
		(void)fputs("writable", f);
}

static void files(FILE *f, const struct settings *s, const struct facts *facts, const struct plan *p)
{
	static const char *const system[] = {
		[PROTECT_SYSTEM_STRICT] = "; everything else read-only",
		[PROTECT_SYSTEM_FULL] =
			"; /usr and /etc read-only, everything else as writable as on the host",
		[PROTECT_SYSTEM_YES] = "; /usr read-only, everything else as writable as on the host",
		[PROTECT_SYSTEM_NO] = "; everything else as writable as on the host",
	};
	const struct set_list *const writable[2] = { &s->read_write_paths, &s->bind_paths };
	const struct set_list *const fixed[2] = { &s->read_only_paths, &s->bind_read_only_paths };
	static const enum kind kinds[2] = { PATH, BIND };
	static const enum kind mounts[2] = { PATH, MOUNT };

	home(f, facts, p);
	if (s->private_tmp.v)
		(void)fputs("; own /tmp", f);
	name_list(f, "; writable: ", writable, kinds);
	name_list(f, "; read-only: ", fixed, kinds);
	name_list(f, "; empty, lost at logout: ",
		  (const struct set_list *const[2]){ NULL, &s->temporary_file_system }, mounts);
	name_one(f, "; inaccessible: ", &s->inaccessible_paths);
	name_one(f, "; devices of the host: ", &s->device_allow);
	name_one(f, "; later mounts below ", &s->follow_mounts);
	if (s->protect_system.v < sizeof system / sizeof system[0])
		(void)fputs(system[s->protect_system.v], f);
	name_one(f, "; all in the tree ", &s->root_directory);
}

/* Says which ports may not be used for @what, for example for connections. */
static void ports(FILE *f, const char *what, const struct set_list *deny,
		  const struct set_list *allow)
{
	static const char *const names[] = {
		[PORTS_TCP] = "TCP", [PORTS_UDP] = "UDP", [PORTS_ALL] = "TCP or UDP"
	};

	if (deny->n == 0)
		return;
	(void)fprintf(f, "; no %s %s", names[sockets_denied(deny)], what);
	name_one(f, " except to port ", allow);
}

static void network(FILE *f, const struct settings *s)
{
	if (s->network_namespace_path.n > 0)
		(void)fprintf(f, "that of %s", s->network_namespace_path.items[0].text);
	else if (s->network_allow.n > 0)
		name_one(f, "its own; connections only to ", &s->network_allow);
	else if (s->private_network.v)
		(void)fputs("none; only a loopback interface of its own", f);
	else
		(void)fputs("that of the host", f);
	name_one(f, " except ", &s->network_deny); /* not without the other */
	ports(f, "connections", &s->socket_connect_deny, &s->socket_connect_allow);
	ports(f, "listening", &s->socket_bind_deny, &s->socket_bind_allow);
	name_one(f, "; no packets to or from ", &s->ip_address_deny);
	name_one(f, " except ", &s->ip_address_allow); /* not without the other */
	if (s->restrict_address_families.from.file != NULL)
		name_one(f, "; address families: ", &s->restrict_address_families);
}

static void programs(FILE *f, const struct settings *s, const struct plan_login *l)
{
	if (s->command.n > 0)
		(void)fprintf(f, "only %s, whatever the user asks for", s->command.items[0].text);
	else if (s->allow_commands.n > 0)
		name_one(f, "only ", &s->allow_commands);
	else
		(void)fprintf(f, "any; login shell %s", str(&l->head, l->shell));
	name_one(f, "; nothing executable in ", &s->no_exec_paths);
	(void)fputs("; sudo and other set-user-ID programs gain no privileges", f);
	if (s->password_change.v)
		(void)fputs("; passwd changes the own password", f);
}

/* Writes the limits that are set, each as name and value. */
static void limits(FILE *f, const struct settings *s)
{
	static const struct {
		const char *directive, *what;
	} known[] = { { "LimitNPROC", "processes" },
		      { "LimitNOFILE", "open files per process" },
		      { "LimitAS", "memory per process" },
		      { "LimitCPU", "CPU time per process" },
		      { "LimitFSIZE", "size of a file" },
		      { "TmpSize", "files in /tmp and /run" },
		      { "HomeSize", "files in the home" },
		      { "MaxSessions", "sessions of the account at once" },
		      { "MemoryMax", "memory of all programs" },
		      { "MemoryHigh", "memory of all programs without delay" },
		      { "MemorySwapMax", "swap space of all programs" },
		      { "TasksMax", "processes and threads" },
		      { "CPUQuota", "CPU time of all programs" },
		      { "CPUWeight", "share of the CPUs" },
		      { "IOWeight", "share of the disks" },
		      { "AllowedCPUs", "CPUs" } };
	const bool own_home = s->home.v == HOME_EPHEMERAL || s->home.v == HOME_EMPTY;
	const char *between = "";
	size_t n;
	const struct setting *row = settings_table(&n);

	for (size_t i = 0; i < n; i++, row++) {
		const char *what = NULL;
		char value[256];

		for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
			if (strcmp(row->name, known[k].directive) == 0)
				what = known[k].what;
		if ((what == NULL && strncmp(row->name, "Limit", 5) != 0) ||
		    (strcmp(row->name, "HomeSize") == 0 && !own_home) ||
		    (strcmp(row->name, "TmpSize") == 0 && !s->private_tmp.v && !s->private_run.v))
			continue;
		(void)settings_print(s, row, value, sizeof value); /* fits */
		if (value[0] == '\0' ||
		    (strcmp(row->name, "MaxSessions") == 0 && strcmp(value, "infinity") == 0))
			continue;
		/* without a size, the kernel applies its own default, see tmpfs(5) */
		if (strncmp(row->name, "Limit", 5) != 0 && strcmp(value, "infinity") == 0)
			(void)snprintf(value, sizeof value, "up to half of the memory"); /* fits */
		(void)fprintf(f, "%s%s %s", between, what != NULL ? what : row->name, value);
		between = "; ";
	}
	if (between[0] == '\0')
		(void)fputs("none", f);
	if (s->share.v == SHARE_USER)
		(void)fputs("; together with the other sessions of the account (Share=user)", f);
}

/* Writes what ends the session, besides its logout. */
static void ends(FILE *f, const struct decision *d)
{
	const struct settings *s = &d->settings;
	static const struct {
		const char *directive, *form;
	} known[] = { { "RuntimeMaxSec", "; the session ends after %s" },
		      { "StopIdleSessionSec",
			"; the session ends if nothing is typed at its terminals for %s" },
		      { "StopWhenIdleSec", "; the session ends after %s without a login" } };
	const bool outlives = s->lifetime.v == LIFETIME_USER;
	struct tm tm;
	char when[32];
	size_t n;
	const struct setting *row = settings_table(&n);

	if (d->until != 0 && localtime_r(&d->until, &tm) != NULL &&
	    strftime(when, sizeof when, "%F %H:%M", &tm) > 0)
		(void)fprintf(f, "; the session ends at %s (EndWithTime=yes)", when);
	if (outlives)
		(void)fputs("; all logins share one session, which lives on without a login", f);
	for (size_t i = 0; i < n; i++, row++)
		for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
			char value[64];

			if (strcmp(row->name, known[k].directive) != 0 ||
			    (k == 2 && !outlives)) /* the last one is about no other session */
				continue;
			(void)settings_print(s, row, value, sizeof value); /* fits */
			if (strcmp(value, "infinity") == 0)
				continue;
			(void)fprintf(f, "%.*s%s%s",
				      (int)(strstr(known[k].form, "%s") - known[k].form),
				      known[k].form, value, strstr(known[k].form, "%s") + 2);
		}
}

/* Writes Time= of the section that decided. */
static void when(FILE *f, const struct decision *d)
{
	const struct match *m = d->section;
	const char *label = "logins that begin at ";

	for (size_t i = 0; m != NULL && i < m->n; i++)
		if (m->items[i].key == MATCH_TIME) {
			(void)fprintf(f, "%s%s%s", label, m->items[i].negated ? "!" : "",
				      m->items[i].text);
			label = ", ";
		}
	(void)fputs(label[0] == ',' ? "; at other times, the next rule that matches decides" :
				      "any time",
		    f);
	ends(f, d);
}

void explain_brief(const struct decision *d, const struct facts *facts, const struct plan *plan,
		   const struct plan_login *login,
		   void (*line)(void *arg, const char *name, const char *text), void *arg)
{
	static const char *const names[] = { "files", "network", "programs", "limits", "time" };

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
		cleanup_free char *text = NULL;
		size_t size = 0;
		FILE *f = open_memstream(&text, &size);

		if (f == NULL)
			return;
		switch (i) {
		case 0:
			files(f, &d->settings, facts, plan);
			break;
		case 1:
			network(f, &d->settings);
			break;
		case 2:
			programs(f, &d->settings, login);
			break;
		case 3:
			limits(f, &d->settings);
			break;
		default:
			when(f, d);
			break;
		}
		if (fclose(f) == 0)
			line(arg, names[i], text);
	}
}
