/* SPDX-License-Identifier: Apache-2.0 */
/* args.c - which arguments of which calls the directives look at */
#include "policy/filter/filter_int.h"

#include "base/ports.h"
#include "base/sys_ns.h"
#include "contract/plan.h"
#include "contract/words.h"

#include <errno.h>
#include <string.h>

/* The kernel's ABI, the same on every architecture here; libc's headers need not have them all. */
enum {
	PROT_W = 2,
	PROT_X = 4,
	SHM_X = 0100000,
	FAMILY_INET = 2,
	FAMILY_NETLINK = 16,
	FAMILY_PACKET = 17,
	FAMILY_RDS = 21,
	FAMILY_RXRPC = 33,
	FAMILY_SMC = 43,
	FAMILY_ROUTE = 63, /* AF_NETLINK with the protocol NETLINK_ROUTE: filter_families.def */
	PROTOCOL_ROUTE = 0,
	TYPE_MASK = 0xf,
	TYPE_PACKET = 10,
	OPEN_MAKES = 0100 | 020000000, /* O_CREAT, and the bit that O_TMPFILE adds */
	MODE_SET_UID = 04000,
	MODE_SET_ID = 06000,
	PERSONALITY_READ_EXEC = 0x0400000,
	SCHED_KEEP_NOT = 0x40000000, /* SCHED_RESET_ON_FORK may go with any policy */
	IPC_SHMAT = 21,
	PROTOCOL_UDPLITE = 136,
	PROTOCOL_SMC = 256,
	PROTOCOL_MPTCP = 262,
	SEND_FASTOPEN = 0x20000000,
	SOCKETCALL_SOCKET = 1,
	SOCKETCALL_SOCKETPAIR = 8,
};
/* ioctl_tty(2): types into the terminal, pastes into it, takes the console, swaps the driver */
static const uint32_t tty_requests[] = {
	0x5412 /* TIOCSTI */, 0x541c /* TIOCLINUX */, 0x541d /* TIOCCONS */, 0x5423 /* TIOCSETD */
};

/* One more clause for @c; its first test is on argument @arg. */
static struct clause *clause_add(struct check *c, uint32_t ret, uint8_t arg, uint32_t mask,
				 uint32_t value, bool any)
{
	struct clause *k = &c->clause[c->n++];

	*k = (struct clause){ .n = 1, .ret = ret };
	k->test[0] = (struct arg_test){ .arg = arg, .mask = mask, .value = value, .any = any };
	return k;
}

static void clause_is(struct check *c, uint32_t ret, uint8_t arg, uint32_t value)
{
	(void)clause_add(c, ret, arg, UINT32_MAX, value, false); /* no second test */
}

static void clause_any(struct check *c, uint32_t ret, uint8_t arg, uint32_t mask)
{
	(void)clause_add(c, ret, arg, mask, 0, true); /* no second test */
}

/* EPERM for a mode with one of @bits, if @flags_arg (none when negative) says that it counts. */
static bool check_mode(struct check *c, int flags_arg, uint8_t mode_arg, uint32_t bits)
{
	struct clause *k;

	if (flags_arg < 0) {
		clause_any(c, RET_ERRNO(EPERM), mode_arg, bits);
		return true;
	}
	k = clause_add(c, RET_ERRNO(EPERM), (uint8_t)flags_arg, OPEN_MAKES, 0, true);
	k->test[k->n++] = (struct arg_test){ .arg = mode_arg, .mask = bits, .any = true };
	return true;
}

/*
 * @bits of a mode are refused to chmod(2) and its like, which are for directories as well; both
 * set-id bits to those that make files alone.
 */
static bool check_suid(uint32_t bits, unsigned call, uint32_t *verdict, struct check *c)
{
	switch (call) {
	case CALL_chmod:
	case CALL_fchmod:
		return check_mode(c, -1, 1, bits);
	case CALL_fchmodat:
	case CALL_fchmodat2:
		return check_mode(c, -1, 2, bits);
	case CALL_mknod:
	case CALL_creat:
		return check_mode(c, -1, 1, MODE_SET_ID);
	case CALL_mknodat:
		return check_mode(c, -1, 2, MODE_SET_ID);
	case CALL_open:
		return check_mode(c, 1, 2, MODE_SET_ID);
	case CALL_openat:
		return check_mode(c, 2, 3, MODE_SET_ID);
	case CALL_openat2:
		*verdict = RET_ERRNO(ENOSYS);
		return false;
	default:
		return false;
	}
}

static bool check_write_execute(unsigned call, enum filter_arch arch, uint32_t *verdict,
				struct check *c)
{
	const uint32_t eperm = RET_ERRNO(EPERM);
	struct clause *k;

	switch (call) {
	case CALL_mmap:
		if (arch == ARCH_I386) { /* its arguments lie in memory; libc uses mmap2 */
			*verdict = eperm;
			return false;
		}
		(void)clause_add(c, eperm, 2, PROT_W | PROT_X, PROT_W | PROT_X, false);
		return true;
	case CALL_mmap2:
		(void)clause_add(c, eperm, 2, PROT_W | PROT_X, PROT_W | PROT_X, false);
		return true;
	case CALL_mprotect:
	case CALL_pkey_mprotect:
		clause_any(c, eperm, 2, PROT_X);
		return true;
	case CALL_shmat:
		clause_any(c, eperm, 2, SHM_X);
		return true;
	case CALL_ipc: /* the high half of the first argument is a version */
		k = clause_add(c, eperm, 0, 0xffff, IPC_SHMAT, false);
		k->test[k->n++] = (struct arg_test){ .arg = 2, .mask = SHM_X, .any = true };
		return true;
	default:
		return false;
	}
}

static bool check_namespaces(uint64_t allowed, unsigned call, uint32_t *verdict, struct check *c)
{
	const uint32_t denied = (uint32_t)NS_FLAGS_ALL & ~(uint32_t)allowed;

	if (denied == 0)
		return false;
	switch (call) {
	case CALL_clone: /* its low byte is a signal: no room for a time namespace */
		clause_any(c, RET_ERRNO(EPERM), 0, denied & ~0xffu);
		return true;
	case CALL_clone3:
		*verdict = RET_ERRNO(ENOSYS);
		return false;
	case CALL_unshare:
		clause_any(c, RET_ERRNO(EPERM), 0, denied);
		return true;
	case CALL_setns:
		if (denied == NS_FLAGS_ALL) {
			*verdict = RET_ERRNO(EPERM);
			return false;
		}
		clause_is(c, RET_ERRNO(EPERM), 1, 0); /* "whatever the descriptor is" */
		clause_any(c, RET_ERRNO(EPERM), 1, denied);
		return true;
	default:
		return false;
	}
}

/* A socket that is TCP or UDP by another name, or by sockets of the kernel's own. */
static void check_socket(unsigned ports, struct check *c)
{
	static const struct {
		unsigned protocol; /* PORTS_* */
		uint8_t arg;
		uint32_t value;
		int err;
	} others[] = {
		{ PORTS_TCP, 2, PROTOCOL_MPTCP, EPROTONOSUPPORT },
		{ PORTS_TCP, 2, PROTOCOL_SMC, EPROTONOSUPPORT },
		{ PORTS_UDP, 2, PROTOCOL_UDPLITE, EPROTONOSUPPORT },
		{ PORTS_TCP, 0, FAMILY_SMC, EAFNOSUPPORT },
		{ PORTS_TCP, 0, FAMILY_RDS, EAFNOSUPPORT },
		{ PORTS_UDP, 0, FAMILY_RXRPC, EAFNOSUPPORT },
	};

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (ports & others[i].protocol)
			clause_is(c, RET_ERRNO((uint32_t)others[i].err), others[i].arg,
				  others[i].value);
}

/* What Landlock does not see as a protocol of @ports. */
static bool check_ports(unsigned ports, unsigned call, uint32_t *verdict, struct check *c)
{
	if (ports == 0)
		return false;
	switch (call) {
	case CALL_socketcall:
		*verdict = RET_ERRNO(EPERM);
		return false;
	case CALL_socket:
		check_socket(ports, c);
		return true;
	case CALL_sendmsg:
		if (ports & PORTS_TCP)
			clause_any(c, RET_ERRNO(EOPNOTSUPP), 2, SEND_FASTOPEN);
		return c->n > 0;
	case CALL_sendto:
	case CALL_sendmmsg:
		if (ports & PORTS_TCP)
			clause_any(c, RET_ERRNO(EOPNOTSUPP), 3, SEND_FASTOPEN);
		return c->n > 0;
	default:
		return false;
	}
}

/* A ring makes files and sockets whose modes, families and addresses lie in memory. */
static bool hides_arguments(const struct filter_spec *spec, const struct families *f, unsigned call)
{
	return (call == CALL_io_uring_setup || call == CALL_io_uring_enter) &&
	       (spec->restrict_ports != 0 || spec->restrict_suidsgid != RESTRICT_SUIDSGID_NO ||
		!f->any || f->n != 0);
}

static bool family_listed(const struct families *f, uint32_t family)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i] == family)
			return true;
	return false;
}

/* socket(AF_INET, SOCK_PACKET) is AF_PACKET by an older name. */
static void check_packet(const struct families *f, struct check *c, uint32_t refusal)
{
	struct clause *k;

	if (family_listed(f, FAMILY_PACKET) != f->any || family_listed(f, FAMILY_INET) == f->any)
		return;
	k = clause_add(c, refusal, 0, UINT32_MAX, FAMILY_INET, false);
	k->test[k->n++] = (struct arg_test){ .arg = 1, .mask = TYPE_MASK, .value = TYPE_PACKET };
}

/* A family that is listed; AF_NETLINK is two, NETLINK_ROUTE and all its other protocols. */
static void check_family(const struct families *f, uint32_t family, struct check *c)
{
	const uint32_t unknown = RET_ERRNO(EPROTONOSUPPORT);
	const uint32_t listed = f->any ? RET_ERRNO(EAFNOSUPPORT) : PASS;
	const bool route = family_listed(f, FAMILY_ROUTE), others = family_listed(f, FAMILY_NETLINK);
	struct clause *k;

	if ((family == FAMILY_NETLINK && !route) || (family == FAMILY_ROUTE && !others)) {
		const bool pass = route != f->any;

		k = clause_add(c, pass ? PASS : unknown, 0, UINT32_MAX, FAMILY_NETLINK, false);
		k->test[k->n++] =
			(struct arg_test){ .arg = 2, .mask = UINT32_MAX, .value = PROTOCOL_ROUTE };
		clause_is(c, pass ? unknown : PASS, 0, FAMILY_NETLINK);
	} else if (family != FAMILY_ROUTE) {
		clause_is(c, listed, 0, family);
	}
}

/* Behind what check_ports() has found to say of a socket. */
static bool check_families(const struct families *f, unsigned call, uint32_t *verdict,
			   struct check *c)
{
	const uint32_t refusal = RET_ERRNO(EAFNOSUPPORT);

	if ((f->any && f->n == 0) || !ret_allows(*verdict))
		return false;
	switch (call) {
	case CALL_socket:
	case CALL_socketpair:
		if (f->n == 0) {
			*verdict = refusal;
			return false;
		}
		check_packet(f, c, refusal);
		for (size_t i = 0; i < f->n; i++)
			check_family(f, f->v[i], c);
		c->otherwise = f->any ? PASS : refusal;
		return true;
	case CALL_socketcall: /* i386 only: the family lies in memory; libc may call socket */
		clause_is(c, refusal, 0, SOCKETCALL_SOCKET);
		clause_is(c, refusal, 0, SOCKETCALL_SOCKETPAIR);
		return true;
	default:
		return false;
	}
}

static bool check_personality(const struct filter_spec *spec, struct check *c)
{
	if (!spec->lock_personality && !spec->memory_deny_write_execute)
		return false;
	clause_is(c, PASS, 0, UINT32_MAX); /* asks, changes nothing */
	if (spec->lock_personality) {
		clause_is(c, PASS, 0, 0);
		c->otherwise = RET_ERRNO(EPERM);
	} else {
		clause_any(c, RET_ERRNO(EPERM), 0, PERSONALITY_READ_EXEC);
	}
	return true;
}

static bool check_realtime(unsigned call, uint32_t *verdict, struct check *c)
{
	static const uint32_t fair[] = { 0 /* OTHER */, 3 /* BATCH */, 5 /* IDLE */ };

	if (call == CALL_sched_setattr) { /* the policy lies in memory */
		*verdict = RET_ERRNO(EPERM);
		return false;
	}
	if (call != CALL_sched_setscheduler)
		return false;
	for (size_t i = 0; i < sizeof fair / sizeof fair[0]; i++)
		(void)clause_add(c, PASS, 1, ~(uint32_t)SCHED_KEEP_NOT, fair[i], false);
	c->otherwise = RET_ERRNO(EPERM);
	return true;
}

bool filter_check(const struct filter_spec *spec, const struct families *families, unsigned call,
		  enum filter_arch arch, uint32_t *verdict, struct check *ret)
{
	bool port;

	if (!ret_allows(*verdict))
		return false;
	ret->n = 0;
	ret->otherwise = PASS;
	if (call == CALL_ioctl) {
		for (size_t i = 0; i < sizeof tty_requests / sizeof tty_requests[0]; i++)
			clause_is(ret, RET_ERRNO(EPERM), 1, tty_requests[i]);
		return true;
	}
	if (call == CALL_prctl) {
		clause_is(ret, RET_ERRNO(FILTER_PROBE_ERRNO), 0, FILTER_PROBE);
		return true;
	}
	if (call == CALL_prlimit64) {
		/* an own process-id namespace names nothing but the session */
		if (spec->own_pids)
			return false;
		clause_is(ret, PASS, 0, 0);
		ret->otherwise = RET_ERRNO(EPERM);
		return true;
	}
	if (call == CALL_personality)
		return check_personality(spec, ret);
	if (hides_arguments(spec, families, call)) {
		*verdict = RET_ERRNO(EPERM);
		return false;
	}
	port = check_ports(spec->restrict_ports, call, verdict, ret);
	/* no call is looked at by two of these, but socket by the first and by the families */
	return check_namespaces(spec->ns_allowed, call, verdict, ret) ||
	       check_families(families, call, verdict, ret) ||
	       (spec->restrict_suidsgid != RESTRICT_SUIDSGID_NO &&
		check_suid(spec->restrict_suidsgid == RESTRICT_SUIDSGID_SUID ? MODE_SET_UID :
									       MODE_SET_ID,
			   call, verdict, ret)) ||
	       (spec->memory_deny_write_execute && check_write_execute(call, arch, verdict, ret)) ||
	       (spec->restrict_realtime && check_realtime(call, verdict, ret)) || port;
}

static int family_find(const char *name)
{
	static const struct {
		const char *name;
		int v;
	} known[] = {
#define FAMILY(name, number) { #name, number },
#include "policy/filter/families.def"
#undef FAMILY
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(name, known[i].name) == 0)
			return known[i].v;
	return -ENOENT;
}

/* Word @w: @on marks the families allowed, or after "any" those refused. */
static int family_word(const struct set_item *item, const struct list_word *w, bool *any,
		       bool on[FAMILY_MAX], struct err *err)
{
	const int v = family_find(w->text);

	if (v >= 0 && !w->optional) {
		on[v] = *any ? w->deny : !w->deny;
		if (v == FAMILY_NETLINK)
			on[FAMILY_ROUTE] = on[v];
		return 0;
	}
	if (strcmp(w->text, "none") == 0 || strcmp(w->text, "any") == 0) {
		if (w->deny)
			return filter_err(
				err, &item->from,
				"RestrictAddressFamilies=: '~%s' is not allowed; write any, none, or a list of families",
				w->text);
		*any = w->text[0] == 'a';
		memset(on, 0, FAMILY_MAX * sizeof on[0]);
		return 0;
	}
	return filter_err(
		err, &item->from,
		"RestrictAddressFamilies=: unknown address family '%s'; expected a name of socket(2) such as AF_INET, none or any",
		item->text);
}

int filter_families(const struct set_list *list, struct families *ret, struct err *err)
{
	static const int usual[] = { 1 /* AF_UNIX */, FAMILY_INET, 10 /* AF_INET6 */, FAMILY_ROUTE };
	bool on[FAMILY_MAX] = { false };
	bool any = false;

	if (list_from_start(list))
		for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
			on[usual[i]] = true;
	for (size_t i = list_first(list); list != NULL && i < list->n; i++) {
		struct list_word w;
		int r = list_word(list, i, "RestrictAddressFamilies", &w, err);

		if (r == 0 && w.text[0] != '\0') /* "~ AF_UNIX" */
			r = family_word(&list->items[i], &w, &any, on, err);
		if (r < 0)
			return r;
	}
	*ret = (struct families){ .any = any };
	for (uint32_t v = 0; v < FAMILY_MAX; v++)
		if (on[v])
			ret->v[ret->n++] = v;
	return 0;
}
