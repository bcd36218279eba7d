/* SPDX-License-Identifier: Apache-2.0 */
/* servers_mail.c - mail servers: Dovecot can ask another source than PAM, others start programs */
#include "ctl/servers_int.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Dovecot ---- */

/* The driver of a passdb block that asks the account database without PAM; 0: there is none. */
static unsigned dovecot_past_pam(const char *path)
{
	cleanup_fclose FILE *f = server_file(path);
	cleanup_free char *line = NULL;
	bool passdb = false;
	size_t size = 0;

	for (unsigned n = 1; f != NULL && getline(&line, &size, f) >= 0; n++) {
		const char *at = line + strspn(line, " \t");

		line[strcspn(line, "#\n")] = '\0';
		if (strncmp(at, "passdb", 6) == 0)
			passdb = true;
		if (passdb && (at = strstr(line, "driver")) != NULL) {
			at += 6;
			at += strspn(at, " \t=");
			if (strncmp(at, "shadow", 6) == 0 ||
			    (strncmp(at, "passwd", 6) == 0 && at[6] != '-'))
				return n;
		}
		if (strchr(line, '}') != NULL)
			passdb = false;
	}
	return 0;
}

int servers_dovecot(const char *root, struct err *e)
{
	char dir[2048], path[4096];
	struct dirent **list;
	int n, r = 0;

	(void)snprintf(dir, sizeof dir, "%s/etc/dovecot/conf.d", root); /* cut: not found */
	n = scandir(dir, &list, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		unsigned line;

		(void)snprintf(path, sizeof path, "%s/%s", dir, list[i]->d_name); /* fits */
		free(list[i]);
		if (r == 0 && (line = dovecot_past_pam(path)) != 0)
			r = err_at(
				e, path, line, -EPERM,
				"Dovecot reads the password file itself, so it admits accounts that PAM refuses; write driver = pam");
	}
	if (n >= 0)
		free(list);
	return r;
}

/* ---- programs that ~/.forward names ---- */

#define FORWARD "starts programs that ~/.forward of a confined account names, unconfined; "

/* The value of the last line of @key in main.cf, where a line that begins with a blank goes on. */
static bool postfix_value(const char *path, const char *key, char *ret, size_t size,
			  unsigned *ret_line)
{
	cleanup_fclose FILE *f = server_file(path);
	cleanup_free char *line = NULL;
	bool found = false, within = false;
	size_t n = 0, used = 0;

	for (unsigned number = 1; f != NULL && getline(&line, &n, f) >= 0; number++) {
		const size_t len = strlen(key);
		const char *value = line;

		if (line[strspn(line, " \t\n")] == '\0' || line[strspn(line, " \t")] == '#')
			continue;
		if (!isblank((unsigned char)line[0])) {
			value = line + len;
			within = strncmp(line, key, len) == 0 && strchr(" \t=", *value) != NULL;
			if (within) {
				*ret_line = number;
				found = true;
				used = 0;
			}
		}
		if (within && used < size) /* cut: counts as dangerous, see below */
			used += (size_t)snprintf(ret + used, size - used, "%s", value);
	}
	if (used >= size)
		(void)snprintf(ret, size, "$"); /* fits */
	return found;
}

/* A list of the words alias, forward and include; the default has the first two. */
int servers_postfix(const char *root, struct err *e)
{
	char path[4096], value[256] = "alias, forward";
	unsigned line = 0;

	(void)snprintf(path, sizeof path, "%s/etc/postfix/main.cf", root); /* cut: not found */
	if (!server_there(root, "/etc/postfix/main.cf"))
		return 0;
	(void)postfix_value(path, "allow_mail_to_commands", value, sizeof value,
			    &line); /* else the default */
	/* a file :include: can be named by ~/.forward; a variable can be anything */
	if (strstr(value, "forward") == NULL && strstr(value, "include") == NULL &&
	    strchr(value, '$') == NULL)
		return 0;
	return err_at(e, path, line, -EPERM,
		      "Postfix " FORWARD "write allow_mail_to_commands = alias");
}

/* Both have a file in the home that names programs, and any server that delivers mail may use them. */
int servers_procmail(const char *root, struct err *e)
{
	static const char *const files[] = { "/usr/bin/procmail", "/usr/bin/maildrop" };

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		char path[4096];

		if (!server_there(root, files[i]))
			continue;
		(void)snprintf(path, sizeof path, "%s%s", root, files[i]); /* it is there */
		return err_at(
			e, path, 0, -EPERM,
			"a mail server that delivers by this program starts programs that the home of a confined account names, unconfined; remove it");
	}
	return 0;
}

/* Has the line the option @name, and does it switch it on? 1 or 0; -1: another line. */
static int exim_option(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	if (at == NULL)
		return -1;
	return strstr(line, "no_") == NULL && strstr(line, "not_") == NULL &&
	       strstr(at, "false") == NULL && strstr(at, "= no") == NULL;
}

/*
 * The line of a router that reads ~/.forward and does not forbid programs; 0: there is none. A filter
 * of Exim's own can run programs in other ways as well.
 */
static unsigned exim_forward(const char *path)
{
	cleanup_fclose FILE *f = server_file(path);
	cleanup_free char *line = NULL;
	int forbids = 0, filter = 0;
	unsigned at = 0;
	size_t size = 0;

	for (unsigned n = 1; f != NULL && getline(&line, &size, f) >= 0; n++) {
		int is;

		line[strcspn(line, "#\n")] = '\0';
		if (isalpha((unsigned char)line[0]) && line[strlen(line) - 1] == ':') {
			if (at != 0 && (!forbids || filter))
				return at;
			at = 0;
			forbids = filter = 0;
		}
		if (strstr(line, "/.forward") != NULL)
			at = n;
		if ((is = exim_option(line, "forbid_pipe")) >= 0)
			forbids = is;
		if ((is = exim_option(line, "allow_filter")) >= 0)
			filter = is;
	}
	return at != 0 && (!forbids || filter) ? at : 0;
}

int servers_exim(const char *root, struct err *e)
{
	/* the first one is used if it exists; Debian makes the second one of its parts */
	static const char *const files[] = { "/etc/exim4/exim4.conf",
					     "/var/lib/exim4/config.autogenerated",
					     "/etc/exim/exim.conf" };

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		char path[4096];
		unsigned line;

		if (!server_there(root, files[i]))
			continue;
		(void)snprintf(path, sizeof path, "%s%s", root, files[i]); /* it is there */
		line = exim_forward(path);
		if (line == 0)
			return 0;
		return err_at(
			e, path, line, -EPERM,
			"Exim " FORWARD
			"write forbid_pipe to the router userforward, and remove allow_filter there");
	}
	return 0;
}
