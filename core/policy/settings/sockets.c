/* SPDX-License-Identifier: Apache-2.0 */
/* sockets.c - see sockets.h */
#include "policy/settings/sockets.h"

#include <errno.h>

unsigned sockets_denied(const struct set_list *deny)
{
	unsigned protocols = 0;

	for (size_t i = 0; i < deny->n; i++)
		protocols |= ports_protocols(deny->items[i].text);
	return protocols;
}

static int check(const struct set_list *allow, const struct set_list *deny, const char *key,
		 struct err *e)
{
	const unsigned denied = sockets_denied(deny);

	for (size_t i = 0; i < allow->n; i++) {
		const char *text = allow->items[i].text;
		struct ports p;

		if (ports_parse(text, &p) == 0 && (p.protocols & denied) == 0)
			return err_at(e, allow->from.file, allow->from.line, -EINVAL,
				      "%sAllow=: '%s' has no effect without %sDeny=%s; add that line",
				      key, text, key, p.protocols == PORTS_UDP ? "udp" : "tcp");
	}
	return 0;
}

int sockets_check(const struct settings *set, struct err *e)
{
	const int r = check(&set->socket_bind_allow, &set->socket_bind_deny, "SocketBind", e);

	return r < 0 ? r :
		       check(&set->socket_connect_allow, &set->socket_connect_deny, "SocketConnect",
			     e);
}
