/* SPDX-License-Identifier: Apache-2.0 */
/* check_effect.c - warnings about directives that have no effect beside other directives */
#include "ctl/check/check_warn.h"

#include "contract/words.h"

#include <string.h>

/* What the lines below judge: the merged settings, and the rule. */
struct judged {
	const struct rule *rule;
	const struct settings *s;
	struct diag *d;
};

static bool is_set(const struct origin *from)
{
	return from->file != NULL;
}

/* ---- one directive beside another ---- */

static bool has_own_home(const struct settings *s)
{
	return s->home.v == HOME_EPHEMERAL || s->home.v == HOME_EMPTY;
}

static void pairs(const struct judged *j)
{
	const struct settings *const s = j->s;
	const struct {
		const char *name;
		const struct origin *from;
		bool vain;
		const char *beside, *remedy;
	} rows[] = {
		{ "HomeSize", &s->home_size.from, !has_own_home(s),
		  "without Home=ephemeral or Home=empty", "write one of these lines" },
		{ "BindLogSockets", &s->bind_log_sockets.from,
		  s->bind_log_sockets.v && !s->private_run.v && !s->private_devices.v,
		  "with PrivateRun=no and PrivateDevices=no", "remove one of these lines" },
		{ "ExecPaths", &s->exec_paths.from, s->exec_paths.n > 0 && s->no_exec_paths.n == 0,
		  "without NoExecPaths=", "write that line" },
		{ "TimeoutStartSec", &s->timeout_start_sec.from, s->exec_start_pre.n == 0,
		  "without ExecStartPre=", "write that line" },
		{ "IOSchedulingPriority", &s->io_scheduling_priority.from,
		  s->io_scheduling_priority.v != NUM_UNSET &&
			  s->io_scheduling_class.v == IO_CLASS_IDLE,
		  "with IOSchedulingClass=idle", "write best-effort there" },
		{ "LimitRTPRIO", &s->limit_rtprio.from,
		  s->limit_rtprio.given && s->limit_rtprio.hard > 0 && s->restrict_realtime.v &&
			  s->restrict_realtime.from.file != NULL,
		  "with RestrictRealtime=yes", "write no there" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].vain && is_set(rows[i].from))
			check_warn(j->d, rows[i].from->file, rows[i].from->line,
				   "%s=: has no effect %s; %s, or remove %s=", rows[i].name,
				   rows[i].beside, rows[i].remedy, rows[i].name);
}

/* ---- lines of two lists ---- */

/* Of two lines that name one path, those of the second list decide. */
static void same_paths(const struct judged *j, const char *name, const struct set_list *l,
		       const char *decides, const struct set_list *strict)
{
	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < strict->n; k++) {
			const struct set_item *const loser = &l->items[i], *const winner =
										   &strict->items[k];

			if (loser->from.file == NULL || winner->from.file == NULL ||
			    strcmp(loser->text, winner->text) != 0)
				continue;
			check_warn(
				j->d, loser->from.file, loser->from.line,
				"%s=: '%s' has no effect, because %s= at %s:%u names the same path and decides; remove one of them",
				name, loser->text, decides, winner->from.file, winner->from.line);
		}
}

static void lists(const struct judged *j)
{
	const struct settings *const s = j->s;

	same_paths(j, "ReadWritePaths", &s->read_write_paths, "ReadOnlyPaths", &s->read_only_paths);
	same_paths(j, "ReadWritePaths", &s->read_write_paths, "InaccessiblePaths",
		   &s->inaccessible_paths);
	same_paths(j, "ReadOnlyPaths", &s->read_only_paths, "InaccessiblePaths",
		   &s->inaccessible_paths);
	same_paths(j, "ExecPaths", &s->exec_paths, "NoExecPaths", &s->no_exec_paths);
}

/* UnsetEnvironment= is applied last, so it removes what Environment= has set. */
static void variables(const struct judged *j)
{
	const struct set_list *const set = &j->s->environment, *const unset =
								       &j->s->unset_environment;

	for (size_t i = 0; i < set->n; i++)
		for (size_t k = 0; k < unset->n; k++) {
			const size_t len = strlen(unset->items[k].text);

			if (set->items[i].from.file == NULL ||
			    strncmp(set->items[i].text, unset->items[k].text, len) != 0 ||
			    set->items[i].text[len] != '=')
				continue;
			check_warn(
				j->d, set->items[i].from.file, set->items[i].from.line,
				"Environment=: '%s' has no effect, because UnsetEnvironment= at %s:%u removes it; remove one of them",
				unset->items[k].text, unset->items[k].from.file,
				unset->items[k].from.line);
		}
}

/* ---- beside Action= ---- */

static void beside_action(const struct judged *j)
{
	const struct rule *const rule = j->rule;
	const bool deny = j->s->action.v == ACTION_DENY;

	for (size_t i = 0; i < rule->n_lines; i++) {
		const char *const name = rule->lines[i].row->name;

		if (strcmp(name, "Action") == 0 || (deny && strcmp(name, "Message") == 0) ||
		    strcmp(name, "Profile") == 0)
			continue;
		check_warn(
			j->d, rule->file, rule->lines[i].line,
			"%s=: has no effect beside Action=%s; remove the line, or write Action=confine",
			name, deny ? "deny" : "allow");
	}
}

void check_warn_effect(const struct rule *rule, const struct settings *s, struct diag *d)
{
	const struct judged j = { .rule = rule, .s = s, .d = d };

	if (s->action.v != ACTION_CONFINE) {
		beside_action(&j);
		return;
	}
	pairs(&j);
	lists(&j);
	variables(&j);
}
