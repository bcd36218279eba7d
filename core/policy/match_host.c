/* match_host.c - see match_host.h */
#include "match_host.h"

#include "types.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- RemoteHost= ---- */

/* An address as 16 bytes, IPv4 mapped into IPv6. */
static int address(const char *text, unsigned char ret[16], bool *ret_v4)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (inet_pton(AF_INET, text, ret + 12) == 1) {
		memcpy(ret, mapped, sizeof mapped);
		*ret_v4 = true;
		return 0;
	}
	if (inet_pton(AF_INET6, text, ret) != 1)
		return -EINVAL;
	*ret_v4 = memcmp(ret, mapped, sizeof mapped) == 0;
	return 0;
}

/* "ADDRESS[/LENGTH]" -> address and length in bits of the 128. */
static int network(const char *text, unsigned char ret[16], unsigned *ret_bits)
{
	char copy[64];
	const char *slash = strchr(text, '/');
	const size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	bool v4;
	uint64_t bits;
	const char *end;

	if (len >= sizeof copy)
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (address(copy, ret, &v4) < 0)
		return -EINVAL;
	*ret_bits = 128;
	if (slash == NULL)
		return 0;
	if (type_number(slash + 1, &end, &bits) < 0 || *end != '\0')
		return -ERANGE;
	if (v4 && strchr(copy, ':') == NULL) {
		if (bits > 32)
			return -ERANGE;
		bits += 96;
	}
	if (bits > 128)
		return -ERANGE;
	*ret_bits = (unsigned)bits;
	return 0;
}

int match_host_check(const char *text, struct err *e)
{
	unsigned char net[16];
	unsigned bits;

	if (strchr(text, '/') != NULL && network(text, net, &bits) < 0)
		return err_set(e, -EINVAL, "'%s' is no network; write it like 192.0.2.0/24 or 2001:db8::/32",
			       text);
	if (strchr(text, '[') != NULL && strchr(text, ']') == NULL)
		return err_set(e, -EINVAL, "'%s' has a '[' without ']'; close it", text);
	return 0;
}

int match_host(const char *text, const char *rhost)
{
	unsigned char net[16], host[16];
	unsigned bits;
	bool v4;

	if (strcmp(text, "none") == 0)
		return rhost[0] == '\0';
	if (rhost[0] == '\0')
		return 0;
	if (network(text, net, &bits) == 0) {
		char plain[64];

		/* a scoped address ("fe80::1%eth0") is compared without its scope */
		(void)snprintf(plain, sizeof plain, "%.*s", (int)strcspn(rhost, "%"), rhost);
		if (address(plain, host, &v4) < 0)
			return 0;
		if (memcmp(net, host, bits / 8) != 0)
			return 0;
		return bits % 8 == 0 ||
		       ((net[bits / 8] ^ host[bits / 8]) & (0xff00 >> bits % 8) & 0xff) == 0;
	}
	return fnmatch(text, rhost, FNM_CASEFOLD) == 0;
}

/* ---- Time= ---- */

struct window {
	unsigned days; /* bit 0: Sunday */
	int year, month, day; /* 0: no date */
	int from, to;  /* minutes of the day */
};

static int day_number(const char *text, size_t len)
{
	static const char *const days[] = { "Sunday",	"Monday", "Tuesday", "Wednesday",
					    "Thursday", "Friday", "Saturday" };

	for (int i = 0; i < 7; i++)
		if ((len == 3 || len == strlen(days[i])) && strncasecmp(text, days[i], len) == 0)
			return i;
	return -1;
}

static int parse_days(const char *text, size_t len, unsigned *ret)
{
	const char *dots = memmem(text, len, "..", 2);
	int from, to;

	if (dots == NULL) {
		from = to = day_number(text, len);
	} else {
		from = day_number(text, (size_t)(dots - text));
		to = day_number(dots + 2, len - (size_t)(dots - text) - 2);
	}
	if (from < 0 || to < 0)
		return -EINVAL;
	*ret = 0;
	for (int d = from;; d = (d + 1) % 7) {
		*ret |= 1u << d;
		if (d == to)
			return 0;
	}
}

static int parse_clock(const char *text, const char **ret_end, int *ret)
{
	int h, m, n = 0;

	if (sscanf(text, "%2d:%2d%n", &h, &m, &n) != 2 || n != 5 || h < 0 || m < 0 || m > 59 ||
	    h > 24 || (h == 24 && m != 0))
		return -EINVAL;
	*ret_end = text + n;
	*ret = h * 60 + m;
	return 0;
}

static bool date_exists(const struct window *w)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	const bool leap = (w->year % 4 == 0 && w->year % 100 != 0) || w->year % 400 == 0;

	return w->month >= 1 && w->month <= 12 && w->day >= 1 &&
	       w->day <= days[w->month - 1] + (w->month == 2 && leap);
}

static int parse_window(const char *text, struct window *w)
{
	const size_t len = strcspn(text, " \t");
	int n = 0;

	*w = (struct window){ .days = 0x7f, .to = 24 * 60 };
	if (sscanf(text, "%4d-%2d-%2d%n", &w->year, &w->month, &w->day, &n) == 3 && n == 10 &&
	    len == 10) {
		if (!date_exists(w))
			return -EINVAL;
		text += len;
	} else if (parse_days(text, len, &w->days) == 0) {
		w->year = 0;
		text += len;
	} else {
		w->year = 0;
	}
	text += strspn(text, " \t");
	if (*text == '\0')
		return len > 0 ? 0 : -EINVAL;
	if (parse_clock(text, &text, &w->from) < 0 || *text != '-' ||
	    parse_clock(text + 1, &text, &w->to) < 0 || *text != '\0' || w->from == w->to)
		return -EINVAL;
	return 0;
}

int match_time_check(const char *text, struct err *e)
{
	struct window w;

	if (parse_window(text, &w) < 0)
		return err_set(e, -EINVAL,
			       "'%s' is no time; write it like 'Mon..Fri 08:00-18:00', '22:00-06:00' or '2026-11-24 09:00-12:00'",
			       text);
	return 0;
}

static int on_day(const struct window *w, const struct tm *tm)
{
	if (w->year != 0)
		return tm->tm_year + 1900 == w->year && tm->tm_mon + 1 == w->month &&
		       tm->tm_mday == w->day;
	return (w->days & 1u << tm->tm_wday) != 0;
}

int match_time(const char *text, time_t now)
{
	struct window w;
	struct tm tm, before;
	int minute;

	if (parse_window(text, &w) < 0 || localtime_r(&now, &tm) == NULL)
		return -EINVAL;
	minute = tm.tm_hour * 60 + tm.tm_min;
	if (w.from < w.to)
		return on_day(&w, &tm) && minute >= w.from && minute < w.to;
	if (minute >= w.from)
		return on_day(&w, &tm);
	if (minute >= w.to)
		return 0;
	before = tm;
	before.tm_mday--;
	before.tm_hour = 12; /* noon exists on every day */
	before.tm_isdst = -1;
	return mktime(&before) != (time_t)-1 ? on_day(&w, &before) : -EINVAL;
}
