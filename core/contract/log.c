/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - see log.h */
#include "contract/log.h"

#include "base/text.h"

#include <errno.h>
#include <paths.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

static const char *log_ident = "cordon";
static int log_debug;

void log_open(const char *ident, int debug)
{
	log_ident = ident;
	log_debug = debug;
}

enum { LOG_WAIT_MS = 200 };

static int log_stuck;	  /* syslogd does not read: no line waits until one is delivered */
static unsigned log_lost; /* number of lines lost since then */

/* Returns 0, or -1 with errno set. */
static int put(int fd, const char *line, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	ssize_t n = send(fd, line, size, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN && !log_stuck && poll(&p, 1, LOG_WAIT_MS) == 1)
		n = send(fd, line, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	return n < 0 ? -1 : 0;
}

/*
 * This code replaces syslog(3), because musl's writes the time in UTC and readers take it for local
 * time. A line without a time gets the time of the receiver. Each line has a socket of its own,
 * because syslogd may have restarted. If syslogd does not read, the line is lost, so that no login
 * hangs.
 */
static int deliver(const char *line, size_t size)
{
	static const int types[] = { SOCK_DGRAM, SOCK_STREAM };
	const struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = _PATH_LOG };
	int r = -1;

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		const int fd = socket(AF_UNIX, types[i] | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		int other;

		r = fd < 0 ? -1 : connect(fd, (const struct sockaddr *)&to, sizeof to);
		other = r < 0 && errno == EPROTOTYPE;
		/* on a stream socket, the NUL ends the line */
		if (r == 0)
			r = put(fd, line, size + (types[i] == SOCK_STREAM));
		if (r < 0 && errno == EAGAIN)
			log_stuck = 1;
		if (fd >= 0)
			(void)close(fd); /* delivered, or not */
		if (!other)
			break;
	}
	return r;
}

static void deliver_counted(const char *line, size_t size)
{
	char text[128];

	if (deliver(line, size) < 0) {
		log_lost++;
		return;
	}
	log_stuck = 0;
	if (log_lost == 0)
		return;
	(void)snprintf(text, sizeof text, "<%d>%.60s[%d]: event=log lost=%u",
		       LOG_AUTHPRIV | LOG_WARNING, log_ident, (int)getpid(), log_lost); /* fits */
	log_lost = 0;
	(void)deliver(text, strlen(text)); /* the line before has been delivered */
}

void log_event(int priority, const char *fmt, ...)
{
	char line[8192], text[4096];
	va_list ap;
	size_t n;

	if (priority == LOG_DEBUG && !log_debug)
		return;
	n = (size_t)snprintf(line, sizeof line, "<%d>%s[%d]: ", LOG_AUTHPRIV | priority, log_ident,
			     (int)getpid()); /* fits */
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap); /* cut when too long */
	va_end(ap);
	n += text_plain(line + n, sizeof line - n, text, SIZE_MAX);
	deliver_counted(line, n);
}

const char *log_quote(const char *s, char *buf, size_t size)
{
	size_t at = 0;

	if (size < 3)
		return "";
	buf[at++] = '"';
	for (; *s != '\0' && at + 6 < size; s++) {
		const unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			at += (size_t)snprintf(buf + at, size - at, "\\x%02x", c);
		else
			buf[at++] = (char)c;
	}
	buf[at++] = '"';
	buf[at] = '\0';
	return buf;
}

void log_login(const struct login *l, const char *session, const char *rule, int priority,
	       const char *event, const char *fmt, ...)
{
	char user[3 * FACTS_NAME_MAX], service[3 * FACTS_NAME_MAX], rhost[3 * FACTS_NAME_MAX];
	char decided[400] = "", more[1200];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(more, sizeof more, fmt, ap); /* cut when too long */
	va_end(ap);
	if (rule != NULL)
		(void)log_quote(rule, decided, sizeof decided);
	log_event(priority, "event=%s session=%s user=%s uid=%u service=%s rhost=%s%s%s%s%s", event,
		  session[0] != '\0' ? session : "-", log_quote(l->user, user, sizeof user), l->uid,
		  log_quote(l->service, service, sizeof service),
		  log_quote(l->rhost, rhost, sizeof rhost), rule != NULL ? " rule=" : "", decided,
		  more[0] != '\0' ? " " : "", more);
}
