/* SPDX-License-Identifier: Apache-2.0 */
/* match_host.c - compare RemoteHost= with an address or name, and Time= with the local time */
#include "policy/rules/match_host.h"

#include "policy/settings/types.h"

#include <arpa/inet.h>
#include <ctype.h>
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
static int network(const char *text, unsigned char ret[16], unsigned *ret_bits, bool *ret_v4)
{
	char copy[64];
	const char *slash = strchr(text, '/');
	const size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	uint64_t bits;
	const char *end;

	if (len >= sizeof copy)
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (address(copy, ret, ret_v4) < 0)
		return -EINVAL;
	*ret_bits = 128;
	if (slash == NULL)
		return 0;
	if (type_number(slash + 1, &end, &bits) < 0 || *end != '\0' || bits > 128)
		return -ERANGE;
	if (*ret_v4 && strchr(copy, ':') == NULL)
		bits += 96;
	if (bits > 128)
		return -ERANGE;
	*ret_v4 = *ret_v4 && bits >= 96; /* ::ffff:0:0/80 holds more than IPv4 */
	*ret_bits = (unsigned)bits;
	return 0;
}

int match_host_check(const char *text, struct err *e)
{
	unsigned char net[16];
	unsigned bits;
	bool v4;

	if (network(text, net, &bits, &v4) == 0)
		return 0;
	if (strchr(text, '/') != NULL)
		return err_set(
			e, -EINVAL,
			"invalid network '%s'; expected a value such as 192.0.2.0/24 or 2001:db8::/32",
			text);
	if (*text == '[' && strchr(text, ':') != NULL)
		return err_set(e, -EINVAL, "address '%s' is in brackets; remove the brackets", text);
	if (type_glob(text, e) < 0)
		return -EINVAL;
	for (const char *c = text; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr("-._:%*?[]!^", *c) == NULL)
			return err_set(
				e, -EINVAL,
				"invalid host name or address '%s'; use letters, digits, '-', '.' and globs",
				text);
	if (strpbrk(text, "*?[") == NULL &&
	    (strchr(text, ':') != NULL || strspn(text, "0123456789.") == strlen(text)))
		return err_set(
			e, -EINVAL,
			"invalid address '%s'; expected a value such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::1",
			text);
	return 0;
}

int match_host(const char *text, const char *rhost)
{
	unsigned char net[16], host[16];
	unsigned bits;
	bool net_v4, host_v4, is_address;
	char plain[64];

	if (strcmp(text, "none") == 0)
		return rhost[0] == '\0';
	if (rhost[0] == '\0')
		return 0;
	/* a scoped address ("fe80::1%eth0") is compared without its scope */
	(void)snprintf(plain, sizeof plain, "%.*s", (int)strcspn(rhost, "%"),
		       rhost); /* cut: no address */
	is_address = address(plain, host, &host_v4) == 0;
	if (network(text, net, &bits, &net_v4) == 0) {
		if (!is_address || host_v4 != net_v4)
			return 0;
		if (memcmp(net, host, bits / 8) != 0)
			return 0;
		return bits % 8 == 0 ||
		       ((net[bits / 8] ^ host[bits / 8]) & (0xff00 >> bits % 8) & 0xff) == 0;
	}
	if (fnmatch(text, rhost, FNM_CASEFOLD | FNM_NOESCAPE) == 0)
		return 1;
	return is_address && host_v4 && inet_ntop(AF_INET, host + 12, plain, sizeof plain) != NULL &&
	       fnmatch(text, plain, FNM_NOESCAPE) == 0;
}

/* ---- Time= ---- */

struct window {
	unsigned days;	      /* bit 0: Sunday */
	int year, month, day; /* 0: no date */
	int from, to;	      /* minutes of the day */
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

/* Exactly @n digits. */
static int digits(const char **at, unsigned n, int *ret)
{
	*ret = 0;
	for (; n > 0; n--, (*at)++) {
		if (**at < '0' || **at > '9')
			return -EINVAL;
		*ret = *ret * 10 + (**at - '0');
	}
	return 0;
}

static int literal(const char **at, char c)
{
	return *(*at)++ == c ? 0 : -EINVAL;
}

static int parse_clock(const char **at, int *ret)
{
	int h, m;

	if (digits(at, 2, &h) < 0 || literal(at, ':') < 0 || digits(at, 2, &m) < 0)
		return -EINVAL;
	*ret = h * 60 + m;
	return m <= 59 && *ret <= 24 * 60 ? 0 : -EINVAL;
}

static bool date_exists(const struct window *w)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	const bool leap = (w->year % 4 == 0 && w->year % 100 != 0) || w->year % 400 == 0;

	return w->month >= 1 && w->month <= 12 && w->day >= 1 &&
	       w->day <= days[w->month - 1] + (w->month == 2 && leap);
}

static int parse_date(const char *text, size_t len, struct window *w)
{
	const char *at = text;

	if (len != 10 || digits(&at, 4, &w->year) < 0 || literal(&at, '-') < 0 ||
	    digits(&at, 2, &w->month) < 0 || literal(&at, '-') < 0 || digits(&at, 2, &w->day) < 0)
		return -EINVAL;
	return w->year >= 1970 && date_exists(w) ? 0 : -EINVAL;
}

static int parse_window(const char *text, struct window *w)
{
	const size_t len = strcspn(text, " \t");

	*w = (struct window){ .days = 0x7f, .to = 24 * 60 };
	if (memchr(text, ':', len) == NULL) { /* a day or a date first */
		if (parse_days(text, len, &w->days) < 0 && parse_date(text, len, w) < 0)
			return -EINVAL;
		text += len;
		text += strspn(text, " \t");
		if (*text == '\0')
			return 0;
	}
	if (parse_clock(&text, &w->from) < 0 || literal(&text, '-') < 0 ||
	    parse_clock(&text, &w->to) < 0 || *text != '\0')
		return -EINVAL;
	return w->from != w->to && w->from < 24 * 60 ? 0 : -EINVAL;
}

int match_time_check(const char *text, struct err *e)
{
	struct window w;

	if (parse_window(text, &w) < 0)
		return err_set(
			e, -EINVAL,
			"invalid time '%s'; expected [DAY[..DAY] | YYYY-MM-DD] [HH:MM-HH:MM], such as 'Mon..Fri 08:00-18:00', '22:00-06:00' or '2026-11-24 09:00-12:00'; write one Time= line for each window",
			text);
	return 0;
}

/* A minute of the date of @w, or of the @days after it; minutes become hours. */
static time_t moment(const struct window *w, int days, int minute)
{
	struct tm tm = { .tm_year = w->year - 1900,
			 .tm_mon = w->month - 1,
			 .tm_mday = w->day + days,
			 .tm_min = minute,
			 .tm_isdst = -1 };

	return mktime(&tm);
}

bool match_time_past(const char *text, time_t now)
{
	struct window w;
	time_t at;

	if (parse_window(text, &w) < 0 || w.year == 0)
		return false;
	at = moment(&w, w.from > w.to ? 1 : 0, w.to); /* it may end on the next day */
	return at != (time_t)-1 && at <= now;
}

time_t match_time_date(const char *text)
{
	struct window w;

	return parse_window(text, &w) < 0 || w.year == 0 ? (time_t)-1 : moment(&w, 0, w.from);
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
