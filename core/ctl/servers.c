/* SPDX-License-Identifier: Apache-2.0 */
/* servers.c - see servers.h */
#include "ctl/servers.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* A regular file, so that a FIFO cannot hold up the reader; NULL: there is none. */
static FILE *open_config(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	FILE *f;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	f = fdopen(fd, "r");
	if (f != NULL)
		(void)take_fd(&fd); /* the stream's */
	return f;
}

static bool there(const char *root, const char *name)
{
	char path[4096];

	(void)snprintf(path, sizeof path, "%s%s", root, name); /* cut: not found */
	return access(path, F_OK) == 0;
}

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
	cleanup_fclose FILE *f = open_config(path);
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

	if (!there(root, "/etc/proftpd/proftpd.conf"))
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

/* ---- JupyterHub ---- */

#define HUB_CONFIG "/etc/jupyterhub/jupyterhub_config.py"

/* Has the file a line that sets @name, other than in a comment? */
static bool sets(const char *path, const char *name)
{
	cleanup_fclose FILE *f = open_config(path);
	cleanup_free char *line = NULL;
	size_t size = 0;
	bool found = false;

	while (!found && f != NULL && getline(&line, &size, f) >= 0) {
		line[strcspn(line, "#")] = '\0';
		found = strstr(line, name) != NULL;
	}
	return found;
}

int servers_jupyterhub(const char *root, struct err *e)
{
	char path[4096];

	if (!there(root, "/etc/jupyterhub"))
		return 0;
	(void)snprintf(path, sizeof path, "%s" HUB_CONFIG, root); /* cut: not found */
	if (sets(path, "authenticator_class") && !sets(path, "pam"))
		return 0; /* it does not log in by PAM */
	if (sets(path, "PAMAuthenticator.service"))
		return 0;
	return err_at(
		e, path, 0, -EPERM,
		"JupyterHub logs in by the PAM service login and starts notebooks without a session, unconfined; write c.PAMAuthenticator.service = 'jupyterhub', a service that Services= does not list, so that confined accounts are refused");
}
