/* SPDX-License-Identifier: Apache-2.0 */
/* devices.c - let the devices of DeviceAllow= come and go in a session as they do on the host */
#include "keeper/keeper.h"

#include "base/bounded.h"
#include "base/cleanup.h"
#include "confine/child.h"
#include "confine/view/nodes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

/*
 * Devices come in groups, and udev needs a moment for their owners: a look follows the first change by
 * this time. Where the kernel does not tell of changes, the keeper looks once a second.
 */
enum { SETTLE_USEC = 100000, POLL_USEC = 1000000, TRIES = 3, DIRS_MAX = 128 };

/* The directories that were looked at. The kernel sends SIGIO when their entries change. */
struct dirs {
	int fd[DIRS_MAX];
	unsigned n;
	bool polls; /* not all of them are watched */
};

/* Large, and used only with DeviceAllow=. */
static struct nodes tables[2];
static struct dirs watched[2];
static unsigned current; /* what the session has */
static bool placed;

static bool watches(const struct dirs *d, int fd)
{
	struct stat a, b;

	for (unsigned i = 0; i < d->n; i++)
		if (fstat(d->fd[i], &a) == 0 && fstat(fd, &b) == 0 && a.st_dev == b.st_dev &&
		    a.st_ino == b.st_ino)
			return true;
	return false;
}

/* Before the entries are read, so that each later change sends a signal. */
static void watch_dir(void *arg, int fd)
{
	struct dirs *d = arg;
	cleanup_close int own = -1;

	if (watches(d, fd))
		return;
	own = d->n < DIRS_MAX ? openat(fd, ".", O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC) :
				-1;
	if (own < 0 || fcntl(own, F_NOTIFY, DN_RENAME | DN_DELETE | DN_CREATE | DN_MULTISHOT) < 0) {
		d->polls = true;
		return;
	}
	d->fd[d->n++] = take_fd(&own);
}

static void dirs_close(struct dirs *d)
{
	for (unsigned i = 0; i < d->n; i++)
		close_fd(&d->fd[i]);
	d->n = 0;
	d->polls = false;
}

struct placing {
	const struct keeper *k;
	int host;
	const struct nodes *nodes;
};

/* In a child, which joins the session view. */
static void place(const void *arg, void *ret)
{
	const struct placing *p = arg;
	const int *fd = p->k->session.fd;

	*(int *)ret =
		child_die_with_parent(); /* and nobody looks into it, while it is in the session */
	if (*(int *)ret < 0)
		return;
	(void)umask(0); /* files get exactly the modes that the code names */
	*(int *)ret = nodes_place(p->host, fd[FD_SESSION_ROOT], fd[FD_SESSION_NS], p->nodes);
}

static bool same_nodes(const struct nodes *a, const struct nodes *b)
{
	unsigned i = 0;

	while (i < a->n && i < b->n && strcmp(a->at[i].name, b->at[i].name) == 0 &&
	       a->at[i].dev == b->at[i].dev && a->at[i].ino == b->at[i].ino &&
	       a->at[i].rdev == b->at[i].rdev && a->at[i].writes == b->at[i].writes)
		i++;
	return i == a->n && i == b->n;
}

static int look_once(struct keeper *k, int host)
{
	const unsigned next = 1 - current;
	const struct placing arg = { k, host, &tables[next] };
	int r, done = 0;

	r = nodes_find(k->plan, host, &tables[next], watch_dir, &watched[next]);
	dirs_close(&watched[current]);
	current = next;
	if (r == 0 && !(placed && same_nodes(&tables[0], &tables[1])))
		r = bounded_call(place, &arg, &done, sizeof done);
	if (r == 0)
		r = done;
	placed = r == 0;
	return r;
}

static int devices_look(struct keeper *k)
{
	cleanup_close int host = -1;
	const unsigned before = tables[current].left_out;
	int r = -EAGAIN;

	if (k->plan->set.device_allow.len == 0)
		return 0;
	host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (host < 0)
		return -errno;
	k->devices_due = 0;
	for (unsigned tries = 0; r == -EAGAIN && tries < TRIES; tries++)
		r = look_once(k, host);
	if (watched[current].polls)
		k->devices_due = usage_now() + POLL_USEC;
	if (r == -EAGAIN) { /* the host goes on changing */
		k->devices_due = usage_now() + SETTLE_USEC;
		r = 0;
	}
	if (r == 0 && tables[current].left_out > before)
		keeper_log(&k->logins[0], LOG_WARNING, "devices",
			   log_number("left-out", tables[current].left_out),
			   log_text("why",
				    "DeviceAllow= names more devices than a session can have"));
	return r;
}

int devices_begin(struct keeper *k)
{
	placed = false; /* what an earlier session had says nothing of this one */
	return devices_look(k);
}

void devices_changed(struct keeper *k)
{
	const int64_t due = usage_now() + SETTLE_USEC;

	if (k->plan->set.device_allow.len != 0 && (k->devices_due == 0 || k->devices_due > due))
		k->devices_due = due;
}

/* A session that has not begun yet, or has begun to end, waits. */
static bool awaited(const struct keeper *k)
{
	return k->devices_due != 0 && k->session.stage == SESSION_COMPLETE && !k->stop.begun &&
	       !k->failed && (login_opened(k) != NULL || k->place.lived);
}

int devices_patience(const struct keeper *k)
{
	const int64_t left = k->devices_due - usage_now();

	return !awaited(k) ? -1 : left <= 0 ? 0 : (int)(left / 1000) + 1;
}

void devices_tend(struct keeper *k)
{
	int r;

	if (!awaited(k) || usage_now() < k->devices_due)
		return;
	r = devices_look(k);
	if (r == 0)
		return;
	keeper_log(&k->logins[0], LOG_ERR, "fail", log_word("step", step_name(STEP_VIEW)),
		   log_word("errno", err_name(-r)),
		   log_text("why",
			    "the devices of the session cannot follow the devices of the host"));
	stop_begin(k, STOP_VIEW);
}
