/* SPDX-License-Identifier: Apache-2.0 */
/* bus.c - asks systemd by D-Bus, see org.freedesktop.systemd1(5) */
#include "scope/scope.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SYSTEMD	     "org.freedesktop.systemd1"
#define MANAGER	     SYSTEMD ".Manager"
#define MANAGER_PATH "/org/freedesktop/systemd1"

/* ---- the connection ---- */

static int connect_private(sd_bus **ret)
{
	sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);

	if (r >= 0)
		r = sd_bus_set_address(bus, "unix:path=/run/systemd/private");
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r < 0)
		sd_bus_unref(bus);
	else
		*ret = bus;
	return r < 0 ? r : 0;
}

static uint64_t left(const struct scope *s)
{
	struct timespec now;
	uint64_t usec;

	if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
		return 0;
	usec = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	return usec < s->deadline ? s->deadline - usec : 0;
}

/* "257.13-1~deb13u1" or "v257" */
static int ask_version(struct scope *s)
{
	sd_bus_error e = SD_BUS_ERROR_NULL;
	char *text = NULL;
	int r = sd_bus_get_property_string(s->bus, SYSTEMD, MANAGER_PATH, MANAGER, "Version", &e,
					   &text);

	if (r >= 0) {
		s->version = (unsigned)strtoul(text + (text[0] == 'v'), NULL, 10);
		free(text);
	} else {
		r = scope_fail(s, r, "systemd does not answer: %s; see 'systemctl status'",
			       e.message != NULL ? e.message : strerror(-r));
	}
	sd_bus_error_free(&e);
	return r < 0 ? r : 0;
}

int bus_open(struct scope *s)
{
	int r = connect_private(&s->bus);

	s->private = r == 0;
	if (r < 0)
		r = sd_bus_open_system(&s->bus);
	if (r < 0)
		return scope_fail(s, r, "systemd cannot be reached: %s; see 'systemctl status dbus'",
				  strerror(-r));
	r = sd_bus_set_method_call_timeout(s->bus, left(s));
	if (r < 0)
		return scope_fail(s, r, "systemd cannot be asked: %s", strerror(-r));
	return ask_version(s);
}

/* ---- units ---- */

/* Calls @m. Return: 0 with the reply at @ret; -errno with an answer that says @what failed. */
static int call(struct scope *s, sd_bus_message *m, const char *what, const char *unit,
		sd_bus_message **ret)
{
	sd_bus_error e = SD_BUS_ERROR_NULL;
	int r = sd_bus_call(s->bus, m, left(s), &e, ret);

	if (r < 0)
		r = scope_fail(s, r, "systemd does not %s %s: %s; see 'journalctl -b _PID=1'", what,
			       unit, e.message != NULL ? e.message : strerror(-r));
	sd_bus_error_free(&e);
	return r < 0 ? r : 0;
}

static int new_call(struct scope *s, sd_bus_message **ret, const char *method)
{
	int r = sd_bus_message_new_method_call(s->bus, ret, SYSTEMD, MANAGER_PATH, MANAGER, method);

	return r < 0 ? scope_fail(s, r, "systemd cannot be asked: %s", strerror(-r)) : 0;
}

/* The object of a unit that is loaded. */
static int unit_path(struct scope *s, const char *unit, char *ret, size_t size)
{
	sd_bus_error e = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	const char *path;
	int r = sd_bus_call_method(s->bus, SYSTEMD, MANAGER_PATH, MANAGER, "GetUnit", &e, &reply,
				   "s", unit);

	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &path);
	if (r >= 0)
		r = snprintf(ret, size, "%s", path) < (int)size ? 0 : -ENAMETOOLONG;
	sd_bus_message_unref(reply);
	sd_bus_error_free(&e);
	return r < 0 ? r : 0;
}

bool bus_loaded(struct scope *s, const char *unit)
{
	char path[512];

	return unit_path(s, unit, path, sizeof path) == 0;
}

int bus_group(struct scope *s)
{
	const char *name = s->request->name;
	sd_bus_error e = SD_BUS_ERROR_NULL;
	char path[512], *group = NULL;
	int r = unit_path(s, name, path, sizeof path);

	if (r == 0)
		r = sd_bus_get_property_string(s->bus, SYSTEMD, path, SYSTEMD ".Scope",
					       "ControlGroup", &e, &group);
	if (r >= 0 && (group[0] != '/' || snprintf(s->answer->path, sizeof s->answer->path, "%s",
						   group) >= (int)sizeof s->answer->path))
		r = -ENOENT;
	free(group);
	if (r < 0)
		r = scope_fail(
			s, r,
			"systemd does not name the control group of %s: %s; see 'systemctl status %s'",
			name, e.message != NULL ? e.message : strerror(-r), name);
	sd_bus_error_free(&e);
	return r < 0 ? r : 0;
}

/* ---- starting the scope ---- */

/* The scope's own properties; SIGKILL, since a stop of the unit must not wait for the session. */
static int put_scope(struct scope *s, sd_bus_message *m, uint32_t pid)
{
	const struct group_request *q = s->request;
	int r = sd_bus_message_open_container(m, 'a', "(sv)");

	if (r >= 0)
		r = sd_bus_message_append(m, "(sv)(sv)(sv)(sv)(sv)(sv)", "Description", "s",
					  q->description, "Slice", "s", q->slice, "Delegate", "b",
					  1, "CollectMode", "s", "inactive-or-failed", "KillSignal",
					  "i", SIGKILL, "PIDs", "au", 1, pid);
	/*
	 * systemd writes memory.oom.group by this, and writes it again when it reloads: a value of our own
	 * would be lost then. Earlier versions have no such property of scopes.
	 */
	if (r >= 0 && s->version >= 253)
		r = sd_bus_message_append(m, "(sv)", "OOMPolicy", "s",
					  q->together ? "kill" : "continue");
	if (r >= 0)
		r = put_limits(m, &q->limits, false);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* The slice that is started with the scope, and ends with its last scope. */
static int put_slice(struct scope *s, sd_bus_message *m, bool slice_too)
{
	int r = sd_bus_message_open_container(m, 'a', "(sa(sv))");

	if (r >= 0 && slice_too) {
		r = sd_bus_message_open_container(m, 'r', "sa(sv)");
		if (r >= 0)
			r = sd_bus_message_append(m, "s", s->request->slice);
		if (r >= 0)
			r = sd_bus_message_open_container(m, 'a', "(sv)");
		if (r >= 0)
			r = sd_bus_message_append(m, "(sv)(sv)(sv)", "Description", "s",
						  "cordon sessions of one account",
						  "StopWhenUnneeded", "b", 1, "CollectMode", "s",
						  "inactive-or-failed");
		if (r >= 0)
			r = put_limits(m, &s->request->limits, false);
		if (r >= 0)
			r = sd_bus_message_close_container(m);
		if (r >= 0)
			r = sd_bus_message_close_container(m);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* A job that we wait for; @result is "" until it is over. */
struct job {
	char path[256], result[32];
};

static int job_removed(sd_bus_message *m, void *arg, sd_bus_error *e)
{
	struct job *job = arg;
	const char *path, *unit, *result;
	uint32_t id;

	(void)e;
	if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) >= 0 &&
	    strcmp(path, job->path) == 0)
		(void)snprintf(job->result, sizeof job->result, "%s", result); /* fits */
	return 0;
}

static int await_job(struct scope *s, struct job *job)
{
	const char *name = s->request->name;

	while (job->result[0] == '\0') {
		const uint64_t usec = left(s);
		int r = usec == 0 ? -ETIMEDOUT : sd_bus_process(s->bus, NULL);

		if (r == 0)
			r = sd_bus_wait(s->bus, usec);
		if (r < 0 && r != -EINTR)
			return scope_fail(s, r,
					  "systemd did not start %s: %s; see 'systemctl list-jobs'",
					  name,
					  r == -ETIMEDOUT ? "no answer in time" : strerror(-r));
	}
	if (strcmp(job->result, "done") != 0)
		return scope_fail(s, -ECANCELED,
				  "systemd did not start %s: %s; see 'journalctl -u %s'", name,
				  job->result, name);
	return 0;
}

/* Return: 0 with the job; -errno with an answer. */
static int start(struct scope *s, uint32_t pid, bool slice_too, struct job *ret)
{
	sd_bus_message *m = NULL, *reply = NULL;
	const char *path;
	int r = new_call(s, &m, "StartTransientUnit");

	if (r < 0)
		return r;
	r = sd_bus_message_append(m, "ss", s->request->name, "fail");
	if (r >= 0)
		r = put_scope(s, m, pid);
	if (r >= 0)
		r = put_slice(s, m, slice_too);
	if (r >= 0)
		r = call(s, m, "start", s->request->name, &reply);
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &path);
	if (r >= 0 && snprintf(ret->path, sizeof ret->path, "%s", path) >= (int)sizeof ret->path)
		r = -ENAMETOOLONG;
	sd_bus_message_unref(reply);
	sd_bus_message_unref(m);
	return r < 0 ? scope_fail(s, r, "systemd cannot be asked: %s", strerror(-r)) : 0;
}

int bus_start(struct scope *s, uint32_t pid, bool slice_too)
{
	struct job job = { { 0 }, { 0 } };
	sd_bus_slot *slot = NULL;
	/* without a message bus, no message has a sender */
	int r = sd_bus_match_signal(s->bus, &slot, s->private ? NULL : SYSTEMD, MANAGER_PATH,
				    MANAGER, "JobRemoved", job_removed, &job);

	if (r < 0)
		return scope_fail(s, r, "systemd cannot be asked: %s", strerror(-r));
	r = start(s, pid, slice_too, &job);
	if (r == 0)
		r = await_job(s, &job);
	sd_bus_slot_unref(slot);
	return r;
}

int bus_limit_slice(struct scope *s)
{
	sd_bus_message *m = NULL, *reply = NULL;
	int r = new_call(s, &m, "SetUnitProperties");

	if (r < 0)
		return r;
	r = sd_bus_message_append(m, "sb", s->request->slice, 1); /* until the next boot */
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = put_limits(m, &s->request->limits, true);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = call(s, m, "limit", s->request->slice, &reply);
	sd_bus_message_unref(reply);
	sd_bus_message_unref(m);
	return r < 0 ? scope_fail(s, r, "systemd cannot be asked: %s", strerror(-r)) : 0;
}
