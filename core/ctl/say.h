/* SPDX-License-Identifier: Apache-2.0 */
/* say.h - write text for people */
#ifndef CORDON_CTL_SAY_H
#define CORDON_CTL_SAY_H

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

/**
 * sayf - as fprintf(3), but text_plain() makes every string argument safe for a terminal
 * @fmt: allows the conversions d i u x o c f s and %%, with flags, width, precision and l ll z
 *
 * Newlines in @fmt end lines; newlines in an argument do not. JSON, and rules that are written to a
 * file, have their own quoting and do not use this function. Errors of writing are ignored, as most
 * tools do.
 */
void sayf(FILE *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The role of a piece of text, which selects its color on a terminal. */
enum style { STYLE_PLAIN = 0, STYLE_NAME, STYLE_GOOD, STYLE_BAD, STYLE_NOTE, STYLE_MINOR };

/**
 * say_columns - tell if @f is a terminal and gets aligned columns
 */
bool say_columns(FILE *f);

/**
 * say_style - write the following text to @f in @style
 *
 * Writes nothing unless @f is a terminal with colors and the user has not set NO_COLOR; see
 * https://no-color.org. End each piece with STYLE_PLAIN.
 */
void say_style(FILE *f, enum style style);

/**
 * next_option - as getopt_long(3), but with messages that are safe for a terminal
 * @argv: the first element is the name of the command, for messages
 *
 * Return: as getopt_long(3); '?' after the message about an unknown option or a missing argument.
 */
int next_option(int argc, char **argv, const char *letters, const struct option *options);

#endif
