/* SPDX-License-Identifier: Apache-2.0 */
/* explain_plan.c - print the effects of a plan in words, one on a line */
#include "ctl/explain/explain.h"

#include "contract/devices.h"
#include "contract/words.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct lines {
	void (*line)(void *arg, const char *text);
	void *arg;
	const struct plan *plan;
	const struct plan_login *login;
};

__attribute__((format(printf, 2, 3))) static void add_line(const struct lines *l, const char *fmt,
							   ...)
{
	char text[2 * 4096];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap); /* cut: for people */
	va_end(ap);
	l->line(l->arg, text);
}

static const char *str(const struct lines *l, struct span s)
{
	const char *text = plan_str(l->plan, s);

	return text != NULL ? text : "";
}

/* ---- namespaces and identity ---- */

static void namespace_line(const struct lines *l)
{
	const uint64_t own = l->plan->clone_flags | ns_row(NS_MNT)->flag |
			     (l->plan->uid_map.len != 0 ? ns_row(NS_USER)->flag : 0);
	char text[64] = "";

	for (unsigned i = 0; i < NS_N; i++)
		if (own & ns_row(i)->flag)
			(void)snprintf(text + strlen(text), sizeof text - strlen(text), " %s",
				       ns_row(i)->word);
	add_line(l, "namespaces:%s", text);
}

static void map_lines(const struct lines *l, const char *name, struct span map)
{
	const char *text = str(l, map);

	for (; *text != '\0'; text += strcspn(text, "\n") + 1)
		add_line(l, "%s: %.*s", name, (int)strcspn(text, "\n"), text);
}

/* ---- the view ---- */

static void size_words(uint64_t bytes, char *buf, size_t size)
{
	unsigned unit = 0;

	for (; bytes != 0 && bytes % 1024 == 0 && unit < 5; unit++)
		bytes /= 1024;
	(void)snprintf(buf, size, unit ? "%llu%c" : "%llu", (unsigned long long)bytes,
		       "\0KMGTP"[unit]); /* fits */
}

/* The whole text for a kind that has at most a source; NULL if the kind has more members. */
static const char *op_phrase(const struct view_op *op)
{
	static const char *const phrases[VIEW_KIND_LAST + 1] = {
		[VIEW_REFUSE] = "",
		[VIEW_SYMLINK] = "a symlink to ",
		[VIEW_BIND] = "the host's ",
		[VIEW_SAME] = "remounted",
		[VIEW_EMPTY] = "inaccessible",
		[VIEW_PROC] = "its own proc, ",
		[VIEW_DEV] = "its own device nodes",
		[VIEW_SYSFS] = "sysfs",
		[VIEW_SEAL] = "remounted read-only when its content is in place",
		[VIEW_CGROUP] = "the session's own cgroup hierarchy",
		[VIEW_COPY] = "the user's own copy of the host's ",
		[VIEW_CHECK] = "required on the host: ",
	};

	if (op->kind == VIEW_TMPFS && op->mode == 0) /* an empty tmpfs hides a directory of "/" */
		return phrases[VIEW_EMPTY];
	return op->kind <= VIEW_KIND_LAST ? phrases[op->kind] : "";
}

/*
 * Writes the limits of a tmpfs. If the plan has no limit, the kernel applies its default, see
 * tmpfs(5): for the size, half of the memory.
 */
static void tmpfs_words(const struct view_op *op, const char *between, char *buf, size_t size)
{
	char bytes[32] = "half of the memory";

	if (op->size_bytes != 0)
		size_words(op->size_bytes, bytes, sizeof bytes);
	if (op->inodes != 0)
		(void)snprintf(buf, size, "%s%s%llu files", bytes, between,
			       (unsigned long long)op->inodes); /* fits */
	else
		(void)snprintf(buf, size, "%s", bytes);
}

/* Describes the content of the target, without the flags. */
static void op_words(const struct lines *l, const struct view_op *op, char *buf, size_t size)
{
	const char *source = str(l, op->source), *phrase = op_phrase(op);
	char limits[80];

	tmpfs_words(op, op->kind == VIEW_TMPFS ? ", " : " and ", limits, sizeof limits);
	if (phrase != NULL)
		(void)snprintf(buf, size, "%s%s", phrase,
			       phrase[0] != '\0' && phrase[strlen(phrase) - 1] == ' ' ? source : "");
	else if (op->kind == VIEW_DIR && (op->flags & VIEW_IS_FILE))
		(void)snprintf(buf, size, "an empty file");
	else if (op->kind == VIEW_DIR)
		(void)snprintf(buf, size, "a directory, mode %04o%s",
			       op->mode != 0 ? op->mode : 0755u,
			       op->flags & VIEW_OWNER ? ", the user's" : "");
	else if (op->kind == VIEW_TMPFS)
		(void)snprintf(buf, size, "a tmpfs, %s, mode %04o%s", limits, op->mode,
			       op->flags & VIEW_OWNER ? ", the user's" : "");
	else if (op->kind == VIEW_OVERLAY)
		(void)snprintf(buf, size,
			       "an overlay of %s over the host's %s; changes are lost at logout",
			       limits, source);
	else if (op->kind == VIEW_SCRATCH)
		(void)snprintf(buf, size, "part of the session's tmpfs, %s in all", limits);
	else
		(void)snprintf(
			buf, size,
			"the session's first %llu terminals, with names that are unique on the host",
			(unsigned long long)op->inodes);
}

static void view_lines(const struct lines *l)
{
	size_t n;
	const struct view_op *op = plan_array(l->plan, l->plan->view, sizeof *op, &n);
	const char *tty = plan_str(l->login, l->login->tty);
	char words[4200];

	for (size_t i = 0; op != NULL && i < n; i++) {
		const char *read_only = op[i].kind == VIEW_SAME ? " read-only" : ", read-only";

		if (!(op[i].flags & VIEW_READ_ONLY))
			read_only = "";
		op_words(l, &op[i], words, sizeof words);
		add_line(l, "%s: %s%s%s%s%s", str(l, op[i].target), words, read_only,
			 op[i].flags & VIEW_NOEXEC ? ", noexec" : "",
			 op[i].flags & VIEW_OPTIONAL ? ", if it exists" : "",
			 op[i].flags & VIEW_CALLER_ONLY ? ", only for sshd, su or login" : "");
		if (op[i].kind == VIEW_DEV && tty != NULL)
			add_line(l, "%s: the login's terminal, if it exists", tty);
	}
}

static void device_lines(const struct lines *l)
{
	struct device_rule rule;

	for (const char *at = NULL;
	     (at = plan_next(l->plan, l->plan->set.device_allow, at)) != NULL;) {
		const int len = (int)strcspn(at, " ");

		if (device_rule_parse(at, &rule) == 0)
			add_line(l, "device %.*s: %s, as the host's owner and mode permit", len, at,
				 rule.writes ? "read and write" : "read");
	}
}

/* ---- what cordonsh does ---- */

/* Writes nothing: other lines show these settings of the view, the maps and the filter. */
static void no_line(const struct lines *l, const char *name, uint64_t v)
{
	(void)l;
	(void)name;
	(void)v;
}

static void limit_line(const struct lines *l, const char *name, struct plan_pair v)
{
	char soft[32] = "infinity", hard[32] = "infinity";

	if (!v.given)
		return;
	if (v.soft != LIMIT_INFINITY)
		(void)snprintf(soft, sizeof soft, "%llu", (unsigned long long)v.soft); /* fits */
	if (v.hard != LIMIT_INFINITY)
		(void)snprintf(hard, sizeof hard, "%llu", (unsigned long long)v.hard);
	/* "LimitNOFILE" becomes RLIMIT_NOFILE, see setrlimit(2) */
	add_line(l, "RLIMIT_%s: %ssoft %s, hard %s", name + strlen("Limit"),
		 v.given == PAIR_CEILING ? "at most " : "", soft, hard);
}

#define SAY_NUM(l, name, v)  no_line(l, name, v)
#define SAY_PAIR(l, name, v) limit_line(l, name, v)
#define SAY_LIST(l, name, v) no_line(l, name, (v).len)

static void list_lines(const struct lines *l, const char *what, struct span list)
{
	for (const char *at = NULL; (at = plan_next(l->login, list, at)) != NULL;)
		add_line(l, "%s: %s", what, at);
}

static bool has_word(const struct lines *l, struct span list, const char *word)
{
	for (const char *at = NULL; (at = plan_next(l->plan, list, at)) != NULL;)
		if (strcmp(at, word) == 0)
			return true;
	return false;
}

/* A filter cannot see the arguments of socketcall(2), so a list of families refuses the call. */
static void lines_32_bit(const struct lines *l)
{
	const struct plan_settings *set = &l->plan->set;
	const char *first = plan_next(l->plan, set->restrict_address_families, NULL);
	const bool any = first != NULL && strcmp(first, "any") == 0 &&
			 plan_next(l->plan, set->restrict_address_families, first) == NULL;

	if (!has_word(l, set->system_call_architectures, "x86") ||
	    (any && set->socket_bind_deny.len == 0 && set->socket_connect_deny.len == 0))
		return;
	add_line(l,
		 "32-bit programs: most cannot open a socket, because no filter sees the arguments of "
		 "socketcall(2); only RestrictAddressFamilies=any allows it");
}

void explain_plan(const struct plan *plan, const struct plan_login *login,
		  void (*line)(void *arg, const char *text), void *arg)
{
	const struct lines lines = { .line = line, .arg = arg, .plan = plan, .login = login },
			   *l = &lines;
	const char *dir = plan_next(login, login->set.working_directory, NULL);

	namespace_line(l);
	map_lines(l, "uid_map", plan->uid_map);
	map_lines(l, "gid_map", plan->gid_map);
	if (plan->owner != 0)
		add_line(l, "owner of the user namespace: uid %u, which no account has",
			 plan->owner);
	else if (plan->uid_map.len != 0)
		add_line(l,
			 "owner of the user namespace: root, whose kernel quotas the session uses");
	if (plan->hostname.len != 0)
		add_line(l, "host name: %s", str(l, plan->hostname));
	if (plan->flags & PLAN_MEMFD_NOEXEC)
		add_line(l, "vm.memfd_noexec: 2");
	view_lines(l);
	device_lines(l);
#define OF_SESSION plan->set
#define OF_LOGIN   login->set
#define SETTING(Name, field, type, merge, run, part, def, help) \
	STORED(SAY_, type)(l, #Name, OF_##part.field);
#include "settings.def"
#undef SETTING
	add_line(l, "capabilities: bounding set %016llx, all other sets empty",
		 (unsigned long long)plan->set.capability_bounding_set);
	add_line(l, "no_new_privs: 1");
	if (login->set.umask != MODE_UNSET)
		add_line(l, "umask: %04llo", (unsigned long long)login->set.umask);
	list_lines(l, "environment sets", login->set.environment);
	list_lines(l, "environment inherits", login->set.pass_environment);
	list_lines(l, "environment unsets", login->set.unset_environment);
	add_line(l, "initial directory: %s%s",
		 dir == NULL ? "that of the login" : dir + (dir[0] == '-'),
		 dir != NULL && dir[0] == '-' ? ", if it exists" : "");
	add_line(l, "system calls: %s", plan->filter.len != 0 ? "filtered" : "not filtered");
	lines_32_bit(l);
	add_line(l, "login shell: %s", plan_str(login, login->shell));
}
