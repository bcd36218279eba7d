/* SPDX-License-Identifier: Apache-2.0 */
/* servers.c - servers that admit accounts although PAM refuses them, or start programs without asking PAM */
#include "ctl/doctor/doctor.h"

#include "ctl/servers.h"

static void note_server(void *arg, bool danger, const struct err *why)
{
	doctor_find_text(arg, danger ? LEVEL_DANGER : LEVEL_ADVICE, why->file, why->line, why->msg,
			 "see pam_cordon(8)");
}

void doctor_servers(struct doctor *d)
{
	servers_each(d->paths.root, note_server, d);
}
