/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network_host.c - the addresses that the kernel of the host keeps to itself
 *
 * Its routes have them all: those of interfaces, a network on "lo", and broadcast and anycast addresses.
 * A list of the interfaces' addresses lacks most of these.
 */
#include "keeper/network.h"

#include "contract/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TRIES = 3 };

int network_host_open(void)
{
	const struct sockaddr_nl to = { .nl_family = AF_NETLINK,
					.nl_groups = RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE };
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&to, sizeof to) < 0) {
		const int r = -errno;

		(void)close(fd);
		return r;
	}
	return fd;
}

/* The destination of a route, of @size bytes; NULL: it has none. */
static const void *destination(const struct nlmsghdr *h, size_t size)
{
	const char *at = (const char *)h + NLMSG_SPACE(sizeof(struct rtmsg));
	const char *end = (const char *)h + h->nlmsg_len;
	const struct rtattr *a;

	for (; end - at >= (ptrdiff_t)sizeof *a; at += RTA_ALIGN(a->rta_len)) {
		a = (const void *)at;
		if (a->rta_len < sizeof *a || a->rta_len > end - at)
			return NULL;
		if (a->rta_type == RTA_DST)
			return RTA_PAYLOAD(a) >= size ? RTA_DATA(a) : NULL;
	}
	return NULL;
}

/* A route for all addresses is one of a transparent proxy. Returns the number of rules; -EIO. */
static int put_route(int out, const struct nlmsghdr *h, const char *before)
{
	const struct rtmsg *m = NLMSG_DATA(h);
	char text[INET6_ADDRSTRLEN];
	const void *to;

	if (h->nlmsg_type != RTM_NEWROUTE || h->nlmsg_len < NLMSG_SPACE(sizeof *m) ||
	    (m->rtm_family != AF_INET && m->rtm_family != AF_INET6) || m->rtm_dst_len == 0 ||
	    (m->rtm_type != RTN_LOCAL && m->rtm_type != RTN_BROADCAST && m->rtm_type != RTN_ANYCAST))
		return 0;
	to = destination(h, m->rtm_family == AF_INET ? 4 : 16);
	if (to == NULL || inet_ntop(m->rtm_family, to, text, sizeof text) == NULL)
		return 0;
	return dprintf(out, "%s%s daddr %s/%u %s\n", before, m->rtm_family == AF_INET ? "ip" : "ip6",
		       text, m->rtm_dst_len, NETWORK_REFUSAL) < 0 ?
		       -EIO :
		       1;
}

/* Handles the message @h. Returns 0: more follow; 1: the dump is complete; -errno. */
static int take_one(const struct nlmsghdr *h, bool dump, int out, const char *before, int *found)
{
	int r;

	if (dump && (h->nlmsg_flags & NLM_F_DUMP_INTR))
		return -EAGAIN;
	if (h->nlmsg_type == NLMSG_ERROR)
		return -EPROTO;
	if (dump && h->nlmsg_type == NLMSG_DONE)
		return 1;
	r = put_route(out, h, before);
	*found += r > 0;
	return r < 0 ? r : 0;
}

/* Reads messages: with @dump, to the end of the answer, else what is there. As network_host_put(). */
static int take(int fd, bool dump, int out, const char *before)
{
	static _Alignas(struct nlmsghdr) char buf[1 << 16]; /* more than the kernel sends at once */
	int found = 0, r = 0;

	while (r == 0) {
		const ssize_t n = recv(fd, buf, sizeof buf, dump ? 0 : MSG_DONTWAIT);
		const struct nlmsghdr *h;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return !dump && errno == EAGAIN ? found : -errno;
		for (ssize_t at = 0; r == 0 && n - at >= (ssize_t)sizeof *h;
		     at += NLMSG_ALIGN(h->nlmsg_len)) {
			h = (const void *)(buf + at);
			if (h->nlmsg_len < sizeof *h || h->nlmsg_len > n - at)
				return -EPROTO;
			r = take_one(h, dump, out, before, &found);
		}
	}
	return r < 0 ? r : found;
}

int network_host_put(int out, const char *before)
{
	int r = -EAGAIN;

	for (unsigned tries = 0; r == -EAGAIN && tries < TRIES; tries++) {
		struct {
			struct nlmsghdr h;
			struct rtmsg m;
		} ask = { .h = { .nlmsg_len = sizeof ask,
				 .nlmsg_type = RTM_GETROUTE,
				 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };
		const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

		if (fd < 0)
			return -errno;
		r = send(fd, &ask, sizeof ask, 0) < 0 ? -errno : take(fd, true, out, before);
		(void)close(fd);
	}
	return r;
}

int network_host_changed(int fd, int out, const char *before)
{
	const int r = take(fd, false, out, before);

	return r == -ENOBUFS ? network_host_put(out, before) : r; /* too many messages at once */
}
