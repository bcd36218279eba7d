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
