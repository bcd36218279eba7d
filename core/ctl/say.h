/* SPDX-License-Identifier: Apache-2.0 */
/* say.h - everything that the tools write for people */
#ifndef CORDON_CTL_SAY_H
#define CORDON_CTL_SAY_H

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

/**
 * sayf - as fprintf(3), with every string argument made fit for a terminal by text_plain()
 * @fmt: of its conversions d i u x o c f s and %%, with flags, width, precision and l ll z
 *
 * The newlines of @fmt are lines; those of an argument are not. JSON, and a rule that is written to a
 * file, are quoted in their own ways and do not come here. Like the output of most tools it is not
 * looked at whether anybody can read it.
 */
void sayf(FILE *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What a piece of text is, for a terminal that has colors. */
enum style { STYLE_PLAIN = 0, STYLE_NAME, STYLE_GOOD, STYLE_BAD, STYLE_NOTE, STYLE_MINOR };

/**
 * say_columns - does @f get aligned columns: is it a terminal
 */
bool say_columns(FILE *f);

/**
 * say_style - from here on, write to @f in @style
 *
 * Writes nothing unless @f is a terminal with colors and the user has not set NO_COLOR; see
 * https://no-color.org. End each piece with STYLE_PLAIN.
 */
void say_style(FILE *f, enum style style);

/**
 * next_option - as getopt_long(3), which would write the argument itself as it is
 *
 * @argv: the first one is the name of the command, for messages
 *
 * Return: as that; of an option that is none, or lacks its argument, '?' after it has been said.
 */
int next_option(int argc, char **argv, const char *letters, const struct option *options);

#endif
