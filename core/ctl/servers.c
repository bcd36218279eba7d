/* SPDX-License-Identifier: Apache-2.0 */
/* servers.c - see servers.h */
#include "ctl/servers.h"

#include "ctl/servers_int.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

FILE *server_file(const char *path)
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

bool server_there(const char *root, const char *name)
{
	char path[4096];

	(void)snprintf(path, sizeof path, "%s%s", root, name); /* cut: not found */
	return access(path, F_OK) == 0;
}

/* What follows @key in @line, with blanks in names left out, as Samba does; NULL: another line. */
static const char *after_key(const char *line, const char *key)
{
	for (; *key != '\0'; line++) {
		if (*key == ' ')
			key++;
		if (*line == ' ' || *line == '\t')
			continue;
		if (tolower((unsigned char)*line) != tolower((unsigned char)*key))
			return NULL;
		key++;
	}
	return *line == '\0' || strchr(" \t=\n", *line) != NULL ? line + strspn(line, " \t=") : NULL;
}

bool server_value(const char *path, const char *key, char *ret, size_t size, unsigned *ret_line)
{
	cleanup_fclose FILE *f = server_file(path);
	cleanup_free char *line = NULL;
	size_t n = 0;
	bool found = false;

	for (unsigned number = 1; f != NULL && getline(&line, &n, f) >= 0; number++) {
		const char *at = line + strspn(line, " \t"), *value;
		size_t len;

		if (*at == '#' || *at == ';' || *at == '\0')
			continue;
		value = key[0] == '\0' ? at : after_key(at, key);
		if (value == NULL)
			continue;
		len = strcspn(value, "#\n");
		while (len > 0 && isspace((unsigned char)value[len - 1]))
			len--;
		(void)snprintf(ret, size, "%.*s", (int)len, value); /* cut: no value that counts */
		*ret_line = number;
		found = true;
	}
	return found;
}

/* ---- JupyterHub ---- */

/* Has the file a line that has @name, other than in a comment? */
static bool file_sets(const char *path, const char *name)
{
	cleanup_fclose FILE *f = server_file(path);
	cleanup_free char *line = NULL;
	size_t size = 0;
	bool found = false;

	while (!found && f != NULL && getline(&line, &size, f) >= 0) {
		line[strcspn(line, "#")] = '\0';
		found = strstr(line, name) != NULL;
	}
	return found;
}

/* The files of the hub: of its documentation, and of Debian's unit. */
struct hub {
	char main[4096];
	glob_t more;
};

static void hub_find(struct hub *h, const char *root)
{
	char pattern[4096];

	(void)snprintf(h->main, sizeof h->main, "%s/etc/jupyterhub/jupyterhub_config.py",
		       root); /* cut: not found */
	(void)snprintf(pattern, sizeof pattern, "%s/etc/jupyterhub/config/jupyterhub_config.d/*.py",
		       root);
	h->more = (glob_t){ 0 };
	(void)glob(pattern, 0, NULL, &h->more); /* none is as good */
}

static bool hub_sets(const struct hub *h, const char *name)
{
	bool found = file_sets(h->main, name);

	for (size_t i = 0; !found && i < h->more.gl_pathc; i++)
		found = file_sets(h->more.gl_pathv[i], name);
	return found;
}

/* Does the hub start its servers by cordon, or somewhere else than on this host? */
static bool hub_spawns_apart(const struct hub *h)
{
	static const char *const names[] = { "CordonSpawner", "DockerSpawner", "SwarmSpawner",
					     "KubeSpawner" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (hub_sets(h, names[i]))
			return true;
	return false;
}

#define HUB_REMEDY "set c.JupyterHub.spawner_class as JUPYTERHUB in cordon-recipes(7) says"

int servers_jupyterhub(const char *root, struct err *e)
{
	struct hub h;
	int r = 0;

	if (!server_there(root, "/etc/jupyterhub"))
		return 0;
	hub_find(&h, root);
	if (hub_spawns_apart(&h))
		r = 0;
	else if (hub_sets(&h, "authenticator_class") && !hub_sets(&h, "pam"))
		r = err_at(
			e, h.main, 0, -EPERM,
			"JupyterHub starts notebooks without a session, unconfined, and does not ask PAM who may log in; " HUB_REMEDY);
	else if (!hub_sets(&h, "PAMAuthenticator.service"))
		r = err_at(
			e, h.main, 0, -EPERM,
			"JupyterHub logs in by the PAM service login and starts notebooks without a session, unconfined; " HUB_REMEDY
			", or write c.PAMAuthenticator.service = 'jupyterhub', a service that Services= does not list, so that confined accounts are refused");
	globfree(&h.more);
	return r;
}

/* ---- Samba ---- */

int servers_samba(const char *root, struct err *e)
{
	char path[4096], value[32] = "no";
	unsigned line = 0;

	if (!server_there(root, "/etc/samba/smb.conf") || !server_there(root, "/usr/sbin/smbd"))
		return 0;
	(void)snprintf(path, sizeof path, "%s/etc/samba/smb.conf", root); /* it is there */
	(void)server_value(path, "obey pam restrictions", value, sizeof value,
			   &line); /* else the default */
	if (strcasecmp(value, "yes") == 0 || strcasecmp(value, "true") == 0 ||
	    strcmp(value, "1") == 0)
		return 0;
	return err_at(
		e, path, line, -EPERM,
		"Samba does not ask PAM, so it serves files to confined accounts without confining them; write obey pam restrictions = yes");
}

/* ---- ssh servers without PAM ---- */

int servers_ssh(const char *root, struct err *e)
{
	static const struct {
		const char *file, *name;
	} list[] = { { "/usr/lib/systemd/system/dropbear.service", "Dropbear" },
		     { "/lib/systemd/system/dropbear.service", "Dropbear" },
		     { "/etc/init.d/dropbear", "Dropbear" },
		     { "/usr/sbin/tinysshd", "TinySSH" } };

	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
		char path[4096];

		if (!server_there(root, list[i].file))
			continue;
		(void)snprintf(path, sizeof path, "%s%s", root, list[i].file); /* it is there */
		return err_at(
			e, path, 0, -EPERM,
			"%s does not ask PAM, so it starts shells of confined accounts unconfined; remove it, or see WITHOUT PAM in cordonsh(8)",
			list[i].name);
	}
	return 0;
}

/* ---- all ---- */

void servers_each(const char *root, server_found *found, void *arg)
{
	static const struct {
		int (*look)(const char *root, struct err *e);
		bool danger;
	} list[] = {
		{ servers_proftpd, true },     { servers_pure_ftpd, true },
		{ servers_samba, true },       { servers_dovecot, true },
		{ servers_ssh, true },	       { servers_postfix, true },
		{ servers_exim, true },	       { servers_procmail, false },
		{ servers_jupyterhub, false },
	};

	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
		struct err e = { 0 };

		if (list[i].look(root, &e) < 0)
			found(arg, list[i].danger, &e);
	}
}
