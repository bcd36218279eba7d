/* SPDX-License-Identifier: Apache-2.0 */
/* doors.c - find PAM services that admit accounts unconfined although a rule confines them */
#include "ctl/ctl.h"

#include "policy/account/stack.h"

#include <stdio.h>
#include <string.h>

enum { DOORS_MAX = 64 }; /* further ones are counted, not named */

struct found {
	struct door list[DOORS_MAX];
	size_t n;
};

static void note_open(void *arg, const char *service, const struct err *why)
{
	struct found *f = arg;

	if (f->n == DOORS_MAX)
		return;
	(void)snprintf(f->list[f->n].service, sizeof f->list[0].service, "%s",
		       service); /* cut: for people */
	f->list[f->n++].why = *why;
}

size_t doors_open(const char *root, void (*door)(void *arg, const struct door *d), void *arg)
{
	static struct found f; /* large */
	struct err e = { 0 };
	int services, n;

	f.n = 0;
	n = stack_each_open(root, note_open, &f, &services, &e);
	if (n == services && n > 0) { /* one reason for all services, not one for each */
		(void)err_set(
			&e, -1,
			"pam_cordon is in no PAM stack, so no login is confined; run 'cordon-pam enable'");
		n = -1;
	}
	if (n < 0) {
		const struct door d = { .service = "", .why = e };

		door(arg, &d);
		return 1;
	}
	for (size_t i = 0; i < f.n; i++)
		door(arg, &f.list[i]);
	return (size_t)n;
}

const char *door_text(const struct door *d, char *buf, size_t size)
{
	if (d->service[0] == '\0')
		(void)snprintf(buf, size, "%s", d->why.msg); /* cut: for people */
	else
		(void)snprintf(buf, size,
			       "PAM service '%s' admits confined accounts without confining them: %s",
			       d->service, d->why.msg); /* as above */
	return buf;
}

bool door_check(const char *root, const char *service, struct err *e)
{
	/* only root can use runuser; it takes no account step, so only the session line counts */
	if (strcmp(service, "runuser") == 0 || strcmp(service, "runuser-l") == 0)
		return stack_check(root, service, STACK_SESSION, e) == 0;
	return strcmp(service, FACTS_SERVICE_SHELL) == 0 || stack_closed(root, service, e) == 0;
}
