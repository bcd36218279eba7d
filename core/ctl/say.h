/* SPDX-License-Identifier: Apache-2.0 */
/* say.h - everything that the tools write for people */
#ifndef CORDON_CTL_SAY_H
#define CORDON_CTL_SAY_H

#include <getopt.h>
#include <stdio.h>

/**
 * sayf - as fprintf(3), with every string argument made fit for a terminal by text_plain()
 * @fmt: of its conversions d i u x o c f s and %%, with flags, width, precision and l ll z
 *
 * The newlines of @fmt are lines; those of an argument are not. JSON, and a rule that is written to a
 * file, are quoted in their own ways and don't come here. Like the output of most tools it is not
 * looked at whether anybody can read it.
 */
void sayf(FILE *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * next_option - as getopt_long(3), which would write the argument itself as it is
 *
 * Return: as that; of an option that is none, or lacks its argument, '?' after it has been said.
 */
int next_option(int argc, char **argv, const char *letters, const struct option *options);

#endif
