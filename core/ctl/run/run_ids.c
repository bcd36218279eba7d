/* SPDX-License-Identifier: Apache-2.0 */
/* run_ids.c - who the program runs as, and the maps of its user namespace */
#include "ctl/run/run.h"

#include "contract/words.h"
#include "policy/account/lookup.h"
#include "policy/account/resolve.h"
#include "policy/compile/compile.h"
#include "policy/settings/types.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static int number(const char *option, const char *text, uint32_t *ret, struct err *e)
{
	const char *end;
	uint64_t v;

	if (type_number(text, &end, &v) < 0 || *end != '\0' || v >= UINT32_MAX)
		return err_set(e, -EINVAL, "%s '%s': write a number from 0 to 4294967294", option,
			       text);
	*ret = (uint32_t)v;
	return 0;
}

/* The terminal's name, where the program can be shown it. */
static void terminal(struct facts *f)
{
	for (int fd = 0; fd <= 2; fd++) {
		char name[FACTS_NAME_MAX];

		if (isatty(fd) && ttyname_r(fd, name, sizeof name) == 0 &&
		    strncmp(name, "/dev/", 5) == 0) {
			(void)snprintf(f->login.tty, sizeof f->login.tty, "%.200s", name + 5);
			return;
		}
	}
}

static int by_account(struct run *r, const char *name, uid_t uid, bool must, struct err *e)
{
	struct login login = { .service = "cordon-run" };
	struct passwd pw;
	char *buf = NULL;
	int got = lookup_user(name, uid, &pw, &buf);

	if (got == 1 && strlen(pw.pw_name) < sizeof login.user) {
		login.uid = pw.pw_uid;
		memcpy(login.user, pw.pw_name, strlen(pw.pw_name) + 1);
		got = name != NULL ?
			      facts_resolve(&login, &r->facts, e) : /* else the groups are known */
			      facts_account(&login, &r->facts, e);
		got = got < 0 ? e->code : 1;
	} else if (got == 0 && must) {
		got = err_set(e, -ENOENT, "--user '%s': there is no such account", name);
	} else if (got < 0) {
		(void)err_set(e, got, "the account can't be looked up: %s", strerror(-got));
	}
	free(buf);
	return got;
}

/* An id without an account. */
static int by_number(struct run *r, uid_t uid, struct err *e)
{
	struct facts *f = &r->facts;
	struct utsname host;

	memset(f, 0, sizeof *f);
	f->login.uid = uid;
	f->gid = (gid_t)-1;
	f->now = time(NULL);
	f->n_names = 1;
	(void)snprintf(f->login.user, sizeof f->login.user, "%u", uid);		 /* fits */
	(void)snprintf(f->names[0], sizeof f->names[0], "%u", uid);		 /* fits */
	(void)snprintf(f->login.service, sizeof f->login.service, "cordon-run"); /* fits */
	(void)snprintf(f->shell, sizeof f->shell, "/bin/sh");			 /* fits */
	(void)snprintf(f->session, sizeof f->session, "run-%d", getpid());	 /* fits */
	if (uname(&host) < 0)
		return err_set(e, -errno, "no host name: %s", strerror(errno));
	(void)snprintf(f->host, sizeof f->host, "%s", host.nodename); /* fits */
	return 0;
}

static int own_groups(struct facts *f, struct err *e)
{
	const int n = getgroups(FACTS_GROUPS_MAX, f->groups);

	if (n < 0)
		return err_set(e, -errno, "the groups can't be asked for: %s", strerror(errno));
	f->n_groups = (uint32_t)n;
	return 0;
}

/* --groups: beside those of the account; by name, or a number that no group need have. */
static int more_groups(struct run *r, struct err *e)
{
	char list[4096], *save = NULL;
	int got = 0;

	if (!r->privileged)
		return err_set(e, -EPERM,
			       "--groups: needs root: without it a program has its caller's groups");
	if (strlen(r->o.groups) >= sizeof list)
		return err_set(e, -E2BIG, "--groups: too long a list");
	memcpy(list, r->o.groups, strlen(r->o.groups) + 1);
	for (char *w = strtok_r(list, ",", &save); got == 0 && w != NULL;
	     w = strtok_r(NULL, ",", &save)) {
		struct group group;
		char *buf = NULL;
		uint32_t gid = 0;

		if (isdigit((unsigned char)*w)) {
			got = number("--groups", w, &gid, e);
		} else {
			got = lookup_group(w, 0, &group, &buf);
			gid = got == 1 ? group.gr_gid : 0;
			got = got == 1 ?
				      0 :
				      err_set(e, got == 0 ? -ENOENT : got, "--groups '%s': %s", w,
					      got == 0 ? "there is no such group" : strerror(-got));
			free(buf);
		}
		if (got == 0 && r->facts.n_groups == FACTS_GROUPS_MAX)
			got = err_set(e, -E2BIG, "--groups: more than %d groups", FACTS_GROUPS_MAX);
		if (got == 0)
			r->facts.groups[r->facts.n_groups++] = gid;
	}
	return got;
}

int run_facts(struct run *r, struct err *e)
{
	const struct run_options *o = &r->o;
	const bool other = o->user != NULL || o->uid != NULL || o->gid != NULL;
	uint32_t uid = geteuid(), gid = getegid();
	int got = 0;

	if (o->user != NULL && (o->uid != NULL || o->gid != NULL))
		return err_set(e, -EINVAL,
			       "--user says uid and gid already; take --uid and --gid out");
	if (o->uid != NULL)
		got = number("--uid", o->uid, &uid, e);
	if (got == 0 && o->gid != NULL)
		got = number("--gid", o->gid, &gid, e);
	if (got == 0)
		got = by_account(r, o->user, uid, o->user != NULL, e);
	if (got == 0)
		got = by_number(r, uid, e);
	if (got < 0)
		return got;
	if (o->gid != NULL || !other)
		r->facts.gid = gid;
	if (r->facts.gid == (gid_t)-1)
		return err_set(e, -EINVAL, "uid %u has no account; say --gid as well", uid);
	if (o->gid != NULL || o->uid != NULL) /* by numbers: nothing but what was said */
		r->facts.n_groups = 0;
	else if (!other)
		got = own_groups(&r->facts, e);
	if (!r->privileged && !r->login && r->o.uid_map == NULL && r->o.gid_map == NULL &&
	    (r->facts.login.uid != getuid() || r->facts.gid != getgid()))
		return err_set(e, -EPERM,
			       "%s: needs root: without it a program has its caller's uid and gid",
			       o->user != NULL ? "--user" :
			       o->uid != NULL  ? "--uid" :
						 "--gid");
	if (got >= 0 && o->groups != NULL)
		got = more_groups(r, e);
	if (got >= 0)
		terminal(&r->facts);
	return got < 0 ? got : 0;
}

/* "inside:outside:count,..." as the lines that the kernel takes; is @id one of those inside? */
static int map_text(const char *option, const char *text, uint32_t id, char *out, size_t size,
		    uint32_t *ret_outside, unsigned *ret_lines, struct err *e)
{
	bool found = false;
	size_t at = 0;

	*ret_lines = 0;
	while (*text != '\0') {
		const char *end = text;
		uint64_t v[3];

		for (unsigned i = 0; i < 3; i++)
			if (type_number(end, &end, &v[i]) < 0 || v[i] > UINT32_MAX ||
			    (i < 2 ? *end++ != ':' : *end != '\0' && *end != ','))
				return err_set(
					e, -EINVAL,
					"%s '%s': write inside:outside:count, several separated by commas",
					option, text);
		if (id >= v[0] && id - v[0] < v[2]) {
			*ret_outside = (uint32_t)(v[1] + (id - v[0]));
			found = true;
		}
		at += (size_t)snprintf(out + at, size - at, "%u %u %u\n", (unsigned)v[0],
				       (unsigned)v[1], (unsigned)v[2]);
		if (at >= size)
			return err_set(e, -E2BIG, "%s: too many ranges; the kernel takes 340",
				       option);
		++*ret_lines;
		text = end + (*end == ',');
	}
	if (!found)
		return err_set(e, -EINVAL,
			       "%s: %u isn't in it, which the program is to run as; add it", option,
			       id);
	return 0;
}

/* What a process without privilege may write: its own ids, one each. */
static int single(const struct run *r, unsigned lines, const char *option, const char *text,
		  uint32_t outside, uint32_t own, struct err *e)
{
	const char *last = strrchr(text, ':');

	if (r->privileged ||
	    (lines == 1 && outside == own && last != NULL && strcmp(last, ":1") == 0))
		return 0;
	return err_set(
		e, -EPERM,
		"%s: needs root: without it the map has one id, the caller's own; write ID:%u:1",
		option, own);
}

static int given_maps(struct run *r, struct err *e)
{
	const char *uids = r->o.uid_map, *gids = r->o.gid_map;
	uint32_t uid = r->facts.login.uid, gid = r->facts.gid;
	unsigned lines;
	int got;

	if (uids == NULL || gids == NULL)
		return err_set(e, -EINVAL,
			       "--uid-map and --gid-map go together; say the other as well");
	got = map_text("--uid-map", uids, uid, r->uid_map, sizeof r->uid_map, &uid, &lines, e);
	if (got == 0)
		got = single(r, lines, "--uid-map", uids, uid, getuid(), e);
	if (got == 0)
		got = map_text("--gid-map", gids, gid, r->gid_map, sizeof r->gid_map, &gid, &lines,
			       e);
	if (got == 0)
		got = single(r, lines, "--gid-map", gids, gid, getgid(), e);
	if (got == 0) {
		r->plan->view_uid = r->privileged ? uid : r->facts.login.uid;
		r->plan->view_gid = r->privileged ? gid : r->facts.gid;
		r->facts.n_groups = 0; /* theirs are the host's numbers */
	}
	return got;
}

static int own_maps(struct run *r, struct err *e)
{
	const struct origin from = r->set.private_users.from;

	if (r->privileged)
		return ids_emit(&r->set, &r->facts, r->uid_map, r->gid_map, sizeof r->gid_map, e);
	if (r->set.private_users.v == PRIVATE_USERS_IDENTITY && from.file != NULL)
		return err_at(
			e, from.file, from.line, -EPERM,
			"PrivateUsers=identity: needs root: without it the map has one id, the caller's own; write self");
	(void)snprintf(r->uid_map, sizeof r->uid_map, "%u %u 1\n", r->facts.login.uid,
		       getuid()); /* fits */
	(void)snprintf(r->gid_map, sizeof r->gid_map, "%u %u 1\n", r->facts.gid, getgid()); /* fits */
	return 0;
}

int run_maps(struct run *r, struct err *e)
{
	const char *groups = r->o.setgroups;
	const bool given = r->o.uid_map != NULL || r->o.gid_map != NULL;
	int got;

	if (groups != NULL && strcmp(groups, "allow") != 0 && strcmp(groups, "deny") != 0)
		return err_set(e, -EINVAL, "--setgroups '%s': write allow or deny", groups);
	if (!(r->ns & CLONE_NEWUSER)) {
		if (given || groups != NULL)
			return err_set(e, -EINVAL,
				       "--%s: needs the user namespace; add user to --namespaces",
				       given ? "uid-map" : "setgroups");
		if (!r->privileged && r->ns != 0)
			return err_set(
				e, -EPERM,
				"namespaces need root, or a user namespace as well; add user to --namespaces, or say PrivateUsers=self");
		return 0;
	}
	if (!r->privileged && groups != NULL && strcmp(groups, "allow") == 0)
		return err_set(e, -EPERM,
			       "--setgroups allow: needs root; user_namespaces(7) has the reason");
	r->spec.deny_groups = !r->privileged || (groups != NULL && strcmp(groups, "deny") == 0);
	got = given ? given_maps(r, e) : own_maps(r, e);
	r->spec.uid_map = r->uid_map;
	r->spec.gid_map = r->gid_map;
	return got;
}
