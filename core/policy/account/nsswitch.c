/* SPDX-License-Identifier: Apache-2.0 */
/* nsswitch.c - see nsswitch.h */
#include "policy/account/nsswitch.h"

#include "base/cleanup.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\v\f\r" /* as isspace(3) */

enum { LINES_UNKNOWN = 2 };

/* Which line counts if there are several depends on the glibc. @ret_lines: how many there are. */
static char *sources_of(const char *database, unsigned *ret_lines)
{
	cleanup_fclose FILE *f = fopen("/etc/nsswitch.conf", "re");
	cleanup_free char *line = NULL, *sources = NULL;
	const size_t len = strlen(database);
	size_t size = 0;

	*ret_lines = 0;
	while (f != NULL && getline(&line, &size, f) > 0) {
		const char *at = line + strspn(line, BLANKS);

		line[strcspn(line, "#\n")] = '\0';
		/* glibc does not demand the colon */
		if (strncmp(at, database, len) != 0 || strchr(":" BLANKS, at[len]) == NULL)
			continue;
		at += len + strspn(at + len, BLANKS);
		at += *at == ':';
		free(sources);
		sources = strdup(at + strspn(at, BLANKS));
		++*ret_lines;
	}
	if (f != NULL && !feof(f))
		*ret_lines = LINES_UNKNOWN; /* there may be more */
	return take_ptr(&sources);
}

char *nsswitch_sources(const char *database)
{
	unsigned lines;

	return sources_of(database, &lines);
}

/* With [SUCCESS=continue] or [SUCCESS=merge], an entry of the file is not the answer. */
enum nsswitch_files nsswitch_kind(const char *sources)
{
	static const char first[] = "files";
	const char *at = sources, *more;

	if (strncmp(at, first, sizeof first - 1) != 0)
		return NSSWITCH_ASK;
	at += sizeof first - 1;
	if (*at != '\0' && strchr(BLANKS "[", *at) == NULL)
		return NSSWITCH_ASK;
	at += strspn(at, BLANKS);
	if (*at == '[') { /* all actions could be read here, but hardly any host has them */
		more = strchr(at, ']');
		if (more == NULL || strcasestr(at, "success") != NULL || strchr(at, '!') != NULL)
			return NSSWITCH_ASK;
		at = more + 1 + strspn(more + 1, BLANKS);
	}
	return *at == '\0' ? NSSWITCH_ALL : NSSWITCH_FOUND;
}

/* What nsswitch.conf says of a database; it is read once. */
struct database {
	const char *name;
	bool known, named;
	enum nsswitch_files files;
};

static const struct database *database_of(const char *name)
{
	static struct database kept[] = { { .name = "passwd" },
					  { .name = "group" },
					  { .name = "initgroups" } };
	cleanup_free char *sources = NULL;
	struct database *d = kept;
	unsigned lines;

	while (strcmp(d->name, name) != 0)
		d++;
	if (d->known)
		return d;
	sources = sources_of(name, &lines);
	d->named = lines > 0;
	d->files = lines == 1 && sources != NULL ? nsswitch_kind(sources) : NSSWITCH_ASK;
	d->known = true;
	return d;
}

enum nsswitch_files nsswitch_files(const char *database)
{
	return database_of(database)->files;
}

bool nsswitch_has(const char *database)
{
	return database_of(database)->named;
}
