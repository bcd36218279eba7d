/* SPDX-License-Identifier: Apache-2.0 */
/* check_host.c - what check says about the host: missing programs, lost PAM lines, and servers that go past PAM */
#include "ctl/check/check_warn.h"

#include "ctl/lines.h"
#include "ctl/servers.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Without a record, a missing session line is a warning of check_warn_settings(). */
static void note_lost(void *arg, const struct lost *lost)
{
	char text[800];

	if (lost->account || lost->had)
		(void)diag_add(arg, lost->why.file, lost->why.line, -EPERM, "%s",
			       lines_lost_text(lost, text, sizeof text)); /* @arg knows */
}

bool check_host_lost(const char *root, const char *service)
{
	static struct record record;
	static bool known;

	if (!known)
		record_read(root, &record);
	known = true;
	return services_have(&record.session, service);
}

/* Without one of them, every login of a confined account is refused. */
static void programs_there(struct diag *errors)
{
	static const char *const installed[] = {
#define INSTALLED(mode, path) path,
#include "installed.def"
#undef INSTALLED
	};
	static const char dir[] = CORDON_LIBEXECDIR "/";

	for (size_t i = 0; i < sizeof installed / sizeof installed[0]; i++)
		if ((strncmp(installed[i], dir, sizeof dir - 1) == 0 ||
		     strcmp(installed[i], CORDON_BINDIR "/cordonsh") == 0) &&
		    access(installed[i], X_OK) < 0)
			(void)diag_add(errors, installed[i], 0, -errno,
				       "cannot be executed: %s; install cordon again",
				       strerror(errno)); /* @errors knows */
}

struct both {
	struct diag *errors, *warnings;
};

static void note_server(void *arg, bool danger, const struct err *why)
{
	const struct both *b = arg;

	if (danger)
		(void)diag_err(b->errors, why); /* @errors knows */
	else
		check_warn(b->warnings, why->file, why->line, "%s", why->msg);
}

void check_host(const struct policy_paths *paths, struct diag *errors, struct diag *d)
{
	struct services reached = { 0 };
	struct record record = { 0 };
	struct both both = { errors, d };
	bool any;

	lines_reached(paths, &reached, &any);
	if (any && paths->root[0] == '\0')
		programs_there(errors);
	if (any) {
		record_read(paths->root, &record);
		(void)lines_lost(paths->root, &reached, &record, note_lost, errors);
		servers_each(paths->root, note_server, &both);
	}
	record_free(&record);
	services_free(&reached);
}
