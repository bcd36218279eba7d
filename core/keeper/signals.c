/* SPDX-License-Identifier: Apache-2.0 */
/* signals.c - the signals of a keeper, all of which are blocked */
#include "keeper/keeper.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Some signals ask for a check of the views. Others that end a process by default end the session. */
bool signals_happened(struct keeper *k)
{
	struct signalfd_siginfo s;
	bool look = false;

	while (read(k->signals, &s, sizeof s) == (ssize_t)sizeof s) {
		switch (s.ssi_signo) {
		case SIGIO:
			look = true;
			devices_changed(k);
			break;
		case SIGCHLD:
		case SIGCONT:
		case SIGURG:
		case SIGWINCH:
		case SIGTSTP:
		case SIGTTIN:
		case SIGTTOU:
			break;
		default:
			if (!k->stop.begun)
				k->signal = s;
			stop_begin(k, STOP_SIGNAL);
			break;
		}
	}
	return !look || k->session.stage != SESSION_COMPLETE || masks_look(k);
}
