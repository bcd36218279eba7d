/* SPDX-License-Identifier: Apache-2.0 */
/* compile.c - see compile.h */
#include "policy/compile/compile.h"

#include "base/cpus.h"
#include "contract/wire.h"
#include "contract/words.h"
#include "policy/account/owners.h"
#include "policy/compile/commands.h"
#include "policy/compile/group_emit.h"
#include "policy/compile/hooks_emit.h"
#include "policy/compile/needs.h"
#include "policy/compile/network_emit.h"
#include "policy/compile/plan_buf.h"
#include "policy/filter/filter.h"
#include "policy/settings/addresses.h"
#include "policy/settings/caps.h"
#include "policy/settings/namespaces.h"
#include "policy/settings/network.h"
#include "policy/settings/sockets.h"

#include <errno.h>
#include <linux/filter.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/*
 * The variables of Environment=, after the one that names the session's own runtime directory: the rule
 * may set or remove that, too. With the host's /run, the session has such a directory if the host does.
 */
static struct span put_environment(struct plan_buf *b, const struct settings *set,
				   const struct facts *f)
{
	static const char name[] = "XDG_RUNTIME_DIR=";
	char var[sizeof name + FS_RUNTIME_MAX] = "XDG_RUNTIME_DIR=";
	struct span all, given;

	if (!set->private_run.v && access(FS_RUNTIME, F_OK) < 0)
		return put_list(b, &set->environment);
	fs_runtime(f, var + sizeof name - 1);
	all = plan_put_str(b, var);
	given = put_list(b, &set->environment);
	all.len += given.len;
	return all;
}

static void put_settings(struct plan_buf *b, const struct settings *set, struct plan_settings *ret)
{
#define SETTING(Name, field, type, merge, run, part, def, help) \
	IN_SESSION(part, ret->field = STORED(PUT_, type)(b, &set->field);)
#include "settings.def"
#undef SETTING
}

static void put_login_settings(struct plan_buf *b, const struct settings *set,
			       struct plan_login_settings *ret)
{
#define SETTING(Name, field, type, merge, run, part, def, help) \
	IN_LOGIN(part, ret->field = STORED(PUT_, type)(b, &set->field);)
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

/* What Lifetime=user requires, and what requires Lifetime=user. */
static int check_place(const struct settings *set, struct err *e)
{
	const struct origin *idle = &set->stop_when_idle_sec.from,
			    *change = &set->on_rule_change.from;

	if (set->lifetime.v == LIFETIME_USER && !set->private_pids.v)
		return err_at(
			e, set->lifetime.from.file, set->lifetime.from.line, -EINVAL,
			"Lifetime=: user requires PrivatePIDs=yes; write that line, or Lifetime=session");
	if (set->lifetime.v == LIFETIME_USER)
		return 0;
	if (idle->file != NULL)
		return err_at(
			e, idle->file, idle->line, -EINVAL,
			"StopWhenIdleSec=: has no effect without Lifetime=user; write that line, or remove StopWhenIdleSec=");
	if (change->file != NULL)
		return err_at(
			e, change->file, change->line, -EINVAL,
			"OnRuleChange=: has no effect without Lifetime=user; write that line, or remove OnRuleChange=");
	return 0;
}

/* The names are sent in one message, and looked up one by one. */
static int check_credentials(const struct settings *set, struct err *e)
{
	const struct set_list *l = &set->copy_credentials;
	size_t size = 0;

	for (size_t i = 0; i < l->n; i++) {
		const char *name = l->items[i].text;

		size += strlen(name) + 1;
		if (strpbrk(name, "*?[\\") != NULL)
			return err_at(
				e, l->items[i].from.file, l->items[i].from.line, -EINVAL,
				"CopyCredentials=: '%.100s' is a pattern; write the name of a variable",
				name);
		if (i >= CREDENTIALS_MAX || size > WIRE_TEXT_MAX)
			return err_at(e, l->items[i].from.file, l->items[i].from.line, -EINVAL,
				      "CopyCredentials=: too many variables; write %d at most",
				      CREDENTIALS_MAX);
	}
	return 0;
}

static int check_meaning(const struct settings *set, const struct facts *f, const char *shell,
			 struct err *e)
{
	int r;

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
	r = check_place(set, e);
	if (r == 0)
		r = check_credentials(set, e);
	if (r < 0)
		return r;
	if (set->private_devices.v == 0 && set->terminals_max.from.file != NULL)
		return err_at(
			e, set->terminals_max.from.file, set->terminals_max.from.line, -EINVAL,
			"TerminalsMax=: requires PrivateDevices=yes; write that line, or remove TerminalsMax=");
	if (set->private_pids.v == 0 && set->no_exec_paths.n > 0)
		return err_at(
			e, set->no_exec_paths.from.file, set->no_exec_paths.from.line, -EINVAL,
			"NoExecPaths=: requires PrivatePIDs=yes, which also covers files in memory; write that line, or remove NoExecPaths=");
	/* nothing would tell the keeper which processes it has to end */
	if (set->private_pids.v == 0 && set->private_users.v == PRIVATE_USERS_NO &&
	    (set->restrict_namespaces.v & CLONE_NEWUSER))
		return err_at(
			e, set->restrict_namespaces.from.file, set->restrict_namespaces.from.line,
			-EINVAL,
			"RestrictNamespaces=: programs that make user namespaces could outlive the session; write PrivatePIDs=yes or PrivateUsers=identity, or RestrictNamespaces=yes");
	return 0;
}

static struct span put_groups(struct plan_buf *b, const struct facts *facts)
{
	const size_t size = facts->n_groups * sizeof *facts->groups;
	const struct span groups = plan_put(b, facts->groups, size, sizeof(uint64_t));

	if (!b->failed && facts->n_groups > 0)
		qsort(b->data + groups.off, facts->n_groups, sizeof *facts->groups, facts_by_id);
	return groups;
}

/* The header's place, zero until the part is complete. */
static void put_header(struct plan_buf *b, size_t size)
{
	static const union {
		struct plan session;
		struct plan_login login;
	} none;

	(void)plan_put(b, &none, size, sizeof(uint64_t));
}

static int too_large(const struct plan_buf *b, struct err *e)
{
	return b->failed == 0 ?
		       0 :
		       err_set(e, b->failed, "plan is too large; shorten the lists of the rule");
}

/* What can be refused, and what comes of it that is no part of the rule. */
struct derived {
	const char *shell;
	char uid_map[4096], gid_map[4096]; /* what the kernel takes in one write(2) */
	uint32_t owner;
};

static int derive(const struct settings *set, const struct facts *facts, struct derived *ret,
		  struct err *e)
{
	int r;

	ret->shell = real_shell(set, facts);
	ret->owner = 0;
	r = check_meaning(set, facts, ret->shell, e);
	if (r == 0)
		r = sockets_check(set, e);
	if (r == 0)
		r = addresses_check(set, e);
	if (r == 0)
		r = network_settings_check(set, e);
	if (r == 0)
		r = needs_settings(set, e);
	if (r == 0)
		r = commands_check(set, e);
	if (r == 0)
		r = hooks_check(set, e);
	if (r == 0)
		r = ids_emit(set, facts, ret->uid_map, ret->gid_map, sizeof ret->gid_map, e);
	if (r == 0 && ret->uid_map[0] != '\0')
		r = owners_of(facts->login.uid, facts->owner, &ret->owner, e);
	return r;
}

static uint32_t plan_flags(const struct settings *set)
{
	uint32_t flags = 0;

	if (set->no_exec_paths.n > 0 && needs_has(FEATURE_MEMFD_NOEXEC))
		flags |= PLAN_MEMFD_NOEXEC;
	if (set->allow_commands.n > 0 || set->command.n > 0)
		flags |= PLAN_GOVERNED;
	if (set->restrict_suidsgid.v != RESTRICT_SUIDSGID_NO)
		flags |= PLAN_NO_SUID;
	if (set->restrict_suidsgid.v == RESTRICT_SUIDSGID_YES)
		flags |= PLAN_NO_SGID;
	if (needs_has(FEATURE_LANDLOCK_LOG))
		flags |= PLAN_AUDIT;
	if (set->share.v == SHARE_USER)
		flags |= PLAN_SHARE_USER;
	return flags;
}

static int put_session(const struct settings *set, const struct facts *facts,
		       const struct derived *d, struct plan_buf *b, struct err *e)
{
	struct plan p = {
		.head = { .magic = PLAN_MAGIC, .version = PLAN_VERSION, .header_size = sizeof p },
		.view_uid = facts->login.uid,
		.view_gid = facts->gid,
		.clone_flags = namespaces_wanted(set) & ~((uint64_t)CLONE_NEWNS | CLONE_NEWUSER),
		.last_cap = caps_n() - 1,
		.flags = plan_flags(set),
		.owner = d->owner,
	};
	int r;

	put_header(b, sizeof p);
	p.view_groups = put_groups(b, facts);
	p.home = plan_put_str(b, facts->home);
	p.hostname = plan_put_str(b, set->hostname.n > 0 ? set->hostname.items[0].text : NULL);
	p.divert = plan_put_str(b, facts->shell);
	p.divert.len += plan_put_str(b, "/bin/sh").len; /* what sshd starts xauth and sshrc by */
	p.uid_map = plan_put_str(b, d->uid_map);
	p.gid_map = plan_put_str(b, d->gid_map);
	put_settings(b, set, &p.set);
	hooks_emit(&set->exec_start_pre, b, &p.start_pre);
	hooks_emit(&set->exec_stop_post, b, &p.stop_post);
	network_emit(set, b, &p.network);
	r = fs_emit(set, facts, d->shell, b, &p.view, &p.follow, e);
	if (r == 0)
		r = put_filter(set, b, &p.filter, e);
	if (r == 0)
		r = group_emit(set, b, &p.group, e);
	if (r == 0)
		r = group_emit_addresses(set, b, &p.addresses, e);
	p.head.size = plan_put_end(b);
	if (r == 0)
		r = too_large(b, e);
	if (r == 0)
		memcpy(b->data, &p, sizeof p);
	return r;
}

int plan_compile(const struct settings *set, const struct facts *facts, struct plan **ret,
		 struct err *e)
{
	struct plan_buf b = { 0 };
	struct derived d;
	int r = derive(set, facts, &d, e);

	if (r == 0)
		r = put_session(set, facts, &d, &b, e);
	if (r < 0) {
		free(b.data);
		return r;
	}
	*ret = (struct plan *)(void *)b.data;
	return 0;
}

/* @tty: PAM_TTY without a leading "/dev/" */
static bool is_terminal_name(const char *tty)
{
	if (strncmp(tty, "pts/", 4) == 0)
		return tty[4] != '\0' && strspn(tty + 4, "0123456789") == strlen(tty + 4);
	return strncmp(tty, "tty", 3) == 0 && tty[3] != '\0' && strlen(tty) < 16 &&
	       strspn(tty + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(tty + 3);
}

static struct span put_tty(struct plan_buf *b, const char *tty)
{
	char path[FACTS_NAME_MAX + 8];

	if (!is_terminal_name(tty))
		return (struct span){ 0 };
	(void)snprintf(path, sizeof path, "/dev/%s", tty); /* fits */
	return plan_put_str(b, path);
}

static uint32_t login_flags(const struct settings *set, const struct login *login)
{
	uint32_t flags = 0;

	/* the service is a name that root has chosen, also if it is that of an application */
	if (login->by == LOGIN_BY_RUN)
		return LOGIN_PROGRAM;
	if (commands_trust(set, login->service))
		flags |= LOGIN_INTERNAL_SFTP;
	if (strcmp(login->service, "sshd") == 0)
		flags |= LOGIN_BY_SSHD;
	/* ssh servers set this in place of a terminal: terminals may follow */
	if (strcmp(login->tty, "ssh") == 0)
		flags |= LOGIN_NAMED_TERMINAL;
	return flags;
}

int plan_login_compile(const struct settings *set, const struct facts *facts, const char *rule,
		       struct plan_login **ret, struct err *e)
{
	struct plan_buf b = { 0 };
	struct plan_login l = {
		.head = { .magic = PLAN_LOGIN_MAGIC,
			  .version = PLAN_VERSION,
			  .header_size = sizeof l },
		.uid = facts->login.uid,
		.gid = facts->gid,
		.flags = login_flags(set, &facts->login),
	};

	put_header(&b, sizeof l);
	l.groups = put_groups(&b, facts);
	l.user = plan_put_str(&b, facts->login.user);
	l.home = plan_put_str(&b, facts->home);
	l.session = plan_put_str(&b, facts->session);
	l.rule = plan_put_str(&b, rule[0] != '\0' ? rule : "-");
	l.shell = plan_put_str(&b, real_shell(set, facts));
	l.tty = put_tty(&b, facts->login.tty);
	put_login_settings(&b, set, &l.set);
	l.set.environment = put_environment(&b, set, facts);
	l.head.size = plan_put_end(&b);
	if (too_large(&b, e) < 0) {
		free(b.data);
		return e->code;
	}
	memcpy(b.data, &l, sizeof l);
	*ret = (struct plan_login *)(void *)b.data;
	return 0;
}
