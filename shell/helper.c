/* SPDX-License-Identifier: Apache-2.0 */
/*
 * helper.c - cordonsh in place of the helper program that sshd starts as root during a session
 *
 * See core/keeper/helper.c. The keeper takes only the standard descriptors and the log level.
 */
#include "cordonsh.h"

#include "contract/wire.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int helper_ask(int argc, char **argv)
{
	int fds[WIRE_FDS_MAX] = { 0, 2 };
	struct wire_msg m;
	int keeper, r;

	if (argc > 2 || strcmp(argv[0], WIRE_CORDONSH) != 0)
		return -ENOENT;
	keeper = connect_keeper();
	if (keeper < 0)
		return -ENOENT;
	wire_init(&m, WIRE_HELPER);
	if (argc == 2 && snprintf(m.text, sizeof m.text, "%s", argv[1]) >= (int)sizeof m.text)
		return EXIT_REFUSED;
	r = wire_send(keeper, &m, fds, 2);
	/* sshd must see end of file when the program closes its end */
	(void)close(0);
	(void)close(1);
	if (r == 0)
		r = wire_recv(keeper, &m, fds, INT_MAX);
	if (r < 0)
		return EXIT_REFUSED;
	wire_close(fds, wire_fds(m.kind));
	return m.kind == WIRE_VERDICT && m.verdict == VERDICT_UNCONFINED ? 0 : EXIT_REFUSED;
}
