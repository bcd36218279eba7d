/* SPDX-License-Identifier: Apache-2.0 */
/* servers.c - servers that let accounts in although PAM refuses them, or open no PAM session */
#include "ctl/doctor/doctor.h"

#include "ctl/servers.h"

void doctor_servers(struct doctor *d)
{
	struct err e = { 0 };

	if (servers_proftpd(d->paths.root, &e) < 0)
		doctor_find_text(d, LEVEL_DANGER, e.file, e.line, e.msg, "see pam_cordon(8)");
	if (servers_jupyterhub(d->paths.root, &e) < 0)
		doctor_find_text(d, LEVEL_ADVICE, e.file, e.line, e.msg, "see pam_cordon(8)");
}
