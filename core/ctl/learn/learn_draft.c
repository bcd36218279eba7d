/* SPDX-License-Identifier: Apache-2.0 */
/* learn_draft.c - see learn.h: write the draft, a comment for each line */
#include "ctl/learn/learn.h"

#include "base/text.h"
#include "contract/words.h"
#include "policy/settings/sockets.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { NAMED_MAX = 5, COMMENT_MAX = 200 };

struct draft {
	const struct learn *l;
	const struct settings *base;
	FILE *out;
	unsigned lines;
};

/* ---- words ---- */

/* A path as a rule can have it; false: a comment must do. */
static bool plain(const char *path)
{
	return path[strcspn(path, " \t\n\"'\\%#;:*?[")] == '\0';
}

static void name_some(FILE *out, const struct words *w)
{
	for (size_t i = 0; i < w->n && i < NAMED_MAX; i++)
		sayf(out, "%s%.*s", i > 0 ? ", " : "", COMMENT_MAX, w->list[i]);
	if (w->n > NAMED_MAX)
		sayf(out, " and %zu more", w->n - NAMED_MAX);
}

static void comment(struct draft *d, const char *what, const struct words *w)
{
	sayf(d->out, "\n# %s: ", what);
	name_some(d->out, w);
	sayf(d->out, "\n");
}

/* "Name=word word"; words that a rule cannot have are on comment lines. */
static void line(struct draft *d, const char *name, const char *first, const struct words *w)
{
	bool any = first[0] != '\0';

	for (size_t i = 0; i < w->n; i++)
		any = any || plain(w->list[i]);
	if (any)
		sayf(d->out, "%s=%s", name, first);
	for (size_t i = 0, n = first[0] != '\0'; any && i < w->n; i++)
		if (plain(w->list[i]))
			sayf(d->out, "%s%s", n++ > 0 ? " " : "", w->list[i]);
	if (any)
		sayf(d->out, "\n");
	for (size_t i = 0; i < w->n; i++)
		if (!plain(w->list[i]))
			sayf(d->out, "# to be quoted: %s=%s\n", name, w->list[i]);
	d->lines++;
}

/* ---- files ---- */

static void lacking(struct draft *d, const struct words *paths,
		    bool (*lacks)(const struct settings *s, const struct facts *f, const char *path),
		    const char *what, const char *name)
{
	struct words some = { 0 }, dirs = { 0 };

	for (size_t i = 0; i < paths->n; i++)
		if (lacks(d->base, d->l->facts, paths->list[i]) &&
		    strncmp(paths->list[i], "/dev/", 5) != 0)
			words_add(&some, paths->list[i]);
	need_dirs(d->base, d->l->facts, &some, lacks, &dirs);
	if (dirs.n > 0) {
		comment(d, what, &some);
		line(d, name, "", &dirs);
	}
	words_free(&some);
	words_free(&dirs);
}

static bool is_device(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode));
}

static void devices(struct draft *d)
{
	const struct words *const read = &d->l->seen.read, *const written = &d->l->seen.written;
	struct words some = { 0 };

	for (size_t i = 0; i < written->n; i++)
		if (strncmp(written->list[i], "/dev/", 5) == 0 && is_device(written->list[i]) &&
		    need_write(d->base, d->l->facts, written->list[i]))
			words_add(&some, written->list[i]);
	for (size_t i = 0; i < read->n; i++)
		if (strncmp(read->list[i], "/dev/", 5) == 0 && is_device(read->list[i]) &&
		    need_read(d->base, d->l->facts, read->list[i]))
			words_add(&some, read->list[i]);
	if (some.n > 0)
		comment(d, "devices that a session does not have of its own", &some);
	for (size_t i = 0; i < some.n; i++, d->lines++)
		sayf(d->out, "DeviceAllow=%s%s\n", some.list[i],
		     words_has(written, some.list[i]) ? "" : " r");
	words_free(&some);
}

/* Programs that would gain privileges: a session gives them none. */
static void privileged(struct draft *d)
{
	struct words some = { 0 };
	struct stat st;

	for (size_t i = 0; i < d->l->seen.executed.n; i++)
		if (stat(d->l->seen.executed.list[i], &st) == 0 &&
		    (st.st_mode & (S_ISUID | S_ISGID)) != 0)
			words_add(&some, d->l->seen.executed.list[i]);
	if (some.n > 0)
		comment(d, "these set-user-ID programs gain no privileges in any session", &some);
	words_free(&some);
}

/* The list of a profile is added to; the default would be replaced. */
static bool is_default(const struct origin *from)
{
	return from->file == NULL;
}

static bool holds(const struct set_list *l, const char *word)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].text, word) == 0)
			return true;
	return false;
}

/* ---- sockets ---- */

static void ports(struct draft *d, const char *what, const char *name, const struct words *used,
		  const struct set_list *deny, const struct set_list *allow)
{
	struct words tcp = { 0 };
	char option[64];
	const unsigned denied = sockets_denied(deny);

	for (size_t i = 0; i < used->n; i++)
		if (strncmp(used->list[i], "tcp:", 4) == 0 && !holds(allow, used->list[i]) &&
		    !holds(allow, used->list[i] + 4))
			words_add(&tcp, used->list[i]);
	if (used->n > 0)
		comment(d, what, used);
	else
		sayf(d->out, "\n# %s: none\n", what);
	if (denied == 0) {
		(void)snprintf(option, sizeof option, "%sDeny", name); /* fits */
		line(d, option, "tcp", &(struct words){ 0 });
	}
	(void)snprintf(option, sizeof option, "%sAllow", name);
	if (tcp.n > 0) {
		sayf(d->out, "%s=", option);
		for (size_t i = 0; i < tcp.n; i++)
			sayf(d->out, "%s%s", i > 0 ? " " : "", tcp.list[i]);
		sayf(d->out, "\n");
	}
	words_free(&tcp);
}

/* A server on the loopback interface that the session did not start is one of the host. */
static bool uses_host(const struct seen *s)
{
	bool host = s->outside;

	for (size_t i = 0; i < s->local.n; i++)
		host = host || !words_has(&s->bound, s->local.list[i]);
	return host;
}

static void network(struct draft *d)
{
	const struct seen *const s = &d->l->seen;
	struct words all = { 0 };

	if (!uses_host(s))
		return;
	for (size_t i = 0; i < s->connected.n; i++)
		words_add(&all, s->connected.list[i]);
	for (size_t i = 0; i < s->local.n; i++)
		words_add(&all, s->local.list[i]);
	if (d->base->private_network.v && d->base->network_namespace_path.n == 0 &&
	    d->base->network_allow.n == 0) {
		sayf(d->out, "\n# the session has used the network of the host\n");
		line(d, "PrivateNetwork", "no", &(struct words){ 0 });
	}
	ports(d, "ports that were connected", "SocketConnect", &all, &d->base->socket_connect_deny,
	      &d->base->socket_connect_allow);
	ports(d, "ports that were listened at", "SocketBind", &s->bound, &d->base->socket_bind_deny,
	      &d->base->socket_bind_allow);
	words_free(&all);
}

static void families(struct draft *d)
{
	static const char def[] = "AF_UNIX AF_INET AF_INET6 NETLINK_ROUTE";
	const struct set_list *const l = &d->base->restrict_address_families;
	struct words more = { 0 };

	if (holds(l, "any") || (l->n > 0 && l->items[0].text[0] == '~'))
		return;
	for (size_t i = 0; i < d->l->seen.families.n; i++)
		if (!holds(l, d->l->seen.families.list[i]))
			words_add(&more, d->l->seen.families.list[i]);
	if (more.n > 0) {
		comment(d, "families of sockets that the rule would refuse", &more);
		sayf(d->out, "RestrictAddressFamilies=%s", is_default(&l->from) ? def : "");
		for (size_t i = 0; i < more.n; i++)
			sayf(d->out, " %s", more.list[i]);
		sayf(d->out, "\n");
		d->lines++;
	}
	words_free(&more);
}

/* ---- calls and limits ---- */

static void calls(struct draft *d)
{
	const struct set_list *const l = &d->base->system_call_filter;
	struct words more = { 0 };

	for (size_t i = 0; i < d->l->seen.calls.n; i++)
		if (words_has(&d->l->left_out, d->l->seen.calls.list[i]) &&
		    !holds(l, d->l->seen.calls.list[i]))
			words_add(&more, d->l->seen.calls.list[i]);
	if (more.n > 0) {
		comment(d,
			"system calls that @default-session leaves out; 'cordon syscalls' says why",
			&more);
		line(d, "SystemCallFilter", is_default(&l->from) ? "@default-session " : "", &more);
	}
	words_free(&more);
	if (d->l->seen.namespaces.n > 0 && d->base->restrict_namespaces.v == 0) {
		comment(d, "namespaces that programs have made", &d->l->seen.namespaces);
		line(d, "RestrictNamespaces", "", &d->l->seen.namespaces);
	}
}

/* All calls, for a filter that allows no others: as a comment, because an update may use more. */
static void all_calls(struct draft *d)
{
	const struct words *const used = &d->l->seen.used;

	if (!d->l->all_calls)
		return;
	sayf(d->out, "\n# %zu system calls were used, of the groups", used->n);
	for (size_t i = 0; i < d->l->groups.n; i++)
		sayf(d->out, " %s", d->l->groups.list[i]);
	sayf(d->out, "\n#SystemCallFilter=@essential");
	for (size_t i = 0; i < used->n; i++)
		sayf(d->out, " %s", used->list[i]);
	sayf(d->out, "\n");
}

/* The next power of two above four times the peak, so that a busier day fits. */
static unsigned long room(unsigned long peak, unsigned long least)
{
	unsigned long v = least;

	while (v < peak * 4)
		v *= 2;
	return v;
}

static void limits(struct draft *d)
{
	const struct seen *const s = &d->l->seen;
	const struct set_pair *const nproc = &d->base->limit_nproc, *const nofile =
									    &d->base->limit_nofile;
	const unsigned long megabytes = (unsigned long)d->l->usage.ru_maxrss / 1024 + 1;

	sayf(d->out, "\n# peak: processes %u; in one process, open files %u and memory %lu MB\n",
	     s->processes, s->files, megabytes);
	sayf(d->out, "%sLimitNPROC=%lu\n",
	     nproc->given && nproc->soft < (uint64_t)s->processes + 1 ? "" : "#",
	     room(s->processes, 32));
	sayf(d->out, "%sLimitNOFILE=%lu\n", nofile->given && nofile->soft < s->files ? "" : "#",
	     room(s->files, 64));
	sayf(d->out, "#MemoryMax=%luM\n", room(megabytes, 64));
}

/* ---- the whole ---- */

static void head(struct draft *d)
{
	const struct learn *const l = d->l;
	const time_t now = time(NULL);
	char when[32] = "";
	struct tm tm;

	if (localtime_r(&now, &tm) != NULL)
		(void)strftime(when, sizeof when, "%Y-%m-%d", &tm); /* fits */
	sayf(d->out, "# A draft for the user %s, from a session of %u s on %s.\n",
	     l->facts->login.user, l->seconds, when);
	sayf(d->out,
	     "# programs executed: %zu, files read: %zu, files written: %zu; the programs:\n",
	     l->seen.executed.n, l->seen.read.n, l->seen.written.n);
	sayf(d->out, "# ");
	for (size_t i = 0; i < l->seen.executed.n && i < 2 * NAMED_MAX; i++)
		sayf(d->out, "%s%s", i > 0 ? ", " : "", text_base(l->seen.executed.list[i]));
	sayf(d->out, "%s\n", l->seen.executed.n > 2 * NAMED_MAX ? " and others" : "");
	sayf(d->out,
	     "# The session was not confined. What it did not do is missing here, and what it should\n"
	     "# not do may be in here: read each line, then run 'cordon check FILE'.\n");
	if (l->seen.read.cut || l->seen.written.cut || l->seen.executed.cut)
		sayf(d->out, "# There were more files than could be kept, so lines are missing.\n");
	sayf(d->out, "\n[Match]\nUser=%s\n\n[Session]\n", l->facts->login.user);
	for (unsigned i = 0; i < l->profiles.n; i++)
		sayf(d->out, "%s%s", i == 0 ? "Profile=" : " ", l->profiles.item[i]);
	if (l->profiles.n > 0)
		sayf(d->out, "\n");
}

void learn_draft(const struct learn *l, const struct settings *base, FILE *out)
{
	struct draft d = { .l = l, .base = base, .out = out };

	head(&d);
	lacking(&d, &l->seen.written, need_write, "files that were written", "ReadWritePaths");
	lacking(&d, &l->seen.read, need_read, "files that the session would not show",
		"ReadOnlyPaths");
	lacking(&d, &l->seen.sockets, need_read, "sockets that were connected", "ReadOnlyPaths");
	lacking(&d, &l->seen.executed, need_exec, "programs that the rule would not execute",
		"ExecPaths");
	devices(&d);
	privileged(&d);
	network(&d);
	families(&d);
	calls(&d);
	if (d.lines == 0)
		sayf(out, "# nothing to add: the session would have had all that it used\n");
	all_calls(&d);
	limits(&d);
}
