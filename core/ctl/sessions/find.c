/* SPDX-License-Identifier: Apache-2.0 */
/* find.c - read the registry, and ask the keepers; see sessions.h */
#include "ctl/sessions/sessions.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "contract/registry.h"
#include "ctl/ctl.h"
#include "policy/account/lookup.h"
#include "policy/settings/types.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Sessions that are asked at once; a process may have few descriptors. */
enum { BATCH = 128 };

static int add_row(struct sessions *s, const char *dir, const char *id, uid_t uid)
{
	struct session_row *rows = s->row;

	if ((s->n & (s->n - 1)) == 0) { /* 0, 1, 2, 4 ... rows are full */
		rows = reallocarray(rows, s->n == 0 ? 1 : 2 * s->n, sizeof *rows);
		if (rows == NULL)
			return -ENOMEM;
		s->row = rows;
	}
	rows[s->n] = (struct session_row){ .uid = uid };
	(void)snprintf(rows[s->n].dir, sizeof rows->dir, "%s", dir);	   /* fits */
	(void)snprintf(rows[s->n].entry, sizeof rows->entry, "%.31s", id); /* fits: checked before */
	(void)snprintf(rows[s->n].id, sizeof rows->id, "%.31s", id);	   /* as above */
	s->n++;
	return 0;
}

/* Removes the entries that killed keepers have left behind. */
static void sweep(uid_t uid)
{
	struct registry r;

	if (registry_lock(REGISTRY_DIR, uid, &r) == 0)
		(void)registry_count(&r); /* the rest is shown */
	registry_unlock(&r);
}

/* A session that outlives its logins is found by its id, too. */
static bool is_shared_name(const char *name)
{
	return registry_is_place(name) && !registry_is_place_id(name);
}

/* Adds the entries of one user. A directory that is gone has none. */
static int read_user(struct sessions *s, uid_t uid)
{
	char path[sizeof s->row->dir];
	const struct dirent *e;
	DIR *dir;
	int r = 0;

	if (geteuid() == 0)
		sweep(uid);
	(void)snprintf(path, sizeof path, "%s/%u", REGISTRY_DIR, uid); /* fits */
	dir = opendir(path);
	if (dir == NULL)
		return errno == ENOENT ? 0 : -errno;
	while (r == 0 && (e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.' && !is_shared_name(e->d_name) &&
		    strlen(e->d_name) < sizeof s->row->id && registry_alive(path, e->d_name))
			r = add_row(s, path, e->d_name, uid);
	(void)closedir(dir); /* only read */
	return r;
}

static int read_all(struct sessions *s)
{
	const struct dirent *e;
	DIR *dir = opendir(REGISTRY_DIR);
	int r = 0;

	if (dir == NULL)
		return errno == ENOENT ? 0 : -errno;
	while (r == 0 && (e = readdir(dir)) != NULL) {
		const char *end;
		uint64_t uid;

		if (type_number(e->d_name, &end, &uid) == 0 && *end == '\0' && uid < UINT32_MAX)
			r = read_user(s, (uid_t)uid);
	}
	(void)closedir(dir); /* only read */
	return r;
}

/* The queue of a keeper is full for moments only, unless the keeper is stopped. */
static int open_until(const struct session_row *row, int64_t until)
{
	int fd;

	while ((fd = registry_connect(row->dir, row->entry)) == -EAGAIN && clock_ms() < until)
		(void)usleep(200); /* a shorter sleep does no harm */
	return fd;
}

int session_open(const struct session_row *row)
{
	return open_until(row, clock_ms() + SESSIONS_MS);
}

static int send_question(int fd, const struct session_row *row, struct wire_msg *m)
{
	if (m->session[0] == '\0')
		(void)snprintf(m->session, sizeof m->session, "%s", row->entry); /* fits */
	return wire_send(fd, m, NULL, 0);
}

int session_ask(int fd, const struct session_row *row, struct wire_msg *m, int *ret_fds)
{
	const int r = send_question(fd, row, m);

	return r < 0 ? r : wire_recv(fd, m, ret_fds, 2 * SESSIONS_MS);
}

static void take_answer(struct session_row *row, const struct wire_msg *m)
{
	const char *from = m->login.rhost[0] != '\0' ? m->login.rhost : m->login.tty;

	row->answers = true;
	row->login = m->login;
	if (m->state.logins == 0) { /* what is left belongs to no login */
		row->login.service[0] = row->login.rhost[0] = row->login.tty[0] = '\0';
		from = "";
	}
	row->state = m->state;
	memcpy(row->id, m->session, sizeof row->id);
	memcpy(row->user, m->login.user, sizeof row->user);
	memcpy(row->rule, m->text, sizeof row->rule);
	(void)snprintf(row->from, sizeof row->from, "%s", from); /* fits */
}

/* The login has ended, or its session is shown by its other logins. */
static void drop_row(struct session_row *row)
{
	row->id[0] = '\0';
}

/* Takes the answer of one keeper, if it is there. */
static void hear(struct session_row *row, int *fd)
{
	const bool place = registry_is_place(row->entry);
	struct wire_msg m;
	const int r = wire_recv(*fd, &m, NULL, 0);

	if (r == 0 && m.kind == WIRE_STATE && !(place && m.state.logins > 0))
		take_answer(row, &m);
	else if (r == 0 || (r != -ETIMEDOUT && !registry_alive(row->dir, row->entry)))
		drop_row(row);
	else
		row->crowded = r != -ETIMEDOUT;
	close_fd(fd);
}

/* Asks up to BATCH keepers at once, so that those that do not answer cost the time of one. */
static void ask_batch(struct session_row *rows, unsigned n)
{
	const int64_t until = clock_ms() + SESSIONS_MS;
	int fds[BATCH];
	unsigned left = 0;

	for (unsigned i = 0; i < n; i++) {
		struct wire_msg m;

		wire_init(&m, WIRE_STATUS);
		fds[i] = open_until(&rows[i], until - SESSIONS_MS / 2);
		if (fds[i] >= 0 && send_question(fds[i], &rows[i], &m) < 0) {
			close_fd(&fds[i]);
			rows[i].crowded = true;
		}
		if (fds[i] >= 0)
			left++;
		else if (fds[i] == -ENOENT || fds[i] == -ECONNREFUSED)
			drop_row(&rows[i]); /* it has just ended */
	}
	while (left > 0) {
		struct pollfd p[BATCH];
		const int64_t ms = until - clock_ms();

		for (unsigned i = 0; i < n; i++)
			p[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
		if (ms <= 0 || (poll(p, n, (int)ms) < 0 && errno != EINTR))
			break;
		for (unsigned i = 0; i < n; i++)
			if (fds[i] >= 0 && p[i].revents != 0) {
				hear(&rows[i], &fds[i]);
				left--;
			}
	}
	for (unsigned i = 0; i < n; i++)
		close_fd(&fds[i]);
}

/* A keeper with many logins drops the oldest connections of a batch. */
static void ask_again(struct sessions *s)
{
	const int64_t until = clock_ms() + 2 * SESSIONS_MS;

	for (size_t i = 0; i < s->n; i++)
		while (s->row[i].crowded && !s->row[i].answers && clock_ms() < until) {
			s->row[i].crowded = false;
			ask_batch(&s->row[i], 1);
		}
}

static void name_user(struct session_row *row)
{
	cleanup_free char *buf = NULL;
	struct passwd pw;

	if (lookup_user(NULL, row->uid, &pw, &buf) == 1)
		(void)snprintf(row->user, sizeof row->user, "%s", pw.pw_name); /* cut: for people */
	else
		(void)snprintf(row->user, sizeof row->user, "%u", row->uid); /* fits */
}

static int by_age(const void *a, const void *b)
{
	const struct session_row *x = a, *y = b;

	if (x->answers != y->answers)
		return x->answers ? -1 : 1;
	if (x->state.since != y->state.since)
		return x->state.since < y->state.since ? -1 : 1;
	return strcmp(x->id, y->id);
}

static void keep(struct sessions *s, bool (*wanted)(const struct session_row *row, const void *arg),
		 const void *arg)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (wanted(&s->row[i], arg))
			s->row[n++] = s->row[i];
	s->n = n;
}

static bool is_there(const struct session_row *row, const void *arg)
{
	(void)arg;
	return row->id[0] != '\0';
}

int sessions_read(struct sessions *ret)
{
	int r;

	*ret = (struct sessions){ 0 };
	r = geteuid() == 0 ? read_all(ret) : read_user(ret, geteuid());
	if (r < 0) {
		sayf(stderr, "cordon: %s: %s\n", REGISTRY_DIR, strerror(-r));
		return r;
	}
	for (size_t i = 0; i < ret->n; i += BATCH)
		ask_batch(ret->row + i, (unsigned)(ret->n - i < BATCH ? ret->n - i : BATCH));
	ask_again(ret);
	keep(ret, is_there, NULL);
	for (size_t i = 0; i < ret->n; i++)
		if (!ret->row[i].answers)
			name_user(&ret->row[i]);
	if (ret->n > 0)
		qsort(ret->row, ret->n, sizeof *ret->row, by_age);
	return 0;
}

bool session_is_first(const struct sessions *s, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (s->row[i].answers && s->row[before].answers &&
		    s->row[before].state.init == s->row[i].state.init)
			return false;
	return true;
}

void sessions_free(struct sessions *s)
{
	free(s->row);
	*s = (struct sessions){ 0 };
}

struct wanted_user {
	const char *name;
	uid_t uid; /* -1: no account */
};

static bool is_of_user(const struct session_row *row, const void *arg)
{
	const struct wanted_user *w = arg;

	return row->uid == w->uid || strcmp(row->user, w->name) == 0;
}

int sessions_of(struct sessions *s, const char *user)
{
	cleanup_free char *buf = NULL;
	struct wanted_user wanted = { user, (uid_t)-1 };
	struct err e = { 0 };
	struct passwd pw;
	const char *end;
	char text[1024];
	uint64_t uid;
	const int r = lookup_user(user, 0, &pw, &buf);

	if (r == 1)
		wanted.uid = pw.pw_uid;
	else if (type_number(user, &end, &uid) == 0 && *end == '\0' && uid < UINT32_MAX)
		wanted.uid = (uid_t)uid;
	keep(s, is_of_user, &wanted);
	if (s->n > 0 || wanted.uid != (uid_t)-1)
		return 0;
	if (r == 0)
		(void)ctl_no_such(true, user, &e);
	else
		(void)err_set(&e, r, "user '%.100s' cannot be looked up: %s", user, strerror(-r));
	sayf(stderr, "cordon: %s\n", err_text(&e, text, sizeof text));
	return EXIT_USAGE;
}

static bool is_by_rule(const struct session_row *row, const void *arg)
{
	const char *rule = arg, *base = text_base(row->rule);
	const size_t path = strcspn(row->rule, ":"), name = strcspn(base, ":"), n = strlen(rule);
	static const char ending[] = ".conf";
	const size_t end = sizeof ending - 1;

	if (!row->answers || n == 0)
		return false;
	return strcmp(row->rule, rule) == 0 || strcmp(base, rule) == 0 ||
	       (n == path && strncmp(row->rule, rule, n) == 0) ||
	       (n == name && strncmp(base, rule, n) == 0) ||
	       (n + end == name && strncmp(base, rule, n) == 0 &&
		strncmp(base + n, ending, end) == 0);
}

void sessions_by_rule(struct sessions *s, const char *rule)
{
	keep(s, is_by_rule, rule);
}

/* The id of @row that @id is or begins, that of the login or that of the place; NULL: none. */
static const char *id_begun(const struct session_row *row, const char *id)
{
	const size_t len = strlen(id);

	if (len == 0)
		return NULL;
	return strncmp(row->id, id, len) == 0	       ? row->id :
	       strncmp(row->state.place, id, len) == 0 ? row->state.place :
							 NULL;
}

const struct session_row *session_find(const struct sessions *s, const char *id)
{
	const struct session_row *found = NULL;
	const char *begun = NULL;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const char *other = id_begun(&s->row[i], id);

		if (other != NULL && strcmp(other, id) == 0)
			return &s->row[i];
		/* each login of a place names the place */
		if (other == NULL || (begun != NULL && strcmp(begun, other) == 0))
			continue;
		found = &s->row[i];
		begun = other;
		n++;
	}
	if (n == 1)
		return found;
	if (n > 1)
		sayf(stderr,
		     "cordon: '%s' begins the ids of %zu sessions; write more digits, see 'cordon list'\n",
		     id, n);
	else if (geteuid() == 0)
		sayf(stderr, "cordon: no session '%s'; 'cordon list' lists the sessions\n", id);
	else
		sayf(stderr,
		     "cordon: no session '%s' of yours; 'cordon list' lists them, and as root those of all users\n",
		     id);
	return NULL;
}
