/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - read what the kernel enforces for a thread, from its directory in /proc */
#include "ctl/show/show.h"

#include "base/cleanup.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 16384 };

/**
 * struct thread - the thread that is read
 * @text: the file that was read last
 */
struct thread {
	int dir;
	pid_t tid;
	char text[FILE_MAX];
};

/* Reads task/TID/@name; 0, or -ESRCH if the thread has ended. */
static int file_read(struct thread *t, const char *name)
{
	char path[64];
	cleanup_close int fd = -1;
	size_t len = 0;
	ssize_t n;

	(void)snprintf(path, sizeof path, "task/%d/%s", (int)t->tid, name); /* fits */
	fd = openat(t->dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	do {
		n = read(fd, t->text + len, sizeof t->text - 1 - len);
		if (n < 0 && errno != EINTR)
			return -errno;
		len += n > 0 ? (size_t)n : 0;
	} while (n != 0 && len < sizeof t->text - 1);
	t->text[len] = '\0';
	return len == 0 ? -ESRCH : 0;
}

/* The text after "\n@key:" of a file of lines; NULL: there is no such line. */
static const char *line_of(const struct thread *t, const char *key)
{
	const size_t len = strlen(key);

	for (const char *at = t->text; at != NULL;
	     at = strchr(at, '\n') != NULL ? strchr(at, '\n') + 1 : NULL)
		if (strncmp(at, key, len) == 0 && at[len] == ':')
			return at + len + 1;
	return NULL;
}

static int number_of(const struct thread *t, const char *key, int32_t *ret)
{
	const char *at = line_of(t, key);

	return at != NULL && sscanf(at, "%d", ret) == 1 ? 0 : -EPROTO;
}

static int ids_of(const struct thread *t, const char *key, uint32_t ret[4])
{
	const char *at = line_of(t, key);

	return at != NULL && sscanf(at, "%u %u %u %u", &ret[0], &ret[1], &ret[2], &ret[3]) == 4 ?
		       0 :
		       -EPROTO;
}

static bool group_known(const struct shown *s, uint32_t gid)
{
	for (unsigned i = 0; i < s->n_logins; i++) {
		const struct plan_login *l = s->logins[i];
		size_t n;
		const uint32_t *known = plan_array(l, l->groups, sizeof *known, &n);

		if (gid == l->gid)
			return true;
		for (size_t k = 0; known != NULL && k < n; k++)
			if (known[k] == gid)
				return true;
	}
	return false;
}

/* Group by group, because an account can have more of them than a buffer has room for. */
static int groups_of(const struct shown *s, const struct thread *t, struct show_state *ret)
{
	const char *at = line_of(t, "Groups");
	unsigned gid;
	int len;

	ret->groups = 1;
	for (; at != NULL && sscanf(at, " %u%n", &gid, &len) == 1; at += len) {
		if (at[strspn(at, " \t")] == '\n')
			break;
		if (!group_known(s, gid)) {
			ret->groups = 0;
			ret->group = gid;
		}
		if (at[len] == '\n')
			break;
	}
	return at == NULL ? -EPROTO : 0;
}

static int caps_of(const struct thread *t, struct show_state *ret)
{
	static const char *const keys[SHOW_CAPS] = { [CAPS_INHERITABLE] = "CapInh",
						     [CAPS_PERMITTED] = "CapPrm",
						     [CAPS_EFFECTIVE] = "CapEff",
						     [CAPS_BOUNDING] = "CapBnd",
						     [CAPS_AMBIENT] = "CapAmb" };

	for (unsigned i = 0; i < SHOW_CAPS; i++) {
		const char *at = line_of(t, keys[i]);
		unsigned long long set;

		if (at == NULL || sscanf(at, "%llx", &set) != 1)
			return -EPROTO;
		ret->caps[i] = set;
	}
	return 0;
}

/* The name is the first line, and a newline in it is written as \n. */
static int status_read(const struct shown *s, struct thread *t, struct show_state *ret, char *comm)
{
	int r = file_read(t, "status");
	const char *state, *name, *mask;

	if (r < 0)
		return r;
	state = line_of(t, "State");
	name = line_of(t, "Name");
	mask = line_of(t, "Umask");
	if (state == NULL || name == NULL || mask == NULL || sscanf(mask, "%o", &ret->umask) != 1)
		return -EPROTO;
	state += strspn(state, " \t");
	if (*state == 'Z' || *state == 'X') /* it executes nothing any more */
		return -ESRCH;
	(void)snprintf(comm, SHOW_COMM, "%.*s", (int)strcspn(name + 1, "\n"), name + 1); /* cut */
	r = ids_of(t, "Uid", ret->uid);
	if (r == 0)
		r = ids_of(t, "Gid", ret->gid);
	if (r == 0)
		r = groups_of(s, t, ret);
	if (r == 0)
		r = caps_of(t, ret);
	if (r == 0)
		r = number_of(t, "NoNewPrivs", &ret->no_new_privs);
	if (r == 0)
		r = number_of(t, "Seccomp", &ret->seccomp);
	if (r == 0 && number_of(t, "Seccomp_filters", &ret->filters) < 0)
		ret->filters = -1; /* before Linux 5.9 */
	return r;
}

/* "Max open files  1024  4096  files": in the order of RLIMIT_*, two numbers after 26 columns. */
static int limits_read(struct thread *t, struct show_state *ret)
{
	const char *at;
	int r = file_read(t, "limits");

	if (r < 0)
		return r;
	at = t->text;
	for (unsigned i = 0; i < SHOW_LIMITS; i++) {
		char value[2][24];

		at = strchr(at, '\n');
		if (at == NULL || strlen(++at) < 26 ||
		    sscanf(at + 26, "%23s %23s", value[0], value[1]) != 2)
			return -EPROTO;
		for (unsigned k = 0; k < 2; k++)
			ret->limits[i][k] = value[k][0] == 'u' ? UINT64_MAX :
								 strtoull(value[k], NULL, 10);
	}
	return 0;
}

static int scheduling_read(struct thread *t, struct show_state *ret)
{
	const char *at;
	unsigned priority, policy;
	int r = file_read(t, "stat");

	if (r < 0)
		return r;
	at = strrchr(t->text, ')'); /* the name before it is the user's choice */
	if (at == NULL ||
	    sscanf(at + 1,
		   " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %d %*d %*d "
		   "%*u %*u %*d %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*d %*d %u %u",
		   &ret->nice, &priority, &policy) != 3)
		return -EPROTO;
	ret->priority = (int32_t)priority;
	ret->policy = (int32_t)policy;
	r = file_read(t, "oom_score_adj");
	return r < 0 ? r : sscanf(t->text, "%d", &ret->oom) == 1 ? 0 : -EPROTO;
}

/* By number and not by directory: state_read() reads a file of the thread afterwards. */
static void scheduling_ask(pid_t tid, struct show_state *ret)
{
	unsigned long long cookie = 0;

	ret->io = sys_ioprio_get(tid);
	if (ret->io < 0)
		ret->io = -1;
	(void)sys_sched_getaffinity(tid, ret->cpus, sizeof ret->cpus); /* zero: not read */
	/* PR_SCHED_CORE_GET of PIDTYPE_PID; core scheduling is an option of the kernel */
	ret->cookie = prctl(SYS_PR_SCHED_CORE, 0, tid, 0, &cookie) < 0 ? -1 : cookie != 0;
}

static int cgroup_read(struct thread *t, struct show_state *ret)
{
	const char *at;
	int r = file_read(t, "cgroup");

	if (r == -EINVAL || r == -EACCES) /* a kernel without cgroups has no such file */
		return r;
	if (r < 0)
		return r;
	for (at = t->text; at != NULL && strncmp(at, "0::", 3) != 0;) {
		at = strchr(at, '\n');
		at = at != NULL ? at + 1 : NULL;
	}
	if (at != NULL)
		(void)snprintf(ret->cgroup, sizeof ret->cgroup, "%.*s", (int)strcspn(at + 3, "\n"),
			       at + 3); /* cut: for people */
	return 0;
}

static int namespaces_read(const struct thread *t, struct show_state *ret)
{
	char path[64];
	int r;

	(void)snprintf(path, sizeof path, "task/%d/ns", (int)t->tid); /* fits */
	r = ns_ids_read(t->dir, path, &ret->ns);
	if (r == -ENOENT)
		r = -ESRCH;
	/* a process that ends has none left */
	return r == 0 && ret->ns.ino[NS_MNT] == 0 ? -ESRCH : r;
}

int state_read(const struct shown *s, int dir, pid_t tid, struct show_state *ret, char *comm)
{
	static struct thread t; /* large */
	int r;

	memset(ret, 0, sizeof *ret); /* padding included */
	t.dir = dir;
	t.tid = tid;
	r = namespaces_read(&t, ret);
	if (r == 0)
		r = limits_read(&t, ret);
	if (r == 0)
		r = cgroup_read(&t, ret);
	if (r == 0)
		scheduling_ask(tid, ret);
	if (r == 0)
		r = scheduling_read(&t, ret);
	/* last: it tells whether the thread was still there for all of the others */
	return r == 0 ? status_read(s, &t, ret, comm) : r;
}
