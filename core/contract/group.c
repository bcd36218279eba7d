/* SPDX-License-Identifier: Apache-2.0 */
/* group.c - see group.h */
#include "contract/group.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

int group_request_check(const struct group_request *r, size_t size)
{
	if (size != sizeof *r || r->magic != GROUP_MAGIC || r->version != GROUP_WIRE_VERSION ||
	    r->size != sizeof *r || (r->share != GROUP_SESSION && r->share != GROUP_USER) ||
	    r->together > 1 || !ends(r->name, sizeof r->name) || !ends(r->slice, sizeof r->slice) ||
	    !ends(r->description, sizeof r->description) || r->limits.given >> GROUP_LIMITS != 0 ||
	    r->limits.cpus_given > 1)
		return -EBADMSG;
	return r->name[0] != '\0' && r->slice[0] != '\0' ? 0 : -EBADMSG;
}

int group_addresses_check(const struct group_address *a, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((a[i].list != GROUP_ALLOW && a[i].list != GROUP_DENY) || a[i].reserved != 0 ||
		    (a[i].family != GROUP_IPV4 && a[i].family != GROUP_IPV6) ||
		    a[i].bits > (a[i].family == GROUP_IPV4 ? 32 : 128))
			return -EBADMSG;
	return 0;
}

int group_answer_check(const struct group_answer *a, size_t size)
{
	if (size != sizeof *a || a->magic != GROUP_ANSWER_MAGIC ||
	    a->version != GROUP_WIRE_VERSION || a->size != sizeof *a || a->code > 0 ||
	    !ends(a->text, sizeof a->text) || !ends(a->path, sizeof a->path))
		return -EBADMSG;
	if (a->code < 0)
		return 0;
	/* the path is opened below the root of the tree, and must not lead out of it */
	return a->path[0] == '/' && strstr(a->path, "/..") == NULL ? 0 : -EBADMSG;
}
