/* SPDX-License-Identifier: Apache-2.0 */
/* show.c - cordon show: what the kernel enforces in a session now, read back from outside */
#include "ctl/show/show.h"

#include "ctl/ctl.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/**
 * struct show_options - the command line; options/show.def says which option fills which member
 */
struct show_options {
	bool proof, all, json, help;
};

/*
 * A process that cordonsh has not confined yet, or a mount that the keeper is putting back, differs for a
 * moment. What stays is a difference.
 */
enum { TRIES = 20, PAUSE_MS = 100 };

static void result_free(struct show_result *r)
{
	groups_free(&r->groups);
	view_free(&r->view);
	found_free(&r->found);
}

static void read_once(const struct shown *s, struct show_result *ret)
{
	int r = groups_read(s, &ret->groups, &ret->found);

	if (r < 0)
		found_add(&ret->found, FOUND_UNREAD, "processes could not be read: %s",
			  strerror(-r));
	r = view_read(s, &ret->view, &ret->found);
	if (r < 0)
		found_add(&ret->found, FOUND_UNREAD, "view could not be read: %s", strerror(-r));
	group_look(s, &ret->found);
}

static bool all_well(const struct show_result *r)
{
	return found_count(&r->found, FOUND_DIFFERENT) + found_count(&r->found, FOUND_UNREAD) == 0 &&
	       !r->found.failed;
}

static void read_all(const struct shown *s, struct show_result *ret)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };

	for (unsigned tries = 0;; tries++) {
		read_once(s, ret);
		if (all_well(ret) || tries == TRIES - 1)
			return;
		result_free(ret);
		(void)nanosleep(&pause, NULL); /* a shorter pause does no harm */
	}
}

/* The exit code of --proof; what could not be told is never fine. */
static int proof_code(const struct show_result *r)
{
	if (found_count(&r->found, FOUND_DIFFERENT) > 0)
		return EXIT_NO;
	return all_well(r) ? EXIT_YES : EXIT_USAGE;
}

static int show(const struct got *got, const struct show_options *o)
{
	struct show_result result = { .got = got };
	struct shown s;
	int code, r = session_shown(got, &s);

	if (r < 0) {
		sayf(stderr, "cordon: session %s: %s\n", got->state.session,
		     r == -ESRCH ? "it has just ended" :
		     r == -EXDEV ? "init is in other namespaces than those that the keeper made" :
				   strerror(-r));
		return r == -EXDEV ? EXIT_NO : o->proof ? EXIT_USAGE : EXIT_SYSTEM;
	}
	result.shown = &s;
	read_all(&s, &result);
	if (o->json)
		show_print_json(&result);
	else
		show_print(&result, o->all);
	code = o->proof ? proof_code(&result) : EXIT_YES;
	result_free(&result);
	shown_close(&s);
	return code;
}

int show_main(int argc, char **argv)
{
	static const struct option_row rows[] = {
#define OPTION(name, argument, member, help) \
	OPTION_ROW(struct show_options, name, argument, member, help),
#include "ctl/options/show.def"
#undef OPTION
	};
	const size_t n = sizeof rows / sizeof rows[0];
	struct show_options o = { .proof = false };
	const int first = options_parse(rows, n, &o, "", argc, argv);
	static struct got got; /* large */
	int code, r;

	if (first >= 0 && o.help) {
		ctl_help("show", rows, n, "");
		return EXIT_YES;
	}
	if (first < 0)
		return EXIT_USAGE;
	if (first != argc - 1) {
		sayf(stderr, "cordon: show requires one session; write 'cordon show ID'\n");
		return EXIT_USAGE;
	}
	r = session_get(argv[first], &got);
	if (r < 0)
		return r == -ENOENT || o.proof ? EXIT_USAGE : r == -EPERM ? EXIT_NO : EXIT_SYSTEM;
	code = show(&got, &o);
	session_put(&got);
	return code;
}
