/* SPDX-License-Identifier: Apache-2.0 */
/* types_list.c - the types whose value is a list of words: paths, names, variables, mounts */
#include "policy/settings/types.h"

#include "base/ports.h"
#include "base/text.h"
#include "contract/wire.h"
#include "contract/words.h"
#include "policy/settings/addresses.h"
#include "policy/settings/network.h"
#include "policy/text/diag.h"
#include "policy/text/lex.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

int type_specifier(const char *s, struct err *e)
{
	if (s[1] != '\0' && strchr("uUgGhHsi%", s[1]) != NULL)
		return 0;
	if (s[1] == '\0')
		return err_set(e, -EINVAL,
			       "'%%' at the end of the value; write %%%% for a percent sign");
	return err_set(e, -EINVAL, "unknown specifier '%%%.*s'; write %%%% for a percent sign",
		       (unsigned char)s[1] < 0x80 ? 1 : (int)text_utf8(s + 1, strlen(s + 1)), s + 1);
}

int type_specifiers(const char *s, struct err *e)
{
	for (; (s = strchr(s, '%')) != NULL; s += 2)
		if (type_specifier(s, e) < 0)
			return -EINVAL;
	return 0;
}

/* Check a path and normalize it in place: absolute or in the home, without "..", "." and "//". */
static int settle_path(char *text, struct err *e)
{
	char *r = text, *w = text;

	if (*text != '/' && strncmp(text, "%h", 2) != 0)
		return err_set(e, -EINVAL, "'%s' is not an absolute path; begin it with '/' or %%h",
			       text);
	if (strlen(text) >= PATH_MAX)
		return err_set(e, -EINVAL, "path is longer than %d bytes; shorten it", PATH_MAX - 1);
	while (*r != '\0') {
		const size_t len = strcspn(r, "/");

		if (len == 2 && memcmp(r, "..", 2) == 0)
			return err_set(e, -EINVAL,
				       "'%s' contains '..'; write the path without '..'", text);
		if (len > NAME_MAX)
			return err_set(e, -EINVAL,
				       "path contains a name longer than %d bytes; shorten the name",
				       NAME_MAX);
		if (len == 1 && *r == '.') {
			r += 1;
		} else {
			memmove(w, r, len);
			w += len;
			r += len;
		}
		if (*r == '/') {
			while (*r == '/')
				r++;
			if (w == text || w[-1] != '/')
				*w++ = '/';
		}
	}
	if (w > text + 1 && w[-1] == '/')
		w--;
	*w = '\0';
	return 0;
}

static int check_path(char *text, struct err *e)
{
	return type_specifiers(text, e) < 0 ? -EINVAL : settle_path(text, e);
}

/* The "-" stays in the value: the session must know that the directory may be missing. */
static int settle_directory(char *text, struct err *e)
{
	return settle_path(text + (*text == '-'), e);
}

static int check_directory(char *text, struct err *e)
{
	return check_path(text + (*text == '-'), e);
}

static int settle_text(char *text, struct err *e)
{
	if (strlen(text) >= WIRE_TEXT_MAX)
		return err_set(e, -EINVAL, "value has %zu bytes; shorten it to %d", strlen(text),
			       WIRE_TEXT_MAX - 1);
	return 0;
}

static int check_text(char *text, struct err *e)
{
	return type_specifiers(text, e) < 0 ? -EINVAL : settle_text(text, e);
}

static int check_name(char *text, struct err *e)
{
	return *text != '\0' ? 0 : err_set(e, -EINVAL, "value is empty; write a name");
}

int type_service(const char *text, struct err *e)
{
	for (const char *c = text; *c != '\0'; c++)
		if (isupper((unsigned char)*c))
			return err_set(
				e, -EINVAL,
				"'%s' contains a capital letter; write PAM services in lower case",
				text);
	if (*text != '\0' && strpbrk(text, "/,;~%\"'\\ \t") == NULL)
		return 0;
	return err_set(
		e, -EINVAL,
		"invalid PAM service '%s'; write names of files in /etc/pam.d, separated by spaces",
		text);
}

/*
 * Servers that serve an account from a process that opens no session, or go on after a session was
 * refused: nothing would confine them.
 */
static const char *const past_session[] = { "vsftpd", "pure-ftpd", "dovecot", "imap", "pop3" };

bool type_service_past_session(const char *name)
{
	for (size_t i = 0; i < sizeof past_session / sizeof past_session[0]; i++)
		if (strcmp(name, past_session[i]) == 0)
			return true;
	return false;
}

static int check_service(char *text, struct err *e)
{
	if (type_service_past_session(text))
		return err_set(
			e, -EINVAL,
			"'%s' starts no login shell and serves accounts outside of a session; remove it",
			text);
	if (strpbrk(text, "*?[!") != NULL)
		return err_set(e, -EINVAL, "'%s' is a pattern; write the name of each service",
			       text);
	return type_service(text, e);
}

int type_glob(const char *text, struct err *e)
{
	for (const char *open = text; (open = strchr(open, '[')) != NULL;) {
		const char *close = open + 1 + (open[1] == '!' || open[1] == '^');

		/* a ']' that comes first in the brackets does not close them */
		close = *close == '\0' ? NULL : strchr(close + 1, ']');
		if (close == NULL)
			return err_set(e, -EINVAL, "'%s' contains '[' without ']'; add the ']'",
				       text);
		open = close + 1;
	}
	return 0;
}

/* Names of variables, or globs for them. */
static int check_variable(char *text, struct err *e)
{
	if (strchr(text, '=') != NULL)
		return err_set(e, -EINVAL, "'%s' contains a value; write only the name '%.*s'",
			       text, (int)strcspn(text, "="), text);
	for (const char *c = text; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr("_*?[]!^-.", *c) == NULL)
			return err_set(
				e, -EINVAL,
				"invalid variable name '%s'; write names of letters, digits and '_', or globs, separated by spaces",
				text);
	if (*text == '\0' || isdigit((unsigned char)*text) || strchr("-.!^]", *text) != NULL)
		return err_set(e, -EINVAL,
			       "invalid variable name '%s'; begin it with a letter, '_' or a glob",
			       text);
	return type_glob(text, e);
}

static int hostname(const char *text, const char *marks, struct err *e)
{
	if (strchr("-.", *text) != NULL || strstr(text, "..") != NULL ||
	    text[strlen(text) - 1] == '-')
		return *text == '\0' ?
			       err_set(e, -EINVAL, "host name is empty; write 1 to 64 characters") :
			       err_set(e, -EINVAL,
				       "invalid host name '%s'; begin and end it with a letter or digit",
				       text);
	if (*text == '\0' || strlen(text) > 64)
		return err_set(e, -EINVAL, "host name is longer than 64 characters; shorten it");
	for (const char *c = text; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr(marks, *c) == NULL)
			return err_set(e, -EINVAL,
				       "invalid host name '%s'; use letters, digits, '-' and '.'",
				       text);
	return 0;
}

static int check_hostname(char *text, struct err *e)
{
	return type_specifiers(text, e) < 0 ? -EINVAL : hostname(text, "-.%_", e);
}

static int settle_hostname(char *text, struct err *e)
{
	return hostname(text, "-._", e);
}

bool type_is_variable(const char *name)
{
	if (*name == '\0' || isdigit((unsigned char)*name))
		return false;
	for (; *name != '\0'; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			return false;
	return true;
}

static int check_env(char *text, struct err *e)
{
	char *equals = strchr(text, '=');
	bool variable = equals != NULL;

	if (equals != NULL) {
		*equals = '\0';
		variable = type_is_variable(text);
		*equals = '=';
	}
	if (!variable)
		return err_set(e, -EINVAL, "invalid assignment '%s'; write NAME=value", text);
	return type_specifiers(equals, e);
}

/* source[:target[:options]]; none of the parts can contain ':'. */
static int settle_bind(char *text, struct err *e)
{
	char *target = strchr(text, ':'), *options = target != NULL ? strchr(target + 1, ':') : NULL;
	const char *last = options != NULL ? options + 1 : NULL;
	char *end = text;
	int r = 0;

	if (options != NULL && strcmp(options, ":rbind") != 0 && strcmp(options, ":norbind") != 0)
		return err_set(
			e, -EINVAL,
			"unknown bind option '%s'; write source:target or source:target:norbind",
			options + 1);
	for (char *part = text, *next; r == 0 && part != NULL; part = next) {
		next = part == last ? NULL : strchr(part, ':');
		if (next != NULL)
			*next++ = '\0';
		if (part != last)
			r = settle_path(part, e);
		if (r == 0) { /* a normalized part may be shorter, so the parts move together */
			memmove(end, part, strlen(part) + 1);
			end += strlen(end);
			if (next != NULL)
				*end++ = ':';
		}
	}
	return r;
}

static int check_bind(char *text, struct err *e)
{
	return type_specifiers(text, e) < 0 ? -EINVAL : settle_bind(text, e);
}

static int check_tmpfs_option(char *option, struct err *e)
{
	uint64_t v;

	if (strncmp(option, "size=", 5) == 0)
		return type_bound(option + 5, &v, e);
	if (strncmp(option, "nr_inodes=", 10) == 0) {
		const int r = type_bound(option + 10, &v, e);

		/* tmpfs counts 1 KiB for each inode, and has 64 bits for the sum */
		return r == 0 && v != LIMIT_INFINITY && v > UINT64_MAX / 1024 ?
			       err_set(e, -EINVAL,
				       "'%s' is too large; expected less than 16P, or infinity",
				       option + 10) :
			       r;
	}
	if (strncmp(option, "mode=", 5) == 0 && option[5] != '\0' &&
	    strspn(option + 5, "01234567") == strlen(option + 5) && strlen(option + 5) <= 4)
		return 0;
	if (strcmp(option, "ro") == 0 || strcmp(option, "rw") == 0 || strcmp(option, "noexec") == 0 ||
	    strcmp(option, "nosuid") == 0 || strcmp(option, "nodev") == 0 ||
	    strcmp(option, "strictatime") == 0 || strcmp(option, "nostrictatime") == 0)
		return 0;
	return err_set(
		e, -EINVAL,
		"unknown option '%s'; expected size=, nr_inodes=, mode=, ro, noexec or strictatime",
		option);
}

static int settle_tmpfs(char *text, struct err *e)
{
	char *colon = strchr(text, ':');
	char copy[256];
	char *save = NULL;
	int r;

	if (colon == NULL)
		return settle_path(text, e);
	if (strlen(colon) >= sizeof copy)
		return err_set(e, -EINVAL, "options are too long; remove some");
	if (colon[1] == '\0' || strstr(colon, ",,") != NULL || colon[1] == ',' ||
	    colon[strlen(colon) - 1] == ',')
		return err_set(e, -EINVAL, "'%s' contains an empty option; remove the ':' or ','",
			       text);
	memcpy(copy, colon, strlen(colon) + 1);
	*colon = '\0';
	r = settle_path(text, e);
	memmove(text + strlen(text), copy, strlen(copy) + 1);
	for (char *o = strtok_r(copy + 1, ",", &save); r == 0 && o != NULL;
	     o = strtok_r(NULL, ",", &save))
		r = check_tmpfs_option(o, e);
	return r;
}

static int check_tmpfs(char *text, struct err *e)
{
	return type_specifiers(text, e) < 0 ? -EINVAL : settle_tmpfs(text, e);
}

/* systemd's words for address families, which Landlock cannot tell apart */
static const char *families_hint(const char *text)
{
	return strncmp(text, "ipv4", 4) == 0 || strncmp(text, "ipv6", 4) == 0 ?
		       ", and RestrictAddressFamilies= for address families" :
		       "";
}

/* Of systemd's words, Landlock can only enforce those of whole protocols. */
static int check_protocols(char *text, struct err *e)
{
	if (ports_protocols(text) != 0)
		return 0;
	return err_set(e, -EINVAL, "'%s' is not supported; write tcp, udp or any%s", text,
		       families_hint(text));
}

static int check_ports(char *text, struct err *e)
{
	struct ports p;

	if (ports_parse(text, &p) < 0)
		return err_set(e, -EINVAL,
			       "invalid port '%s'; write 8080, tcp:8080 or udp:8000-8099%s", text,
			       families_hint(text));
	if (p.to - p.from >= PORTS_MAX)
		return err_set(e, -EINVAL, "'%s' covers more than %d ports; allow fewer", text,
			       PORTS_MAX);
	return 0;
}

static int check_address(char *text, struct err *e)
{
	struct group_address a[ADDRESSES_OF_WORD];

	return addresses_parse(text, a, e) < 0 ? -EINVAL : 0;
}

static int check_network(char *text, struct err *e)
{
	struct network_rule r[NETWORK_OF_WORD];

	return network_parse(text, r, e) < 0 ? -EINVAL : 0;
}

#define LIST_TYPE(NAME, text, bits, checker, ...) \
	const struct type type_##NAME = { .name = #NAME, \
					  .syntax = text, \
					  .storage = STORE_LIST, \
					  .flags = bits, \
					  .check = checker, \
					  __VA_ARGS__ }

LIST_TYPE(TEXT, "text", TYPE_LINE | TYPE_SPECIFIERS, check_text, .settle = settle_text);
LIST_TYPE(PATH, "an absolute path", TYPE_ONE | TYPE_SPECIFIERS | TYPE_PATH, check_path,
	  .settle = settle_path);
LIST_TYPE(DIRECTORY, "an absolute path or ~, with - before a path that may be missing",
	  TYPE_ONE | TYPE_SPECIFIERS | TYPE_PATH | TYPE_TILDE, check_directory,
	  .settle = settle_directory);
LIST_TYPE(HOSTNAME, "a host name", TYPE_ONE | TYPE_SPECIFIERS, check_hostname,
	  .settle = settle_hostname);
LIST_TYPE(NAMES, "names", 0, check_name);
LIST_TYPE(SERVICES, "PAM services", 0, check_service);
LIST_TYPE(VARIABLES, "names of variables, or globs", 0, check_variable);
LIST_TYPE(FAMILIES, "AF_ names, any or none; ~ denies", TYPE_INVERSE | TYPE_DEFAULT, check_name);
LIST_TYPE(ARCHS, "names, with - before a name that may be missing", TYPE_OPTIONAL | TYPE_DEFAULT,
	  check_name);
LIST_TYPE(ENV, "NAME=value ...", TYPE_SPECIFIERS, check_env);
LIST_TYPE(PATHS, "absolute paths, with - before a path that may be missing",
	  TYPE_SPECIFIERS | TYPE_PATH | TYPE_OPTIONAL, check_path, .settle = settle_path);
LIST_TYPE(BINDS, "source[:target[:norbind]] ..., with - before a source that may be missing",
	  TYPE_SPECIFIERS | TYPE_PATH | TYPE_OPTIONAL, check_bind, .settle = settle_bind);
LIST_TYPE(TMPFS, "path[:options] ..., with - before a path that may be missing",
	  TYPE_SPECIFIERS | TYPE_PATH | TYPE_OPTIONAL, check_tmpfs, .settle = settle_tmpfs);
LIST_TYPE(ERRNO_NAME, "an errno, or kill", TYPE_ONE | TYPE_DEFAULT, check_name);
LIST_TYPE(SYSCALLS, "system calls and @groups; ~ denies, :errno sets the error",
	  TYPE_OPTIONAL | TYPE_INVERSE | TYPE_DEFAULT, check_name);
LIST_TYPE(PROTOCOLS, "tcp, udp or any", 0, check_protocols);
LIST_TYPE(PORTS, "[tcp:|udp:]PORT or [tcp:|udp:]PORT-PORT ...", 0, check_ports);
LIST_TYPE(ADDRESSES, "ADDRESS[/BITS], any, localhost, link-local or multicast ...", 0,
	  check_address);
LIST_TYPE(NETWORKS, "[tcp:|udp:]ADDRESS[/BITS][:PORT,...] ...", 0, check_network);
