/* SPDX-License-Identifier: Apache-2.0 */
/* args.c - which arguments of which calls the directives look at */
#include "filter/filter.h"

#include "base/near.h"
#include "base/sys.h"
#include "base/sys_ns.h"
#include "contract/plan.h"
#include "contract/words.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* The kernel's ABI, the same on every architecture of calls.c; libc's headers need not have them all. */
enum {
	PROT_WX = 2 | 4,
	PROT_X = 4,
	SHM_X = 0100000,
	FAMILY_INET = 2,
	FAMILY_NETLINK = 16,
	FAMILY_PACKET = 17,
	FAMILY_RDS = 21,
	FAMILY_RXRPC = 33,
	FAMILY_SMC = 43,
	FAMILY_ROUTE = 63, /* AF_NETLINK with the protocol NETLINK_ROUTE: families.def */
	PROTOCOL_ROUTE = 0,
	TYPE_MASK = 0xf,
	TYPE_PACKET = 10,
	OPEN_MAKES = 0100 | 020000000, /* O_CREAT, and the bit that O_TMPFILE adds */
	MODE_SET_UID = 04000,
	MODE_SET_ID = 06000,
	PERSONALITY_READ_EXEC = 0x0400000,
	SCHED_KEEP_NOT = 0x40000000, /* SCHED_RESET_ON_FORK may go with any policy */
	PROTOCOL_UDPLITE = 136,
	PROTOCOL_SMC = 256,
	PROTOCOL_MPTCP = 262,
	SEND_FASTOPEN = 0x20000000,
};
/* ioctl_tty(2): types into the terminal, pastes into it, takes the console, swaps the driver */
static const uint32_t tty_requests[] = {
	0x5412 /* TIOCSTI */, 0x541c /* TIOCLINUX */, 0x541d /* TIOCCONS */, 0x5423 /* TIOCSETD */
};

/* Where clone(2) has its flags. */
#ifdef __s390x__
enum { CLONE_FLAGS = 1 };
#else
enum { CLONE_FLAGS = 0 };
#endif

/* What is asked of one call, and the answer so far. */
struct ask {
	const struct filter_spec *spec;
	const struct families *families;
	size_t id, abi;
	uint32_t *verdict;
	struct check *c;
};

/* A clause with one test: (argument @arg & @mask) == @value. */
static struct clause *clause(struct check *c, uint32_t ret, uint8_t arg, uint32_t mask,
			     uint32_t value)
{
	struct clause *k = &c->clause[c->n++];

	*k = (struct clause){ .n = 1, .ret = ret };
	k->test[0] = (struct arg_test){ .arg = arg, .mask = mask, .value = value };
	return k;
}

static struct clause *clause_is(struct check *c, uint32_t ret, uint8_t arg, uint32_t value)
{
	return clause(c, ret, arg, UINT32_MAX, value);
}

static void clause_and(struct clause *k, uint8_t arg, uint32_t mask, uint32_t value)
{
	k->test[k->n++] = (struct arg_test){ .arg = arg, .mask = mask, .value = value };
}

/* Only with none of @bits. */
static bool check_none(struct check *c, uint8_t arg, uint32_t bits)
{
	(void)clause(c, PASS, arg, bits, 0);
	c->otherwise = RET_ERRNO(EPERM);
	return true;
}

/* @errno_ with the one bit @bit set. */
static bool check_bit(struct check *c, uint8_t arg, uint32_t bit, int errno_)
{
	(void)clause(c, RET_ERRNO(errno_), arg, bit, bit);
	return true;
}

static bool refused(const struct ask *a, int errno_)
{
	*a->verdict = RET_ERRNO(errno_);
	return false;
}

static bool on_abi(const struct ask *a, uint32_t audit)
{
	return abis[a->abi].audit == audit;
}

/*
 * Bits of a mode are refused to chmod(2) and its like, which are for directories as well; both
 * set-id bits to those that make files alone.
 */
static bool check_suid(const struct ask *a)
{
	static const struct {
		const char *calls;
		uint8_t mode;
		bool makes; /* a file, always */
		int flags;  /* the argument whose OPEN_MAKES says whether it does, -1 for none */
	} rows[] = {
		{ "chmod fchmod", 1, false, -1 }, { "fchmodat fchmodat2", 2, false, -1 },
		{ "mknod creat", 1, true, -1 },	  { "mknodat", 2, true, -1 },
		{ "open", 2, true, 1 },		  { "openat", 3, true, 2 },
	};
	const bool gid = a->spec->restrict_suidsgid != RESTRICT_SUIDSGID_SUID;

	if (a->spec->restrict_suidsgid == RESTRICT_SUIDSGID_NO)
		return false;
	if (call_is(a->id, "openat2"))
		return refused(a, ENOSYS);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (!call_is(a->id, rows[i].calls))
			continue;
		if (rows[i].flags >= 0)
			(void)clause(a->c, PASS, (uint8_t)rows[i].flags, OPEN_MAKES, 0);
		return check_none(a->c, rows[i].mode,
				  gid || rows[i].makes ? MODE_SET_ID : MODE_SET_UID);
	}
	return false;
}

static bool check_write_execute(const struct ask *a)
{
	if ((a->spec->flags & FILTER_DENY_WRITE_EXECUTE) == 0)
		return false;
	if (call_is(a->id, "mmap") && on_abi(a, AUDIT_ARCH_I386))
		return refused(a, EPERM); /* its arguments lie in memory; libc uses mmap2 */
	if (call_is(a->id, "mmap mmap2")) {
		(void)clause(a->c, RET_ERRNO(EPERM), 2, PROT_WX, PROT_WX);
		return true;
	}
	if (call_is(a->id, "mprotect pkey_mprotect"))
		return check_bit(a->c, 2, PROT_X, EPERM);
	return call_is(a->id, "shmat") && check_bit(a->c, 2, SHM_X, EPERM);
}

static bool check_namespaces(const struct ask *a)
{
	const uint32_t denied = (uint32_t)NS_FLAGS_ALL & ~(uint32_t)a->spec->ns_allowed;

	if (denied == 0)
		return false;
	if (call_is(a->id, "clone")) /* its low byte is a signal: no room for a time namespace */
		return check_none(a->c, CLONE_FLAGS, denied & ~0xffu);
	if (call_is(a->id, "clone3"))
		return refused(a, ENOSYS);
	if (call_is(a->id, "unshare"))
		return check_none(a->c, 0, denied);
	if (!call_is(a->id, "setns"))
		return false;
	if (denied == NS_FLAGS_ALL)
		return refused(a, EPERM);
	(void)clause_is(a->c, RET_ERRNO(EPERM), 1, 0); /* "whatever the descriptor is" */
	return check_none(a->c, 1, denied);
}

static bool restricts_families(const struct ask *a)
{
	return !a->families->any || a->families->n != 0;
}

/* A ring makes files and sockets whose modes, families and addresses lie in memory. */
static bool hides_arguments(const struct ask *a)
{
	return call_is(a->id, "io_uring_setup io_uring_enter") &&
	       ((a->spec->flags & FILTER_RESTRICT_PORTS) != 0 ||
		a->spec->restrict_suidsgid != RESTRICT_SUIDSGID_NO || restricts_families(a));
}

static bool family_listed(const struct families *f, uint32_t family)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i] == family)
			return true;
	return false;
}

/* A family that is listed; AF_NETLINK is two, NETLINK_ROUTE and all its other protocols. */
static void check_family(const struct families *f, uint32_t family, struct check *c)
{
	const uint32_t unknown = RET_ERRNO(EPROTONOSUPPORT);
	const uint32_t listed = f->any ? RET_ERRNO(EAFNOSUPPORT) : PASS;
	const bool route = family_listed(f, FAMILY_ROUTE), others = family_listed(f, FAMILY_NETLINK);

	if ((family == FAMILY_NETLINK && !route) || (family == FAMILY_ROUTE && !others)) {
		const bool pass = route != f->any;

		clause_and(clause_is(c, pass ? PASS : unknown, 0, FAMILY_NETLINK), 2, UINT32_MAX,
			   PROTOCOL_ROUTE);
		(void)clause_is(c, pass ? unknown : PASS, 0, FAMILY_NETLINK);
	} else if (family != FAMILY_ROUTE) {
		(void)clause_is(c, listed, 0, family);
	}
}

static bool check_families(const struct ask *a)
{
	const struct families *f = a->families;
	const uint32_t refusal = RET_ERRNO(EAFNOSUPPORT);

	if (!restricts_families(a))
		return false;
	if (call_is(a->id, "socketcall") || (f->n == 0 && call_is(a->id, "socket socketpair")))
		return refused(a, EAFNOSUPPORT);
	if (!call_is(a->id, "socket socketpair"))
		return false;
	/* socket(AF_INET, SOCK_PACKET) is AF_PACKET by an older name */
	if (family_listed(f, FAMILY_PACKET) == f->any && family_listed(f, FAMILY_INET) != f->any)
		clause_and(clause_is(a->c, refusal, 0, FAMILY_INET), 1, TYPE_MASK, TYPE_PACKET);
	for (size_t i = 0; i < f->n; i++)
		check_family(f, f->v[i], a->c);
	a->c->otherwise = f->any ? PASS : refusal;
	return true;
}

/* A socket that is TCP or UDP by another name, or by sockets of the kernel's own. */
static void check_socket(uint32_t flags, struct check *c)
{
	static const struct {
		uint32_t flag;
		uint8_t arg;
		uint32_t value;
		int err;
	} others[] = {
		{ FILTER_RESTRICT_TCP, 2, PROTOCOL_MPTCP, EPROTONOSUPPORT },
		{ FILTER_RESTRICT_TCP, 2, PROTOCOL_SMC, EPROTONOSUPPORT },
		{ FILTER_RESTRICT_UDP, 2, PROTOCOL_UDPLITE, EPROTONOSUPPORT },
		{ FILTER_RESTRICT_TCP, 0, FAMILY_SMC, EAFNOSUPPORT },
		{ FILTER_RESTRICT_TCP, 0, FAMILY_RDS, EAFNOSUPPORT },
		{ FILTER_RESTRICT_UDP, 0, FAMILY_RXRPC, EAFNOSUPPORT },
	};

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (flags & others[i].flag)
			(void)clause_is(c, RET_ERRNO(others[i].err), others[i].arg, others[i].value);
}

/* What Landlock does not see as TCP or UDP. */
static bool check_ports(const struct ask *a)
{
	if ((a->spec->flags & FILTER_RESTRICT_PORTS) == 0)
		return false;
	if (call_is(a->id, "socketcall"))
		return refused(a, EPERM);
	if (call_is(a->id, "socket")) {
		check_socket(a->spec->flags, a->c);
		return true;
	}
	if ((a->spec->flags & FILTER_RESTRICT_TCP) == 0)
		return false;
	if (call_is(a->id, "sendmsg"))
		return check_bit(a->c, 2, SEND_FASTOPEN, EOPNOTSUPP);
	return call_is(a->id, "sendto sendmmsg") && check_bit(a->c, 3, SEND_FASTOPEN, EOPNOTSUPP);
}

/* Both look at socket(2): first what is no TCP or UDP, then the family. */
static bool check_sockets(const struct ask *a)
{
	const bool ports = check_ports(a);

	return ret_allows(*a->verdict) && (check_families(a) || (ret_allows(*a->verdict) && ports));
}

static bool check_personality(const struct ask *a)
{
	const bool lock = (a->spec->flags & FILTER_LOCK_PERSONALITY) != 0;

	if (!call_is(a->id, "personality") ||
	    (!lock && (a->spec->flags & FILTER_DENY_WRITE_EXECUTE) == 0))
		return false;
	(void)clause_is(a->c, PASS, 0, UINT32_MAX); /* asks, changes nothing */
	if (!lock)
		return check_bit(a->c, 0, PERSONALITY_READ_EXEC, EPERM);
	(void)clause_is(a->c, PASS, 0, 0);
	a->c->otherwise = RET_ERRNO(EPERM);
	return true;
}

static bool check_realtime(const struct ask *a)
{
	static const uint32_t fair[] = { 0 /* OTHER */, 3 /* BATCH */, 5 /* IDLE */ };

	if ((a->spec->flags & FILTER_RESTRICT_REALTIME) == 0)
		return false;
	if (call_is(a->id, "sched_setattr")) /* the policy lies in memory */
		return refused(a, EPERM);
	if (!call_is(a->id, "sched_setscheduler"))
		return false;
	for (size_t i = 0; i < sizeof fair / sizeof fair[0]; i++)
		(void)clause(a->c, PASS, 1, ~(uint32_t)SCHED_KEEP_NOT, fair[i]);
	a->c->otherwise = RET_ERRNO(EPERM);
	return true;
}

static bool check_always(const struct ask *a)
{
	if (call_is(a->id, "prctl")) {
		(void)clause_is(a->c, RET_ERRNO(FILTER_PROBE_ERRNO), 0, FILTER_PROBE);
		/* a process without a cookie, such as sshd's, could otherwise pass that on */
		if ((a->spec->flags & FILTER_KEEP_CORE) != 0)
			(void)clause_is(a->c, RET_ERRNO(EPERM), 0, SYS_PR_SCHED_CORE);
		return true;
	}
	/* an own process-id namespace names nothing but the session */
	if (call_is(a->id, "prlimit64") && (a->spec->flags & FILTER_OWN_PIDS) == 0) {
		(void)clause_is(a->c, PASS, 0, 0);
		a->c->otherwise = RET_ERRNO(EPERM);
		return true;
	}
	if (!call_is(a->id, "ioctl"))
		return false;
	for (size_t i = 0; i < sizeof tty_requests / sizeof tty_requests[0]; i++)
		(void)clause_is(a->c, RET_ERRNO(EPERM), 1, tty_requests[i]);
	return true;
}

bool filter_check(const struct filter_spec *spec, const struct families *families, size_t id,
		  size_t abi, uint32_t *verdict, struct check *ret)
{
	static bool (*const checks[])(const struct ask *) = {
		check_always,	check_namespaces,    check_sockets,	check_suid,
		check_realtime, check_write_execute, check_personality,
	};
	const struct ask a = { spec, families, id, abi, verdict, ret };

	ret->n = 0;
	ret->otherwise = PASS;
	if (ret_allows(*verdict) && hides_arguments(&a))
		return refused(&a, EPERM);
	/* no call is looked at by two of these */
	for (size_t i = 0; i < sizeof checks / sizeof checks[0] && ret_allows(*verdict); i++)
		if (checks[i](&a))
			return true;
	return false;
}

static const struct {
	const char *name;
	int v;
} families_known[] = {
#define FAMILY(name, number) { #name, number },
#include "filter/families.def"
#undef FAMILY
};
enum { FAMILIES_N = sizeof families_known / sizeof families_known[0] };

static int family_find(const char *name)
{
	for (size_t i = 0; i < FAMILIES_N; i++)
		if (strcmp(name, families_known[i].name) == 0)
			return families_known[i].v;
	return -ENOENT;
}

/* The name without "AF_", in which all names would look alike, or "PF_". */
static const char *family_tail(const char *name)
{
	return strncasecmp(name, "AF_", 3) == 0 || strncasecmp(name, "PF_", 3) == 0 ? name + 3 :
										      name;
}

static const char *family_nearest(const char *name)
{
	static const char *const words[] = { "none", "any" };
	const char *best = NULL;
	struct near near;

	near_start(&near, family_tail(name));
	for (size_t i = 0; i < FAMILIES_N; i++) {
		const char *tail = family_tail(families_known[i].name);

		near_try(&near, tail);
		if (near.best == tail)
			best = families_known[i].name;
	}
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		near_try(&near, words[i]);
		if (near.best == words[i])
			best = words[i];
	}
	return best;
}

static int family_unknown(const char *word, const char *name, size_t i, struct filter_error *err)
{
	const char *near = family_nearest(name);

	if (near != NULL)
		return filter_err(
			err, FILTER_FAMILIES, i,
			"RestrictAddressFamilies=: unknown address family '%s'; did you mean '%s'?",
			word, near);
	return filter_err(
		err, FILTER_FAMILIES, i,
		"RestrictAddressFamilies=: unknown address family '%s'; expected a name of socket(2) such as AF_INET, none or any",
		word);
}

/* The word @i: @on marks the families allowed, or after "any" those refused. */
static int family_word(const struct filter_spec *spec, size_t i, bool *any, bool on[FAMILY_MAX],
		       struct filter_error *err)
{
	struct list_word w;
	int v, r = list_word(spec, FILTER_FAMILIES, i, "RestrictAddressFamilies", &w, err);

	if (r < 0 || w.text[0] == '\0') /* "~ AF_UNIX" */
		return r;
	v = family_find(w.text);
	if (v >= 0 && !w.optional) {
		on[v] = *any ? w.deny : !w.deny;
		if (v == FAMILY_NETLINK)
			on[FAMILY_ROUTE] = on[v];
		return 0;
	}
	if (strcmp(w.text, "none") == 0 || strcmp(w.text, "any") == 0) {
		if (w.deny)
			return filter_err(
				err, FILTER_FAMILIES, i,
				"RestrictAddressFamilies=: '~%s' is not allowed; write any, none, or a list of families",
				w.text);
		*any = w.text[0] == 'a';
		memset(on, 0, FAMILY_MAX * sizeof on[0]);
		return 0;
	}
	return family_unknown(spec->list[FILTER_FAMILIES].v[i].text, w.text, i, err);
}

/* Where libc makes sockets by socketcall(2), a list would leave a session without any. */
#if defined(__i386__) || defined(__s390x__)
enum { BY_SOCKETCALL = true };
#else
enum { BY_SOCKETCALL = false };
#endif

int filter_families(const struct filter_spec *spec, struct families *ret, struct filter_error *err)
{
	static const int usual[] = { 1 /* AF_UNIX */, FAMILY_INET, 10 /* AF_INET6 */, FAMILY_ROUTE };
	const struct filter_words *list = &spec->list[FILTER_FAMILIES];
	const size_t first = list_first(list);
	const bool given = list->n > 0 && (list->v[first].flags & WORD_GIVEN) != 0;
	bool on[FAMILY_MAX] = { false };
	bool any = BY_SOCKETCALL && !given;

	for (size_t i = 0; i < sizeof usual / sizeof usual[0] && !any && list_from_start(list); i++)
		on[usual[i]] = true;
	for (size_t i = first; i < list->n && !(BY_SOCKETCALL && !given); i++) {
		const int r = family_word(spec, i, &any, on, err);

		if (r < 0)
			return r;
	}
	*ret = (struct families){ .any = any };
	for (uint32_t v = 0; v < FAMILY_MAX; v++)
		if (on[v])
			ret->v[ret->n++] = v;
	if (BY_SOCKETCALL && (!any || ret->n > 0)) {
		(void)filter_err(
			err, FILTER_FAMILIES, first,
			"RestrictAddressFamilies=: not possible on %s, where libc makes sockets by socketcall(2); write any",
			abis[0].word);
		return -EOPNOTSUPP;
	}
	return 0;
}
