/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why_judge.c - from a failed system call to the setting that refused it
 *
 * The filter is asked first: its program is run on the arguments of the call, so that the answer is exact.
 * For limits and the network, the errno and the call say which setting counts. Paths are why_path.c's.
 */
#include "ctl/run/why.h"

#include "base/native.h"
#include "confine/program/exec.h"
#include "contract/facts.h"
#include "contract/words.h"

#include <errno.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

void why_by(const struct why *w, const char *directive, const struct origin *from, struct refusal *r)
{
	const struct setting *row = settings_find(directive);
	char text[256] = "default";

	if (from != NULL && from->file != NULL)
		(void)snprintf(text, sizeof text, "%.200s:%u", from->file, from->line);
	else if (from == NULL && row != NULL)
		(void)settings_from(w->set, row, text, sizeof text);
	(void)snprintf(r->text, sizeof r->text, "%s= (%s)", directive, text);
	r->cordon = true;
}

static bool by(const struct why *w, const char *directive, struct refusal *r)
{
	why_by(w, directive, NULL, r);
	return true;
}

/* Adds to the text, for people. */
__attribute__((format(printf, 2, 3))) static bool add(struct refusal *r, const char *fmt, ...)
{
	const size_t at = strlen(r->text);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->text + at, sizeof r->text - at, fmt, ap); /* cut: for people */
	va_end(ap);
	return true;
}

static bool not_by_cordon(struct refusal *r, const char *why)
{
	r->cordon = false;
	(void)snprintf(r->text, sizeof r->text, "not by cordon: %s", why);
	return true;
}

/* ---- the filter ---- */

static bool is_one(int nr, const long *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == nr)
			return true;
	return false;
}
#define IS_ONE(nr, ...) \
	is_one(nr, (const long[]){ __VA_ARGS__ }, \
	       sizeof((const long[]){ __VA_ARGS__ }) / sizeof(long))

/* The directive that the filter has the rule from; cordon-filter looks at them in this order. */
static const char *directive_of(const struct why *w, const struct seccomp_data *d)
{
	const struct settings *s = w->set;

	if (d->arch != AUDIT_NATIVE || (d->nr & 0x40000000))
		return "SystemCallArchitectures";
	if (IS_ONE(d->nr, SYS_socket, SYS_socketpair))
		return "RestrictAddressFamilies";
	if (IS_ONE(d->nr, SYS_clone, SYS_clone3, SYS_unshare, SYS_setns))
		return "RestrictNamespaces";
	if (d->nr == SYS_personality)
		return "LockPersonality";
	if (IS_ONE(d->nr, SYS_sched_setscheduler, SYS_sched_setattr, SYS_sched_setparam))
		return s->restrict_realtime.v || s->cpu_scheduling_policy.v == NUM_UNSET ?
			       "RestrictRealtime" :
			       "CPUSchedulingPolicy";
	if (d->nr == SYS_sched_setaffinity && s->cpu_affinity.n > 0)
		return "CPUAffinity";
	if (d->nr == SYS_ioprio_set &&
	    (s->io_scheduling_class.v != NUM_UNSET || s->io_scheduling_priority.v != NUM_UNSET))
		return "IOSchedulingClass";
	if (d->nr == SYS_syslog && s->protect_kernel_logs.v)
		return "ProtectKernelLogs";
	if (s->memory_deny_write_execute.v && IS_ONE(d->nr, SYS_mprotect, SYS_pkey_mprotect, SYS_shmat
#ifdef SYS_mmap
						     ,
						     SYS_mmap
#endif
						     ))
		return "MemoryDenyWriteExecute";
	if (s->restrict_suidsgid.v != RESTRICT_SUIDSGID_NO &&
	    IS_ONE(d->nr, SYS_fchmod, SYS_fchmodat, SYS_openat, SYS_mknodat, 452 /* fchmodat2 */
#ifdef SYS_open
		   ,
		   SYS_chmod, SYS_open, SYS_creat, SYS_mknod
#endif
		   ))
		return "RestrictSUIDSGID";
	return "SystemCallFilter";
}

static bool judge_filter(const struct why *w, const struct why_call *c, struct refusal *r)
{
	const uint32_t answer = exec_filter_answer(w->plan, &c->data);

	if ((answer & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO ||
	    (int)(answer & SECCOMP_RET_DATA) != c->err)
		return false;
	/* a call that is younger than cordon; programs know what to do without it */
	if (c->err == ENOSYS && c->data.nr != SYS_clone3)
		return by(w, "SystemCallFilter", r) && add(r, "; cordon does not know the call");
	by(w, directive_of(w, &c->data), r);
	if (c->data.nr == SYS_clone3)
		add(r, "; harmless, the C library uses clone instead");
	return true;
}

/* ---- limits ---- */

struct limit_case {
	int err;
	const char *directive;
	const struct set_pair *limit;
	bool is; /* the call is one that the limit is about */
};

static bool judge_limits(const struct why *w, const struct why_call *c, struct refusal *r)
{
	const struct settings *s = w->set;
	const int nr = c->data.nr;
	const bool starts = IS_ONE(nr, SYS_clone, SYS_clone3
#ifdef SYS_fork
				   ,
				   SYS_fork, SYS_vfork
#endif
	);
	const bool maps = IS_ONE(nr, SYS_mprotect, SYS_mremap
#ifdef SYS_mmap
				 ,
				 SYS_mmap
#endif
	);
	const struct limit_case cases[] = {
		{ EAGAIN, "LimitNPROC", &s->limit_nproc, starts },
		{ EMFILE, "LimitNOFILE", &s->limit_nofile, true },
		{ ENOMEM, "LimitAS", &s->limit_as, maps },
		{ ENOMEM, "LimitDATA", &s->limit_data, maps },
		{ ENOMEM, "LimitMEMLOCK", &s->limit_memlock, nr == SYS_mlock },
		{ EAGAIN, "LimitMEMLOCK", &s->limit_memlock, true },
		{ EFBIG, "LimitFSIZE", &s->limit_fsize, true },
	};

	if (c->err == EAGAIN && starts && s->tasks_max.v != NUM_UNSET)
		return by(w, "TasksMax", r) && add(r, " or LimitNPROC=");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (cases[i].err != c->err || !cases[i].is)
			continue;
		if (c->err == EAGAIN && !starts && nr != SYS_mlock)
			continue; /* a read that would block */
		if (cases[i].limit->given || cases[i].limit == &s->limit_nproc)
			return by(w, cases[i].directive, r);
		if (c->err == EMFILE || c->err == EFBIG)
			return not_by_cordon(r, "a limit of the caller");
	}
	return false;
}

static bool judge_raise(const struct why *w, const struct why_call *c, struct refusal *r)
{
	static const char *const names[] = {
#define LIMIT(RESOURCE, field, type, def, help) [RLIMIT_##RESOURCE] = "Limit" #RESOURCE,
#include "limits.def"
#undef LIMIT
	};
	const struct set_pair *const limits[] = {
#define LIMIT(RESOURCE, field, type, def, help) [RLIMIT_##RESOURCE] = &w->set->limit_##field,
#include "limits.def"
#undef LIMIT
	};
	const uint64_t which = c->data.args[c->data.nr == SYS_prlimit64 ? 1 : 0];

	if (c->err != EPERM || !IS_ONE(c->data.nr, SYS_prlimit64, SYS_setrlimit))
		return false;
	if (which >= sizeof names / sizeof names[0] || names[which] == NULL)
		return false;
	if (!limits[which]->given)
		return not_by_cordon(r, "a hard limit of the caller");
	return by(w, names[which], r) && add(r, "; programs cannot raise a hard limit");
}

/* ---- the network ---- */

static bool denied(const struct set_list *l)
{
	return l->n > 0;
}

static bool judge_network(const struct why *w, const struct why_call *c, struct refusal *r)
{
	const bool internet = strchr(r->object, ':') != NULL && !r->path && r->object[0] != '@';
	const struct settings *s = w->set;

	if (c->data.nr == SYS_bind && c->err == EACCES && denied(&s->socket_bind_deny) && internet)
		return by(w, "SocketBindDeny", r);
	if (!IS_ONE(c->data.nr, SYS_connect, SYS_sendto))
		return false;
	if (c->err == EACCES && internet && denied(&s->socket_connect_deny))
		return by(w, "SocketConnectDeny", r);
	if (c->err == EPERM && internet && s->ip_address_deny.n > 0)
		return by(w, "IPAddressDeny", r);
	if (s->private_network.v && s->network_namespace_path.n == 0 &&
	    ((internet && (c->err == ENETUNREACH || c->err == EHOSTUNREACH ||
			   c->err == ECONNREFUSED || c->err == EADDRNOTAVAIL)) ||
	     (r->object[0] == '@' && c->err == ECONNREFUSED)))
		return by(w, "PrivateNetwork", r);
	if (r->object[0] == '@' && c->err == EPERM) {
		(void)snprintf(r->text, sizeof r->text,
			       "abstract sockets outside of the session are never reachable");
		r->cordon = true;
		return true;
	}
	return false;
}

/* ---- rights ---- */

/* What only a privileged process may do, on every host. */
static bool judge_rights(const struct why *w, const struct why_call *c, struct refusal *r)
{
	const bool was_root = w->facts->login.uid == 0;

	if (c->err != EPERM && c->err != EACCES)
		return false;
	if (c->data.nr == SYS_ptrace)
		return not_by_cordon(r, "--why traces the program itself; run it without --why");
	if (IS_ONE(c->data.nr, SYS_setpriority, SYS_ioprio_set))
		return by(w, "Nice", r) && add(r, "; the priority cannot be raised");
#ifdef SYS_mmap
	if (c->data.nr == SYS_mmap && c->err == EPERM && (c->data.args[2] & 4) != 0)
		return by(w, "NoExecPaths", r);
#endif
	if (was_root)
		return by(w, "CapabilityBoundingSet", r) &&
		       add(r, "; root has no capabilities in it");
	if (c->err == EPERM)
		return not_by_cordon(r, "this takes a privilege that the user does not have");
	(void)snprintf(r->text, sizeof r->text, "not known which setting; or not by cordon");
	return true;
}

bool why_judge(const struct why *w, const struct why_call *c, const struct call_row *row,
	       struct refusal *r)
{
	if (judge_filter(w, c, r) || judge_limits(w, c, r) || judge_raise(w, c, r) ||
	    judge_network(w, c, r))
		return true;
	if (r->path && row != NULL)
		return why_judge_path(w, c, row, r);
	return judge_rights(w, c, r);
}

bool why_judge_signal(const struct why *w, const struct why_call *last, int sig, struct refusal *r)
{
	if (sig == SIGSYS)
		return by(w, directive_of(w, &last->data), r);
	if (sig == SIGXFSZ && w->set->limit_fsize.given)
		return by(w, "LimitFSIZE", r);
	if (sig == SIGXCPU && w->set->limit_cpu.given)
		return by(w, "LimitCPU", r);
	return false;
}
