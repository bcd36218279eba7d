/* SPDX-License-Identifier: Apache-2.0 */
/* print.c - print what was read of a session */
#include "ctl/show/show.h"

#include "contract/limits.h"
#include "ctl/say.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static const char *ns_word(const struct shown *s, const struct show_state *st, unsigned kind)
{
	if (st->ns.ino[kind] == s->ns.ino[kind] && st->ns.ino[kind] != s->host.ino[kind])
		return "session";
	if (st->ns.ino[kind] == s->host.ino[kind])
		return "host";
	if (kind == NS_MNT && st->ns.ino[kind] == s->caller_ns)
		return "caller";
	return "other";
}

static const char *policy_word(int policy)
{
	static const char *const words[] = { "other", "fifo", "rr", "batch", "?", "idle", "deadline" };

	return policy >= 0 && policy < (int)(sizeof words / sizeof words[0]) ? words[policy] : "?";
}

static const char *io_word(int io)
{
	static const char *const words[] = { "none", "realtime", "best-effort", "idle" };

	return io < 0 ? "unknown" : io >> 13 < 4 ? words[io >> 13] : "?";
}

static const char *seccomp_word(int mode)
{
	return mode == 0 ? "none" : mode == 1 ? "strict" : mode == 2 ? "filter" : "?";
}

/* CPUs as CPUAffinity= has them, such as "0-3,8". */
static void cpus_words(const uint64_t *mask, char *buf, size_t size)
{
	unsigned from = CPUS_MAX;

	buf[0] = '\0';
	for (unsigned i = 0; i <= CPUS_MAX && strlen(buf) + 16 < size; i++) {
		const bool in = i < CPUS_MAX && (mask[i / 64] >> i % 64 & 1);
		char *end = buf + strlen(buf);

		if (in && from == CPUS_MAX)
			from = i;
		if (in || from == CPUS_MAX)
			continue;
		(void)snprintf(end, size - (size_t)(end - buf), i - 1 > from ? "%s%u-%u" : "%s%u",
			       buf[0] != '\0' ? "," : "", from, i - 1); /* fits */
		from = CPUS_MAX;
	}
}

static void limit_words(const uint64_t limit[2], char *buf, size_t size)
{
	char text[2][24];

	for (unsigned i = 0; i < 2; i++)
		(void)snprintf(text[i], sizeof text[i], limit[i] == UINT64_MAX ? "infinity" : "%llu",
			       (unsigned long long)limit[i]); /* fits */
	(void)snprintf(buf, size, strcmp(text[0], text[1]) == 0 ? "%s" : "%s:%s", text[0],
		       text[1]); /* fits */
}

/* Does the plan set the limit? */
static bool limit_given(const struct plan *plan, unsigned resource)
{
	const size_t row = plan_limit_row((int)resource);

	return row < PLAN_LIMITS && plan_limit_pair(plan, row)->given != PAIR_NONE;
}

static void names_line(const struct show_group *g)
{
	const unsigned n = g->processes < SHOW_NAMES ? g->processes : SHOW_NAMES;

	sayf(stdout, "%u %s", g->processes, g->processes == 1 ? "process" : "processes");
	if (g->threads != g->processes)
		sayf(stdout, " with %u threads", g->threads);
	for (unsigned i = 0; i < n; i++)
		sayf(stdout, "%s %s (%d)", i > 0 ? "," : ":", g->comm[i], (int)g->pid[i]);
	sayf(stdout, g->processes > n ? " ...\n" : "\n");
}

static void ids_line(const char *name, const uint32_t id[4])
{
	if (id[0] == id[1] && id[0] == id[2] && id[0] == id[3])
		sayf(stdout, "  %s: %u\n", name, id[0]);
	else
		sayf(stdout, "  %s: real %u, effective %u, saved %u, file system %u\n", name, id[0],
		     id[1], id[2], id[3]);
}

static void namespaces_line(const struct shown *s, const struct show_state *st)
{
	sayf(stdout, "  namespaces:");
	for (unsigned i = 0; i < NS_N; i++)
		if (st->ns.ino[i] != 0)
			sayf(stdout, " %s=%s", ns_row((enum ns_kind)i)->word, ns_word(s, st, i));
	sayf(stdout, "\n");
}

static void limits_lines(const struct shown *s, const struct show_state *st, bool all)
{
	char text[64];

	for (unsigned i = 0; i < SHOW_LIMITS; i++) {
		if (!all && !limit_given(s->plan, i))
			continue;
		limit_words(st->limits[i], text, sizeof text);
		sayf(stdout, "  %s: %s\n", show_limit_name(i), text);
	}
}

static void group_print(const struct shown *s, const struct show_group *g, bool all)
{
	const struct show_state *st = &g->state;
	char cpus[256];

	say_style(stdout, g->different ? STYLE_BAD : STYLE_NAME);
	sayf(stdout, "%s: ", show_role_name(st->role));
	say_style(stdout, STYLE_PLAIN);
	names_line(g);
	ids_line("user id", st->uid);
	ids_line("group id", st->gid);
	sayf(stdout, "  capabilities: effective %016llx, permitted %016llx, inheritable %016llx, ",
	     (unsigned long long)st->caps[CAPS_EFFECTIVE],
	     (unsigned long long)st->caps[CAPS_PERMITTED],
	     (unsigned long long)st->caps[CAPS_INHERITABLE]);
	sayf(stdout, "bounding %016llx, ambient %016llx\n",
	     (unsigned long long)st->caps[CAPS_BOUNDING],
	     (unsigned long long)st->caps[CAPS_AMBIENT]);
	sayf(stdout, "  no_new_privs: %d\n", st->no_new_privs);
	sayf(stdout, "  seccomp: %s", seccomp_word(st->seccomp));
	if (st->filters > 0)
		sayf(stdout, ", %d in force", st->filters);
	sayf(stdout, "\n");
	namespaces_line(s, st);
	limits_lines(s, st, all);
	cpus_words(st->cpus, cpus, sizeof cpus);
	sayf(stdout,
	     "  scheduling: nice %d, policy %s, I/O class %s, CPUs %s, OOM score adjustment %d\n",
	     st->nice, policy_word(st->policy), io_word(st->io), cpus, st->oom);
	sayf(stdout, "  cgroup: %s\n", st->cgroup[0] != '\0' ? st->cgroup : "none");
}

static void view_print(const struct show_result *r, bool all)
{
	const struct show_view *v = &r->view;
	size_t n = 0, skipped = 0;

	for (size_t i = 0; i < v->n; i++) {
		n += strcmp(v->places[i].state, "as planned") == 0;
		skipped += strcmp(v->places[i].state, "skipped") == 0;
	}
	say_style(stdout, STYLE_NAME);
	sayf(stdout, "view:");
	say_style(stdout, STYLE_PLAIN);
	sayf(stdout, " %zu of %zu places are as planned, %zu do not exist here\n", n, v->n, skipped);
	for (size_t i = 0; all && i < v->n; i++) {
		const struct show_place *p = &v->places[i];
		const char *target = plan_str(r->shown->plan, p->op->target);

		sayf(stdout, "  %s: %s", target != NULL ? target : "/", p->state);
		if (p->row != NULL)
			sayf(stdout, ", %s (%s)", p->row->type, p->row->options);
		sayf(stdout, "\n");
	}
}

static void found_print(const struct found *f)
{
	static const struct {
		const char *name;
		enum style style;
	} kinds[] = { [FOUND_DIFFERENT] = { "difference", STYLE_BAD },
		      [FOUND_UNREAD] = { "not read", STYLE_NOTE },
		      [FOUND_NOTE] = { "note", STYLE_MINOR } };

	for (size_t i = 0; i < f->n; i++) {
		say_style(stdout, kinds[f->rows[i].kind].style);
		sayf(stdout, "%s:", kinds[f->rows[i].kind].name);
		say_style(stdout, STYLE_PLAIN);
		sayf(stdout, " %s\n", f->rows[i].text);
	}
	if (f->failed)
		sayf(stdout, "not read: memory ran out\n");
	if (found_count(f, FOUND_DIFFERENT) + found_count(f, FOUND_UNREAD) == 0 && !f->failed)
		sayf(stdout, "no differences from the plan\n");
}

/* The kernel tells nobody which Landlock domain a process is in. */
static const char landlock[] =
	"applied when the session was opened; the kernel does not show it, so "
	"it is not read back";

void show_print(const struct show_result *r, bool all)
{
	const struct wire_msg *m = &r->got->state;

	sayf(stdout, "session %s: user %s, rule %s\n", m->session, m->login.user, m->text);
	for (size_t i = 0; i < r->groups.n; i++)
		group_print(r->shown, &r->groups.at[i], all);
	view_print(r, all);
	say_style(stdout, STYLE_NAME);
	sayf(stdout, "landlock:");
	say_style(stdout, STYLE_PLAIN);
	sayf(stdout, " %s\n", landlock);
	found_print(&r->found);
}

/* ---- JSON ---- */

static void ids_json(struct json *j, const char *name, const uint32_t id[4])
{
	json_array(j, name);
	for (unsigned i = 0; i < 4; i++)
		json_number(j, NULL, id[i]);
	json_end(j);
}

static void caps_json(struct json *j, const struct show_state *st)
{
	static const char *const names[SHOW_CAPS] = { "inheritable", "permitted", "effective",
						      "bounding", "ambient" };
	char text[24];

	json_object(j, "capabilities");
	for (unsigned i = 0; i < SHOW_CAPS; i++) {
		(void)snprintf(text, sizeof text, "%016llx",
			       (unsigned long long)st->caps[i]); /* fits */
		json_string(j, names[i], text);
	}
	json_end(j);
}

static void namespaces_json(struct json *j, const struct shown *s, const struct show_state *st)
{
	json_object(j, "namespaces");
	for (unsigned i = 0; i < NS_N; i++) {
		if (st->ns.ino[i] == 0)
			continue;
		json_object(j, ns_row((enum ns_kind)i)->word);
		json_number(j, "inode", st->ns.ino[i]);
		json_string(j, "of", ns_word(s, st, i));
		json_end(j);
	}
	json_end(j);
}

static void limit_json(struct json *j, const char *name, uint64_t n)
{
	if (n > INT64_MAX)
		json_null(j, name); /* no limit */
	else
		json_number(j, name, (int64_t)n);
}

static void limits_json(struct json *j, const struct show_state *st)
{
	json_object(j, "limits");
	for (unsigned i = 0; i < SHOW_LIMITS; i++) {
		json_object(j, show_limit_name(i));
		limit_json(j, "soft", st->limits[i][0]);
		limit_json(j, "hard", st->limits[i][1]);
		json_end(j);
	}
	json_end(j);
}

static void group_json(struct json *j, const struct shown *s, const struct show_group *g)
{
	const struct show_state *st = &g->state;
	char cpus[1024];

	json_object(j, NULL);
	json_string(j, "role", show_role_name(st->role));
	json_bool(j, "different", g->different);
	json_number(j, "processes", g->processes);
	json_number(j, "threads", g->threads);
	json_array(j, "names");
	for (unsigned i = 0; i < g->processes && i < SHOW_NAMES; i++) {
		json_object(j, NULL);
		json_number(j, "pid", g->pid[i]);
		json_string(j, "comm", g->comm[i]);
		json_end(j);
	}
	json_end(j);
	ids_json(j, "uid", st->uid);
	ids_json(j, "gid", st->gid);
	caps_json(j, st);
	json_bool(j, "no_new_privs", st->no_new_privs == 1);
	json_string(j, "seccomp", seccomp_word(st->seccomp));
	if (st->filters < 0)
		json_null(j, "filters");
	else
		json_number(j, "filters", st->filters);
	namespaces_json(j, s, st);
	limits_json(j, st);
	json_number(j, "nice", st->nice);
	json_string(j, "policy", policy_word(st->policy));
	json_number(j, "priority", st->priority);
	json_string(j, "io_class", io_word(st->io));
	cpus_words(st->cpus, cpus, sizeof cpus);
	json_string(j, "cpus", cpus);
	json_number(j, "oom_score_adj", st->oom);
	json_string(j, "cgroup", st->cgroup);
	json_end(j);
}

static void places_json(struct json *j, const struct show_result *r)
{
	json_array(j, "view");
	for (size_t i = 0; i < r->view.n; i++) {
		const struct show_place *p = &r->view.places[i];
		const char *target = plan_str(r->shown->plan, p->op->target);

		json_object(j, NULL);
		json_string(j, "path", target != NULL ? target : "/");
		json_string(j, "state", p->state);
		if (p->row != NULL) {
			json_string(j, "type", p->row->type);
			json_string(j, "options", p->row->options);
		}
		json_end(j);
	}
	json_end(j);
}

static void found_json(struct json *j, const char *name, const struct found *f, enum found_kind kind)
{
	json_array(j, name);
	for (size_t i = 0; i < f->n; i++)
		if (f->rows[i].kind == kind)
			json_string(j, NULL, f->rows[i].text);
	json_end(j);
}

void show_print_json(const struct show_result *r)
{
	const struct wire_msg *m = &r->got->state;
	struct json json = { .f = stdout }, *j = &json;

	json_object(j, NULL);
	json_string(j, "session", m->session);
	json_string(j, "user", m->login.user);
	json_number(j, "uid", m->login.uid);
	json_string(j, "service", m->login.service);
	json_string(j, "from", m->login.rhost);
	json_string(j, "rule", m->text);
	json_number(j, "init", r->shown->init_pid);
	json_array(j, "groups");
	for (size_t i = 0; i < r->groups.n; i++)
		group_json(j, r->shown, &r->groups.at[i]);
	json_end(j);
	places_json(j, r);
	json_string(j, "landlock", landlock);
	found_json(j, "differences", &r->found, FOUND_DIFFERENT);
	found_json(j, "not_read", &r->found, FOUND_UNREAD);
	found_json(j, "notes", &r->found, FOUND_NOTE);
	json_end(j);
}
