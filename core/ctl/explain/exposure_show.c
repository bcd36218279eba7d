/* SPDX-License-Identifier: Apache-2.0 */
/* exposure_show.c - see exposure.h: print the table, as text or JSON */
#include "ctl/explain/exposure.h"

#include "ctl/explain/diff.h"

#include <stdlib.h>
#include <string.h>

/* Words for a sum in hundredths: the first row whose limit the sum does not exceed. */
static const struct {
	unsigned limit;
	const char *word;
	enum style style;
} words[] = {
	{ 300, "OK", STYLE_GOOD },
	{ 500, "MEDIUM", STYLE_NOTE },
	{ 800, "EXPOSED", STYLE_BAD },
	{ UINT32_MAX, "UNSAFE", STYLE_BAD },
};

static size_t word_of(unsigned sum)
{
	size_t i = 0;

	while (sum > words[i].limit)
		i++;
	return i;
}

/* The part of a row in the sum, in hundredths, not rounded to it. */
static unsigned part(const struct exposure *e, unsigned rate)
{
	size_t n;
	const struct exposure *row = exposure_table(&n);
	unsigned weights = 0;

	for (size_t i = 0; i < n; i++)
		weights += row[i].weight;
	return (e->weight * rate * 10 + weights / 2) / weights;
}

static void text_row(const struct exposure *e, const struct settings *s)
{
	static char value[65536];
	const struct setting *row = settings_find(e->name);
	const unsigned rate = e->rate(s, row), points = part(e, rate);
	char from[2048];

	(void)settings_print(s, row, value, sizeof value); /* cut when too long */
	(void)settings_from(s, row, from, sizeof from);
	if (rate == 0)
		sayf(stdout, "   -  %s=%s\n", e->name, value);
	else
		sayf(stdout, "%u.%02u  %s=%s: %s (%s)\n", points / 100, points % 100, e->name,
		     value, e->reason, from);
}

static void text(const struct side *side, unsigned sum, bool all)
{
	const struct settings *const s = &side->d.settings;
	const size_t word = word_of(sum);
	size_t n, closed = 0;
	const struct exposure *e = exposure_table(&n);

	for (size_t i = 0; side->settled && i < n; i++) {
		const bool open = e[i].rate(s, settings_find(e[i].name)) > 0;

		closed += open ? 0 : 1;
		if (open || all)
			text_row(&e[i], s);
	}
	if (side->settled && !all)
		sayf(stdout, "%zu settings leave nothing open; --all shows them\n", closed);
	sayf(stdout, "%s: ", side->name);
	if (!side->settled)
		sayf(stdout, "%s (%s): ", side->verdict, side->why);
	sayf(stdout, "exposure %u.%u ", sum / 100, sum % 100 / 10);
	say_style(stdout, words[word].style);
	sayf(stdout, "%s", words[word].word);
	say_style(stdout, STYLE_PLAIN);
	sayf(stdout, "\n");
}

static void json(struct json *j, const struct side *side, unsigned sum)
{
	static char value[65536];
	const struct settings *const s = &side->d.settings;
	size_t n;
	const struct exposure *e = exposure_table(&n);

	json_object(j, NULL);
	json_string(j, "name", side->name);
	json_string(j, "verdict", side->verdict);
	json_string(j, "why", side->why);
	json_number(j, "hundredths", sum);
	json_string(j, "word", words[word_of(sum)].word);
	json_array(j, "settings");
	for (size_t i = 0; side->settled && i < n; i++) {
		const struct setting *row = settings_find(e[i].name);
		const unsigned rate = e[i].rate(s, row);
		char from[2048];

		json_object(j, NULL);
		json_string(j, "name", e[i].name);
		json_string(j, "value", settings_print(s, row, value, sizeof value));
		json_string(j, "from", settings_from(s, row, from, sizeof from));
		json_number(j, "weight", e[i].weight);
		json_number(j, "rate", rate);
		json_number(j, "hundredths", part(&e[i], rate));
		json_string(j, "open", rate > 0 ? e[i].reason : "");
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

/* "4" or "4.5", in hundredths. */
static bool threshold_of(const char *given, unsigned *ret)
{
	char *end;
	const double v = strtod(given, &end);

	if (end == given || *end != '\0' || !(v >= 0 && v <= 10))
		return false;
	*ret = (unsigned)(v * 100 + 0.5);
	return true;
}

int exposure_main(struct explain *x)
{
	static struct side side; /* large */
	struct rule rule = { 0 };
	unsigned threshold = 1000, sum = 0;
	int r;

	if (x->o.threshold != NULL && !threshold_of(x->o.threshold, &threshold)) {
		sayf(stderr,
		     "cordon: --threshold: invalid number '%s'; write a number from 0 to 10\n",
		     x->o.threshold);
		return EXIT_USAGE;
	}
	r = side_find(x, x->sides[0], &rule, &side);
	if (r == EXIT_YES) {
		/* who is refused can do nothing, and who is left alone everything */
		if (side.settled)
			sum = exposure_sum(&side.d.settings);
		else if (strcmp(side.verdict, "refused") != 0)
			sum = 1000;
		if (x->o.json)
			json(&x->json, &side, sum);
		else
			text(&side, sum, x->o.all);
		/* as it is printed, with one digit */
		r = sum - sum % 10 > threshold ? EXIT_NO : EXIT_YES;
	}
	side_free(&side);
	rule_free(&rule);
	return r;
}
