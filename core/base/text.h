/* text.h - a number in a text, where stdio must not be used: between clone and exec */
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
 * Return:  the length; 0, and an empty text, where it doesn't fit.
 */
size_t text_number(char *buf, size_t size, const char *pattern, uint64_t number, unsigned base);

#endif
