/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - cordon-names: questions on standard input, answers on standard output
 *
 * It is dynamic, so that libc can load what nsswitch.conf(5) names. cordon-login starts it only for
 * what the account files cannot answer.
 */
#include "contract/exits.h"
#include "contract/names.h"
#include "policy/account/names.h"

#include "base/cleanup.h"
#include "contract/facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The answer while it is made: the head, and the bytes behind it. */
struct reply {
	struct names_answer head;
	char *bytes; /* NAMES_ANSWER_MAX */
};

static void put(struct reply *a, const void *from, size_t size)
{
	if (size > NAMES_ANSWER_MAX - a->head.size) {
		a->head.code = -E2BIG;
		return;
	}
	memcpy(a->bytes + a->head.size, from, size);
	a->head.size += (uint32_t)size;
}

static void put_text(struct reply *a, const char *text)
{
	put(a, text, strlen(text) + 1);
}

static void user(const struct names_request *q, struct reply *a)
{
	cleanup_free char *buf = NULL;
	struct passwd pw;

	a->head.code = names_user(q->by_id ? NULL : q->name, q->id, &pw, &buf);
	if (a->head.code != 1)
		return;
	a->head.id = pw.pw_uid;
	a->head.gid = pw.pw_gid;
	put_text(a, pw.pw_name);
	put_text(a, pw.pw_dir != NULL ? pw.pw_dir : "");
	put_text(a, pw.pw_shell != NULL ? pw.pw_shell : "");
}

static void group(const struct names_request *q, struct reply *a)
{
	cleanup_free char *buf = NULL;
	struct group g;

	a->head.code = names_group(q->by_id ? NULL : q->name, q->id, &g, &buf);
	if (a->head.code != 1)
		return;
	a->head.id = g.gr_gid;
	put_text(a, g.gr_name);
}

static void groups(const struct names_request *q, struct reply *a)
{
	static gid_t list[FACTS_GROUPS_MAX];
	int n = FACTS_GROUPS_MAX;
	const int r = names_groups(q->name, q->id, list, &n);

	a->head.code = r < 0 ? r : 1;
	if (r < 0)
		return;
	a->head.id = (uint32_t)n;
	put(a, list, (size_t)n * sizeof list[0]);
}

static int answer(const struct names_request *q, struct reply *a)
{
	if (q->magic != NAMES_MAGIC || memchr(q->name, '\0', sizeof q->name) == NULL ||
	    memchr(q->other, '\0', sizeof q->other) == NULL)
		return EXIT_USAGE;
	a->head = (struct names_answer){ .magic = NAMES_MAGIC };
	switch (q->kind) {
	case NAMES_USER:
		user(q, a);
		break;
	case NAMES_GROUP:
		group(q, a);
		break;
	case NAMES_GROUPS:
		groups(q, a);
		break;
	case NAMES_NETGROUP:
		a->head.code = names_netgroup(q->other, q->name);
		break;
	default:
		return EXIT_USAGE;
	}
	if (a->head.code != 1)
		a->head.size = 0;
	return fwrite(&a->head, sizeof a->head, 1, stdout) == 1 &&
			       (a->head.size == 0 ||
				fwrite(a->bytes, a->head.size, 1, stdout) == 1) &&
			       fflush(stdout) == 0 ?
		       EXIT_YES :
		       EXIT_SYSTEM;
}

int main(void)
{
	static char bytes[NAMES_ANSWER_MAX];
	struct names_request q;
	struct reply a = { .bytes = bytes };
	int r = EXIT_USAGE;

	while (fread(&q, sizeof q, 1, stdin) == 1) {
		r = answer(&q, &a);
		if (r != EXIT_YES)
			break;
	}
	if (r == EXIT_USAGE)
		(void)fprintf(stderr, "cordon-names: is started by cordon-login, not by hand\n");
	return r;
}
