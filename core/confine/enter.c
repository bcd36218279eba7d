/* SPDX-License-Identifier: Apache-2.0 */
/* enter.c - see enter.h */
#include "confine/enter.h"

#include "base/cleanup.h"
#include "base/sys.h"
#include "base/sys_ns.h"
#include "contract/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>

int proc_open(struct confine *c)
{
	c->procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return c->procfd < 0 ? -errno : 0;
}

int proc_close(struct confine *c)
{
	close_fd(&c->procfd);
	return 0;
}

int user_namespace_join(struct confine *c)
{
	return c->plan->uid_map.len != 0 ? sys_setns(c->user_ns, CLONE_NEWUSER) : 0;
}
