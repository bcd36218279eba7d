/* SPDX-License-Identifier: Apache-2.0 */
/* owners.c - the range of ids that own user namespaces of sessions, and what overlaps it */
#include "policy/account/owners.h"

#include "base/cleanup.h"
#include "base/sys_ns.h"
#include "policy/account/lookup.h"
#include "policy/settings/types.h"
#include "policy/text/lex.h"
#include "policy/text/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint32_t first = OWNERS_FIRST, last = OWNERS_LAST;
static unsigned range_line; /* of OWNERS_FILE; 0: the range is the default */
static struct err failure;  /* of the last owners_load() */

/* ---- the file ---- */

static int range_parse(const char *value, unsigned line, struct err *e)
{
	const char *end = value;
	uint64_t a = 0, b = 0;

	if (type_number(end, &end, &a) == 0 && *end == '-' && type_number(end + 1, &end, &b) == 0 &&
	    *end == '\0' && a > 0 && a <= b && b <= OWNERS_LAST) {
		first = (uint32_t)a;
		last = (uint32_t)b;
		range_line = line;
		return 0;
	}
	return err_at(e, OWNERS_FILE, line, -EINVAL,
		      "OwnerIDs=: invalid range '%s'; expected FIRST-LAST, from 1 to %u", value,
		      OWNERS_LAST);
}

static int file_parse(char *text, size_t size, struct err *e)
{
	struct lex_item item;
	bool host = false;
	struct lex l;

	if (size == 0)
		return 0;
	if (lex_check(OWNERS_FILE, text, size, e) < 0)
		return e->code;
	lex_start(&l, text, size);
	for (;;) {
		item.line = 0;
		switch (lex_next(&l, &item, e)) {
		case LEX_END:
			return 0;
		case LEX_SECTION:
			host = strcmp(item.name, "Host") == 0;
			if (!host)
				return err_at(e, OWNERS_FILE, item.line, -EINVAL,
					      "unknown section [%s]; write [Host]", item.name);
			break;
		case LEX_ASSIGN:
			if (!host || strcmp(item.name, "OwnerIDs") != 0)
				return err_at(e, OWNERS_FILE, item.line, -EINVAL,
					      "unknown directive %s=; write OwnerIDs= below [Host]",
					      item.name);
			if (range_parse(item.value, item.line, e) < 0)
				return e->code;
			break;
		case LEX_BAD:
		case LEX_BAD_SECTION:
			(void)snprintf(e->file, sizeof e->file, "%s", OWNERS_FILE); /* fits */
			return e->code;
		}
	}
}

int owners_load(const struct policy_paths *paths, struct err *e)
{
	static const char name[] = "cordon.conf";
	cleanup_free char *text = NULL;
	cleanup_close int dir = -1;
	size_t size = 0;
	bool masked = false;
	struct stat st;
	int r;

	first = OWNERS_FIRST;
	last = OWNERS_LAST;
	range_line = 0;
	failure = (struct err){ 0 };
	if (paths->root[0] == '\0' && lstat(OWNERS_FILE, &st) < 0 && errno == ENOENT)
		return 0; /* most hosts do not have the file */
	r = dir = trust_dir(paths->root, CORDON_SYSCONFDIR, paths->owner, &failure);
	if (dir >= 0)
		r = trust_read(dir, CORDON_SYSCONFDIR, name, paths->owner, &masked, &text, &size,
			       &failure);
	if (r == 0 && text != NULL)
		r = file_parse(text, size, &failure);
	if (r == -ENOENT && failure.code == 0)
		return 0;
	if (r < 0 && e != NULL)
		*e = failure;
	return r;
}

/* ---- the ids ---- */

void owners_range(uint32_t *ret_first, uint32_t *ret_last)
{
	*ret_first = first;
	*ret_last = last;
}

uint32_t owners_id(uid_t uid)
{
	return uid == 0 || uid > last - first || failure.code != 0 ? 0 : first + uid;
}

static bool mapped(const struct id_ranges *ids, uint32_t id)
{
	for (unsigned i = 0; i < ids->n; i++)
		if (id >= ids->at[i].first && id - ids->at[i].first < ids->at[i].count)
			return true;
	return false;
}

int owners_of(uid_t uid, const char *taken, uint32_t *ret, struct err *e)
{
	const char *const file = range_line != 0 ? OWNERS_FILE : NULL;
	static struct id_ranges ids; /* large */
	const uint32_t id = owners_id(uid);

	*ret = 0;
	if (failure.code != 0) {
		*e = failure;
		return failure.code;
	}
	if (uid == 0)
		return 0;
	if (ids_mapped("uid_map", &ids, e) < 0)
		return e->code;
	if (!mapped(&ids, first) || !mapped(&ids, last))
		return 0; /* a container without these ids: nobody in it can have them */
	if (uid >= first && uid <= last)
		return err_at(
			e, file, range_line, -EINVAL,
			"uid %u is within OwnerIDs=%u-%u, which is reserved for sessions; set another range in " OWNERS_FILE,
			uid, first, last);
	if (id == 0)
		return err_at(
			e, file, range_line, -ERANGE,
			"uid %u has no id in OwnerIDs=%u-%u; set a range of more than %u ids in " OWNERS_FILE,
			uid, first, last, uid);
	if (taken[0] != '\0')
		return err_at(
			e, file, range_line, -EEXIST,
			"account '%s' has uid %u, which is reserved for sessions of uid %u; set another OwnerIDs= in " OWNERS_FILE,
			taken, id, uid);
	*ret = id;
	return 0;
}

int ids_mapped(const char *name, struct id_ranges *ret, struct err *e)
{
	char path[64];
	unsigned inside, outside, count;
	cleanup_fclose FILE *f = NULL;

	*ret = (struct id_ranges){ .n = 1, .at = { { 0, UINT32_MAX } } };
	if (ns_user_initial(AT_FDCWD, "/proc/self/ns/user"))
		return 0;
	(void)snprintf(path, sizeof path, "/proc/self/%s", name); /* fits */
	f = fopen(path, "re");
	if (f == NULL)
		return err_at(e, path, 0, -errno, "cannot be opened: %s", strerror(errno));
	ret->n = 0;
	while (ret->n < sizeof ret->at / sizeof ret->at[0] &&
	       fscanf(f, "%u %u %u", &inside, &outside, &count) == 3) {
		ret->at[ret->n].first = inside;
		ret->at[ret->n++].count = count;
	}
	return ret->n > 0 ? 0 :
			    err_at(e, path, 0, -EPROTO, "no ids are mapped in this user namespace");
}

/* ---- overlaps of the range ---- */

static const char remedy[] = "set another OwnerIDs= in " OWNERS_FILE;

static int account_check(void *arg, const char *name, uid_t uid)
{
	if (uid >= first && uid <= last)
		(void)diag_add(arg, "/etc/passwd", 0, -EEXIST,
			       "account '%s' has uid %u, which is within OwnerIDs=%u-%u; %s", name,
			       uid, first, last, remedy); /* @arg keeps it */
	return 0;
}

/* Check the lines "name:first:count" of subuid(5). Lines that are not of this form give no ids. */
static void sub_check(const struct policy_paths *paths, const char *path, struct diag *d)
{
	cleanup_fclose FILE *f = NULL;
	cleanup_free char *line = NULL;
	char full[4096];
	size_t size = 0;
	unsigned number = 0;

	(void)snprintf(full, sizeof full, "%s%s", paths->root, path); /* cut: not found */
	f = fopen(full, "re");
	while (f != NULL && getline(&line, &size, f) > 0) {
		const char *from = strchr(line, ':'), *end;
		uint64_t a = 0, n = 0;

		number++;
		if (from == NULL || line[0] == '#' || type_number(from + 1, &end, &a) < 0 ||
		    *end != ':' || type_number(end + 1, &end, &n) < 0 || n == 0 || a > last ||
		    a + n <= first)
			continue;
		(void)diag_add(d, path, number, -EEXIST,
			       "'%.*s' may use ids within OwnerIDs=%u-%u; %s", (int)(from - line),
			       line, first, last, remedy); /* @d keeps it */
	}
}

void owners_check(const struct policy_paths *paths, struct diag *d)
{
	const struct passwd *pw;
	struct err e = { 0 };

	if (owners_load(paths, &e) < 0) {
		(void)diag_err(d, &e); /* @d keeps it */
		return;
	}
	if (paths->root[0] != '\0')
		lookup_below(paths->root);
	(void)lookup_user_file(account_check, d); /* never stops */
	if (paths->root[0] == '\0') {		  /* and the accounts of directory services */
		setpwent();
		while ((pw = getpwent()) != NULL)
			(void)account_check(d, pw->pw_name,
					    pw->pw_uid); /* an account is reported once */
		endpwent();
	}
	sub_check(paths, "/etc/subuid", d);
}
