/* log.c - see log.h */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

static int log_debug;

void log_open(const char *ident, int debug)
{
	log_debug = debug;
	openlog(ident, LOG_PID, LOG_AUTHPRIV);
}

void log_event(int priority, const char *fmt, ...)
{
	va_list ap;

	if (priority == LOG_DEBUG && !log_debug)
		return;
	va_start(ap, fmt);
	vsyslog(priority, fmt, ap);
	va_end(ap);
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
	char user[300], service[300], rhost[300], decided[400], more[900];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(more, sizeof more, fmt, ap); /* cut when too long */
	va_end(ap);
	log_event(priority, "event=%s session=%s user=%s uid=%u service=%s rhost=%s rule=%s%s%s", event,
		  session[0] != '\0' ? session : "-", log_quote(l->user, user, sizeof user), l->uid,
		  log_quote(l->service, service, sizeof service), log_quote(l->rhost, rhost, sizeof rhost),
		  log_quote(rule, decided, sizeof decided), more[0] != '\0' ? " " : "", more);
}
