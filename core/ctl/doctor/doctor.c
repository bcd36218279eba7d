/* SPDX-License-Identifier: Apache-2.0 */
/* doctor.c - cordon doctor: look at the whole host for what would make cordon fail */
#include "ctl/doctor/doctor.h"

#include "contract/log.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static const struct {
	const char *name;
	void (*look)(struct doctor *d);
	const char *what;
} probes[] = {
#define PROBE(name, function, what) { #name, function, what },
#include "ctl/doctor/probes.def"
#undef PROBE
};

enum { PROBES_N = sizeof probes / sizeof probes[0] };

static const char *const words[LEVELS] = { "advice", "broken", "danger" };

/* ---- findings ---- */

static void add(struct doctor *d, const struct finding *new)
{
	struct finding *more;

	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->list[i].file, new->file) == 0 && d->list[i].line == new->line &&
		    strcmp(d->list[i].problem, new->problem) == 0)
			return;
	d->count[new->level]++; /* also without memory */
	more = reallocarray(d->list, d->n + 1, sizeof *more);
	if (more == NULL)
		return;
	d->list = more;
	more[d->n++] = *new;
}

void doctor_find(struct doctor *d, enum level level, const char *file, unsigned line,
		 const char *remedy, const char *fmt, ...)
{
	struct finding f = { .level = level, .probe = d->probe, .line = line };
	va_list ap;

	if (level == LEVEL_DANGER && !d->confines)
		f.level = LEVEL_ADVICE;
	va_start(ap, fmt);
	(void)vsnprintf(f.problem, sizeof f.problem, fmt, ap); /* cut: for people */
	va_end(ap);
	(void)snprintf(f.file, sizeof f.file, "%s", file != NULL ? file : ""); /* as above */
	(void)snprintf(f.remedy, sizeof f.remedy, "%s", remedy);	       /* as above */
	add(d, &f);
}

void doctor_find_text(struct doctor *d, enum level level, const char *file, unsigned line,
		      const char *message, const char *otherwise)
{
	static const char warning[] = "warning: ";
	const char *end = NULL;

	if (strncmp(message, warning, sizeof warning - 1) == 0)
		message += sizeof warning - 1;
	for (const char *at = message; (at = strstr(at, "; ")) != NULL; at += 2)
		end = at;
	if (end != NULL)
		doctor_find(d, level, file, line, end + 2, "%.*s", (int)(end - message), message);
	else
		doctor_find(d, level, file, line, otherwise, "%s", message);
}

/* ---- the report ---- */

static int by_level(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	return x->level != y->level ? (x->level > y->level ? -1 : 1) : x < y ? -1 : x > y;
}

static void place(const struct finding *f, char *buf, size_t size)
{
	if (f->line > 0)
		(void)snprintf(buf, size, "%s:%u", f->file, f->line); /* fits */
	else
		(void)snprintf(buf, size, "%s", f->file); /* as above */
}

static void print_finding(const struct finding *f)
{
	static const enum style styles[LEVELS] = { STYLE_NOTE, STYLE_BAD, STYLE_BAD };
	char at[280];

	place(f, at, sizeof at);
	say_style(stdout, styles[f->level]);
	sayf(stdout, "%s: %s%s%s; %s\n", words[f->level], at, at[0] != '\0' ? ": " : "", f->problem,
	     f->remedy);
	say_style(stdout, STYLE_PLAIN);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void print_report(const struct doctor *d)
{
	const size_t weight = d->count[LEVEL_DANGER] + d->count[LEVEL_BROKEN];
	const char *between = "";

	for (size_t i = 0; i < d->n; i++)
		print_finding(&d->list[i]);
	say_style(stdout, weight > 0 ? STYLE_BAD : STYLE_GOOD);
	if (d->n == 0)
		sayf(stdout, "%d probes, no findings", (int)PROBES_N);
	else
		sayf(stdout, "%d probes, %zu finding%s: ", (int)PROBES_N, d->n, plural(d->n));
	for (int level = LEVEL_DANGER; level >= LEVEL_ADVICE; level--) {
		if (d->count[level] == 0)
			continue;
		sayf(stdout, "%s%zu %s", between, d->count[level], words[level]);
		between = ", ";
	}
	say_style(stdout, STYLE_PLAIN);
	sayf(stdout, "\n");
}

static void print_json(const struct doctor *d)
{
	struct json j = { .f = stdout };

	json_object(&j, NULL);
	json_number(&j, "version", 1);
	json_bool(&j, "healthy", d->count[LEVEL_DANGER] + d->count[LEVEL_BROKEN] == 0);
	for (int level = LEVEL_DANGER; level >= LEVEL_ADVICE; level--)
		json_number(&j, words[level], (int64_t)d->count[level]);
	json_array(&j, "probes");
	for (size_t i = 0; i < PROBES_N; i++)
		json_string(&j, NULL, probes[i].name);
	json_end(&j);
	json_array(&j, "findings");
	for (size_t i = 0; i < d->n; i++) {
		const struct finding *f = &d->list[i];

		json_object(&j, NULL);
		json_string(&j, "level", words[f->level]);
		json_string(&j, "probe", f->probe);
		json_string(&j, "file", f->file);
		json_number(&j, "line", f->line);
		json_string(&j, "problem", f->problem);
		json_string(&j, "remedy", f->remedy);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
}

static void write_log(const struct doctor *d)
{
	log_open("cordon", 0);
	for (size_t i = 0; i < d->n; i++) {
		const struct finding *f = &d->list[i];
		char at[280];

		if (f->level == LEVEL_ADVICE)
			continue;
		place(f, at, sizeof at);
		log_event(LOG_WARNING, "doctor",
			  log_fields(log_word("level", words[f->level]), log_word("probe", f->probe),
				     log_text("at", at[0] != '\0' ? at : NULL),
				     log_text("why", f->problem), log_text("remedy", f->remedy)));
	}
}

/* ---- the command ---- */

static int record(void)
{
	struct err e = { 0 };
	char text[800];

	if (record_write("", true, &e) == 0)
		return EXIT_YES;
	sayf(stderr, "cordon: %s\n", err_text(&e, text, sizeof text));
	return EXIT_SYSTEM;
}

static void examine(struct doctor *d)
{
	struct err e = { 0 };

	policy_paths_default(&d->paths);
	record_read("", &d->record);
	for (size_t i = 0; i < PROBES_N; i++) {
		d->probe = probes[i].name;
		probes[i].look(d);
	}
	d->probe = "lines";
	if (record_write("", false, &e) < 0)
		doctor_find_text(d, LEVEL_ADVICE, e.file, e.line, e.msg,
				 "look at the file system of the directory");
	if (d->n > 1)
		qsort(d->list, d->n, sizeof *d->list, by_level);
}

int doctor_main(int argc, char **argv)
{
	struct options {
		bool json, log, record, help;
	} o = { 0 };
	static const struct option_row rows[] = {
#define OPTION(name, argument, member, help) \
	OPTION_ROW(struct options, name, argument, member, help),
#include "ctl/options/doctor.def"
#undef OPTION
	};
	const size_t n = sizeof rows / sizeof rows[0];
	const int first = options_parse(rows, n, &o, "", argc, argv);
	static struct doctor d; /* large */
	bool healthy;

	if (first >= 0 && o.help) {
		ctl_help("doctor", rows, n, "");
		return EXIT_YES;
	}
	if (first >= 0 && first != argc)
		sayf(stderr, "cordon: doctor takes no arguments; it looks at the whole host\n");
	else if (first >= 0 && geteuid() != 0)
		sayf(stderr, "cordon: doctor has to read what only root can; run it as root\n");
	if (first < 0 || first != argc || geteuid() != 0)
		return EXIT_USAGE;
	if (o.record)
		return record();
	examine(&d);
	if (o.json)
		print_json(&d);
	else
		print_report(&d);
	if (o.log)
		write_log(&d);
	healthy = d.count[LEVEL_DANGER] + d.count[LEVEL_BROKEN] == 0;
	free(d.list);
	services_free(&d.reached);
	record_free(&d.record);
	return healthy ? EXIT_YES : EXIT_NO;
}
