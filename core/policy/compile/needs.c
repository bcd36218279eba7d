/* SPDX-License-Identifier: Apache-2.0 */
/* needs.c - see needs.h */
#include "policy/compile/needs.h"

#include "base/sys_ns.h"
#include "contract/words.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

unsigned needs_masked;

static bool file(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool landlock(void)
{
	return sys_landlock_abi() >= 2;
}

static bool landlock_net(void)
{
	return sys_landlock_abi() >= 4;
}

static bool mount_api(void)
{
	/* without arguments that make sense: ENOSYS is what matters */
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

static bool ns_user(void)
{
	FILE *f = fopen("/proc/sys/user/max_user_namespaces", "re");
	unsigned long max = 1;

	if (f != NULL) {
		if (fscanf(f, "%lu", &max) != 1)
			max = 0;
		(void)fclose(f); /* read-only */
	}
	return max > 0 && file("/proc/self/ns/user");
}

static bool ns_pid(void)
{
	return file("/proc/self/ns/pid");
}

static bool ns_ipc(void)
{
	return file("/proc/self/ns/ipc");
}

static bool ns_uts(void)
{
	return file("/proc/self/ns/uts");
}

static bool ns_net(void)
{
	return file("/proc/self/ns/net");
}

static const struct {
	bool (*has)(void);
	const char *what; /* and from where on there is such a thing */
} features[FEATURE_N] = {
	[FEATURE_LANDLOCK] = { landlock,
			       "Landlock ABI 2 (requires Linux 5.19 or later, with 'landlock' in lsm=)" },
	[FEATURE_LANDLOCK_NET] = { landlock_net,
				   "Landlock ABI 4 (requires Linux 6.7 or later, with 'landlock' in lsm=)" },
	[FEATURE_MOUNT_API] = { mount_api, "mount_setattr(2) (requires Linux 5.12 or later)" },
	[FEATURE_SECCOMP] = { seccomp,
			      "seccomp filters that kill (require Linux 4.14 or later, with CONFIG_SECCOMP_FILTER)" },
	[FEATURE_SECCOMP_LOG] = { seccomp_log,
				  "seccomp filters that log (require Linux 4.14 or later, with 'log' in kernel.seccomp.actions_avail)" },
	[FEATURE_MEMFD_NOEXEC] = { memfd_noexec,
				   "vm.memfd_noexec for files in memory (requires Linux 6.3 or later)" },
	[FEATURE_NS_USER] = { ns_user,
			      "user namespaces (require Linux 3.8 or later, with user.max_user_namespaces above 0)" },
	[FEATURE_NS_PID] = { ns_pid,
			     "process namespaces (require Linux 3.8 or later, with CONFIG_PID_NS)" },
	[FEATURE_NS_IPC] = { ns_ipc,
			     "IPC namespaces (require Linux 3.0 or later, with CONFIG_IPC_NS)" },
	[FEATURE_NS_UTS] = { ns_uts,
			     "UTS namespaces (require Linux 3.0 or later, with CONFIG_UTS_NS)" },
	[FEATURE_NS_NET] = { ns_net,
			     "network namespaces (require Linux 3.0 or later, with CONFIG_NET_NS)" },
};

bool needs_has(enum feature f)
{
	return (needs_masked & 1u << f) == 0 && features[f].has();
}

int needs_login(struct err *e)
{
	static const enum feature all[] = { FEATURE_MOUNT_API, FEATURE_SECCOMP, FEATURE_LANDLOCK };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (!needs_has(all[i]))
			return err_set(e, -EOPNOTSUPP,
				       "this kernel cannot confine a login: it lacks %s",
				       features[all[i]].what);
	return 0;
}

static bool insisted(const struct set_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (!l->items[i].optional)
			return true;
	return false;
}

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
		  "write - before every path to do without it, remove the line" },
		{ "SystemCallLog", set->system_call_log.n > 0, set->system_call_log.from,
		  FEATURE_SECCOMP_LOG, "remove the line" },
		{ "SocketBindDeny", set->socket_bind_deny.n > 0, set->socket_bind_deny.from,
		  FEATURE_LANDLOCK_NET, "remove the line" },
		{ "SocketConnectDeny", set->socket_connect_deny.n > 0,
		  set->socket_connect_deny.from, FEATURE_LANDLOCK_NET, "remove the line" },
		{ "PrivateUsers", set->private_users.v != PRIVATE_USERS_NO, set->private_users.from,
		  FEATURE_NS_USER, "write no" },
		{ "PrivatePIDs", set->private_pids.v != 0, set->private_pids.from, FEATURE_NS_PID,
		  "write no" },
		{ "PrivateIPC", set->private_ipc.v != 0, set->private_ipc.from, FEATURE_NS_IPC,
		  "write no" },
		{ "PrivateUTS", set->private_uts.v != 0, set->private_uts.from, FEATURE_NS_UTS,
		  "write no" },
		{ "PrivateNetwork", set->private_network.v != 0, set->private_network.from,
		  FEATURE_NS_NET, "write no" },
	};

	for (size_t i = 0; set->action.v == ACTION_CONFINE && i < sizeof needs / sizeof needs[0];
	     i++) {
		if (!needs[i].asked || needs_has(needs[i].f))
			continue;
		return err_at(e, needs[i].from.file, needs[i].from.line, -EOPNOTSUPP,
			      "%s=: this kernel lacks %s; %s, or boot a kernel that has it",
			      needs[i].key, features[needs[i].f].what, needs[i].instead);
	}
	return 0;
}
