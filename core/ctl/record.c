/* SPDX-License-Identifier: Apache-2.0 */
/* record.c - the record of the services that had PAM lines; see lines.h */
#include "ctl/lines.h"

#include "base/cleanup.h"
#include "policy/account/stack.h"
#include "policy/text/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directory of the record and its name in it. */
static const char *name_of_record(void)
{
	return strrchr(LINES_RECORD, '/') + 1;
}

static void take_line(struct record *r, char *line)
{
	const char *step = strsep(&line, " ");

	if (line == NULL)
		return;
	if (strcmp(step, "account") == 0)
		services_add(&r->account, line);
	else if (strcmp(step, "session") == 0)
		services_add(&r->session, line);
}

void record_read(const char *root, struct record *ret)
{
	struct err ignored = { 0 };
	cleanup_close const int dir = trust_dir(root, CORDON_STATEDIR, 0, &ignored);
	cleanup_free char *text = NULL;
	size_t size = 0;
	bool masked = false;
	char *rest, *line;

	*ret = (struct record){ 0 };
	if (dir < 0 ||
	    trust_read(dir, CORDON_STATEDIR, name_of_record(), 0, &masked, &text, &size, &ignored) <
		    0 ||
	    masked)
		return;
	ret->there = true;
	rest = text;
	while ((line = strsep(&rest, "\n")) != NULL)
		take_line(ret, line);
}

void record_free(struct record *r)
{
	services_free(&r->account);
	services_free(&r->session);
	r->there = false;
}

/* ---- writing ---- */

struct now {
	const char *root;
	struct record *to;
};

static void note_service(void *arg, const char *service)
{
	const struct now *x = arg;
	struct err ignored;

	if (strcmp(service, "other") == 0)
		return;
	if (stack_names_us(x->root, service, STACK_ACCOUNT) &&
	    stack_check(x->root, service, STACK_ACCOUNT, &ignored) == 0)
		services_add(&x->to->account, service);
	if (stack_names_us(x->root, service, STACK_SESSION) &&
	    stack_check(x->root, service, STACK_SESSION, &ignored) == 0)
		services_add(&x->to->session, service);
}

static bool same(const struct services *a, const struct services *b)
{
	bool equal = a->n == b->n;

	for (size_t i = 0; equal && i < a->n; i++)
		equal = services_have(b, a->name[i]);
	return equal;
}

static void put(FILE *f, const char *step, const struct services *s)
{
	for (size_t i = 0; i < s->n; i++)
		(void)fprintf(f, "%s %s\n", step, s->name[i]); /* write_new() looks for errors */
}

static int write_new(int dir, const struct record *r)
{
	static const char name[] = "pam-lines.new";
	cleanup_close int fd =
		openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	bool good;

	if (f == NULL)
		return -errno;
	(void)take_fd(&fd); /* the stream's */
	put(f, "account", &r->account);
	put(f, "session", &r->session);
	good = ferror(f) == 0;
	if (fclose(f) != 0 || !good || renameat(dir, name, dir, name_of_record()) < 0) {
		const int r_write = errno != 0 ? -errno : -EIO;

		(void)unlinkat(dir, name, 0); /* the error is reported */
		return r_write;
	}
	return 0;
}

int record_write(const char *root, bool anew, struct err *e)
{
	cleanup_close int dir = -1;
	struct record old, fresh = { 0 };
	struct now now = { .root = root, .to = &fresh };
	char path[4096];
	int r;

	record_read(root, &old);
	if (!anew)
		for (size_t i = 0; i < old.account.n || i < old.session.n; i++) {
			if (i < old.account.n)
				services_add(&fresh.account, old.account.name[i]);
			if (i < old.session.n)
				services_add(&fresh.session, old.session.name[i]);
		}
	r = stack_each(root, note_service, &now, e);
	if (r >= 0 && !(old.there && same(&old.account, &fresh.account) &&
			same(&old.session, &fresh.session))) {
		(void)snprintf(path, sizeof path, "%s%s", root, CORDON_STATEDIR); /* fits */
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			r = err_at(e, path, 0, -errno, "%s; create the directory", strerror(errno));
		else if ((dir = trust_dir(root, CORDON_STATEDIR, 0, e)) < 0)
			r = dir;
		else if ((r = write_new(dir, &fresh)) < 0)
			(void)err_at(e, LINES_RECORD, 0, r, "cannot be written: %s", strerror(-r));
	}
	record_free(&old);
	record_free(&fresh);
	return r < 0 ? r : 0;
}
