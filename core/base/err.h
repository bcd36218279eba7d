/* SPDX-License-Identifier: Apache-2.0 */
/* err.h - one error: where, what is wrong, what to do */
#ifndef CORDON_BASE_ERR_H
#define CORDON_BASE_ERR_H

#include <stddef.h>

/**
 * struct err - why something was refused
 * @code: a negative errno, 0 while nothing failed
 * @line: line in @file, 0 when the error belongs to no line
 * @file: the file the error speaks of, "" when none
 * @msg:  "what is wrong; what to do", one line, no full stop
 *
 * Owned by the caller, of fixed size, so that reporting can never fail.
 */
struct err {
	int code;
	unsigned line;
	char file[256];
	char msg[512];
};

/**
 * err_set - fill @e, keeping nothing of what it held
 * @e:    may be NULL: then only the code is returned
 * @code: negative errno
 * @fmt:  printf(3) format of the message
 *
 * Return: @code, so that "return err_set(...)" reads as what it does.
 */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/**
 * err_at - as err_set(), with the place in a file
 * @file: NULL for none: a default was written nowhere
 */
int err_at(struct err *e, const char *file, unsigned line, int code, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/**
 * err_text - "file:line: message" of @e in @buf, fit for a terminal: see text_plain()
 *
 * Return: @buf, always terminated.
 */
const char *err_text(const struct err *e, char *buf, size_t size);

/**
 * err_name - "EPERM" for EPERM
 *
 * Return: a name of errno(3); "?" for a number that has none.
 */
const char *err_name(int err);

#endif
