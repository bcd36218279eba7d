/* SPDX-License-Identifier: Apache-2.0 */
/* network.c - attempts at sockets */
#include "probe/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_in loopback(const char *port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)probe_number(port)),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int64_t connect_unix(const char *name, int abstract)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const size_t len = strlen(name);
	int s;

	if (len + 1 >= sizeof a.sun_path)
		return PROBE_CANNOT - ENAMETOOLONG;
	memcpy(a.sun_path + (abstract ? 1 : 0), name, len);
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		return -errno;
	return connect(s, (void *)&a,
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len +
				   (abstract ? 1 : 0))) < 0 ?
		       -errno :
		       1;
}

/* By UDP, which sends nothing. */
static int64_t connect_address(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(9) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(9) };
	const int is_v4 = inet_pton(AF_INET, text, &v4.sin_addr) == 1;
	int s;

	if (!is_v4 && inet_pton(AF_INET6, text, &v6.sin6_addr) != 1)
		return PROBE_CANNOT - EINVAL;
	s = socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		return -errno;
	if ((is_v4 ? connect(s, (const void *)&v4, sizeof v4) :
		     connect(s, (const void *)&v6, sizeof v6)) < 0)
		return -errno;
	return 1;
}

int64_t try_connect(const char *const args[PROBE_ARGS_MAX])
{
	const int udp = strcmp(args[0], "udp") == 0;
	const struct sockaddr_in a = loopback(args[1]);
	int s;

	if (strcmp(args[0], "abstract") == 0 || strcmp(args[0], "path") == 0)
		return connect_unix(args[1], args[0][0] == 'a');
	if (strcmp(args[0], "address") == 0)
		return connect_address(args[1]);
	s = socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	if (s < 0)
		return -errno;
	return connect(s, (const void *)&a, sizeof a) < 0 ? -errno : 1;
}

int64_t try_bind(const char *const args[PROBE_ARGS_MAX])
{
	const int udp = strcmp(args[0], "udp") == 0;
	const struct sockaddr_in a = loopback(args[1]);
	const int s = socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);

	if (s < 0)
		return -errno;
	return bind(s, (const void *)&a, sizeof a) < 0 ? -errno : 1;
}

int64_t try_interfaces(const char *const args[PROBE_ARGS_MAX])
{
	FILE *f = fopen("/proc/net/dev", "re");
	char text[512];
	int64_t n = 0;

	(void)args;
	if (f == NULL)
		return PROBE_CANNOT - errno;
	while (fgets(text, sizeof text, f) != NULL) {
		const char *name = text + strspn(text, " ");

		n += strchr(name, ':') != NULL && strncmp(name, "lo:", 3) != 0;
	}
	(void)fclose(f);
	return n;
}
