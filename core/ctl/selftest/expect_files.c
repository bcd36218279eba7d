/* SPDX-License-Identifier: Apache-2.0 */
/* expect_files.c - attempts at the view: files, homes, devices, mounts */
#include "ctl/selftest/selftest.h"

#include "base/cleanup.h"
#include "confine/view/nodes.h"
#include "contract/words.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool beneath(const char *path, const char *dir)
{
	const size_t len = strlen(dir);

	return strcmp(dir, "/") == 0 ||
	       (strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0'));
}

/* The lists of directives whose longest path decides what a path is. */
struct lists {
	const struct set_list *of[6];
};

static struct lists lists_of(const struct settings *s)
{
	return (struct lists){ { &s->inaccessible_paths, &s->read_only_paths, &s->read_write_paths,
				 &s->bind_paths, &s->bind_read_only_paths,
				 &s->temporary_file_system } };
}

/* The target of an item: of "source:target" the second part. */
static const char *target_of(const struct lists *l, unsigned list, const char *item, char *buf)
{
	const char *colon = strchr(item, ':');

	if (list < 3 || colon == NULL)
		return item;
	if (list == 5) /* "path:options" */
		(void)snprintf(buf, PATH_MAX, "%.*s", (int)(colon - item), item);
	else
		(void)snprintf(buf, PATH_MAX, "%.*s", (int)strcspn(colon + 1, ":"), colon + 1);
	(void)l;
	return buf;
}

/* Does another item than @own decide about @path, or about something below it? */
static bool decided(const struct selftest *t, const char *path, const struct set_item *own,
		    bool below)
{
	const struct lists l = lists_of(t->set);
	char buf[PATH_MAX];

	for (unsigned i = 0; i < 6; i++)
		for (size_t k = 0; k < l.of[i]->n; k++) {
			const struct set_item *item = &l.of[i]->items[k];
			const char *target = target_of(&l, i, item->text, buf);

			if (item == own)
				continue;
			if (below ? beneath(target, path) :
				    beneath(path, target) &&
					    (own == NULL || strlen(target) >= strlen(own->text)))
				return true;
		}
	return false;
}

/* Something of the host's in the directory @path that no other line shows; false: there is none. */
static bool entry_hidden(const struct selftest *t, const char *path, char *buf)
{
	DIR *d = opendir(path);
	const struct dirent *e;
	bool found = false;

	while (!found && d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(buf, PATH_MAX, "%s/%s", path, e->d_name); /* cut: not there */
		found = !decided(t, buf, NULL, true);
	}
	if (d != NULL)
		(void)closedir(d); /* only read */
	return found;
}

static const char *what(const char *text, const char *path)
{
	static char buf[PATH_MAX + 64];

	(void)snprintf(buf, sizeof buf, "%s %s", text, path); /* cut: for people */
	return buf;
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && strpbrk(path, "\t\n") == NULL;
}

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void inaccessible(struct selftest *t)
{
	const struct set_list *l = &t->set->inaccessible_paths;
	char entry[PATH_MAX];

	for (size_t i = 0; i < l->n; i++) {
		const char *path = l->items[i].text;

		if (!exists(path) || decided(t, path, &l->items[i], false)) {
			expect_none(t, "InaccessiblePaths", RESULT_CANNOT,
				    what("not on this host:", path));
		} else if (!decided(t, path, &l->items[i], true)) {
			expect_try(t, "InaccessiblePaths", what("read", path), ASK_REFUSED, 0,
				   "read\t%s", path);
		} else if (entry_hidden(t, path, entry)) { /* parts of it are shown again */
			expect_try(t, "InaccessiblePaths", what("find", entry), ASK_REFUSED, 0,
				   "look\t%s", entry);
		} else {
			expect_none(t, "InaccessiblePaths", RESULT_CANNOT,
				    what("all of it is shown again:", path));
		}
	}
	if (l->n == 0)
		expect_none(t, "InaccessiblePaths", RESULT_NOT_SET, "read hidden paths");
}

static void read_only(struct selftest *t)
{
	const struct set_list *l = &t->set->read_only_paths;

	for (size_t i = 0; i < l->n; i++) {
		const char *path = l->items[i].text;

		if (exists(path) && !decided(t, path, &l->items[i], false))
			expect_try(t, "ReadOnlyPaths", what("write to", path), ASK_READ_ONLY, 0,
				   "write\t%s", path);
		else
			expect_none(t, "ReadOnlyPaths", RESULT_CANNOT,
				    what("not on this host:", path));
	}
	if (l->n == 0)
		expect_none(t, "ReadOnlyPaths", RESULT_NOT_SET, "write to read-only paths");
}

/* What is mounted in the session: another file system than the host's, or not writable. */
static void mounted(struct selftest *t)
{
	const struct lists l = lists_of(t->set);
	const struct set_list *binds = &t->set->bind_read_only_paths;
	const struct set_list *empty = &t->set->temporary_file_system;
	char buf[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < binds->n; i++) {
		const struct set_item *item = &binds->items[i];
		const char *path = target_of(&l, 4, item->text, buf);

		if (strpbrk(path, "\t\n") == NULL && !decided(t, path, item, false))
			expect_try(t, "BindReadOnlyPaths", what("write to", path), ASK_READ_ONLY, 0,
				   "write\t%s", path);
	}
	for (size_t i = 0; i < empty->n; i++) {
		const struct set_item *item = &empty->items[i];
		const char *path = target_of(&l, 5, item->text, buf);

		if (exists(path) && stat(path, &st) == 0 && !decided(t, path, item, false))
			expect_try(t, "TemporaryFileSystem", what("the host's file system at", path),
				   ASK_NOT, (int64_t)st.st_dev, "device\t%s", path);
	}
}

static void no_exec(struct selftest *t)
{
	const struct set_list *l = &t->set->no_exec_paths, *exec = &t->set->exec_paths;

	for (size_t i = 0; i < l->n; i++) {
		const char *path = l->items[i].text;
		bool again = false;

		for (size_t k = 0; k < exec->n; k++)
			again = again || strcmp(exec->items[k].text, path) == 0;
		if (is_dir(path) && exists(path) && !again)
			expect_try(t, "NoExecPaths", what("execute a script in", path), ASK_REFUSED,
				   0, "noexec\t%s", path);
	}
	if (l->n == 0)
		expect_none(t, "NoExecPaths", RESULT_NOT_SET, "execute programs");
}

static void protect_system(struct selftest *t)
{
	static const struct {
		const char *path;
		enum protect_system from; /* the weakest word that protects it */
	} places[] = {
		{ "/", PROTECT_SYSTEM_STRICT },		{ "/usr", PROTECT_SYSTEM_YES },
		{ "/usr/bin", PROTECT_SYSTEM_YES },	{ "/usr/local", PROTECT_SYSTEM_YES },
		{ "/boot", PROTECT_SYSTEM_YES },	{ "/etc", PROTECT_SYSTEM_FULL },
		{ "/etc/passwd", PROTECT_SYSTEM_FULL }, { "/var", PROTECT_SYSTEM_STRICT },
		{ "/var/lib", PROTECT_SYSTEM_STRICT },	{ "/var/spool", PROTECT_SYSTEM_STRICT },
		{ "/opt", PROTECT_SYSTEM_STRICT },	{ "/srv", PROTECT_SYSTEM_STRICT },
	};

	if (t->set->root_directory.n > 0) {
		expect_none(t, "ProtectSystem", RESULT_CANNOT, "RootDirectory= has other files");
		return;
	}
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		const char *path = places[i].path;

		if (!exists(path) || decided(t, path, NULL, false) || beneath(path, t->facts.home))
			continue;
		if (t->set->protect_system.v <= (uint64_t)places[i].from)
			expect_try(t, "ProtectSystem", what("write to", path), ASK_READ_ONLY, 0,
				   "write\t%s", path);
		else
			expect_none(t, "ProtectSystem", RESULT_NOT_SET, what("write to", path));
	}
}

/* ---- homes ---- */

static void other_homes(struct selftest *t)
{
	static const char *const of_root[] = { "/root" };
	DIR *d = opendir("/home");
	const struct dirent *e;
	char path[PATH_MAX];
	unsigned n = 0;

	if (!decided(t, of_root[0], NULL, false) && !beneath(t->facts.home, of_root[0]))
		expect_try(t, "Home", "read /root", ASK_REFUSED, 0, "read\t%s", of_root[0]);
	while (d != NULL && n < 3 && (e = readdir(d)) != NULL) {
		(void)snprintf(path, sizeof path, "/home/%s", e->d_name); /* fits */
		if (e->d_name[0] == '.' || beneath(t->facts.home, path) || !exists(path) ||
		    decided(t, path, NULL, false) || decided(t, path, NULL, true))
			continue;
		expect_try(t, "Home", what("find the home", path), ASK_REFUSED, 0, "look\t%s", path);
		n++;
	}
	if (d != NULL)
		(void)closedir(d); /* only read */
}

static void home(struct selftest *t)
{
	const char *path = t->facts.home;
	struct stat st;

	other_homes(t);
	if (stat(path, &st) < 0 || st.st_uid != t->facts.login.uid || !exists(path) ||
	    decided(t, path, NULL, false)) {
		expect_none(t, "Home", RESULT_CANNOT, "the account has no home of its own");
		return;
	}
	switch ((enum home)t->set->home.v) {
	case HOME_READ_ONLY:
		expect_try(t, "Home", "write to the home", ASK_READ_ONLY, 0, "write\t%s", path);
		break;
	case HOME_EPHEMERAL:
	case HOME_EMPTY:
		expect_try(t, "Home", "the file system of the host's home", ASK_NOT,
			   (int64_t)st.st_dev, "device\t%s", path);
		if (t->set->home_size.v != LIMIT_INFINITY && t->set->home.v == HOME_EMPTY)
			expect_try(t, "HomeSize", "the size of the home", ASK_AT_MOST,
				   (int64_t)t->set->home_size.v, "size\t%s", path);
		break;
	case HOME_NONE:
		expect_try(t, "Home", "read the home", ASK_REFUSED, 0, "read\t%s", path);
		break;
	case HOME_PERSISTENT:
		expect_none(t, "Home", RESULT_NOT_SET, "write to the home");
		break;
	}
}

/* ---- what the session has of its own ---- */

static void own_places(struct selftest *t)
{
	const struct {
		const char *setting;
		bool own;
	} of[] = { { "PrivateTmp", t->set->private_tmp.v != 0 },
		   { "PrivateTmp", t->set->private_tmp.v != 0 },
		   { "PrivateTmp", t->set->private_tmp.v != 0 },
		   { "PrivateRun", t->set->private_run.v != 0 } };

	for (unsigned i = 0; i < 4; i++) {
		const char *file = t->bait.file[i];

		if (file[0] == '\0')
			continue;
		if (of[i].own)
			expect_try(t, of[i].setting, what("find the host's", file), ASK_REFUSED, 0,
				   "look\t%s", file);
		else
			expect_none(t, of[i].setting, RESULT_NOT_SET, what("find the host's", file));
	}
	if (t->set->private_tmp.v && t->set->tmp_size.v != LIMIT_INFINITY &&
	    !decided(t, "/tmp", NULL, false))
		expect_try(t, "TmpSize", "the size of /tmp", ASK_AT_MOST,
			   (int64_t)t->set->tmp_size.v, "size\t/tmp");
}

static void log_sockets(struct selftest *t)
{
	if (!t->set->bind_log_sockets.v && t->set->private_devices.v)
		expect_try(t, "BindLogSockets", "connect to the log of the host", ASK_REFUSED, 0,
			   "connect\tpath\t/dev/log");
	else
		expect_none(t, "BindLogSockets", RESULT_NOT_SET, "connect to the log of the host");
}

/* The nodes that DeviceAllow= gives the session now; none, if they cannot be read. */
static const struct nodes *devices_given(const struct selftest *t)
{
	static struct nodes nodes; /* large */
	cleanup_close const int host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (host < 0 || nodes_find(t->plan, host, &nodes, NULL, NULL) < 0)
		nodes.n = 0;
	return &nodes;
}

static const struct node *device_given(const struct nodes *nodes, const char *path)
{
	for (unsigned i = 0; i < nodes->n; i++)
		if (strcmp(nodes->at[i].name, path + strlen("/dev/")) == 0)
			return &nodes->at[i];
	return NULL;
}

/* Disks right below /dev. One that the session may only read is a symlink there. */
static int64_t disks_given(const struct nodes *nodes)
{
	int64_t n = 0;
	char path[32 + DEVICE_NAME_MAX];
	struct stat st;

	for (unsigned i = 0; i < nodes->n; i++) {
		(void)snprintf(path, sizeof path, "/dev/%s", nodes->at[i].name); /* fits */
		n += nodes->at[i].writes && strchr(nodes->at[i].name, '/') == NULL &&
		     stat(path, &st) == 0 && S_ISBLK(st.st_mode);
	}
	return n;
}

static void devices(struct selftest *t)
{
	const struct nodes *const given = devices_given(t);
	static const char *const devices[] = { "/dev/mem",	 "/dev/kvm",
					       "/dev/fuse",	 "/dev/net/tun",
					       "/dev/vhost-net", "/dev/loop-control",
					       "/dev/uinput",	 "/dev/console",
					       "/dev/port" };

	expect_try(t, "PrivateDevices", "make a device node", ASK_REFUSED, 0, "node");
	if (!t->set->private_devices.v) {
		expect_none(t, "PrivateDevices", RESULT_NOT_SET, "devices of the host");
		return;
	}
	expect_try(t, "PrivateDevices", "disks below /dev", ASK_IS, disks_given(given), "disks");
	for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
		if (exists(devices[i]) && device_given(given, devices[i]) == NULL)
			expect_try(t, "PrivateDevices", what("find", devices[i]), ASK_REFUSED, 0,
				   "look\t%s", devices[i]);
	for (unsigned i = 0; i < given->n; i++) {
		char path[32 + DEVICE_NAME_MAX];

		(void)snprintf(path, sizeof path, "/dev/%s", given->at[i].name); /* fits */
		expect_try(t, "DeviceAllow", what("find", path), ASK_IS, 1, "look\t%s", path);
	}
	if (t->set->device_allow.n == 0)
		expect_none(t, "DeviceAllow", RESULT_NOT_SET, "devices of the host");
	if (t->set->terminals_max.v < 512)
		expect_try(t, "TerminalsMax", "open one terminal more", ASK_AT_MOST,
			   (int64_t)t->set->terminals_max.v, "terminals\t%d",
			   (int)t->set->terminals_max.v + 1);
}

static void kernel_files(struct selftest *t)
{
	static const char *const written[] = { "/proc/sys/kernel/hostname",
					       "/proc/sys/kernel/core_pattern",
					       "/proc/sys/vm/overcommit_memory",
					       "/proc/sys/net/ipv4/ip_forward",
					       "/proc/sysrq-trigger",
					       "/sys",
					       "/sys/kernel" };
	static const char *const read[] = { "/proc/kcore", "/proc/kallsyms" };
	static const char *const logs[] = { "/dev/kmsg", "/proc/kmsg" };
	const bool tunables = t->set->protect_kernel_tunables.v != 0 &&
			      t->set->proc_subset.v == PROC_SUBSET_ALL;

	for (size_t i = 0; tunables && i < sizeof written / sizeof written[0]; i++)
		if (exists(written[i]) && !decided(t, written[i], NULL, false))
			expect_try(t, "ProtectKernelTunables", what("write to", written[i]),
				   ASK_READ_ONLY, 0, "write\t%s", written[i]);
	for (size_t i = 0; tunables && i < sizeof read / sizeof read[0]; i++)
		if (exists(read[i]))
			expect_try(t, "ProtectKernelTunables", what("read", read[i]), ASK_REFUSED,
				   0, "read\t%s", read[i]);
	if (!tunables)
		expect_none(t, "ProtectKernelTunables", RESULT_NOT_SET, "write to /proc/sys");
	for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++)
		if (t->set->protect_kernel_logs.v)
			expect_try(t, "ProtectKernelLogs", what("read", logs[i]), ASK_REFUSED, 0,
				   "read\t%s", logs[i]);
	if (t->set->proc_subset.v == PROC_SUBSET_PID)
		expect_try(t, "ProcSubset", "find /proc/cpuinfo", ASK_REFUSED, 0,
			   "look\t/proc/cpuinfo");
	else
		expect_none(t, "ProcSubset", RESULT_NOT_SET, "find /proc/cpuinfo");
	if (t->set->protect_control_groups.v && exists("/sys/fs/cgroup") &&
	    !decided(t, "/sys/fs/cgroup", NULL, false))
		expect_try(t, "ProtectControlGroups", "make a control group", ASK_REFUSED, 0,
			   "write\t/sys/fs/cgroup");
}

static void mounts(struct selftest *t)
{
	expect_try(t, "ProtectSystem", "mount a file system", ASK_REFUSED, 0, "mount");
	if ((t->set->restrict_namespaces.v & 0x10000000u) == 0)
		expect_try(t, "RestrictNamespaces", "mount in namespaces of one's own", ASK_REFUSED,
			   0, "mount_own");
}

void expect_files(struct selftest *t)
{
	protect_system(t);
	inaccessible(t);
	read_only(t);
	mounted(t);
	no_exec(t);
	home(t);
	own_places(t);
	devices(t);
	log_sockets(t);
	kernel_files(t);
	mounts(t);
}
