/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why_attach.c - trace the programs of a running session for some time, as strace -p does
 *
 * A process of its own traces. When it ends, for whatever reason, the kernel lets all programs go, and
 * they run on.
 */
#include "ctl/ctl.h"
#include "ctl/run/why.h"
#include "ctl/show/show.h"

#include "policy/account/resolve.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool same_file(const char *path, uint32_t ino)
{
	struct stat st;

	return stat(path, &st) == 0 && (uint32_t)st.st_ino == ino;
}

/* A program of the session is in its user and mount namespaces; init is not to be stopped. */
static bool is_program(const struct got *got, pid_t pid)
{
	const struct ns_ids *ns = &got->state.ns;
	char path[64];

	if ((uint32_t)pid == got->state.state.init)
		return false;
	(void)snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)pid); /* fits */
	if (!same_file(path, ns->ino[NS_MNT]))
		return false;
	(void)snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)pid); /* fits */
	return same_file(path, ns->ino[NS_PID]);
}

static unsigned threads_add(struct why *w, pid_t pid)
{
	const struct dirent *e;
	unsigned n = 0;
	char path[64];
	DIR *d;

	(void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid); /* fits */
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (isdigit((unsigned char)e->d_name[0]) &&
		    why_add(w, (pid_t)strtol(e->d_name, NULL, 10)) == 0)
			n++;
	if (d != NULL)
		(void)closedir(d); /* only read */
	return n;
}

static unsigned programs_add(struct why *w, const struct got *got)
{
	DIR *d = opendir("/proc");
	const struct dirent *e;
	unsigned n = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		const pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (isdigit((unsigned char)e->d_name[0]) && is_program(got, pid))
			n += threads_add(w, pid);
	}
	if (d != NULL)
		(void)closedir(d); /* only read */
	return n;
}

static int attached(struct why *w, const struct got *got, uint64_t usec)
{
	struct refusal *list = calloc(WHY_MAX, sizeof *list);

	if (list == NULL)
		return EXIT_SYSTEM;
	w->list = list;
	w->begun = true;
	if (programs_add(w, got) == 0) {
		sayf(stderr, "cordon: no program of the session can be traced\n");
		return EXIT_SYSTEM;
	}
	why_watch(w, usec);
	why_print(w);
	for (size_t i = 0; i < w->n; i++)
		if (w->list[i].cordon)
			return EXIT_YES;
	return EXIT_NO;
}

int why_attach(const char *id, uint64_t usec)
{
	static struct facts facts; /* large */
	static struct got got;
	struct why w = { .privileged = true };
	struct decision d = { .verdict = VERDICT_DENY };
	struct policy_paths paths;
	struct err e = { 0 };
	char text[1024];
	int code = EXIT_SYSTEM;

	policy_paths_default(&paths);
	if (session_get(id, &got) < 0)
		return EXIT_USAGE;
	if (facts_resolve(&got.state.login, &facts, &e) < 0 ||
	    policy_decide(&paths, &facts, &d) < 0 || d.verdict != VERDICT_CONFINE ||
	    strcmp(d.rule, got.state.text) != 0) {
		sayf(stderr,
		     "cordon: the rule of the session, %s, no longer decides about its user%s%s\n",
		     got.state.text, e.code != 0 ? ": " : "",
		     e.code != 0 ? err_text(&e, text, sizeof text) : "");
	} else {
		w.set = &d.settings;
		w.plan = got.plan;
		w.facts = &facts;
		code = attached(&w, &got, usec);
	}
	decision_free(&d);
	session_put(&got);
	return code;
}
