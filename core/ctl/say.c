/* SPDX-License-Identifier: Apache-2.0 */
/* say.c - see say.h */
#include "ctl/say.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Writes at most @max bytes of a string argument. */
static void string(FILE *f, const char *s, size_t max)
{
	const size_t len = strnlen(s, max);
	char small[1024];
	char *buf = small;
	size_t size = sizeof small;

	if (4 * len + 1 > size) {
		size = 4 * len + 1;
		buf = malloc(size);
		if (buf == NULL) { /* write what fits */
			buf = small;
			size = sizeof small;
		}
	}
	(void)text_plain(buf, size, s, len);
	(void)fputs(buf, f);
	if (buf != small)
		free(buf);
}

/* Writes an argument by the conversion @spec, such as "%5d". It ends in @c and has @l letters l or z. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored \
	"-Wformat-nonliteral" /* the compiler has checked the literal that @spec is part of */
static void number(FILE *f, const char *spec, char c, unsigned l, va_list *ap)
{
	if (c == 'f')
		(void)fprintf(f, spec, va_arg(*ap, double));
	else if (l == 2)
		(void)fprintf(f, spec, va_arg(*ap, unsigned long long));
	else if (l == 1) /* size_t and long have the same size */
		(void)fprintf(f, spec, va_arg(*ap, unsigned long));
	else
		(void)fprintf(f, spec, va_arg(*ap, unsigned));
}
#pragma GCC diagnostic pop

void sayf(FILE *f, const char *fmt, ...)
{
	va_list ap;

	_Static_assert(sizeof(size_t) == sizeof(long), "'z' is read as 'l'");
	va_start(ap, fmt);
	while (*fmt != '\0') {
		const size_t text = strcspn(fmt, "%");
		size_t max = SIZE_MAX, len;
		unsigned l = 0;
		char spec[32];

		(void)fwrite(fmt, 1, text, f);
		fmt += text;
		if (*fmt == '\0')
			break;
		len = 1 + strspn(fmt + 1, "0123456789.+- #*");
		if (fmt[len - 1] == '*') /* only "%.*s" has a star */
			max = (size_t)va_arg(ap, int);
		for (; strchr("lz", fmt[len]) != NULL; len++)
			l++;
		(void)snprintf(spec, sizeof spec, "%.*s", (int)len + 1,
			       fmt); /* fits, because all formats are our own */
		if (fmt[len] == 's')
			string(f, va_arg(ap, const char *), max);
		else if (fmt[len] == '%')
			(void)fputc('%', f);
		else
			number(f, spec, fmt[len], l, &ap);
		fmt += len + 1;
	}
	va_end(ap);
}

bool say_columns(FILE *f)
{
	const int fd = fileno(f);

	return fd >= 0 && isatty(fd);
}

void say_style(FILE *f, enum style style)
{
	static const char *const codes[] = {
		[STYLE_PLAIN] = "0", [STYLE_NAME] = "1",  [STYLE_GOOD] = "32",
		[STYLE_BAD] = "31",  [STYLE_NOTE] = "33", [STYLE_MINOR] = "2"
	};
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (say_columns(f) && (no == NULL || no[0] == '\0') && term != NULL && term[0] != '\0' &&
	    strcmp(term, "dumb") != 0)
		(void)fprintf(f, "\033[%sm", codes[style]);
}

int next_option(int argc, char **argv, const char *letters, const struct option *options)
{
	char letter[3] = "-";
	bool known = true;
	const char *arg;
	int r;

	opterr = 0;
	r = getopt_long(argc, argv, letters, options, NULL);
	if (r != '?')
		return r;
	arg = argv[optind - 1];
	/* one letter of several in one argument: optind has not passed the argument yet */
	letter[1] = (char)optopt;
	if (strncmp(arg, "--", 2) != 0 || optopt == 0)
		known = false;
	if (optopt != 0 && strncmp(arg, "--", 2) != 0)
		arg = letter;
	if (!known)
		sayf(stderr,
		     "cordon: unrecognized option '%s'; 'cordon %s --help' lists the options\n",
		     arg, argv[0]);
	else if (strchr(arg, '=') != NULL)
		sayf(stderr, "cordon: option '%s' takes no argument; write '%.*s'\n", arg,
		     (int)strcspn(arg, "="), arg);
	else
		sayf(stderr, "cordon: option '%s' requires an argument; write '%s VALUE'\n", arg,
		     arg);
	return r;
}
