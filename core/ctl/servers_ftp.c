/* SPDX-License-Identifier: Apache-2.0 */
/* servers_ftp.c - ProFTPD and Pure-FTPd, which can ask another source than PAM */
#include "ctl/servers_int.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- ProFTPD ---- */

#define AUTH_ORDER "AuthOrder mod_auth_pam.c* mod_auth_unix.c"

struct proftpd {
	bool authoritative, off;
	char file[256];
	unsigned line;
};

static void auth_order(struct proftpd *p, const char *path, unsigned n, const char *modules)
{
	const char *pam = strstr(modules, "mod_auth_pam.c*");
	const char *unix_first = strstr(modules, "mod_auth_unix.c");

	p->authoritative = pam != NULL && (unix_first == NULL || pam < unix_first);
	if (p->authoritative)
		return;
	(void)snprintf(p->file, sizeof p->file, "%s", path); /* cut: for people */
	p->line = n;
}

/* A line of the file; the last directive counts. */
static void proftpd_line(struct proftpd *p, const char *path, unsigned n, char *line)
{
	line[strcspn(line, "#\n")] = '\0';
	line += strspn(line, " \t");
	if (strncasecmp(line, "AuthOrder", 9) == 0 && isblank((unsigned char)line[9]))
		auth_order(p, path, n, line + 9);
	else if (strncasecmp(line, "AuthPAM", 7) == 0 && isblank((unsigned char)line[7]))
		p->off = strncasecmp(line + 7 + strspn(line + 7, " \t"), "off", 3) == 0;
}

static void proftpd_file(struct proftpd *p, const char *path)
{
	cleanup_fclose FILE *f = server_file(path);
	cleanup_free char *line = NULL;
	size_t size = 0;

	for (unsigned n = 1; f != NULL && getline(&line, &size, f) >= 0; n++)
		proftpd_line(p, path, n, line);
}

static void proftpd_below(struct proftpd *p, const char *root)
{
	char dir[2048], path[4096];
	struct dirent **list;
	int n;

	(void)snprintf(dir, sizeof dir, "%s/etc/proftpd/conf.d", root); /* cut: not found */
	n = scandir(dir, &list, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, list[i]->d_name); /* fits */
		proftpd_file(p, path);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

int servers_proftpd(const char *root, struct err *e)
{
	struct proftpd p = { 0 };
	char path[4096];

	if (!server_there(root, "/etc/proftpd/proftpd.conf"))
		return 0;
	(void)snprintf(path, sizeof path, "%s/etc/proftpd/proftpd.conf", root); /* it is there */
	proftpd_file(&p, path);
	proftpd_below(&p, root); /* Debian's file includes it at its end */
	if (p.authoritative && !p.off)
		return 0;
	if (p.off)
		return err_at(
			e, path, 0, -EPERM,
			"AuthPAM is off, so ProFTPD admits confined accounts without confining them; write AuthPAM on and " AUTH_ORDER);
	return err_at(
		e, p.file[0] != '\0' ? p.file : path, p.line, -EPERM,
		"mod_auth_pam is not authoritative, so ProFTPD admits accounts that PAM refuses; write " AUTH_ORDER);
}

/* ---- Pure-FTPd ---- */

/* Debian has a file for each option, whose first line is the value. */
#define PURE_FTPD_UNIX "/etc/pure-ftpd/conf/UnixAuthentication"

int servers_pure_ftpd(const char *root, struct err *e)
{
	char path[4096], value[16];
	unsigned line;

	(void)snprintf(path, sizeof path, "%s" PURE_FTPD_UNIX, root); /* cut: not found */
	if (server_value(path, "", value, sizeof value, &line) && strcasecmp(value, "yes") == 0)
		return err_at(
			e, path, line, -EPERM,
			"Pure-FTPd reads the password file itself, so it admits accounts that PAM refuses; write no, and yes to /etc/pure-ftpd/conf/PAMAuthentication");
	(void)snprintf(path, sizeof path, "%s/etc/pure-ftpd/pure-ftpd.conf", root); /* as above */
	if (server_value(path, "UnixAuthentication", value, sizeof value, &line) &&
	    strcasecmp(value, "yes") == 0)
		return err_at(
			e, path, line, -EPERM,
			"Pure-FTPd reads the password file itself, so it admits accounts that PAM refuses; write UnixAuthentication no and PAMAuthentication yes");
	return 0;
}
