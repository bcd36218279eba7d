/* SPDX-License-Identifier: Apache-2.0 */
/* addresses.c - see addresses.h; the words and their meaning are those of systemd.resource-control(5) */
#include "policy/settings/addresses.h"

#include "policy/settings/types.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static const struct {
	const char *name;
	struct group_address prefix[ADDRESSES_OF_WORD];
} words[] = {
	{ "any", { { .family = GROUP_IPV4 }, { .family = GROUP_IPV6 } } },
	{ "localhost",
	  { { .family = GROUP_IPV4, .bits = 8, .address = { 127 } },
	    { .family = GROUP_IPV6, .bits = 128, .address = { [15] = 1 } } } },
	{ "link-local",
	  { { .family = GROUP_IPV4, .bits = 16, .address = { 169, 254 } },
	    { .family = GROUP_IPV6, .bits = 64, .address = { 0xfe, 0x80 } } } },
	{ "multicast",
	  { { .family = GROUP_IPV4, .bits = 4, .address = { 224 } },
	    { .family = GROUP_IPV6, .bits = 8, .address = { 0xff } } } },
};

#define EXPECTED \
	"expected an address such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32, or any, localhost, link-local or multicast"

static unsigned bits_of(const struct group_address *a)
{
	return a->family == GROUP_IPV4 ? 32 : 128;
}

/* The bits behind the prefix, as the kernel ignores them. */
static void mask(struct group_address *a)
{
	for (unsigned i = 0; i < sizeof a->address; i++) {
		const unsigned keep = a->bits > i * 8 ? a->bits - i * 8 : 0;

		if (keep < 8)
			a->address[i] &= (uint8_t)(0xff00u >> keep);
	}
}

static int parse_address(const char *text, struct group_address *ret, struct err *e)
{
	const char *slash = strchr(text, '/'), *end;
	const size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	static const uint8_t mapped[12] = { [10] = 0xff, 0xff };
	char host[INET6_ADDRSTRLEN];
	uint64_t bits;

	if (len >= sizeof host)
		return err_set(e, -EINVAL, "invalid address '%s'; " EXPECTED, text);
	memcpy(host, text, len);
	host[len] = '\0';
	*ret = (struct group_address){ .family = GROUP_IPV4 };
	if (inet_pton(AF_INET, host, ret->address) != 1) {
		ret->family = GROUP_IPV6;
		if (inet_pton(AF_INET6, host, ret->address) != 1)
			return err_set(e, -EINVAL, "invalid address '%s'; " EXPECTED, text);
	}
	if (ret->family == GROUP_IPV6 && memcmp(ret->address, mapped, sizeof mapped) == 0)
		return err_set(e, -EINVAL, "'%s' is an IPv4 address; write it as one", text);
	ret->bits = (uint8_t)bits_of(ret);
	if (slash == NULL)
		return 1;
	if (type_number(slash + 1, &end, &bits) < 0 || *end != '\0' || bits > ret->bits)
		return err_set(e, -EINVAL,
			       "invalid prefix length in '%s'; expected a number from 0 to %u",
			       text, ret->bits);
	ret->bits = (uint8_t)bits;
	mask(ret);
	return 1;
}

int addresses_parse(const char *text, struct group_address ret[static ADDRESSES_OF_WORD],
		    struct err *e)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(text, words[i].name) == 0) {
			memcpy(ret, words[i].prefix, sizeof words[i].prefix);
			return ADDRESSES_OF_WORD;
		}
	return parse_address(text, ret, e);
}

int addresses_check(const struct settings *set, struct err *e)
{
	const struct set_list *allow = &set->ip_address_allow, *deny = &set->ip_address_deny;

	if (allow->n > 0 && deny->n == 0)
		return err_at(
			e, allow->from.file, allow->from.line, -EINVAL,
			"IPAddressAllow=: has no effect without IPAddressDeny=; add IPAddressDeny=any");
	if (allow->n + deny->n > GROUP_ADDRESSES_MAX)
		return err_at(e, deny->from.file, deny->from.line, -EINVAL,
			      "IPAddressDeny=: the lists have more than %d addresses; write prefixes",
			      GROUP_ADDRESSES_MAX);
	return 0;
}
