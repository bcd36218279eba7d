/* SPDX-License-Identifier: Apache-2.0 */
/* network.c - see network.h */
#include "policy/settings/network.h"

#include "base/ports.h"
#include "contract/words.h"
#include "policy/settings/addresses.h"
#include "policy/settings/types.h"

#include <errno.h>
#include <string.h>

#define EXPECTED \
	"expected an address such as 192.0.2.7, 192.0.2.0/24:443, tcp:192.0.2.7:22,80 or [2001:db8::/32]:443"

/**
 * struct parts - a word, divided
 * @host:  the address with its prefix
 * @ports: NULL: all
 */
struct parts {
	unsigned protocols;
	char host[64];
	const char *ports;
};

static int divide(const char *text, struct parts *ret, struct err *e)
{
	const char *at = text, *end;
	bool brackets;
	size_t len;

	ret->protocols = PORTS_ALL;
	if (strncmp(text, "tcp:", 4) == 0 || strncmp(text, "udp:", 4) == 0) {
		ret->protocols = text[0] == 't' ? PORTS_TCP : PORTS_UDP;
		at += 4;
	}
	brackets = *at == '[';
	at += brackets;
	end = at + strcspn(at, brackets ? "]" : ":");
	len = (size_t)(end - at);
	if ((brackets && *end != ']') || len == 0 || len >= sizeof ret->host)
		return err_set(e, -EINVAL, "invalid address '%s'; " EXPECTED, text);
	memcpy(ret->host, at, len);
	ret->host[len] = '\0';
	end += brackets;
	if (*end != '\0' && *end != ':')
		return err_set(e, -EINVAL, "invalid address '%s'; " EXPECTED, text);
	if (!brackets && *end == ':' && strchr(end + 1, ':') != NULL)
		return err_set(e, -EINVAL,
			       "invalid address '%s'; write an IPv6 address in brackets, as [%s]",
			       text, at);
	ret->ports = *end == ':' ? end + 1 : NULL;
	return 0;
}

/* Reads the first range of ports at *@at, and moves it behind the comma; NULL: there was no comma. */
static int next_ports(const char **at, struct ports *ret)
{
	const size_t len = strcspn(*at, ",");
	char one[16];

	if (len >= sizeof one || (*at)[0] < '0' || (*at)[0] > '9')
		return -EINVAL;
	memcpy(one, *at, len);
	one[len] = '\0';
	*at = (*at)[len] == ',' ? *at + len + 1 : NULL;
	return ports_parse(one, ret) < 0 || ret->from == 0 ? -EINVAL : 0;
}

/* Addresses that are never on the other side of a router. */
static bool stays(const char *word)
{
	return strcmp(word, "localhost") == 0 || strcmp(word, "link-local") == 0 ||
	       strcmp(word, "multicast") == 0;
}

int network_parse(const char *text, struct network_rule ret[static NETWORK_OF_WORD], struct err *e)
{
	struct group_address a[ADDRESSES_OF_WORD];
	struct ports ports = { .from = 0, .to = UINT16_MAX };
	struct parts p;
	struct err why;
	int found, n = 0;

	if (divide(text, &p, e) < 0)
		return -EINVAL;
	if (stays(p.host))
		return err_set(e, -EINVAL, "'%s' never leaves the session; remove it", p.host);
	found = addresses_parse(p.host, a, &why);
	if (found < 0)
		return err_set(e, -EINVAL, "invalid address '%s'; " EXPECTED ", and no name", text);
	do {
		if (p.ports != NULL && next_ports(&p.ports, &ports) < 0)
			return err_set(e, -EINVAL,
				       "invalid port in '%s'; write :443 or :22,8000-8099", text);
		for (int i = 0; i < found; i++) {
			if (n == NETWORK_OF_WORD)
				return err_set(e, -EINVAL,
					       "'%s' has more than %d ports; write ranges", text,
					       NETWORK_OF_WORD / ADDRESSES_OF_WORD);
			ret[n] = (struct network_rule){ .family = a[i].family == GROUP_IPV4 ?
									  NETWORK_IPV4 :
									  NETWORK_IPV6,
							.bits = a[i].bits,
							.protocols = (uint8_t)p.protocols,
							.from = ports.from,
							.to = ports.to };
			memcpy(ret[n++].address, a[i].address, sizeof a[i].address);
		}
	} while (p.ports != NULL);
	return n;
}

static size_t count(const struct set_list *l)
{
	struct network_rule word[NETWORK_OF_WORD];
	struct err ignored; /* the parser of the rule has taken the words */
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		const int found = network_parse(l->items[i].text, word, &ignored);

		n += found > 0 ? (size_t)found : 0;
	}
	return n;
}

static int contradicts(const struct origin *at, const char *what, struct err *e)
{
	return err_at(e, at->file, at->line, -EINVAL, "NetworkAllow=: %s", what);
}

int network_settings_check(const struct settings *set, struct err *e)
{
	const struct set_list *allow = &set->network_allow, *deny = &set->network_deny;
	const struct origin *at = &allow->from;

	if (deny->n > 0 && allow->n == 0)
		return err_at(
			e, deny->from.file, deny->from.line, -EINVAL,
			"NetworkDeny=: has no effect without NetworkAllow=, as all is denied; add that line, or remove NetworkDeny=");
	if (allow->n == 0)
		return 0;
	if (!set->private_network.v)
		return contradicts(
			at,
			"requires PrivateNetwork=yes; write that line, or remove NetworkAllow=", e);
	if (set->network_namespace_path.n > 0)
		return contradicts(
			at, "has no effect with NetworkNamespacePath=; remove one of the lines", e);
	if (set->private_users.v == PRIVATE_USERS_NO)
		return contradicts(
			at, "requires PrivateUsers=identity or self; write one of these lines", e);
	if (count(allow) + count(deny) > NETWORK_RULES_MAX)
		return contradicts(at, "the lists are too long; write prefixes and ranges of ports",
				   e);
	return 0;
}
