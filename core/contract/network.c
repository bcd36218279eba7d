/* SPDX-License-Identifier: Apache-2.0 */
/* network.c - see network.h */
#include "contract/network.h"

#include "base/ports.h"

#include <errno.h>

int network_check(const struct network_rule *r, size_t n)
{
	if (n > NETWORK_RULES_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < n; i++)
		if ((r[i].list != NETWORK_ALLOW && r[i].list != NETWORK_DENY) ||
		    (r[i].family != NETWORK_IPV4 && r[i].family != NETWORK_IPV6) ||
		    r[i].bits > (r[i].family == NETWORK_IPV4 ? 32 : 128) || r[i].protocols == 0 ||
		    r[i].protocols > PORTS_ALL || r[i].from > r[i].to)
			return -EBADMSG;
	return 0;
}
