/* SPDX-License-Identifier: Apache-2.0 */
/* scope.h - cordon-scope: a control group of systemd for one session */
#ifndef CORDON_SCOPE_SCOPE_H
#define CORDON_SCOPE_SCOPE_H

#include "contract/group.h"

#include <stdbool.h>
#include <systemd/sd-bus.h>

/* The whole request. The program that asks waits a little longer. */
enum { SCOPE_SEC = 12 };

/**
 * struct scope - a request while it is answered
 * @deadline: CLOCK_MONOTONIC, microseconds
 * @version:  of systemd
 * @private:  @bus is the connection to systemd alone, without a message bus between
 * @lock:     held while a slice of an account is looked at; -1: not needed
 */
struct scope {
	const struct group_request *request;
	struct group_answer *answer;
	sd_bus *bus;
	uint64_t deadline;
	unsigned version;
	bool private;
	int lock;
};

/**
 * scope_fail - make the answer an error
 * @fmt: "problem; remedy"
 *
 * The first error stays.
 * Return: @code.
 */
int scope_fail(struct scope *s, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* bus.c: systemd by D-Bus */

/**
 * bus_open - connect to systemd and ask for its version
 *
 * The socket of systemd itself is used where it exists, so that no message bus has to run.
 * Return: 0; -errno with an answer.
 */
int bus_open(struct scope *s);

/**
 * bus_loaded - tell if systemd knows a unit
 */
bool bus_loaded(struct scope *s, const char *unit);

/**
 * bus_start - start the scope with @pid in it, and wait until systemd has done so
 * @slice_too: the slice of the account is made as well
 *
 * Return: 0; -errno with an answer.
 */
int bus_start(struct scope *s, uint32_t pid, bool slice_too);

/**
 * bus_limit_slice - give the slice of the account exactly the limits of the request
 *
 * Return: 0; -errno with an answer.
 */
int bus_limit_slice(struct scope *s);

/**
 * bus_group - put the control group of the scope into the answer
 *
 * Return: 0; -errno with an answer.
 */
int bus_group(struct scope *s);

/* properties.c: the limits as properties of a unit */

/**
 * put_limits - append the limits to a message
 * @all: also those that are not given, with systemd's defaults
 *
 * Return: 0; -errno of sd_bus_message_append(3).
 */
int put_limits(sd_bus_message *m, const struct group_limits *l, bool all);

#endif
