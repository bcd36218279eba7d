/* SPDX-License-Identifier: Apache-2.0 */
/* check_login.c - services, netgroups and hosts of [Match] that do not exist or never fit */
#include "ctl/check/check_warn.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <glob.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_glob(const char *text)
{
	return strpbrk(text, "*?[") != NULL;
}

/* ---- Netgroup= ---- */

/* Is there such a netgroup? Only glibc has a call that tells; elsewhere nothing is certain. */
static bool has_netgroup(const char *name)
{
#ifdef __GLIBC__
	const bool yes = setnetgrent(name) == 1;

	endnetgrent();
	return yes;
#else
	(void)name;
	return true;
#endif
}

/* Only the name service of this host has netgroups, so another root is not checked. */
static void netgroup(const char *root, const char *file, const struct match_item *item,
		     struct diag *d)
{
	if (root[0] != '\0' || has_netgroup(item->text))
		return;
	check_warn(
		d, file, item->line,
		"Netgroup=: there is no netgroup '%s', or it is empty; correct the name, or look with 'getent netgroup %s'",
		item->text, item->text);
}

/* ---- RemoteHost= ---- */

/* An address, a network, "none" or a glob of addresses. */
static bool is_address(const char *text)
{
	unsigned char buf[16];

	return strcmp(text, "none") == 0 || strchr(text, '/') != NULL ||
	       inet_pton(AF_INET, text, buf) == 1 || inet_pton(AF_INET6, text, buf) == 1 ||
	       text[strspn(text, "0123456789abcdefABCDEF.:*?[]-")] == '\0';
}

static bool file_has_names(const char *path)
{
	cleanup_fclose FILE *f = fopen(path, "re");
	cleanup_free char *line = NULL;
	size_t size = 0;
	bool yes = false;

	while (f != NULL && !yes && getline(&line, &size, f) > 0) {
		const char *at = line + strspn(line, " \t");

		if (strncasecmp(at, "UseDNS", 6) != 0)
			continue;
		at += 6;
		at += strspn(at, " \t=\"");
		yes = strncasecmp(at, "yes", 3) == 0;
	}
	return yes;
}

/* Does sshd resolve addresses? It gives PAM the address otherwise. */
static bool sshd_has_names(const char *root)
{
	char pattern[4200];
	glob_t files = { 0 };
	bool yes;

	(void)snprintf(pattern, sizeof pattern, "%s/etc/ssh/sshd_config", root); /* cut: no file */
	yes = file_has_names(pattern);
	(void)snprintf(pattern, sizeof pattern, "%s/etc/ssh/sshd_config.d/*.conf", root);
	if (!yes && glob(pattern, 0, NULL, &files) == 0)
		for (size_t i = 0; i < files.gl_pathc; i++)
			yes = yes || file_has_names(files.gl_pathv[i]);
	globfree(&files);
	return yes;
}

static void host(const char *root, const char *file, const struct match_item *item, struct diag *d)
{
	if (!is_address(item->text) && !sshd_has_names(root))
		check_warn(
			d, file, item->line,
			"RemoteHost=: '%s' is a name, and sshd gives addresses; write the address or network, or 'UseDNS yes' in sshd_config(5)",
			item->text);
}

/* ---- Service= ---- */

static void service(const char *root, const char *file, const struct match_item *item,
		    struct diag *d)
{
	if (is_glob(item->text) || strcmp(item->text, FACTS_SERVICE_SHELL) == 0 ||
	    strcmp(item->text, FACTS_SERVICE_MANAGER) == 0 ||
	    strcmp(item->text, FACTS_SERVICE_RUN) == 0 || check_service(root, item->text))
		return;
	check_warn(
		d, file, item->line,
		"Service=: there is no PAM service '%s'; correct the name or remove it, unless cordon run --as uses it",
		item->text);
}

void check_warn_login(const struct policy_paths *paths, const struct rule *rule, struct diag *d)
{
	struct stat st;
	const bool pam = check_find(paths->root, "/etc/pam.d", &st, NULL) == 1;

	for (size_t i = 0; i < rule->n_matches; i++)
		for (size_t k = 0; k < rule->matches[i].n; k++) {
			const struct match_item *const item = &rule->matches[i].items[k];

			if (item->key == MATCH_NETGROUP)
				netgroup(paths->root, rule->file, item, d);
			else if (item->key == MATCH_REMOTE_HOST)
				host(paths->root, rule->file, item, d);
			else if (item->key == MATCH_SERVICE && pam)
				service(paths->root, rule->file, item, d);
		}
}
