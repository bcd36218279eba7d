/* SPDX-License-Identifier: Apache-2.0 */
/* check_network.c - see check_warn.h: lists of addresses for a session that reaches none of them */
#include "ctl/check/check_warn.h"

#include "base/cleanup.h"
#include "contract/words.h"

#include <stdio.h>
#include <string.h>

/* Can a session that may use these families have sockets of IP? */
static bool has_ip(const struct set_list *families)
{
	for (size_t i = 0; i < families->n; i++)
		if (strcmp(families->items[i].text, "any") == 0 ||
		    strncmp(families->items[i].text, "AF_INET", strlen("AF_INET")) == 0)
			return true;
	return families->n == 0;
}

/* Has a table of routes below /proc/net a line for all addresses? "lo" has one that refuses. */
static bool has_default(const char *path, bool (*leads)(const char *line))
{
	cleanup_fclose FILE *f = fopen(path, "re");
	char line[256];

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (leads(line))
			return true;
	return false;
}

static bool leads_v4(const char *line)
{
	unsigned to, mask;

	return sscanf(line, "%*s %x %*x %*x %*u %*u %*u %x", &to, &mask) == 2 && to == 0 &&
	       mask == 0;
}

static bool leads_v6(const char *line)
{
	char device[64];
	unsigned bits;

	return sscanf(line, "%*s %x %*s %*x %*s %*x %*x %*x %*x %63s", &bits, device) == 2 &&
	       bits == 0 && strcmp(device, "lo") != 0;
}

static void warn_allow(const struct policy_paths *paths, const struct settings *s, struct diag *d)
{
	const struct origin *at = &s->network_allow.from,
			    *families = &s->restrict_address_families.from;

	if (!has_ip(&s->restrict_address_families))
		check_warn(
			d, at->file, at->line,
			"NetworkAllow=: has no effect, because RestrictAddressFamilies= (%s:%u) has neither AF_INET nor AF_INET6; write RestrictAddressFamilies=AF_INET AF_INET6",
			families->file != NULL ? families->file : "default", families->line);
	if (paths->root[0] == '\0' && !has_default("/proc/net/route", leads_v4) &&
	    !has_default("/proc/net/ipv6_route", leads_v6))
		check_refuses(
			d, at->file, at->line,
			"NetworkAllow=: the host has no default route, so logins are refused; see 'ip route', and add one with 'ip route add default via ADDRESS'");
}

void check_warn_network(const struct policy_paths *paths, const struct settings *s, struct diag *d)
{
	const struct set_list *deny = &s->ip_address_deny;

	if (s->action.v != ACTION_CONFINE)
		return;
	if (s->network_allow.n > 0)
		warn_allow(paths, s, d);
	else if (deny->n > 0 && s->private_network.v != 0 && s->network_namespace_path.n == 0)
		check_warn(
			d, deny->from.file, deny->from.line,
			"IPAddressDeny=: has no effect on the host's network, because the session has only a loopback interface; write PrivateNetwork=no, or remove the line");
}
