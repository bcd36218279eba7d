/* SPDX-License-Identifier: Apache-2.0 */
/* run_ids.c - find the ids of the program, and the maps of its user namespace */
#include "ctl/ctl.h"
#include "ctl/run/run.h"

#include "base/cleanup.h"
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
		return err_set(e, -EINVAL,
			       "%s: invalid id '%s'; write a number from 0 to 4294967294", option,
			       text);
	*ret = (uint32_t)v;
	return 0;
}

/* Sets the name of the terminal if the program can see the terminal. */
void run_terminal(struct facts *f)
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

/* Fills @e with "OPTION: there is no user 'name'; ..." */
int run_no_such(const char *option, bool user, const char *name, struct err *e)
{
	struct err why = { 0 };
	const int got = ctl_no_such(user, name, &why);

	return err_set(e, got, "%s: %s", option, why.msg);
}

static int by_account(struct run *r, const char *name, uid_t uid, bool must, struct err *e)
{
	struct login login = { .service = "cordon-run" };
	struct passwd pw;
	cleanup_free char *buf = NULL;
	int got = lookup_user(name, uid, &pw, &buf);

	if (got == 1 && strlen(pw.pw_name) < sizeof login.user) {
		login.uid = pw.pw_uid;
		memcpy(login.user, pw.pw_name, strlen(pw.pw_name) + 1);
		/* with --groups, the groups are known */
		got = name != NULL ? facts_resolve(&login, &r->facts, e) :
				     facts_account(&login, &r->facts, e);
		got = got < 0 ? e->code : 1;
	} else if (got == 0 && must) {
		got = run_no_such("--user", true, name, e);
	} else if (got < 0) {
		(void)err_set(e, got, "the user cannot be looked up: %s", strerror(-got));
	}
	return got;
}

/* Fills the facts for an id without an account. */
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
		return err_set(e, -errno, "the host name cannot be read: %s", strerror(errno));
	(void)snprintf(f->host, sizeof f->host, "%s", host.nodename); /* fits */
	return 0;
}

static int own_groups(struct facts *f, struct err *e)
{
	const int n = getgroups(FACTS_GROUPS_MAX, f->groups);

	if (n < 0)
		return err_set(e, -errno, "the groups of the caller cannot be read: %s",
			       strerror(errno));
	f->n_groups = (uint32_t)n;
	return 0;
}

/* Adds the groups of --groups to those of the account. A number need not belong to a group. */
static int more_groups(struct run *r, struct err *e)
{
	char list[4096], *save = NULL;
	int got = 0;

	if (!r->privileged)
		return err_set(e, -EPERM,
			       "--groups: requires root; run 'sudo cordon run', or remove --groups");
	if (strlen(r->o.groups) >= sizeof list)
		return err_set(e, -E2BIG,
			       "--groups: the list is too long; write at most 4095 characters");
	memcpy(list, r->o.groups, strlen(r->o.groups) + 1);
	for (char *w = strtok_r(list, ",", &save); got == 0 && w != NULL;
	     w = strtok_r(NULL, ",", &save)) {
		struct group group;
		cleanup_free char *buf = NULL;
		uint32_t gid = 0;

		if (isdigit((unsigned char)*w)) {
			got = number("--groups", w, &gid, e);
		} else {
			got = lookup_group(w, 0, &group, &buf);
			gid = got == 1 ? group.gr_gid : 0;
			if (got == 0)
				got = run_no_such("--groups", false, w, e);
			else if (got < 0)
				got = err_set(e, got, "--groups: '%s' cannot be looked up: %s", w,
					      strerror(-got));
			else
				got = 0;
		}
		if (got == 0 && r->facts.n_groups == FACTS_GROUPS_MAX)
			got = err_set(e, -E2BIG, "--groups: more than %d groups; give fewer",
				      FACTS_GROUPS_MAX);
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
			       "--user excludes --uid and --gid; remove --uid and --gid");
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
		return err_set(e, -EINVAL, "uid %u has no account; add --gid NUMBER", uid);
	if (o->gid != NULL || o->uid != NULL) /* ids given by number get no groups of an account */
		r->facts.n_groups = 0;
	else if (!other)
		got = own_groups(&r->facts, e);
	if (!r->privileged && !r->login && r->o.uid_map == NULL && r->o.gid_map == NULL &&
	    (r->facts.login.uid != getuid() || r->facts.gid != getgid()))
		return err_set(
			e, -EPERM,
			"%s: only root may change the ids; run 'sudo cordon run', or remove the option",
			o->user != NULL ? "--user" :
			o->uid != NULL	? "--uid" :
					  "--gid");
	if (got >= 0 && o->groups != NULL)
		got = more_groups(r, e);
	if (got >= 0)
		run_terminal(&r->facts);
	return got < 0 ? got : 0;
}

/* Turns "inside:outside:count,..." into lines for the kernel, and tells if @id is mapped inside. */
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
					"%s: invalid map '%s'; write INSIDE:OUTSIDE:COUNT, and commas between several",
					option, text);
		if (id >= v[0] && id - v[0] < v[2]) {
			*ret_outside = (uint32_t)(v[1] + (id - v[0]));
			found = true;
		}
		at += (size_t)snprintf(out + at, size - at, "%u %u %u\n", (unsigned)v[0],
				       (unsigned)v[1], (unsigned)v[2]);
		if (at >= size)
			return err_set(e, -E2BIG, "%s: too many ranges; write at most 340", option);
		++*ret_lines;
		text = end + (*end == ',');
	}
	if (!found)
		return err_set(
			e, -EINVAL,
			"%s: the map has no %u, the id of the program; add a range with that id",
			option, id);
	return 0;
}

/* A process without privilege may map only its own uid and its own gid. */
static int single(const struct run *r, unsigned lines, const char *option, const char *text,
		  uint32_t outside, uint32_t own, struct err *e)
{
	const char *last = strrchr(text, ':');

	if (r->privileged ||
	    (lines == 1 && outside == own && last != NULL && strcmp(last, ":1") == 0))
		return 0;
	return err_set(e, -EPERM, "%s: requires root for any id but the caller's own; write ID:%u:1",
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
			       "--uid-map and --gid-map require each other; add the other");
	got = map_text("--uid-map", uids, uid, r->uid_map, sizeof r->uid_map, &uid, &lines, e);
	if (got == 0)
		got = single(r, lines, "--uid-map", uids, uid, getuid(), e);
	if (got == 0)
		got = map_text("--gid-map", gids, gid, r->gid_map, sizeof r->gid_map, &gid, &lines,
			       e);
	if (got == 0)
		got = single(r, lines, "--gid-map", gids, gid, getgid(), e);
	if (got == 0 && r->plan->owner != 0 && uid == r->plan->owner)
		got = err_set(
			e, -EINVAL,
			"--uid-map: the program has uid %u outside, which is reserved for sessions of uid %u; write another OUTSIDE id, or another OwnerIDs= in /etc/cordon/cordon.conf",
			uid, r->facts.login.uid);
	if (got == 0) {
		r->plan->view_uid = r->privileged ? uid : r->facts.login.uid;
		r->plan->view_gid = r->privileged ? gid : r->facts.gid;
		/* the groups are numbers of the host, which the map may lack */
		r->facts.n_groups = 0;
	}
	return got;
}

static int own_maps(struct run *r, struct err *e)
{
	const struct origin from = r->set.private_users.from;

	if (r->privileged)
		return ids_emit(&r->set, &r->facts, r->uid_map, r->gid_map, sizeof r->gid_map, e);
	if (r->set.private_users.v == PRIVATE_USERS_IDENTITY && from.file != NULL)
		return err_at(e, from.file, from.line, -EPERM,
			      "PrivateUsers=: identity requires root; write PrivateUsers=self");
	(void)snprintf(r->uid_map, sizeof r->uid_map, "%u %u 1\n", r->facts.login.uid,
		       getuid()); /* fits */
	/* fits */
	(void)snprintf(r->gid_map, sizeof r->gid_map, "%u %u 1\n", r->facts.gid, getgid());
	return 0;
}

int run_maps(struct run *r, struct err *e)
{
	const char *groups = r->o.setgroups;
	const bool given = r->o.uid_map != NULL || r->o.gid_map != NULL;
	int got;

	if (groups != NULL && strcmp(groups, "allow") != 0 && strcmp(groups, "deny") != 0)
		return err_set(e, -EINVAL,
			       "--setgroups: invalid value '%s'; expected allow or deny", groups);
	if (!(r->ns & CLONE_NEWUSER)) {
		if (given || groups != NULL)
			return err_set(e, -EINVAL,
				       "--%s: requires a user namespace; add user to --namespaces",
				       given ? "uid-map" : "setgroups");
		if (!r->privileged && r->ns != 0)
			return err_set(
				e, -EPERM, "namespaces require root or a user namespace; %s",
				r->login ? "write PrivateUsers=self" :
					   "add user to --namespaces, or --set PrivateUsers=self");
		return 0;
	}
	if (!r->privileged && groups != NULL && strcmp(groups, "allow") == 0)
		return err_set(
			e, -EPERM,
			"--setgroups: allow requires root, see user_namespaces(7); write deny");
	r->spec.deny_groups = !r->privileged || (groups != NULL && strcmp(groups, "deny") == 0);
	got = given ? given_maps(r, e) : own_maps(r, e);
	r->spec.uid_map = r->uid_map;
	r->spec.gid_map = r->gid_map;
	return got;
}
