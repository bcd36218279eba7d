/* SPDX-License-Identifier: Apache-2.0 */
/* check_network.c - see check_warn.h: lists of addresses for a session that reaches none of them */
#include "ctl/check/check_warn.h"

#include "contract/words.h"

void check_warn_network(const struct settings *s, struct diag *d)
{
	const struct set_list *deny = &s->ip_address_deny;

	if (s->action.v == ACTION_CONFINE && deny->n > 0 && s->private_network.v != 0 &&
	    s->network_namespace_path.n == 0 && s->network_allow.n == 0)
		check_warn(
			d, deny->from.file, deny->from.line,
			"IPAddressDeny=: has no effect on the host's network, because the session has only a loopback interface; write PrivateNetwork=no, or remove the line");
}
