/* SPDX-License-Identifier: Apache-2.0 */
/* text.h - texts where stdio must not be used, and texts that a terminal must not obey */
#ifndef CORDON_BASE_TEXT_H
#define CORDON_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/**
 * text_number - @pattern with @number in the place of its '#'
 * @buf:  room for @size bytes, at least 1
 * @base: 8 or 10
 *
 * Context: async-signal-safe.
 * Return:  the length; 0, and an empty text, where it does not fit.
 */
size_t text_number(char *buf, size_t size, const char *pattern, uint64_t number, unsigned base);

/**
 * text_utf8 - the length of the UTF-8 sequence at @s, which begins with a byte above 0x7f
 * @n: bytes left, at least 1
 *
 * RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF.
 * Return: bytes; 0 if it is none, or a C1 control character.
 */
size_t text_utf8(const char *s, size_t n);

/**
 * text_hidden - does a character change how its neighbours look, or is it invisible
 * @s: the sequence of UTF-8, of @len bytes, at least 2
 *
 * Return: its number; 0 for a character that shows as itself.
 */
unsigned text_hidden(const char *s, size_t len);

/**
 * text_plain - @s as a terminal or a log can be given it
 * @buf: room for @size bytes, at least 1
 * @n:   bytes of @s at most; SIZE_MAX: up to its NUL
 *
 * Control characters, what is not UTF-8, and characters that turn the direction of writing or have
 * no width are written as \xNN, byte by byte; a newline is one of them, so that a name cannot begin
 * a line of its own. Everything else stays as it is, a backslash as well.
 * This is the one place where names of files, accounts and hosts are made fit to be shown: err_text(),
 * log_event(), sayf() of the tools, and the messages of the module and cordonsh go through it.
 *
 * Context: async-signal-safe.
 * Return:  the length of @buf, always terminated, cut at a whole character when it does not fit.
 */
size_t text_plain(char *buf, size_t size, const char *s, size_t n);

/**
 * text_base - what follows the last '/' of @path: a part of it, or all of it
 */
const char *text_base(const char *path);

#endif
