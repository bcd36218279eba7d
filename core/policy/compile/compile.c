/* SPDX-License-Identifier: Apache-2.0 */
/* compile.c - see compile.h */
#include "policy/compile/compile.h"

#include "base/cpus.h"
#include "contract/words.h"
#include "policy/account/owners.h"
#include "policy/compile/commands.h"
#include "policy/compile/needs.h"
#include "policy/filter/filter.h"
#include "policy/settings/namespaces.h"

#include <errno.h>
#include <linux/filter.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <unistd.h>

struct span plan_put(struct plan_buf *b, const void *data, size_t len, size_t align)
{
	const size_t at = (b->len + align - 1) / align * align;
	struct span s = { 0 };

	if (b->failed || len == 0)
		return s;
	if (len > PLAN_SIZE_MAX || at + len > PLAN_SIZE_MAX) {
		b->failed = -E2BIG;
		return s;
	}
	if (at + len > b->room) {
		const size_t room = (at + len) * 2;
		char *more = realloc(b->data, room);

		if (more == NULL) {
			b->failed = -ENOMEM;
			return s;
		}
		memset(more + b->room, 0, room - b->room);
		b->data = more;
		b->room = room;
	}
	memcpy(b->data + at, data, len);
	b->len = at + len;
	s.off = (uint32_t)at;
	s.len = (uint32_t)len;
	return s;
}

struct span plan_put_str(struct plan_buf *b, const char *s)
{
	return plan_put(b, s, s != NULL && s[0] != '\0' ? strlen(s) + 1 : 0, 1);
}

/* ---- the settings, as they are ---- */

static uint64_t put_num(struct plan_buf *b, const struct set_num *n)
{
	(void)b;
	return n->v;
}

static struct plan_pair put_pair(struct plan_buf *b, const struct set_pair *p)
{
	(void)b;
	return (struct plan_pair){ .soft = p->soft,
				   .hard = p->hard,
				   .given = !p->given		 ? PAIR_NONE :
					    p->from.file != NULL ? PAIR_SET :
								   PAIR_CEILING };
}

static struct span put_list(struct plan_buf *b, const struct set_list *l)
{
	struct span all = { 0 };

	for (size_t i = 0; i < l->n; i++) {
		const struct span s = plan_put(b, l->items[i].text, strlen(l->items[i].text) + 1, 1);

		if (i == 0)
			all = s;
		else
			all.len = s.off + s.len - all.off;
	}
	return all;
}

#define PUT_NUM(b, v)  put_num(b, v)
#define PUT_PAIR(b, v) put_pair(b, v)
#define PUT_LIST(b, v) put_list(b, v)

static void put_settings(struct plan_buf *b, const struct settings *set, struct plan_settings *ret)
{
#define SETTING(Name, field, type, merge, run, def, help) \
	ret->field = STORED(PUT_, type)(b, &set->field);
#include "settings.def"
#undef SETTING
}

/* ---- what is derived from them ---- */

/* Where cordonsh is itself the shell in passwd(5), /bin/sh is what it starts. */
static const char *real_shell(const struct settings *set, const struct facts *f)
{
	const char *name = strrchr(f->shell, '/');

	if (set->shell.n > 0)
		return set->shell.items[0].text;
	return name != NULL && strcmp(name + 1, "cordonsh") == 0 ? "/bin/sh" : f->shell;
}

static int put_filter(const struct settings *set, struct plan_buf *b, struct span *ret,
		      struct err *e)
{
	struct filter_prog prog = { 0 };
	const int r = filter_emit(set, &prog, e);

	if (r < 0)
		return r;
	*ret = plan_put(b, prog.insns, prog.n * sizeof *prog.insns, sizeof(uint64_t));
	filter_free(&prog);
	return 0;
}

static int allows_nothing(const struct set_list *allow, const struct set_list *deny,
			  const char *key, struct err *e)
{
	if (allow->n == 0 || deny->n > 0)
		return 0;
	return err_at(e, allow->from.file, allow->from.line, -EINVAL,
		      "%sAllow=: has no effect without %sDeny=tcp; add that line", key, key);
}

static bool any_cpu(const struct set_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *at = l->items[i].text;
		unsigned from, to;

		while (cpus_next(&at, &from, &to) > 0)
			if ((long)from < sysconf(_SC_NPROCESSORS_CONF))
				return true;
	}
	return false;
}

static int check_meaning(const struct settings *set, const struct facts *f, const char *shell,
			 struct err *e)
{
	if (shell[0] != '/')
		return err_set(
			e, -EINVAL,
			"shell '%s' is not an absolute path; correct it in passwd(5), or set Shell=",
			shell);
	if (f->home[0] != '/' && f->home[0] != '\0')
		return err_set(e, -EINVAL,
			       "home '%s' is not an absolute path; correct it in passwd(5)",
			       f->home);
	if (set->private_uts.v == 0 && set->hostname.n > 0)
		return err_at(
			e, set->hostname.items[0].from.file, set->hostname.items[0].from.line,
			-EINVAL,
			"Hostname=: requires PrivateUTS=yes; write that line, or remove Hostname=");
	if (set->private_network.v == 0 && set->network_namespace_path.n > 0)
		return err_at(
			e, set->network_namespace_path.from.file,
			set->network_namespace_path.from.line, -EINVAL,
			"NetworkNamespacePath=: has no effect with PrivateNetwork=no; remove one of the lines");
	if (set->cpu_affinity.n > 0 && !any_cpu(&set->cpu_affinity))
		return err_at(
			e, set->cpu_affinity.from.file, set->cpu_affinity.from.line, -EINVAL,
			"CPUAffinity=: none of these CPUs exists on this host; write some of 0-%ld",
			sysconf(_SC_NPROCESSORS_CONF) - 1);
	if (set->cpu_scheduling_priority.v != NUM_UNSET &&
	    set->cpu_scheduling_policy.v != CPU_POLICY_FIFO &&
	    set->cpu_scheduling_policy.v != CPU_POLICY_RR)
		return err_at(
			e, set->cpu_scheduling_priority.from.file,
			set->cpu_scheduling_priority.from.line, -EINVAL,
			"CPUSchedulingPriority=: has no effect without CPUSchedulingPolicy=fifo or rr; add that line");
	if (set->private_devices.v == 0 && set->terminals_max.from.file != NULL)
		return err_at(
			e, set->terminals_max.from.file, set->terminals_max.from.line, -EINVAL,
			"TerminalsMax=: requires PrivateDevices=yes; write that line, or remove TerminalsMax=");
	if (set->private_pids.v == 0 && set->no_exec_paths.n > 0)
		return err_at(
			e, set->no_exec_paths.from.file, set->no_exec_paths.from.line, -EINVAL,
			"NoExecPaths=: requires PrivatePIDs=yes, which also covers files in memory; write that line, or remove NoExecPaths=");
	return 0;
}

int plan_compile(const struct settings *set, const struct facts *facts, const char *rule,
		 struct plan **ret, struct err *e)
{
	static const struct plan empty;
	struct plan_buf b = { 0 };
	struct plan p = { .magic = PLAN_MAGIC, .version = PLAN_VERSION, .header_size = sizeof p };
	const char *shell = real_shell(set, facts);
	char uid_map[4096], gid_map[4096]; /* what the kernel takes in one write(2) */
	int r = check_meaning(set, facts, shell, e);

	if (r == 0)
		r = allows_nothing(&set->socket_bind_allow, &set->socket_bind_deny, "SocketBind", e);
	if (r == 0)
		r = allows_nothing(&set->socket_connect_allow, &set->socket_connect_deny,
				   "SocketConnect", e);
	if (r == 0)
		r = needs_settings(set, e);
	if (r == 0)
		r = commands_check(set, e);
	if (r == 0)
		r = ids_emit(set, facts, uid_map, gid_map, sizeof gid_map, e);
	if (r == 0 && uid_map[0] != '\0')
		r = owners_of(facts->login.uid, facts->owner, &p.owner, e);
	if (r < 0)
		return r;
	(void)plan_put(&b, &empty, sizeof empty, sizeof(uint64_t)); /* its place */
	p.uid = facts->login.uid;
	p.gid = facts->gid;
	p.view_uid = p.uid;
	p.view_gid = p.gid;
	p.groups = plan_put(&b, facts->groups, facts->n_groups * sizeof *facts->groups,
			    sizeof(uint64_t));
	if (!b.failed && facts->n_groups > 0)
		qsort(b.data + p.groups.off, facts->n_groups, sizeof *facts->groups, facts_by_id);
	p.user = plan_put_str(&b, facts->login.user);
	p.home = plan_put_str(&b, facts->home);
	p.session = plan_put_str(&b, facts->session);
	p.shell = plan_put_str(&b, shell);
	p.hostname = plan_put_str(&b, set->hostname.n > 0 ? set->hostname.items[0].text : NULL);
	p.rule = plan_put_str(&b, rule[0] != '\0' ? rule : "-");
	p.divert = plan_put_str(&b, facts->shell);
	p.divert.len += plan_put_str(&b, "/bin/sh").len; /* what sshd starts xauth and sshrc by */
	p.uid_map = plan_put_str(&b, uid_map);
	p.gid_map = plan_put_str(&b, gid_map);
	p.clone_flags = namespaces_wanted(set) & ~((uint64_t)CLONE_NEWNS | CLONE_NEWUSER);
	p.flags = (set->no_exec_paths.n > 0 && needs_has(FEATURE_MEMFD_NOEXEC) ? PLAN_MEMFD_NOEXEC :
										 0u) |
		  (commands_serve(set, facts->login.service) != SERVE_NOTHING ? PLAN_INNER_SFTP :
										0u) |
		  (strcmp(facts->login.service, "sshd") == 0 ? PLAN_BY_SSHD : 0u) |
		  (set->restrict_suidsgid.v != RESTRICT_SUIDSGID_NO ? PLAN_NO_SUID : 0u) |
		  (set->restrict_suidsgid.v == RESTRICT_SUIDSGID_YES ? PLAN_NO_SGID : 0u);
	p.last_cap = (uint32_t)cap_max_bits() - 1;
	put_settings(&b, set, &p.set);
	r = fs_emit(set, facts, shell, &b, &p.view, e);
	if (r == 0)
		r = put_filter(set, &b, &p.filter, e);
	if (r == 0 && b.failed)
		r = err_set(e, b.failed, "plan is too large; shorten the lists of the rule");
	if (r < 0) {
		free(b.data);
		return r;
	}
	p.size = (uint32_t)b.len;
	memcpy(b.data, &p, sizeof p);
	*ret = (struct plan *)(void *)b.data;
	return 0;
}
