/* explain.c - cordon explain: which rule decides, and what each setting comes to */
#include "ctl.h"

#include "../policy/compile.h"
#include "../policy/types.h"

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool json;
static const char *command; /* to be judged, or NULL */

void json_string(const char *s)
{
	(void)putchar('"');
	for (; *s != '\0'; s++) {
		const unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			(void)printf("\\%c", c);
		else if (c < 0x20)
			(void)printf("\\u%04x", c);
		else
			(void)putchar(c);
	}
	(void)putchar('"');
}

static void json_field(const char *name, const char *value, const char *after)
{
	json_string(name);
	(void)putchar(':');
	json_string(value);
	(void)fputs(after, stdout);
}

static void passed_over(void *arg, const char *file, unsigned line, const char *why)
{
	(void)arg;
	if (!json)
		(void)printf("%s:%u: doesn't match: %s\n", file, line, why);
}

static void show_settings(const struct settings *s)
{
	size_t n;
	const struct setting *row = settings_table(&n);
	static char value[65536];
	char from[320];

	for (size_t i = 0; i < n; i++, row++) {
		const struct origin o = settings_origin(s, row);

		(void)settings_print(s, row, value, sizeof value); /* cut when too long */
		if (o.file != NULL)
			(void)snprintf(from, sizeof from, "%s:%u", o.file, o.line);
		else
			(void)snprintf(from, sizeof from, "default");
		if (json) {
			(void)printf("%s{", i > 0 ? "," : "");
			json_field("name", row->name, ",");
			json_field("value", value, ",");
			json_field("from", from, ",");
			json_field("help", row->help, "}");
		} else {
			(void)printf("  %s=%s\n      %s; %s\n", row->name, value, from, row->help);
		}
	}
}

static const char *verdict_word(enum verdict v)
{
	switch (v) {
	case VERDICT_CONFINE:
		return "confined";
	case VERDICT_UNCONFINED:
		return "left alone";
	case VERDICT_DENY:
		break;
	}
	return "refused";
}

static int show(struct decision *d, const struct facts *facts)
{
	struct plan *plan = NULL;
	struct err e = d->err;
	char text[1024] = "";

	if (d->verdict == VERDICT_CONFINE && plan_compile(&d->settings, facts, &plan, &e) < 0)
		d->verdict = VERDICT_DENY;
	if (e.code != 0)
		(void)err_text(&e, text, sizeof text);
	if (json) {
		(void)putchar('{');
		json_field("user", facts->login.user, ",");
		json_field("verdict", verdict_word(d->verdict), ",");
		json_field("rule", d->rule, ",");
		json_field("error", text, ",");
		if (plan != NULL)
			explain_kernel(plan, json);
		(void)fputs("\"settings\":[", stdout);
	} else {
		if (d->rule[0] != '\0')
			(void)printf("%s: matches\n", d->rule);
		(void)printf("%s (uid %u) by %s: %s%s%s\n", facts->login.user, facts->login.uid,
			     facts->login.service, verdict_word(d->verdict), text[0] != '\0' ? ": " : "",
			     text);
		if (plan != NULL)
			explain_kernel(plan, json);
	}
	free(plan);
	if (d->rule[0] != '\0' && d->settings.services.n > 0)
		show_settings(&d->settings);
	if (json)
		(void)printf("]}\n");
	return d->verdict == VERDICT_DENY ? EXIT_NO : EXIT_YES;
}

static int parse_time(const char *text, time_t *ret)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *end = strptime(text, "%Y-%m-%d %H:%M", &tm);

	if (end == NULL || *end != '\0') {
		(void)fprintf(stderr, "cordon: --at '%s': write it like '2026-11-24 08:30'\n", text);
		return -EINVAL;
	}
	*ret = mktime(&tm);
	return 0;
}

static int copy_arg(char *to, size_t size, const char *from)
{
	if (strlen(from) >= size) {
		(void)fprintf(stderr, "cordon: an argument is too long\n");
		return -EINVAL;
	}
	memcpy(to, from, strlen(from) + 1);
	return 0;
}

static int options_of(int argc, char **argv, struct policy_paths *paths, struct login *login,
		      time_t *at)
{
	static const struct option options[] = {
		{ "service", required_argument, NULL, 's' }, { "rhost", required_argument, NULL, 'h' },
		{ "tty", required_argument, NULL, 't' },     { "at", required_argument, NULL, 'a' },
		{ "root", required_argument, NULL, 'r' },    { "json", no_argument, NULL, 'j' },
		{ "command", required_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 }
	};
	int option, r = 0;

	while (r == 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's')
			r = copy_arg(login->service, sizeof login->service, optarg);
		else if (option == 'h')
			r = copy_arg(login->rhost, sizeof login->rhost, optarg);
		else if (option == 't')
			r = copy_arg(login->tty, sizeof login->tty, optarg);
		else if (option == 'a')
			r = parse_time(optarg, at);
		else if (option == 'r')
			r = ctl_root(paths, optarg);
		else if (option == 'c')
			command = optarg;
		else if (option == 'j')
			json = true;
		else
			r = -EINVAL;
	}
	if (r == 0 && optind != argc - 1) {
		(void)fprintf(stderr, "cordon: explain wants one user's name\n");
		r = -EINVAL;
	}
	return r;
}

int explain_main(int argc, char **argv)
{
	static struct facts facts; /* large */
	struct login login = { .service = "sshd" };
	struct policy_paths paths;
	struct decision d;
	struct err e = { 0 };
	const struct passwd *pw;
	time_t at = 0;
	int r;

	policy_paths_default(&paths);
	if (options_of(argc, argv, &paths, &login, &at) < 0)
		return EXIT_USAGE;
	pw = getpwnam(argv[optind]);
	if (pw == NULL || copy_arg(login.user, sizeof login.user, argv[optind]) < 0) {
		(void)fprintf(stderr, "cordon: %s: there is no such account\n", argv[optind]);
		return EXIT_SYSTEM;
	}
	login.uid = pw->pw_uid;
	if (facts_resolve(&login, &facts, &e) < 0) {
		(void)fprintf(stderr, "cordon: %s\n", e.msg);
		return EXIT_SYSTEM;
	}
	if (at != 0)
		facts.now = at;
	paths.trace = passed_over;
	(void)policy_decide(&paths, &facts, &d); /* the decision itself says what failed */
	r = command != NULL && d.verdict == VERDICT_CONFINE ?
		    explain_command(&d.settings, command, json) :
		    show(&d, &facts);
	decision_free(&d);
	return r;
}
