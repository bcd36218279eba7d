/* SPDX-License-Identifier: Apache-2.0 */
/* types.c - the types whose value is one number: words, sizes, time spans, limits, masks */
#include "policy/settings/types.h"
#include "policy/settings/caps.h"

#include "base/sys_ns.h"
#include "contract/words.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* clang-format off */
#define WORDS(...) (const struct word[]){ __VA_ARGS__, { NULL, 0 } }
/* clang-format on */

int type_number(const char *text, const char **ret_end, uint64_t *ret_v)
{
	uint64_t v = 0;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	for (; isdigit((unsigned char)*text); text++) {
		const uint64_t digit = (uint64_t)(*text - '0');

		if (v > (UINT64_MAX - 1 - digit) / 10)
			return -ERANGE;
		v = v * 10 + digit;
	}
	*ret_end = text;
	*ret_v = v;
	return 0;
}

int type_word_parse(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	for (const struct word *w = t->words; w->name != NULL; w++)
		if (strcasecmp(text, w->name) == 0) {
			*ret_v = w->value;
			return 0;
		}
	return err_set(e, -EINVAL, "invalid value '%s'; expected %s", text, t->syntax);
}

void type_word_print(const struct type *t, uint64_t v, char *buf, size_t size)
{
	const char *name = "?";

	for (const struct word *w = t->words; w->name != NULL; w++)
		if (w->value == v) {
			name = w->name;
			break;
		}
	(void)snprintf(buf, size, "%s", name); /* cut when too long */
}

/* ---- sizes, spans, limits ---- */

/* A decimal number as written: its whole part, and the digits after the point. */
struct decimal {
	uint64_t whole;
	const char *digits;
	size_t n;
};

/* Parse the number at *@at, and move *@at past the number and the blanks after it. */
static int decimal_parse(const char **at, struct decimal *ret)
{
	const int r = type_number(*at, at, &ret->whole);

	if (r < 0)
		return r;
	ret->n = 0;
	if (**at == '.') {
		ret->digits = *at + 1;
		ret->n = strspn(ret->digits, "0123456789");
		if (ret->n == 0)
			return -EINVAL;
		*at = ret->digits + ret->n;
	}
	*at += strspn(*at, " ");
	return 0;
}

/* @d times @unit (at most 2^60), rounded down; -ERANGE: more than 64 bits. */
static int decimal_scale(const struct decimal *d, uint64_t unit, uint64_t *ret)
{
	uint64_t fraction = 0;

	if (d->whole != 0 && unit > (UINT64_MAX - 1) / d->whole)
		return -ERANGE;
	for (size_t i = d->n; i > 0; i--) /* from the last digit: each step is exact */
		fraction = ((uint64_t)(d->digits[i - 1] - '0') * unit + fraction) / 10;
	if (fraction > UINT64_MAX - 1 - d->whole * unit)
		return -ERANGE;
	*ret = d->whole * unit + fraction;
	return 0;
}

/* The kernel has no limits of more than 64 bits. */
static int too_large(const char *text, struct err *e)
{
	return err_set(e, -EINVAL, "'%s' is too large; expected less than 16E, or infinity", text);
}

int type_size(const char *text, uint64_t *ret_bytes, struct err *e)
{
	static const char units[] = "KMGTPE";
	struct decimal d;
	uint64_t unit = 1;
	const char *at = text, *u;
	int r;

	if (strcmp(text, "infinity") == 0) {
		*ret_bytes = LIMIT_INFINITY;
		return 0;
	}
	r = decimal_parse(&at, &d);
	u = *at != '\0' ? strchr(units, *at) : NULL;
	if (r == 0 && u != NULL) {
		for (long i = 0; i <= u - units; i++)
			unit *= 1024;
		at++;
	}
	if (r == 0 && *at == 'B')
		at++;
	if (r == 0)
		r = *at != '\0' ? -EINVAL : decimal_scale(&d, unit, ret_bytes);
	if (r == -ERANGE)
		return too_large(text, e);
	return r == 0 ?
		       0 :
		       err_set(e, -EINVAL,
			       "invalid size '%s'; expected a number with K, M, G or T, or infinity",
			       text);
}

void type_size_print(const struct type *t, uint64_t v, char *buf, size_t size)
{
	static const char units[] = "\0KMGTPE";
	unsigned u = 0;

	(void)t;
	if (v == LIMIT_INFINITY) {
		(void)snprintf(buf, size, "infinity"); /* fits */
		return;
	}
	while (v != 0 && v % 1024 == 0 && u < 6) {
		v /= 1024;
		u++;
	}
	(void)snprintf(buf, size, u != 0 ? "%llu%c" : "%llu", (unsigned long long)v, units[u]);
}

/* the units of systemd.time(7) */
static const struct word span_units[] = { { "us", 1 },
					  { "usec", 1 },
					  { "ms", 1000 },
					  { "msec", 1000 },
					  { "s", 1000000 },
					  { "sec", 1000000 },
					  { "second", 1000000 },
					  { "seconds", 1000000 },
					  { "m", 60000000 },
					  { "min", 60000000 },
					  { "minute", 60000000 },
					  { "minutes", 60000000 },
					  { "h", 3600000000 },
					  { "hr", 3600000000 },
					  { "hour", 3600000000 },
					  { "hours", 3600000000 },
					  { "d", 86400000000 },
					  { "day", 86400000000 },
					  { "days", 86400000000 },
					  { "w", 604800000000 },
					  { "week", 604800000000 },
					  { "weeks", 604800000000 } };

static uint64_t span_unit(const char *at, size_t len)
{
	for (size_t i = 0; i < sizeof span_units / sizeof span_units[0]; i++)
		if (strlen(span_units[i].name) == len && strncmp(span_units[i].name, at, len) == 0)
			return span_units[i].value;
	return 0;
}

int type_usec(const char *text, uint64_t unit_usec, uint64_t *ret_usec, struct err *e)
{
	const char *at = text;
	uint64_t total = 0;
	int r = 0;

	if (strcmp(text, "infinity") == 0) {
		*ret_usec = LIMIT_INFINITY;
		return 0;
	}
	do {
		uint64_t v, unit = unit_usec;
		struct decimal d;
		size_t len;

		r = decimal_parse(&at, &d);
		if (r < 0)
			break;
		len = strspn(at, "abcdefghijklmnopqrstuvwxyz");
		if (len > 0)
			unit = span_unit(at, len);
		at += len;
		at += strspn(at, " ");
		r = unit == 0 ? -EINVAL : decimal_scale(&d, unit, &v);
		if (r == 0 && total > UINT64_MAX - 1 - v)
			r = -ERANGE;
		if (r == 0)
			total += v;
	} while (r == 0 && *at != '\0');
	if (r == -ERANGE)
		return err_set(e, -EINVAL,
			       "time span '%s' is too long; write infinity for no limit", text);
	if (r < 0)
		return err_set(
			e, -EINVAL,
			"invalid time span '%s'; expected a value such as 90, 5min, '1h 30min' or infinity",
			text);
	*ret_usec = total;
	return 0;
}

void type_usec_print(uint64_t usec, char *buf, size_t size)
{
	if (usec == LIMIT_INFINITY)
		(void)snprintf(buf, size, "infinity"); /* fits */
	else if (usec % 1000000 == 0)
		(void)snprintf(buf, size, "%llus", (unsigned long long)(usec / 1000000));
	else
		(void)snprintf(buf, size, "%lluus", (unsigned long long)usec);
}

int type_bound(const char *text, uint64_t *ret, struct err *e)
{
	const int r = type_size(text, ret, e);

	if (r == 0 && *ret == 0) /* to the kernel, 0 means no limit */
		return err_set(e, -EINVAL,
			       "'%s' leaves no space; expected more than 0, or infinity", text);
	/* the kernel counts pages of up to 64 KiB and would round this up to 0 */
	if (r == 0 && *ret != LIMIT_INFINITY && *ret > UINT64_MAX - 0xffff)
		return too_large(text, e);
	return r;
}

static int parse_bound(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	(void)t;
	return type_bound(text, ret_v, e);
}

static int parse_size(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	(void)t;
	return type_size(text, ret_v, e);
}

static int parse_sec(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	uint64_t usec;
	const int r = type_usec(text, 1000000, &usec, e);

	(void)t;
	if (r == 0) /* rounded up, so that the limit is not stricter than the rule says */
		*ret_v = usec == LIMIT_INFINITY ? usec : usec / 1000000 + (usec % 1000000 != 0);
	return r;
}

static void print_sec(const struct type *t, uint64_t v, char *buf, size_t size)
{
	(void)t;
	if (v == LIMIT_INFINITY || v > UINT64_MAX / 1000000)
		(void)snprintf(buf, size, "infinity"); /* fits */
	else
		type_usec_print(v * 1000000, buf, size);
}

static int parse_usec(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	(void)t;
	return type_usec(text, 1, ret_v, e);
}

static void print_usec(const struct type *t, uint64_t v, char *buf, size_t size)
{
	(void)t;
	type_usec_print(v, buf, size);
}

static int parse_count(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	const char *end = text;
	int r;

	(void)t;
	if (strcmp(text, "infinity") == 0) {
		*ret_v = LIMIT_INFINITY;
		return 0;
	}
	r = type_number(text, &end, ret_v);
	if (r == -ERANGE)
		return too_large(text, e);
	if (r < 0 || *end != '\0')
		return err_set(e, -EINVAL, "invalid value '%s'; expected a number or infinity",
			       text);
	return 0;
}

/* The kernel has at most NR_UNIX98_PTY_MAX terminals, see linux/tty.h. */
static int parse_terminals(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	const char *end = text;

	(void)t;
	if (type_number(text, &end, ret_v) < 0 || *end != '\0' || *ret_v < 1 || *ret_v > 1u << 20)
		return err_set(e, -EINVAL,
			       "invalid value '%s'; expected a number from 1 to 1048576", text);
	return 0;
}

static void print_count(const struct type *t, uint64_t v, char *buf, size_t size)
{
	(void)t;
	if (v == LIMIT_INFINITY)
		(void)snprintf(buf, size, "infinity"); /* fits */
	else
		(void)snprintf(buf, size, "%llu", (unsigned long long)v);
}

/* With a sign it is a nice value, without one the raw limit, as in systemd.exec(5). */
static int parse_nice(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	const char *end = text;
	uint64_t v;

	(void)t;
	if (*text == '+' || *text == '-') {
		if (type_number(text + 1, &end, &v) == 0 && *end == '\0' &&
		    v <= (*text == '-' ? 20u : 19u)) {
			*ret_v = *text == '-' ? 20 + v : 20 - v;
			return 0;
		}
	} else if (type_number(text, &end, &v) == 0 && *end == '\0' && v <= 40) {
		*ret_v = v;
		return 0;
	}
	return err_set(e, -EINVAL,
		       "invalid nice limit '%s'; expected -20 to +19 with its sign, or 0 to 40",
		       text);
}

/* ---- masks and modes ---- */

static const struct word bool_words[] = { { "yes", 1 },	  { "no", 0 }, { "true", 1 },
					  { "false", 0 }, { "on", 1 }, { "off", 0 },
					  { "1", 1 },	  { "0", 0 },  { NULL, 0 } };

/*
 * Apply the words of @text to the mask @v: a name adds, "~name" removes, and a leading "~" applies to
 * all words. If @first, the mask begins empty, or with @all of it after a leading "~".
 */
static int parse_mask(char *text, bool first, uint64_t all,
		      int (*find)(const char *word, uint64_t *ret), const char *noun,
		      const char *expected, uint64_t *v, struct err *e)
{
	const bool inverse = *text == '~';
	char *save = NULL;

	if (first)
		*v = inverse ? all : 0;
	text += inverse;
	for (char *w = strtok_r(text, " \t\n", &save); w != NULL;
	     w = strtok_r(NULL, " \t\n", &save)) {
		/* the leading "~" has been cut off its word already */
		const bool deny = inverse || *w == '~';
		uint64_t bits;

		if (find(*w == '~' && (!inverse || w != text) ? w + 1 : w, &bits) < 0)
			return err_set(e, -EINVAL, "unknown %s '%s'; expected %s", noun, w,
				       expected);
		*v = deny ? *v & ~bits : *v | bits;
	}
	return 0;
}

static int find_namespace(const char *word, uint64_t *ret)
{
	for (unsigned i = 0; i < NS_N; i++)
		if (strcasecmp(word, ns_row(i)->word) == 0) {
			*ret = ns_row(i)->flag;
			return 0;
		}
	return -ENOENT;
}

static const char ns_expected[] = "yes, no, or some of"
#define NAMESPACE(KIND, word, flag, by) " " word
#include "namespaces.def"
#undef NAMESPACE
	;

static int parse_namespaces(const struct type *t, char *text, bool first, uint64_t *v, struct err *e)
{
	(void)t;
	for (const struct word *w = bool_words; w->name != NULL; w++)
		if (strcasecmp(text, w->name) == 0) {
			*v = w->value ? 0 : NS_FLAGS_ALL; /* what stays allowed */
			return 0;
		}
	return parse_mask(text, first, NS_FLAGS_ALL, find_namespace, "namespace", ns_expected, v, e);
}

static void print_namespaces(const struct type *t, uint64_t v, char *buf, size_t size)
{
	size_t at = 0;

	(void)t;
	(void)snprintf(buf, size, "%s", v == 0 ? "yes" : v == NS_FLAGS_ALL ? "no" : "");
	for (unsigned i = 0; v != 0 && v != NS_FLAGS_ALL && i < NS_N; i++)
		if ((v & ns_row(i)->flag) && at < size)
			at += (size_t)snprintf(buf + at, size - at, "%s%s", at ? " " : "",
					       ns_row(i)->word);
}

static int find_cap(const char *word, uint64_t *ret)
{
	const unsigned n = caps_n();
	const char *end;
	uint64_t number;

	for (unsigned cap = 0; cap < n; cap++) {
		const char *name = caps_name(cap);

		if ((name != NULL && strcasecmp(name, word) == 0) ||
		    (type_number(word, &end, &number) == 0 && *end == '\0' && number == cap)) {
			*ret = 1ull << cap;
			return 0;
		}
	}
	return -ENOENT;
}

static int parse_caps(const struct type *t, char *text, bool first, uint64_t *v, struct err *e)
{
	const unsigned n = caps_n();

	(void)t;
	return parse_mask(text, first, n >= 64 ? UINT64_MAX : (1ull << n) - 1, find_cap,
			  "capability",
			  "names that this kernel knows, such as CAP_NET_RAW, separated by spaces",
			  v, e);
}

static void print_caps(const struct type *t, uint64_t v, char *buf, size_t size)
{
	size_t at = 0;

	(void)t;
	buf[0] = '\0';
	for (unsigned cap = 0; cap < CAPS_MAX; cap++)
		if ((v & 1ull << cap) != 0 && at < size && caps_name(cap) != NULL)
			at += (size_t)snprintf(buf + at, size - at, "%s%s", at ? " " : "",
					       caps_name(cap));
		else if ((v & 1ull << cap) != 0 && at < size)
			at += (size_t)snprintf(buf + at, size - at, "%s%u", at ? " " : "", cap);
}

static int parse_mode(const struct type *t, char *text, uint64_t *ret_v, struct err *e)
{
	uint64_t v = 0;

	(void)t;
	for (const char *c = text; *c != '\0'; c++) {
		if (*c < '0' || *c > '7' || c - text >= 5)
			return err_set(
				e, -EINVAL,
				"invalid mask '%s'; expected an octal number from 0000 to 0777",
				text);
		v = v * 8 + (uint64_t)(*c - '0');
	}
	if (v > 0777)
		return err_set(e, -EINVAL,
			       "invalid mask '%s'; expected an octal number from 0000 to 0777",
			       text);
	*ret_v = v;
	return 0;
}

static void print_mode(const struct type *t, uint64_t v, char *buf, size_t size)
{
	(void)t;
	if (v == MODE_UNSET)
		(void)snprintf(buf, size, "%s", ""); /* fits */
	else
		(void)snprintf(buf, size, "%04llo", (unsigned long long)v);
}

#define WORD_TYPE(NAME, text, ...) \
	const struct type type_##NAME = { .name = #NAME, \
					  .syntax = text, \
					  .storage = STORE_NUM, \
					  .words = WORDS(__VA_ARGS__), \
					  .parse_num = type_word_parse, \
					  .print_num = type_word_print }

WORD_TYPE(ACTION, "confine, allow or deny", { "confine", ACTION_CONFINE },
	  { "allow", ACTION_ALLOW }, { "deny", ACTION_DENY });
WORD_TYPE(PROTECT_SYSTEM, "no, yes, full or strict", { "no", PROTECT_SYSTEM_NO },
	  { "yes", PROTECT_SYSTEM_YES }, { "full", PROTECT_SYSTEM_FULL },
	  { "strict", PROTECT_SYSTEM_STRICT }, { "false", PROTECT_SYSTEM_NO },
	  { "true", PROTECT_SYSTEM_YES });
WORD_TYPE(HOME, "persistent, read-only, ephemeral, empty or none",
	  { "persistent", HOME_PERSISTENT }, { "read-only", HOME_READ_ONLY },
	  { "ephemeral", HOME_EPHEMERAL }, { "empty", HOME_EMPTY }, { "none", HOME_NONE });
WORD_TYPE(PRIVATE_USERS, "identity, self or no", { "identity", PRIVATE_USERS_IDENTITY },
	  { "self", PRIVATE_USERS_SELF }, { "no", PRIVATE_USERS_NO },
	  { "yes", PRIVATE_USERS_SELF }); /* what systemd means by it */
WORD_TYPE(PROTECT_CGROUPS, "yes or no", { "yes", 1 }, { "no", 0 }, { "true", 1 }, { "false", 0 },
	  { "on", 1 }, { "off", 0 }, { "1", 1 }, { "0", 0 },
	  { "strict", 1 }); /* systemd's word for a hierarchy of its own that is read-only */
WORD_TYPE(PROTECT_PROC, "invisible, ptraceable, noaccess or default",
	  { "invisible", PROTECT_PROC_INVISIBLE }, { "ptraceable", PROTECT_PROC_PTRACEABLE },
	  { "noaccess", PROTECT_PROC_NOACCESS }, { "default", PROTECT_PROC_DEFAULT });
WORD_TYPE(KEYRING_MODE, "private or inherit", { "private", KEYRING_MODE_PRIVATE },
	  { "inherit", KEYRING_MODE_INHERIT });
WORD_TYPE(SUIDSGID, "yes, suid or no", { "yes", RESTRICT_SUIDSGID_YES },
	  { "suid", RESTRICT_SUIDSGID_SUID }, { "no", RESTRICT_SUIDSGID_NO },
	  { "true", RESTRICT_SUIDSGID_YES }, { "false", RESTRICT_SUIDSGID_NO },
	  { "on", RESTRICT_SUIDSGID_YES }, { "off", RESTRICT_SUIDSGID_NO },
	  { "1", RESTRICT_SUIDSGID_YES }, { "0", RESTRICT_SUIDSGID_NO });
WORD_TYPE(PROC_SUBSET, "all or pid", { "all", PROC_SUBSET_ALL }, { "pid", PROC_SUBSET_PID });

const struct type type_BOOL = { .name = "BOOL",
				.syntax = "yes or no",
				.storage = STORE_NUM,
				.words = bool_words,
				.parse_num = type_word_parse,
				.print_num = type_word_print };
const struct type type_NAMESPACES = { .name = "NAMESPACES",
				      .syntax = "yes, no, a list, or ~list",
				      .storage = STORE_NUM,
				      .flags = TYPE_UNSET,
				      .parse_mask = parse_namespaces,
				      .print_num = print_namespaces };
const struct type type_CAPS = { .name = "CAPS",
				.syntax = "capabilities, or ~ and the capabilities to remove",
				.storage = STORE_NUM,
				.flags = TYPE_UNSET,
				.parse_mask = parse_caps,
				.print_num = print_caps };
const struct type type_MODE = { .name = "MODE",
				.syntax = "an octal mask",
				.storage = STORE_NUM,
				.unset = MODE_UNSET,
				.flags = TYPE_UNSET,
				.parse_num = parse_mode,
				.print_num = print_mode };
const struct type type_SIZE = { .name = "SIZE",
				.syntax = "a size",
				.storage = STORE_NUM,
				.parse_num = parse_bound,
				.print_num = type_size_print };
const struct type type_COUNT = { .name = "COUNT",
				 .syntax = "a number from 1 to 1048576",
				 .storage = STORE_NUM,
				 .parse_num = parse_terminals,
				 .print_num = print_count };
const struct type type_LIMIT = { .name = "LIMIT",
				 .syntax = "soft:hard, or one number",
				 .storage = STORE_PAIR,
				 .parse_num = parse_count,
				 .print_num = print_count };
const struct type type_LIMIT_SIZE = { .name = "LIMIT_SIZE",
				      .syntax = "soft:hard, or one size",
				      .storage = STORE_PAIR,
				      .parse_num = parse_size,
				      .print_num = type_size_print };
const struct type type_LIMIT_SEC = { .name = "LIMIT_SEC",
				     .syntax = "soft:hard, or one time span",
				     .storage = STORE_PAIR,
				     .parse_num = parse_sec,
				     .print_num = print_sec };
const struct type type_LIMIT_USEC = { .name = "LIMIT_USEC",
				      .syntax = "soft:hard, or one time span (microseconds)",
				      .storage = STORE_PAIR,
				      .parse_num = parse_usec,
				      .print_num = print_usec };
const struct type type_LIMIT_NICE = { .name = "LIMIT_NICE",
				      .syntax = "soft:hard, or one nice value",
				      .storage = STORE_PAIR,
				      .parse_num = parse_nice,
				      .print_num = print_count };
