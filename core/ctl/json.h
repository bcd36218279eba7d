/* SPDX-License-Identifier: Apache-2.0 */
/* json.h - write JSON (RFC 8259); the writer places commas and brackets */
#ifndef CORDON_CTL_JSON_H
#define CORDON_CTL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { JSON_DEPTH_MAX = 8 };

/**
 * struct json - the state of the writer
 * @f:     gets the text; the caller must check it for errors
 * @more:  the next member or element needs a comma before it
 * @depth: the number of open objects and arrays, whose kinds are in @kind
 *
 * Initialize it as { .f = f }. In all functions below, @name is the name of a member of an object;
 * it is NULL in an array or at the top.
 */
struct json {
	FILE *f;
	bool more;
	unsigned depth;
	char kind[JSON_DEPTH_MAX];
};

/**
 * json_object, json_array - open an object or an array; json_end() closes the innermost one
 */
void json_object(struct json *j, const char *name);
void json_array(struct json *j, const char *name);

/**
 * json_end - close the innermost object or array; the outermost one is followed by a newline
 */
void json_end(struct json *j);

/**
 * json_string - write @value as a string; bytes that are not UTF-8 become U+FFFD
 */
void json_string(struct json *j, const char *name, const char *value);

/**
 * json_text - write @len bytes, which may contain NUL, as json_string() does
 */
void json_text(struct json *j, const char *name, const char *value, size_t len);

/**
 * json_base64 - write @len bytes as a string in base64 (RFC 4648)
 */
void json_base64(struct json *j, const char *name, const char *data, size_t len);

/**
 * json_number, json_bool, json_null - write a value of another type
 */
void json_number(struct json *j, const char *name, int64_t value);
void json_bool(struct json *j, const char *name, bool value);
void json_null(struct json *j, const char *name);

#endif
