/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c - records of the kernel: what filters and Landlock have refused to the processes of a user */
#include "ctl/sessions/sessions.h"

#include "base/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Files that only root and the kernel write to; a user could forge a record in the others of syslog. */
static const char *const files[] = { "/var/log/audit/audit.log", "/var/log/kern.log" };

enum { RECORDS_MAX = 200000, SECCOMP = 1326, LANDLOCK = 1423, SYSCALL = 1300 };

/**
 * struct record - a line with "audit(TIME.MS:SERIAL)"
 * @id: from the "(" on
 */
struct record {
	char *line;
	const char *id;
	int type;
};

struct records {
	struct record *at;
	size_t n;
};

/* "type=SECCOMP msg=audit(...)" of auditd, "audit: type=1326 audit(...)" of the kernel. */
static int type_of(const char *line)
{
	const char *at = strstr(line, "type=");

	if (at == NULL)
		return 0;
	at += 5;
	if (strncmp(at, "SECCOMP ", 8) == 0)
		return SECCOMP;
	if (strncmp(at, "LANDLOCK_ACCESS ", 16) == 0)
		return LANDLOCK;
	if (strncmp(at, "SYSCALL ", 8) == 0)
		return SYSCALL;
	return (int)strtol(at, NULL, 10);
}

static void records_free(struct records *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->at[i].line);
	free(r->at);
}

static int records_read(FILE *f, struct records *ret)
{
	cleanup_free char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, f) > 0 && ret->n < RECORDS_MAX) {
		const int type = type_of(line);
		struct record *more;

		if ((type != SECCOMP && type != LANDLOCK && type != SYSCALL) ||
		    strstr(line, "audit(") == NULL)
			continue;
		more = reallocarray(ret->at, ret->n + 1, sizeof *more);
		if (more == NULL)
			return -ENOMEM;
		ret->at = more;
		line[strcspn(line, "\n")] = '\0';
		more[ret->n].line = strdup(line);
		if (more[ret->n].line == NULL)
			return -ENOMEM;
		more[ret->n].type = type;
		more[ret->n].id = strstr(more[ret->n].line, "audit(") + 6;
		ret->n++;
	}
	return 0;
}

static bool same_event(const struct record *a, const struct record *b)
{
	const size_t len = strcspn(a->id, ")");

	return len > 0 && strncmp(a->id, b->id, len + 1) == 0;
}

static bool is_of(const struct record *r, uid_t uid)
{
	char word[32];

	(void)snprintf(word, sizeof word, " uid=%u ", (unsigned)uid); /* fits */
	return strstr(r->line, word) != NULL;
}

/* The record that names the process: of a filter its own, of Landlock that of the system call. */
static const struct record *process_of(const struct records *all, size_t i)
{
	const struct record *r = &all->at[i];

	if (r->type == SECCOMP)
		return r;
	for (size_t k = i; k < all->n && k < i + 16; k++)
		if (all->at[k].type == SYSCALL && same_event(r, &all->at[k]))
			return &all->at[k];
	return NULL;
}

static const char *comm_of(const struct record *r, char *buf, size_t size)
{
	const char *at = strstr(r->line, " comm=\"");

	(void)snprintf(buf, size, "%.*s", at != NULL ? (int)strcspn(at + 7, "\"") : 1,
		       at != NULL ? at + 7 : "?"); /* cut: for people */
	return buf;
}

int audit_lines(const char *file, uid_t uid, int64_t from, int64_t to,
		void (*line)(void *arg, const char *record, const char *comm), void *arg)
{
	cleanup_fclose FILE *f = NULL;
	struct records all = { 0 };
	int n = 0, r;

	for (size_t i = 0; file == NULL && i < sizeof files / sizeof files[0]; i++)
		if (access(files[i], R_OK) == 0)
			file = files[i];
	f = file != NULL ? fopen(file, "re") : NULL;
	if (f == NULL)
		return file != NULL ? -errno : -ENOENT;
	r = records_read(f, &all);
	for (size_t i = 0; r == 0 && i < all.n; i++) {
		const struct record *p;
		const int64_t at = strtoll(all.at[i].id, NULL, 10);
		char comm[64];

		if (all.at[i].type == SYSCALL || at < from || at > to)
			continue;
		p = process_of(&all, i);
		if (p == NULL || !is_of(p, uid))
			continue;
		line(arg, all.at[i].line, comm_of(p, comm, sizeof comm));
		n++;
	}
	records_free(&all);
	return r < 0 ? r : n;
}
