/* SPDX-License-Identifier: Apache-2.0 */
/* json.h - a writer of JSON (RFC 8259) that owns its commas and brackets */
#ifndef CORDON_CTL_JSON_H
#define CORDON_CTL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { JSON_DEPTH_MAX = 8 };

/**
 * struct json - where the writer is
 * @f:     gets the text; its errors are the caller's to look at
 * @more:  the next member or element needs a comma before it
 * @depth: how many of @kind are open
 *
 * Starts as { .f = f }. In all functions below, @name is the name of a member of an object, and
 * NULL in an array or at the top.
 */
struct json {
	FILE *f;
	bool more;
	unsigned depth;
	char kind[JSON_DEPTH_MAX];
};

/**
 * json_object, json_array - open one; json_end() closes the innermost
 */
void json_object(struct json *j, const char *name);
void json_array(struct json *j, const char *name);

/**
 * json_end - close the innermost object or array; the outermost ends its line
 */
void json_end(struct json *j);

/**
 * json_string - @value as a string; bytes that are not UTF-8 become U+FFFD
 */
void json_string(struct json *j, const char *name, const char *value);

/**
 * json_text - as json_string(), for @len bytes that may contain NUL
 */
void json_text(struct json *j, const char *name, const char *value, size_t len);

/**
 * json_base64 - @len bytes as a string in base64 (RFC 4648)
 */
void json_base64(struct json *j, const char *name, const char *data, size_t len);

/**
 * json_number, json_bool, json_null - the other values
 */
void json_number(struct json *j, const char *name, int64_t value);
void json_bool(struct json *j, const char *name, bool value);
void json_null(struct json *j, const char *name);

#endif
