/* SPDX-License-Identifier: Apache-2.0 */
/* get.c - find a session by its id or the id of a login, and get what its keeper holds */
#include "ctl/show/show.h"

#include "base/cleanup.h"
#include "contract/registry.h"
#include "ctl/say.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * struct search - the search for an id
 * @path, @name: the entry that was found last
 * @n:           how many there are
 */
struct search {
	const char *id;
	char path[80], name[64];
	unsigned n;
};

static void entry_try(struct search *s, const char *path, const char *name)
{
	if (name[0] == '.' || (registry_is_place(name) && !registry_is_place_id(name)) ||
	    strlen(name) >= sizeof s->name || strncmp(name, s->id, strlen(s->id)) != 0 ||
	    !registry_alive(path, name))
		return;
	(void)snprintf(s->path, sizeof s->path, "%s", path); /* fits: see directories_read() */
	(void)snprintf(s->name, sizeof s->name, "%.63s", name);
	/* the whole id is not the beginning of another one */
	s->n += strcmp(name, s->id) == 0 ? 0x10000 : 1;
}

static void entries_read(struct search *s, const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		entry_try(s, path, e->d_name);
	if (d != NULL)
		(void)closedir(d); /* only read */
}

static void directories_read(struct search *s)
{
	DIR *d = opendir(REGISTRY_DIR);
	const struct dirent *e;
	char path[80];

	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] >= '0' && e->d_name[0] <= '9' && s->n < 0x10000) {
			(void)snprintf(path, sizeof path, "%s/%.20s", REGISTRY_DIR,
				       e->d_name); /* fits */
			entries_read(s, path);
		}
	if (d != NULL)
		(void)closedir(d); /* only read */
}

/* Asks for the login @login; @ret has its state, descriptors and plan. */
static int inspect(int keeper, const char *login, struct got *ret)
{
	struct wire_msg m;
	int r;

	wire_init(&m, WIRE_INSPECT);
	(void)snprintf(m.session, sizeof m.session, "%.31s", login); /* fits */
	r = wire_send(keeper, &m, NULL, 0);
	if (r == 0)
		r = wire_recv(keeper, &ret->state, ret->fds, WIRE_DEADLINE_MS);
	if (r < 0)
		return r;
	if (ret->state.kind == WIRE_HANDLES)
		return plan_open(ret->fds[WIRE_HANDLES_PLAN], &ret->plan, &ret->login);
	wire_close(ret->fds, wire_fds(ret->state.kind));
	return ret->state.kind == WIRE_VERDICT ? -EAGAIN : -EPROTO;
}

static void plan_close(const struct plan *plan, const struct plan_login *login)
{
	if (plan != NULL) /* one mapping has both parts */
		(void)munmap((void *)(uintptr_t)plan, plan->head.size + login->head.size);
}

/* A session that outlives its logins has several; the keeper refuses the entries that are not its own. */
static void others_get(struct got *g, const char *path)
{
	static struct got other; /* large */
	DIR *d = g->state.state.logins > 1 ? opendir(path) : NULL;
	const struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL && g->n_others < SHOW_LOGINS_MAX - 1) {
		if (e->d_name[0] == '.' || registry_is_place(e->d_name) ||
		    strcmp(e->d_name, g->state.session) == 0)
			continue;
		other = (struct got){ .keeper = -1 };
		if (inspect(g->keeper, e->d_name, &other) == 0)
			g->others[g->n_others++] = (struct other_login){ other.plan, other.login };
		if (other.state.kind == WIRE_HANDLES)
			wire_close(other.fds, wire_fds(WIRE_HANDLES));
	}
	if (d != NULL)
		(void)closedir(d); /* only read */
}

/* A user who connects all the time fills the queue of the keeper for moments. */
static int connect_keeper(const struct search *s)
{
	enum { TRIES = 1000, PAUSE_USEC = 2000 };
	int fd = -EAGAIN;

	for (unsigned i = 0; i < TRIES && fd == -EAGAIN; i++) {
		if (i > 0)
			(void)usleep(PAUSE_USEC); /* a shorter sleep does no harm */
		fd = registry_connect(s->path, s->name);
	}
	return fd;
}

int session_get(const char *id, struct got *ret)
{
	struct search s = { .id = id };
	int r;

	*ret = (struct got){ .keeper = -1 };
	for (unsigned i = 0; i < WIRE_FDS_MAX; i++)
		ret->fds[i] = -1;
	if (geteuid() != 0) {
		sayf(stderr,
		     "cordon: only root can look into a session; run this with sudo, or 'cordon list' for "
		     "your own sessions\n");
		return -EPERM;
	}
	if (id[0] != '\0')
		directories_read(&s);
	if (s.n != 1 && s.n < 0x10000) {
		sayf(stderr,
		     s.n == 0 ?
			     "cordon: there is no session '%s'; 'cordon list' shows the sessions\n" :
			     "cordon: several sessions begin with '%s'; write more of the id\n",
		     id);
		return -ENOENT;
	}
	r = ret->keeper = connect_keeper(&s);
	if (r >= 0)
		r = inspect(ret->keeper, s.name, ret);
	if (r == 0)
		others_get(ret, s.path);
	if (r < 0) {
		sayf(stderr, "cordon: session %s: %s\n", s.name,
		     r == -EAGAIN && ret->state.text[0] != '\0' ? ret->state.text : strerror(-r));
		session_put(ret);
	}
	return r;
}

void session_put(struct got *g)
{
	plan_close(g->plan, g->login);
	g->plan = NULL;
	while (g->n_others > 0) {
		g->n_others--;
		plan_close(g->others[g->n_others].plan, g->others[g->n_others].login);
	}
	wire_close(g->fds, WIRE_FDS_MAX);
	close_fd(&g->keeper);
}

int session_shown(const struct got *g, struct shown *ret)
{
	char dir[32];
	struct stat st;
	uid_t uid;
	pid_t pid;
	int r = wire_peer(g->keeper, &uid, &pid);

	*ret = (struct shown){ .plan = g->plan, .logins = { g->login }, .n_logins = 1 };
	for (unsigned i = 0; i < g->n_others; i++)
		ret->logins[ret->n_logins++] = g->others[i].login;
	if (r == 0)
		r = shown_open(g->fds[WIRE_HANDLES_INIT], ret);
	if (r < 0)
		return r;
	/* the keeper is alive, as it has the socket open, and so the number is its own */
	(void)snprintf(dir, sizeof dir, "%d/ns", (int)pid); /* fits */
	r = ns_ids_read(ret->proc, dir, &ret->host);
	if (r == 0 && fstat(g->fds[WIRE_HANDLES_CALLER_NS], &st) == 0)
		ret->caller_ns = (uint32_t)st.st_ino;
	/* what the keeper saw when it made the session is what init has to be in now */
	if (r == 0 && memcmp(&ret->ns, &g->state.ns, sizeof ret->ns) != 0)
		r = -EXDEV;
	if (r < 0)
		shown_close(ret);
	return r;
}
