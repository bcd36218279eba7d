/* SPDX-License-Identifier: Apache-2.0 */
/* needs.c - ask the running kernel for each feature that a directive requires */
#include "policy/compile/needs.h"

#include "base/cgroup.h"
#include "base/cleanup.h"
#include "base/landlock_abi.h"
#include "base/sys.h"
#include "base/sys_bpf.h"
#include "base/sys_ns.h"
#include "contract/devices.h"
#include "contract/network.h"
#include "contract/words.h"
#include "policy/compile/group_emit.h"
#include "policy/settings/sockets.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

unsigned needs_masked, needs_granted;
int needs_abi;

static bool file(const char *path)
{
	return access(path, F_OK) == 0;
}

/* The ABI of Landlock; below 1: there is none. One login asks for several features, the kernel once. */
static int landlock_abi(void)
{
	static int known;

	if (needs_abi != 0)
		return needs_abi;
	if (known == 0)
		known = sys_landlock_abi();
	return known;
}

static bool mount_api(void)
{
	/* the arguments are invalid on purpose: any error but ENOSYS means that the call exists */
	return syscall(SYS_mount_setattr, -1, NULL, 0, NULL, 0) < 0 && errno != ENOSYS;
}

static bool seccomp_action(uint32_t action)
{
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static bool seccomp(void)
{
	return seccomp_action(SECCOMP_RET_KILL_PROCESS);
}

static bool seccomp_log(void)
{
	return seccomp_action(SECCOMP_RET_LOG);
}

static bool memfd_noexec(void)
{
	return file("/proc/sys/vm/memfd_noexec");
}

static bool core_scheduling(void)
{
	uint64_t cookie;

	return sys_core_cookie(&cookie) == 0;
}

/* Users cannot ask the kernel; a user's rule is checked, and never enforced. */
static bool group_addresses(void)
{
	cleanup_close const int root = cgroup_root();
	struct sys_bpf_found found;
	const int r = root < 0 ? root : sys_bpf_query(root, BPF_CGROUP_INET_EGRESS, &found);

	return r == 0 || (r == -EPERM && geteuid() != 0);
}

static bool nft(void)
{
	return access(NETWORK_NFT, X_OK) == 0;
}

static bool pasta(void)
{
	return access(NETWORK_PASTA, X_OK) == 0;
}

/* Without the module, systemd-udevd makes the file, and opening it loads the module. */
static bool tun(void)
{
	return file("/dev/net/tun");
}

const char *needs_controller(enum feature f)
{
	static const char *const names[] = { [FEATURE_GROUP_MEMORY] = "memory",
					     [FEATURE_GROUP_PIDS] = "pids",
					     [FEATURE_GROUP_CPU] = "cpu",
					     [FEATURE_GROUP_CPUSET] = "cpuset",
					     [FEATURE_GROUP_IO] = "io" };

	return names[f];
}

static bool controller(enum feature f)
{
	cleanup_close const int root = cgroup_root();
	char has[512];

	return root >= 0 && cgroup_read(root, "cgroup.controllers", has, sizeof has) == 0 &&
	       cgroup_has_word(has, needs_controller(f));
}

static bool namespace(enum ns_kind kind)
{
	char path[64];
	unsigned long max = 1;
	FILE *f;

	if (kind == NS_USER && (f = fopen("/proc/sys/user/max_user_namespaces", "re")) != NULL) {
		if (fscanf(f, "%lu", &max) != 1)
			max = 0;
		(void)fclose(f); /* read-only */
	}
	(void)snprintf(path, sizeof path, "/proc/self/ns/%s", ns_row(kind)->word); /* fits */
	return max > 0 && file(path);
}

/* A feature is an ABI of Landlock, or what @has asks for. */
static const struct {
	int abi;
	bool (*has)(void);
	const char *what; /* for messages, with the versions that have the feature */
} features[FEATURE_NS] = {
	[FEATURE_LANDLOCK] = { LL_ABI_REFER, NULL,
			       "Landlock ABI 2 (requires Linux 5.19 or later, with 'landlock' in lsm=)" },
	[FEATURE_LANDLOCK_TCP] = { LL_ABI_TCP, NULL, NULL },
	[FEATURE_LANDLOCK_LOG] = { LL_ABI_LOG, NULL, NULL },
	[FEATURE_LANDLOCK_UDP] = { LL_ABI_UDP, NULL, NULL },
	[FEATURE_MOUNT_API] = { 0, mount_api, "mount_setattr(2) (requires Linux 5.12 or later)" },
	[FEATURE_SECCOMP] = { 0, seccomp,
			      "seccomp filters that kill (require Linux 4.14 or later, with CONFIG_SECCOMP_FILTER)" },
	[FEATURE_SECCOMP_LOG] = { 0, seccomp_log,
				  "seccomp filters that log (require Linux 4.14 or later, with 'log' in kernel.seccomp.actions_avail)" },
	[FEATURE_MEMFD_NOEXEC] = { 0, memfd_noexec,
				   "vm.memfd_noexec for files in memory (requires Linux 6.3 or later)" },
	[FEATURE_GROUP_ADDRESSES] = { 0, group_addresses,
				      "programs of control groups for packets (require cgroup v2, a kernel with CONFIG_CGROUP_BPF, and in a container CAP_BPF and CAP_NET_ADMIN of the host)" },
	[FEATURE_NFT] = { 0, nft, NETWORK_NFT "; install the package nftables" },
	[FEATURE_PASTA] = { 0, pasta, NETWORK_PASTA "; install the package passt" },
	[FEATURE_TUN] = { 0, tun,
			  "the device /dev/net/tun; run 'modprobe tun', or give the device to the container" },
	[FEATURE_CORE_SCHEDULING] = { 0, core_scheduling,
				      "core scheduling (requires Linux 5.14 or later with CONFIG_SCHED_CORE, and CPU cores with more than one thread)" },
};

bool needs_has(enum feature f)
{
	if (needs_masked & 1u << f)
		return false;
	if (needs_granted & 1u << f)
		return true;
	if (f >= FEATURE_NS)
		return namespace((enum ns_kind)(f - FEATURE_NS));
	if (f >= FEATURE_GROUP_MEMORY)
		return controller(f);
	return features[f].abi > 0 ? landlock_abi() >= features[f].abi : features[f].has();
}

int needs_login(struct err *e)
{
	static const enum feature all[] = { FEATURE_MOUNT_API, FEATURE_SECCOMP, FEATURE_LANDLOCK };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (!needs_has(all[i]))
			/* the error is of the kernel, not of a rule */
			return err_at(e, "this kernel", 0, -EOPNOTSUPP,
				      "cannot confine a login: it lacks %s", features[all[i]].what);
	return 0;
}

static bool insisted(const struct set_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (!l->items[i].optional)
			return true;
	return false;
}

/* Is there a device that the session may only read? */
static bool only_read(const struct set_list *l)
{
	struct device_rule rule;

	for (size_t i = 0; i < l->n; i++)
		if (device_rule_parse(l->items[i].text, &rule) < 0 || !rule.writes)
			return true;
	return false;
}

static int lacks(const char *key, struct origin from, const char *what, const char *instead,
		 struct err *e)
{
	return err_at(e, from.file, from.line, -EOPNOTSUPP,
		      "%s=: this kernel lacks %s; %s, or boot a kernel that has it", key, what,
		      instead);
}

static int needs_programs(const struct settings *set, struct err *e)
{
	static const enum feature programs[] = { FEATURE_NFT, FEATURE_PASTA, FEATURE_TUN };
	const struct origin *at = &set->network_allow.from;

	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
		if (set->network_allow.n > 0 && !needs_has(programs[i]))
			return err_at(e, at->file, at->line, -EOPNOTSUPP,
				      "NetworkAllow=: this host lacks %s",
				      features[programs[i]].what);
	return 0;
}

static int lacks_abi(const char *key, struct origin from, int wanted, const char *instead,
		     struct err *e)
{
	const int abi = landlock_abi();
	char has[64] = "no Landlock (put landlock into lsm=)";

	if (abi > 0)
		(void)snprintf(has, sizeof has, "ABI %d", abi); /* fits */
	return err_at(e, from.file, from.line, -EOPNOTSUPP,
		      "%s=: requires Linux %s (Landlock ABI %d); this kernel has %s; %s", key,
		      landlock_release(wanted), wanted, has, instead);
}

#define NO_UDP "write tcp for TCP alone, or PrivateNetwork=yes for no network"

int needs_settings(const struct settings *set, struct err *e)
{
	const struct {
		const char *key;
		bool asked;
		struct origin from;
		enum feature f;
		const char *instead;
	} needs[] = {
		{ "NoExecPaths", insisted(&set->no_exec_paths), set->no_exec_paths.from,
		  FEATURE_MEMFD_NOEXEC,
		  "write - before every path, so that an older kernel enforces the rest, or remove the line" },
		{ "CoreScheduling", set->core_scheduling.v != CORE_SCHEDULING_NO,
		  set->core_scheduling.from, FEATURE_CORE_SCHEDULING, "write no" },
		{ "DeviceAllow", only_read(&set->device_allow), set->device_allow.from,
		  FEATURE_LANDLOCK, "write rw" },
		{ "SystemCallLog", set->system_call_log.n > 0, set->system_call_log.from,
		  FEATURE_SECCOMP_LOG, "remove the line" },
		{ "SocketBindDeny", sockets_denied(&set->socket_bind_deny) & PORTS_UDP,
		  set->socket_bind_deny.from, FEATURE_LANDLOCK_UDP, NO_UDP },
		{ "SocketConnectDeny", sockets_denied(&set->socket_connect_deny) & PORTS_UDP,
		  set->socket_connect_deny.from, FEATURE_LANDLOCK_UDP, NO_UDP },
		{ "SocketBindDeny", set->socket_bind_deny.n > 0, set->socket_bind_deny.from,
		  FEATURE_LANDLOCK_TCP, "remove the line" },
		{ "SocketConnectDeny", set->socket_connect_deny.n > 0,
		  set->socket_connect_deny.from, FEATURE_LANDLOCK_TCP, "remove the line" },
	};

	if (set->action.v != ACTION_CONFINE)
		return 0;
	for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
		if (needs[i].asked && !needs_has(needs[i].f))
			return features[needs[i].f].abi > 0 ?
				       lacks_abi(needs[i].key, needs[i].from,
						 features[needs[i].f].abi, needs[i].instead, e) :
				       lacks(needs[i].key, needs[i].from, features[needs[i].f].what,
					     needs[i].instead, e);
	for (unsigned i = 0; i < NS_N; i++) {
		const struct ns_directive d = namespaces_directive(set, (enum ns_kind)i);

		if (d.name != NULL && d.value->v != d.without &&
		    !needs_has((enum feature)(FEATURE_NS + i)))
			return lacks(d.name, d.value->from, d.needs, "write no", e);
	}
	if (set->ip_address_deny.n > 0 && !needs_has(FEATURE_GROUP_ADDRESSES))
		return lacks("IPAddressDeny", set->ip_address_deny.from,
			     features[FEATURE_GROUP_ADDRESSES].what, "remove the line", e);
	return needs_programs(set, e) < 0 ? -EOPNOTSUPP : group_needs(set, e);
}
