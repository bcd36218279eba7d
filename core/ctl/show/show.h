/* SPDX-License-Identifier: Apache-2.0 */
/* show.h - read back from outside what the kernel enforces in a session, and compare it to the plan */
#ifndef CORDON_CTL_SHOW_SHOW_H
#define CORDON_CTL_SHOW_SHOW_H

#include "base/cpus.h"
#include "base/sys_ns.h"
#include "contract/plan.h"
#include "contract/wire.h"
#include "ctl/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The number of logins of one session that are read. */
enum { SHOW_LOGINS_MAX = 64 };

/**
 * struct shown - a session as it is to be
 * @proc:      O_PATH, a /proc of the host
 * @init:      O_PATH, the directory of init in @proc, which is bound to that process
 * @init_pid:  its number in @proc
 * @root:      O_PATH, the root of the session view
 * @plan:      the session's part of the plan
 * @logins:    the parts of its @n_logins logins; at least one
 * @host:      the namespaces of the host, which the session has where it has none of its own
 * @ns:        the namespaces of init
 * @caller_ns: the inode number of the caller view's mount namespace; 0: not known
 */
struct shown {
	int proc, init, root;
	pid_t init_pid;
	const struct plan *plan;
	const struct plan_login *logins[SHOW_LOGINS_MAX];
	unsigned n_logins;
	struct ns_ids host, ns;
	uint32_t caller_ns;
};

/**
 * shown_open - fill @proc, @init, @init_pid, @root and @ns of @s from a pidfd of init
 * @pidfd: of init; stays the caller's
 *
 * The caller fills the other members, and ends with shown_close().
 * Return: 0; -ESRCH: init has ended; another -errno.
 */
int shown_open(int pidfd, struct shown *s);

/**
 * shown_close - close the descriptors of shown_open()
 */
void shown_close(struct shown *s);

/* ---- get.c: the session of an id ---- */

/**
 * struct got - what the keeper hands out of a session
 * @keeper: its socket
 * @state:  what the keeper says of the login
 * @fds:    of WIRE_HANDLES
 * @plan, @login: the plan, mapped
 * @others:       the plans of the @n_others other logins of the session, mapped
 */
struct got {
	int keeper;
	struct wire_msg state;
	int fds[WIRE_FDS_MAX];
	const struct plan *plan;
	const struct plan_login *login;
	struct other_login {
		const struct plan *plan;
		const struct plan_login *login;
	} others[SHOW_LOGINS_MAX - 1];
	unsigned n_others;
};

/**
 * session_get - find the session with the login @id, and ask its keeper for what it holds
 * @id: the id of a login, or the beginning of one id only
 *
 * Context: root.
 * Return: 0, and the caller must call session_put(); -errno, after a message on stderr.
 */
int session_get(const char *id, struct got *ret);

/**
 * session_put - give back what session_get() has filled
 */
void session_put(struct got *g);

/**
 * session_shown - fill @ret from @g; ends with shown_close()
 *
 * Return: 0; -ESRCH: the session has ended; another -errno.
 */
int session_shown(const struct got *g, struct shown *ret);

/* ---- found.c: what is found ---- */

/**
 * enum found_kind - how it is about something that was read
 * @FOUND_DIFFERENT: it is not as the plan has it
 * @FOUND_UNREAD:    it could not be read
 * @FOUND_NOTE:      it is as the plan has it, and worth a word
 */
enum found_kind { FOUND_DIFFERENT = 0, FOUND_UNREAD, FOUND_NOTE };

/**
 * struct found - all that was found
 * @failed: memory ran out, so that something is missing
 */
struct found {
	struct found_row {
		enum found_kind kind;
		char *text;
	} * rows;
	size_t n;
	bool failed;
};

/**
 * found_add - add a line
 */
void found_add(struct found *f, enum found_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * found_count - the number of lines of @kind
 */
size_t found_count(const struct found *f, enum found_kind kind);

/**
 * found_free - give back all lines; @f is empty afterwards
 */
void found_free(struct found *f);

/* ---- process.c: the processes ---- */

enum { SHOW_LIMITS = 16 };

/**
 * enum show_role - what a process is to the session
 * @ROLE_FOREIGN: it is in some namespaces of the session and not in others
 * @ROLE_INIT:    PID 1 of the session
 * @ROLE_SESSION: a program of the session
 * @ROLE_NESTED:  the same, in a user namespace that the session has made
 * @ROLE_SERVICE: a process of the PAM application, in the caller view
 */
enum show_role { ROLE_FOREIGN = 0, ROLE_INIT, ROLE_SESSION, ROLE_NESTED, ROLE_SERVICE };

/* The five sets of capabilities in the order of proc_pid_status(5). */
enum show_caps {
	CAPS_INHERITABLE = 0,
	CAPS_PERMITTED,
	CAPS_EFFECTIVE,
	CAPS_BOUNDING,
	CAPS_AMBIENT
};
enum { SHOW_CAPS = CAPS_AMBIENT + 1 };

/**
 * struct show_state - what the kernel enforces for one thread; equal states have equal bytes
 * @uid, @gid: real, effective, saved, of the file system; as the host names them
 * @groups:    whether all supplementary groups are the account's: 1; 0: @group is not
 * @seccomp:   the mode; @filters: the number of filters, -1: the kernel does not say
 * @limits:    soft and hard; UINT64_MAX: none
 * @io:        the value of ioprio_get(2); -1: could not be read
 * @cpus:      the mask of CPUs
 * @cookie:    whether it has a cookie of core scheduling; -1: the kernel has none
 * @umask:     the file mode creation mask of a service process; 0 of all others, which choose it
 * @cgroup:    the path in the cgroup v2 hierarchy; "" without one
 */
struct show_state {
	enum show_role role;
	uint32_t uid[4], gid[4];
	int32_t groups;
	uint32_t group;
	uint64_t caps[SHOW_CAPS];
	int32_t no_new_privs, seccomp, filters;
	struct ns_ids ns;
	uint64_t limits[SHOW_LIMITS][2];
	int32_t nice, policy, priority, io, oom, cookie;
	uint32_t umask;
	uint64_t cpus[CPUS_MAX / 64];
	char cgroup[256];
};

enum { SHOW_NAMES = 6, SHOW_COMM = 64 };

/**
 * struct show_group - threads in the same state
 * @threads, @processes: how many
 * @pid, @comm:          the first SHOW_NAMES processes
 * @different:           something is not as the plan has it
 */
struct show_group {
	struct show_state state;
	unsigned threads, processes;
	pid_t pid[SHOW_NAMES];
	char comm[SHOW_NAMES][SHOW_COMM];
	bool different;
};

/**
 * struct show_groups - all threads of a session
 */
struct show_groups {
	struct show_group *at;
	size_t n;
};

/**
 * groups_read - read all processes of the session, and compare them to the plan
 *
 * A process that ends meanwhile is left out.
 * Return: 0; -errno, when nothing could be read.
 */
int groups_read(const struct shown *s, struct show_groups *ret, struct found *f);

/**
 * groups_free - give back the memory of groups_read()
 */
void groups_free(struct show_groups *g);

/* ---- state.c: one thread ---- */

/**
 * state_read - read what the kernel enforces for a thread
 * @dir:  O_PATH, the directory of a process in /proc
 * @tid:  one of its threads
 * @role: and @comm (SHOW_COMM bytes) are filled, too
 *
 * Return: 0; -ESRCH: the thread has ended; another -errno: something could not be read.
 */
int state_read(const struct shown *s, int dir, pid_t tid, struct show_state *ret, char *comm);

/* ---- compare.c ---- */

/**
 * state_compare - compare the state of a thread to the plan; add a line for each difference
 * @init: the state of init, whose number of filters was there before the session's
 * @who:  names the thread in the lines
 *
 * Return: the number of differences.
 */
unsigned state_compare(const struct shown *s, const struct show_state *init,
		       const struct show_state *st, const char *who, struct found *f);

/**
 * show_limit_name - the name of a limit as a directive has it, such as LimitNOFILE
 */
const char *show_limit_name(unsigned resource);

/**
 * show_role_name - a word for a role
 */
const char *show_role_name(enum show_role role);

/* ---- group.c: the control group ---- */

/**
 * group_open - open the control group of init
 *
 * Return: a descriptor, the caller's; -ENOENT; another -errno.
 */
int group_open(pid_t init);

/**
 * group_look - compare the limits and the lists of addresses of the control group to the plan
 *
 * With Share=user, this is the group of the session alone.
 */
void group_look(const struct shown *s, struct found *f);

/* ---- table.c: mountinfo ---- */

/**
 * struct mount_row - a line of proc_pid_mountinfo(5); the strings are without escapes
 * @seen: the row has been explained
 */
struct mount_row {
	uint64_t id, parent;
	unsigned major, minor;
	const char *root, *point, *options, *shared, *type, *super;
	bool seen;
};

/**
 * struct mount_table - the lines of one mount namespace
 */
struct mount_table {
	char *text;
	struct mount_row *rows;
	size_t n;
};

/**
 * table_read - read mountinfo of the process whose directory in /proc is @dir
 *
 * Return: 0, and the caller must call table_free(); -errno.
 */
int table_read(int dir, struct mount_table *ret);

/**
 * table_free - give back the memory of table_read()
 */
void table_free(struct mount_table *t);

/**
 * table_find - the row with the number @id; NULL: there is none
 */
struct mount_row *table_find(const struct mount_table *t, uint64_t id);

/**
 * mount_has - tell if the list @options has @word
 */
bool mount_has(const char *options, const char *word);

/* ---- places.c: the view ---- */

/**
 * struct show_place - an operation of the view, and what was found at its target
 * @row:   the mount there; NULL: none is expected, or none is there
 * @state: "as planned", "skipped" or "different"
 */
struct show_place {
	const struct view_op *op;
	const struct mount_row *row;
	const char *state;
};

/**
 * struct show_view - the session view
 */
struct show_view {
	struct mount_table table, host;
	struct show_place *places;
	size_t n;
};

/**
 * view_read - read the mounts of the session view, and compare each place to the plan
 *
 * Return: 0, and the caller must call view_free(); -errno, when nothing could be read.
 */
int view_read(const struct shown *s, struct show_view *ret, struct found *f);

/**
 * view_free - give back the memory of view_read()
 */
void view_free(struct show_view *v);

/**
 * place_look - compare one operation of the view to what is at its target; see places.c
 * @host_root: O_PATH, "/" of the host
 */
void place_look(const struct shown *s, struct show_view *v, struct show_place *p, int host_root,
		struct found *f);

/**
 * others_look - look for mounts that no operation explains
 */
void others_look(const struct shown *s, struct show_view *v, int host_root, struct found *f);

/* ---- print.c ---- */

/**
 * struct show_result - all that was read of a session
 */
struct show_result {
	const struct got *got;
	const struct shown *shown;
	struct show_groups groups;
	struct show_view view;
	struct found found;
};

/**
 * show_print - print it for people
 * @all: every place and limit
 */
void show_print(const struct show_result *r, bool all);

/**
 * show_print_json - print one JSON object on standard output
 */
void show_print_json(const struct show_result *r);

#endif
