/* SPDX-License-Identifier: Apache-2.0 */
/* expect_spaces.c - attempts at processes, namespaces, users and the network */
#include "ctl/selftest/selftest.h"

#include "base/ports.h"
#include "base/sys_ns.h"
#include "contract/group.h"
#include "contract/words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int64_t space_of_host(const char *word)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof path, "/proc/self/ns/%s", word); /* fits */
	return stat(path, &st) < 0 ? 0 : (int64_t)st.st_ino;
}

/* Each namespace that the directives give is another one than the host's. */
static void own_spaces(struct selftest *t)
{
	const struct settings *s = t->set;
	const struct {
		const char *setting, *word;
		bool own;
	} spaces[] = {
		{ "ProtectSystem", "mnt", true },
		{ "PrivatePIDs", "pid", s->private_pids.v != 0 },
		{ "PrivateIPC", "ipc", s->private_ipc.v != 0 },
		{ "PrivateUTS", "uts", s->private_uts.v != 0 },
		{ "PrivateNetwork", "net", s->private_network.v != 0 },
		{ "ProtectControlGroups", "cgroup", s->protect_control_groups.v != 0 },
		{ "PrivateUsers", "user", s->private_users.v != PRIVATE_USERS_NO },
	};
	char what[64];

	for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
		(void)snprintf(what, sizeof what, "%s namespace of the host", spaces[i].word);
		if (spaces[i].own)
			expect_try(t, spaces[i].setting, what, ASK_NOT,
				   space_of_host(spaces[i].word), "space\t%s", spaces[i].word);
		else
			expect_none(t, spaces[i].setting, RESULT_NOT_SET, what);
	}
}

static void processes(struct selftest *t)
{
	const int pid = (int)t->bait.pid;
	const bool own = t->set->private_pids.v != 0;

	/* without a pid namespace, the user's own processes are visible, and Landlock guards them */
	expect_try(t, "PrivatePIDs", "signal a process of the user outside", ASK_REFUSED, 0,
		   "kill\t%d", pid);
	expect_try(t, "PrivatePIDs", "trace a process of the user outside", ASK_REFUSED, 0,
		   "ptrace\t%d", pid);
	expect_try(t, "PrivatePIDs", "read the memory of a process outside", ASK_REFUSED, 0,
		   "memory\t%d", pid);
	expect_try(t, "PrivatePIDs", "read the environment of a process outside", ASK_REFUSED, 0,
		   "read\t/proc/%d/environ", pid);
	expect_try(t, "PrivatePIDs", "list the files of a process outside", ASK_REFUSED, 0,
		   "read\t/proc/%d/root/etc", pid);
	if (own) {
		expect_try(t, "PrivatePIDs", "open a process outside", ASK_REFUSED, 0, "pidfd\t%d",
			   pid);
		expect_try(t, "PrivatePIDs", "find a process outside in /proc", ASK_REFUSED, 0,
			   "look\t/proc/%d", pid);
		expect_try(t, "PrivatePIDs", "trace init of the session", ASK_REFUSED, 0,
			   "ptrace\t1");
		expect_try(t, "PrivatePIDs", "signal init of the session", ASK_REFUSED, 0,
			   "kill\t1");
		expect_try(t, "PrivatePIDs", "read the root of init of the session", ASK_REFUSED, 0,
			   "read\t/proc/1/root");
	} else {
		expect_none(t, "PrivatePIDs", RESULT_NOT_SET, "open a process outside");
	}
	if (t->set->protect_proc.v == PROTECT_PROC_INVISIBLE)
		expect_try(t, "ProtectProc", "see processes of others in /proc", ASK_IS, 0,
			   "strangers");
	else
		expect_none(t, "ProtectProc", RESULT_NOT_SET, "see processes of others in /proc");
}

static void ipc(struct selftest *t)
{
	if (!t->set->private_ipc.v) {
		expect_none(t, "PrivateIPC", RESULT_NOT_SET, "System V memory of the host");
		return;
	}
	if (t->bait.shm >= 0)
		expect_try(t, "PrivateIPC", "attach System V memory of the host", ASK_REFUSED, 0,
			   "shm\t%d", t->bait.shm);
	if (t->bait.queue >= 0)
		expect_try(t, "PrivateIPC", "open a message queue of the host", ASK_REFUSED, 0,
			   "queue\t%s", t->bait.name);
}

/* Of programs in whose place the session has no other: see emit_set_id() of the compiler. */
static void set_id(struct selftest *t)
{
	const bool all = t->set->explain_suidsgid.v != 0;

	if (all)
		expect_try(t, "always", "gain by the set-user-ID program mount", ASK_REFUSED, 0,
			   "setid\t/usr/bin/mount");
	else
		expect_try(t, "always", "gain by the set-user-ID program su", ASK_REFUSED, 0,
			   "setid\t/usr/bin/su");
	if (all || t->set->password_change.v)
		expect_try(t, "always", "gain by the set-user-ID program umount", ASK_REFUSED, 0,
			   "setid\t/usr/bin/umount");
	else
		expect_try(t, "always", "gain by the set-user-ID program passwd", ASK_REFUSED, 0,
			   "setid\t/usr/bin/passwd");
}

static void users(struct selftest *t)
{
	expect_try(t, "CapabilityBoundingSet", "effective capabilities", ASK_IS, 0,
		   "status\tCapEff");
	expect_try(t, "CapabilityBoundingSet", "permitted capabilities", ASK_IS, 0,
		   "status\tCapPrm");
	expect_try(t, "CapabilityBoundingSet", "inheritable capabilities", ASK_IS, 0,
		   "status\tCapInh");
	expect_try(t, "CapabilityBoundingSet", "ambient capabilities", ASK_IS, 0, "status\tCapAmb");
	expect_try(t, "CapabilityBoundingSet", "capabilities in the bounding set", ASK_WITHIN,
		   (int64_t)t->set->capability_bounding_set.v, "status\tCapBnd");
	expect_try(t, "always", "no_new_privs", ASK_IS, 1, "status\tNoNewPrivs");
	expect_try(t, "always", "become root", ASK_REFUSED, 0, "call\t%d\t0", (int)SYS_setuid);
	expect_try(t, "always", "become another user", ASK_REFUSED, 0, "call\t%d\t1\t1\t1",
		   (int)SYS_setresuid);
	expect_try(t, "always", "take root's group", ASK_REFUSED, 0, "call\t%d\t0", (int)SYS_setgid);
	expect_try(t, "always", "drop the supplementary groups", ASK_REFUSED, 0, "call\t%d\t0\t0",
		   (int)SYS_setgroups);
	set_id(t);
	expect_try(t, "always", "LD_PRELOAD of the caller", ASK_REFUSED, 0, "variable\tLD_PRELOAD")
		->only_login = true;
}

/* A port that the list @allowed lacks; 0: all are allowed. */
static unsigned port_refused(const struct set_list *allowed)
{
	for (unsigned port = 40411; port < 40511; port++) {
		bool has = false;

		for (size_t i = 0; i < allowed->n; i++) {
			struct ports p;

			has = has || ports_parse(allowed->items[i].text, &p) < 0 ||
			      (port >= p.from && port <= p.to);
		}
		if (!has)
			return port;
	}
	return 0;
}

static bool denies(const struct set_list *denied, const char *protocol)
{
	for (size_t i = 0; i < denied->n; i++)
		if (strcmp(denied->items[i].text, protocol) == 0 ||
		    strcmp(denied->items[i].text, "any") == 0)
			return true;
	return false;
}

static void ports(struct selftest *t)
{
	static const char *const protocols[] = { "tcp", "udp" };

	for (unsigned i = 0; i < 2; i++) {
		const unsigned to = port_refused(&t->set->socket_connect_allow);
		const unsigned on = port_refused(&t->set->socket_bind_allow);
		char what[64];

		(void)snprintf(what, sizeof what, "bind %s port %u", protocols[i], on);
		if (denies(&t->set->socket_bind_deny, protocols[i]) && on != 0)
			expect_try(t, "SocketBindDeny", what, ASK_REFUSED, 0, "bind\t%s\t%u",
				   protocols[i], on);
		else
			expect_none(t, "SocketBindDeny", RESULT_NOT_SET, what);
		(void)snprintf(what, sizeof what, "connect to %s port %u", protocols[i], to);
		if (denies(&t->set->socket_connect_deny, protocols[i]) && to != 0)
			expect_try(t, "SocketConnectDeny", what, ASK_ERRNO, EACCES,
				   "connect\t%s\t%u", protocols[i], to);
		else
			expect_none(t, "SocketConnectDeny", RESULT_NOT_SET, what);
	}
}

static bool covers(const struct group_address *prefix, const struct group_address *a)
{
	if (prefix->family != a->family)
		return false;
	for (unsigned i = 0; i < prefix->bits; i++)
		if ((prefix->address[i / 8] ^ a->address[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

/* An address of @denied; of "any" one that is for documentation, and nobody's. */
static struct group_address one_of(const struct group_address *denied)
{
	static const struct group_address v4 = { .family = GROUP_IPV4, .address = { 192, 0, 2, 1 } };
	static const struct group_address v6 = { .family = GROUP_IPV6,
						 .address = { 0x20, 1, 0xd, 0xb8, [15] = 1 } };

	if (denied->bits != 0)
		return *denied;
	return denied->family == GROUP_IPV4 ? v4 : v6;
}

/* The first denied address that no allowed prefix has; false: there is none that can be tried. */
static bool denied_address(const struct plan *plan, char *buf, size_t size)
{
	size_t n;
	const struct group_address *a = plan_addresses(plan, &n);

	for (size_t i = 0; a != NULL && i < n; i++) {
		const struct group_address one = one_of(&a[i]);
		bool allowed = a[i].list == GROUP_ALLOW;

		for (size_t k = 0; k < n && !allowed; k++)
			allowed = a[k].list == GROUP_ALLOW && covers(&a[k], &one);
		if (!allowed)
			return inet_ntop(one.family == GROUP_IPV4 ? AF_INET : AF_INET6, one.address,
					 buf, (socklen_t)size) != NULL;
	}
	return false;
}

static void addresses(struct selftest *t)
{
	char address[INET6_ADDRSTRLEN], what[96];

	if (!denied_address(t->plan, address, sizeof address)) {
		expect_none(t, "IPAddressDeny", RESULT_NOT_SET, "connect to a denied address");
		return;
	}
	(void)snprintf(what, sizeof what, "connect to %s", address); /* fits */
	expect_try(t, "IPAddressDeny", what, ASK_REFUSED, 0, "connect\taddress\t%s", address);
}

static void network(struct selftest *t)
{
	if (t->set->private_network.v) {
		expect_try(t, "PrivateNetwork", "connect to a TCP port of the host", ASK_REFUSED, 0,
			   "connect\ttcp\t%u", t->bait.port);
		if (t->set->network_namespace_path.n == 0 && t->set->network_allow.n == 0)
			expect_try(t, "PrivateNetwork", "network interfaces other than lo", ASK_IS,
				   0, "interfaces");
	} else {
		expect_none(t, "PrivateNetwork", RESULT_NOT_SET, "connect to a port of the host");
	}
	expect_try(t, "PrivateNetwork", "connect to an abstract socket of the host", ASK_REFUSED, 0,
		   "connect\tabstract\t%s", t->bait.name);
	if (t->set->private_run.v)
		expect_try(t, "PrivateRun", "connect to the bus of the system", ASK_REFUSED, 0,
			   "connect\tpath\t/run/dbus/system_bus_socket");
	ports(t);
	addresses(t);
}

void expect_spaces(struct selftest *t)
{
	own_spaces(t);
	processes(t);
	ipc(t);
	users(t);
	network(t);
}
