/* SPDX-License-Identifier: Apache-2.0 */
/* process.c - find the processes of a session by their namespaces, and put equal ones together */
#include "ctl/show/show.h"

#include "base/cleanup.h"
#include "confine/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The kinds of namespaces that only this session has. */
static uint64_t own_kinds(const struct shown *s)
{
	return child_clone_flags(s->plan) | CLONE_NEWNS |
	       (s->plan->uid_map.len != 0 ? CLONE_NEWUSER : 0u);
}

static uint32_t ino_of(int fd)
{
	struct stat st;

	return fd < 0 || fstat(fd, &st) < 0 ? 0 : (uint32_t)st.st_ino;
}

/* Is the namespace @kind of a process below the session's, as a child or further down? */
static bool ns_below(const struct shown *s, int dir, enum ns_kind kind)
{
	char path[32];
	cleanup_close int fd = -1;

	(void)snprintf(path, sizeof path, "ns/%s", ns_row(kind)->word); /* fits */
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	for (unsigned depth = 0; fd >= 0 && depth < 34; depth++) { /* the kernel nests 32 */
		const int up = ioctl(fd, NS_GET_PARENT);

		close_fd(&fd);
		fd = up;
		if (fd >= 0 && ino_of(fd) == s->ns.ino[kind])
			return true;
	}
	return false;
}

static bool nests(const struct shown *s, int dir, const struct ns_ids *ns, enum ns_kind kind)
{
	return (own_kinds(s) & ns_row(kind)->flag) && ns->ino[kind] != s->ns.ino[kind] &&
	       ns->ino[kind] != s->host.ino[kind] && ns_below(s, dir, kind);
}

/* Does a process with these namespaces belong to the session? */
static bool belongs(const struct shown *s, int dir, const struct ns_ids *ns)
{
	for (unsigned i = 0; i < NS_N; i++)
		if ((own_kinds(s) & ns_row((enum ns_kind)i)->flag) && ns->ino[i] == s->ns.ino[i])
			return true;
	return (s->caller_ns != 0 && ns->ino[NS_MNT] == s->caller_ns) ||
	       nests(s, dir, ns, NS_USER) || nests(s, dir, ns, NS_PID);
}

/* Are all namespaces those of init, but for the kinds @but? */
static bool same_ns(const struct shown *s, const struct ns_ids *ns, uint64_t but)
{
	for (unsigned i = 0; i < NS_N; i++)
		if (ns->ino[i] != s->ns.ino[i] && !(ns_row((enum ns_kind)i)->flag & but))
			return false;
	return true;
}

static enum show_role role_of(const struct shown *s, int dir, pid_t pid, const struct ns_ids *ns)
{
	if (pid == s->init_pid)
		return ROLE_INIT;
	if (same_ns(s, ns, 0))
		return ROLE_SESSION;
	if (nests(s, dir, ns, NS_USER))
		return ROLE_NESTED;
	/* sshd's process of root keeps the process ids of the host */
	if (ns->ino[NS_USER] == s->host.ino[NS_USER] && ns->ino[NS_MNT] != s->host.ino[NS_MNT] &&
	    (s->caller_ns == 0 ? ns->ino[NS_MNT] != s->ns.ino[NS_MNT] :
				 ns->ino[NS_MNT] == s->caller_ns) &&
	    same_ns(s, ns, CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID))
		return ROLE_SERVICE;
	return ROLE_FOREIGN;
}

static struct show_group *group_find(struct show_groups *g, const struct show_state *st)
{
	struct show_group *more;

	for (size_t i = 0; i < g->n; i++)
		if (memcmp(&g->at[i].state, st, sizeof *st) == 0)
			return &g->at[i];
	more = realloc(g->at, (g->n + 1) * sizeof *more);
	if (more == NULL)
		return NULL;
	g->at = more;
	g->at[g->n] = (struct show_group){ .state = *st };
	return &g->at[g->n++];
}

/* Returns 0; -ESRCH: the thread has ended, which is no difference. */
static int thread_add(const struct shown *s, int dir, pid_t pid, pid_t tid, struct show_groups *g)
{
	struct show_state st;
	struct show_group *group;
	char comm[SHOW_COMM];
	const int r = state_read(s, dir, tid, &st, comm);
	unsigned n;

	if (r < 0)
		return r;
	st.role = role_of(s, dir, pid, &st.ns);
	if (st.role != ROLE_SERVICE)
		st.umask = 0;
	group = group_find(g, &st);
	if (group == NULL)
		return -ENOMEM;
	group->threads++;
	n = group->processes;
	if (n > 0 && group->pid[(n < SHOW_NAMES ? n : SHOW_NAMES) - 1] == pid)
		return 0; /* a further thread of the process before */
	group->processes++;
	if (n >= SHOW_NAMES)
		return 0;
	group->pid[n] = pid;
	memcpy(group->comm[n], comm, sizeof comm);
	return 0;
}

static bool is_number(const char *name)
{
	return name[0] >= '1' && name[0] <= '9';
}

static DIR *dir_open(int at, const char *path)
{
	const int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && d == NULL)
		(void)close(fd); /* only read */
	return d;
}

static int threads_add(const struct shown *s, int dir, pid_t pid, struct show_groups *g,
		       struct found *f)
{
	DIR *tasks = dir_open(dir, "task");
	const struct dirent *e;

	while (tasks != NULL && (e = readdir(tasks)) != NULL) {
		int r;

		if (!is_number(e->d_name))
			continue;
		r = thread_add(s, dir, pid, (pid_t)atoi(e->d_name), g);
		if (r < 0 && r != -ESRCH)
			found_add(f, FOUND_UNREAD, "process %d: could not be read: %s", (int)pid,
				  strerror(-r));
	}
	if (tasks != NULL)
		(void)closedir(tasks); /* only read */
	return 0;
}

static void process_add(const struct shown *s, const char *name, struct show_groups *g,
			struct found *f)
{
	cleanup_close const int dir = openat(s->proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const pid_t pid = (pid_t)atoi(name);
	struct ns_ids ns;

	/* a process that ends has no namespaces any more */
	if (dir < 0 || ns_ids_read(dir, "ns", &ns) < 0 || !belongs(s, dir, &ns))
		return;
	(void)threads_add(s, dir, pid, g, f);
}

static void who_of(const struct show_group *g, char *buf, size_t size)
{
	const unsigned n = g->processes < SHOW_NAMES ? g->processes : SHOW_NAMES;

	buf[0] = '\0';
	for (unsigned i = 0; i < n; i++)
		(void)snprintf(buf + strlen(buf), size - strlen(buf), "%sprocess %d (%s)",
			       i > 0 ? ", " : "", (int)g->pid[i], g->comm[i]); /* cut: for people */
	if (g->processes > n)
		(void)snprintf(buf + strlen(buf), size - strlen(buf), " and %u more",
			       g->processes - n);
}

static void compare_all(const struct shown *s, struct show_groups *g, struct found *f)
{
	const struct show_state *init = NULL;

	for (size_t i = 0; i < g->n; i++)
		if (g->at[i].state.role == ROLE_INIT)
			init = &g->at[i].state;
	for (size_t i = 0; i < g->n; i++) {
		char who[SHOW_NAMES * (SHOW_COMM + 32)];

		who_of(&g->at[i], who, sizeof who);
		g->at[i].different = state_compare(s, init, &g->at[i].state, who, f) > 0;
	}
	if (init == NULL)
		found_add(f, FOUND_UNREAD, "init of the session could not be read");
}

int groups_read(const struct shown *s, struct show_groups *ret, struct found *f)
{
	DIR *proc = dir_open(s->proc, ".");
	const struct dirent *e;

	*ret = (struct show_groups){ 0 };
	if (proc == NULL)
		return -errno;
	while ((e = readdir(proc)) != NULL)
		if (is_number(e->d_name))
			process_add(s, e->d_name, ret, f);
	(void)closedir(proc); /* only read */
	compare_all(s, ret, f);
	return 0;
}

void groups_free(struct show_groups *g)
{
	free(g->at);
	*g = (struct show_groups){ 0 };
}
