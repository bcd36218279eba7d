/* SPDX-License-Identifier: Apache-2.0 */
/* json.h - JSON, written to stdout: RFC 8259 */
#ifndef CORDON_CTL_JSON_H
#define CORDON_CTL_JSON_H

/**
 * json_string - @s as a string; bytes that are not UTF-8 become U+FFFD
 */
void json_string(const char *s);

/**
 * json_field - "name":"value" and, verbatim, @after
 */
void json_field(const char *name, const char *value, const char *after);

#endif
