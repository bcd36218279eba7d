/* SPDX-License-Identifier: Apache-2.0 */
/* export.c - the sessions as JSON and for Prometheus: both formats are stable, see cordon(1) */
#include "ctl/sessions/sessions.h"

#include "ctl/json.h"

#include <inttypes.h>
#include <string.h>

static void write_row(struct json *j, const struct session_row *row)
{
	const struct wire_state *s = &row->state;
	const bool used = row->answers && (s->flags & WIRE_STATE_USED) != 0;

	json_object(j, NULL);
	json_string(j, "id", row->id);
	json_string(j, "user", row->user);
	json_number(j, "uid", row->uid);
	json_bool(j, "answers", row->answers);
	if (row->answers) {
		json_string(j, "service", row->login.service);
		json_string(j, "rhost", row->login.rhost);
		json_string(j, "tty", row->login.tty);
		json_string(j, "rule", row->rule);
		if (s->place[0] != '\0')
			json_string(j, "place", s->place);
		json_number(j, "since_usec", s->since);
		json_number(j, "init", s->init);
		json_number(j, "logins", s->logins);
		json_bool(j, "outlives_logins", (s->flags & WIRE_STATE_PLACE) != 0);
		json_bool(j, "ending", (s->flags & WIRE_STATE_ENDING) != 0);
	}
	if (used) {
		json_number(j, "processes", (int64_t)s->processes);
		json_bool(j, "more_processes", (s->flags & WIRE_STATE_MORE) != 0);
		json_number(j, "memory_bytes", (int64_t)s->memory);
		json_number(j, "cpu_usec", (int64_t)s->cpu_usec);
		json_string(j, "measured_by", s->flags & WIRE_STATE_GROUP ? "cgroup" : "processes");
	}
	json_end(j);
}

void sessions_json(const struct sessions *s, FILE *f)
{
	struct json j = { .f = f };

	json_object(&j, NULL);
	json_number(&j, "version", 1);
	json_array(&j, "sessions");
	for (size_t i = 0; i < s->n; i++)
		write_row(&j, &s->row[i]);
	json_end(&j);
	json_end(&j);
}

static void label(FILE *f, const char *name, const char *value)
{
	(void)fprintf(f, "%s=\"", name);
	for (; *value != '\0'; value++) {
		const unsigned char c = (unsigned char)*value;

		if (c == '\\' || c == '"')
			(void)fprintf(f, "\\%c", c);
		else if (c == '\n')
			(void)fprintf(f, "\\n");
		else /* the format is UTF-8, and user names that are not are rare */
			(void)fputc(c < 0x20 || c >= 0x7f ? '?' : c, f);
	}
	(void)fprintf(f, "\"");
}

static void labels(FILE *f, const struct session_row *row)
{
	(void)fprintf(f, "{");
	label(f, "session", row->id);
	(void)fprintf(f, ",");
	label(f, "user", row->user);
	(void)fprintf(f, ",");
	label(f, "service", row->login.service);
	(void)fprintf(f, ",");
	label(f, "rule", row->rule);
	(void)fprintf(f, "}");
}

static void head(FILE *f, const char *name, const char *type, const char *help)
{
	(void)fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

enum metric { METRIC_START, METRIC_PROCESSES, METRIC_MEMORY, METRIC_CPU };

static void value(FILE *f, enum metric metric, const struct wire_state *s)
{
	switch (metric) {
	case METRIC_START:
		(void)fprintf(f, " %.3f\n", (double)s->since / 1000000);
		break;
	case METRIC_PROCESSES:
		(void)fprintf(f, " %" PRIu64 "\n", s->processes);
		break;
	case METRIC_MEMORY:
		(void)fprintf(f, " %" PRIu64 "\n", s->memory);
		break;
	case METRIC_CPU:
		(void)fprintf(f, " %.6f\n", (double)s->cpu_usec / 1000000);
		break;
	}
}

void sessions_metrics(const struct sessions *s, FILE *f)
{
	static const struct {
		const char *name, *help;
	} metrics[] = {
		[METRIC_START] = { "cordon_session_start_time_seconds",
				   "When the login was opened, in seconds since the epoch." },
		[METRIC_PROCESSES] = { "cordon_session_processes", "Processes of the session." },
		[METRIC_MEMORY] = { "cordon_session_memory_bytes", "Memory that the session uses." },
		[METRIC_CPU] = { "cordon_session_cpu_seconds",
				 "Processor time that the session has used." },
	};
	size_t silent = 0;

	for (size_t i = 0; i < s->n; i++)
		silent += !s->row[i].answers;
	head(f, "cordon_sessions", "gauge", "Logins of confined sessions that run now.");
	(void)fprintf(f, "cordon_sessions %zu\n", s->n);
	head(f, "cordon_sessions_not_answering", "gauge", "Those whose keeper does not answer.");
	(void)fprintf(f, "cordon_sessions_not_answering %zu\n", silent);
	for (size_t m = 0; m < sizeof metrics / sizeof metrics[0]; m++) {
		head(f, metrics[m].name, "gauge", metrics[m].help);
		for (size_t i = 0; i < s->n; i++) {
			const struct session_row *row = &s->row[i];

			if (!row->answers ||
			    (m != METRIC_START &&
			     (!(row->state.flags & WIRE_STATE_USED) || !session_is_first(s, i))))
				continue;
			(void)fputs(metrics[m].name, f);
			labels(f, row);
			value(f, (enum metric)m, &row->state);
		}
	}
}
