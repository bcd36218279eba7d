/* SPDX-License-Identifier: Apache-2.0 */
/* stacks.c - the PAM stacks: what they admit now, and which lines they had before */
#include "ctl/doctor/doctor.h"

#include "base/cleanup.h"
#include "policy/account/stack.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define ENABLE "run 'cordon-pam enable'"

static void note_door(void *arg, const struct door *door)
{
	struct doctor *d = arg;
	char text[800];

	doctor_find_text(d, LEVEL_DANGER, door->why.file, door->why.line,
			 door_text(door, text, sizeof text), ENABLE);
}

static void note_lost(void *arg, const struct lost *lost)
{
	struct doctor *d = arg;
	char text[800];

	doctor_find_text(d, lost->account ? LEVEL_DANGER : LEVEL_BROKEN, lost->why.file,
			 lost->why.line, lines_lost_text(lost, text, sizeof text), ENABLE);
}

void doctor_stacks(struct doctor *d)
{
	(void)doors_open(d->paths.root, note_door, d);
	(void)lines_lost(d->paths.root, &d->reached, &d->record, note_lost, d);
	for (size_t i = 0; i < d->reached.n; i++) {
		struct err e = { 0 };

		if (stack_follows(d->paths.root, d->reached.name[i], &e) == 1)
			doctor_find_text(d, LEVEL_ADVICE, e.file, e.line, e.msg, ENABLE);
	}
}

/* ---- lines that were there before ---- */

#define ENABLE_OR_RECORD ENABLE ", or 'cordon doctor --record' if the line was removed on purpose"

/* The probe "stacks" has the services that admit accounts, and those that rules reach. */
static void gone(struct doctor *d, const char *service, enum stack_step step)
{
	struct err ignored = { 0 }, why = { 0 };

	if (!stack_there(d->paths.root, service) || services_have(&d->reached, service) ||
	    stack_closed(d->paths.root, service, &ignored) < 0 ||
	    stack_check(d->paths.root, service, step, &why) == 0)
		return;
	doctor_find(d, LEVEL_ADVICE, why.file, why.line, ENABLE_OR_RECORD,
		    "PAM service '%s' has lost its %s line, and its other line still closes it",
		    service, step == STACK_ACCOUNT ? "account" : "session");
}

static const char *own_of_copy(const char *name, char *buf, size_t size)
{
	static const char *const endings[] = { ".dpkg-old", ".rpmsave", ".ucf-old" };
	const size_t len = strlen(name);

	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		const size_t n = strlen(endings[i]);

		if (len <= n || len >= size || strcmp(name + len - n, endings[i]) != 0)
			continue;
		(void)snprintf(buf, size, "%.*s", (int)(len - n), name); /* fits */
		return buf;
	}
	return NULL;
}

/* A package that replaced a file of PAM has kept the old one beside it. */
static void replaced(struct doctor *d, const char *name)
{
	char service[256], old[300], now[300];

	if (own_of_copy(name, service, sizeof service) == NULL)
		return;
	(void)snprintf(old, sizeof old, "/etc/pam.d/%s", name);	   /* fits */
	(void)snprintf(now, sizeof now, "/etc/pam.d/%s", service); /* as above */
	if (stack_file_names_us(old) && !stack_file_names_us(now))
		doctor_find(
			d, services_have(&d->reached, service) ? LEVEL_BROKEN : LEVEL_ADVICE, now,
			0, ENABLE ", then remove the old file",
			"a package has replaced this file, and the line of pam_cordon in %s is lost",
			old);
}

void doctor_lines(struct doctor *d)
{
	struct dirent **list;
	int n;

	for (size_t i = 0; i < d->record.account.n; i++)
		gone(d, d->record.account.name[i], STACK_ACCOUNT);
	for (size_t i = 0; i < d->record.session.n; i++)
		gone(d, d->record.session.name[i], STACK_SESSION);
	n = scandir("/etc/pam.d", &list, NULL, alphasort);
	if (n < 0)
		return; /* a host without PAM has no logins */
	for (int i = 0; i < n; i++) {
		replaced(d, list[i]->d_name);
		free(list[i]);
	}
	free(list);
}
