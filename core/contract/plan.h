/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - the sealed decision about a login: two flat records without pointers
 *
 * struct plan is the part of the session, which all its logins share. struct plan_login is the part
 * of one login. Each part is checked, copied and compared by itself. One sealed memfd holds the part
 * of the session and then the part of the login.
 */
#ifndef CORDON_CONTRACT_PLAN_H
#define CORDON_CONTRACT_PLAN_H

#include "contract/storage.h"

#include <stddef.h>
#include <stdint.h>

#define PLAN_MAGIC	 0x6e6f6472u
#define PLAN_LOGIN_MAGIC 0x6e67696cu
#define PLAN_VERSION	 4u
enum { PLAN_SIZE_MAX = 4 << 20 };

/**
 * struct plan_head - the first member of each part
 */
struct plan_head {
	uint32_t magic, version;
	uint32_t size;	      /* bytes of the whole part, a multiple of 8 */
	uint32_t header_size; /* bytes before the first span; differs if reader and writer do not match */
};

/**
 * struct span - @len bytes at offset @off of the part; strings include their NUL
 *
 * In a list of strings, each string follows the one before, with its NUL.
 */
struct span {
	uint32_t off, len;
};

/* Leave a limit, set it, or only lower it. Defaults only lower limits, they never raise one. */
enum { PAIR_NONE = 0, PAIR_SET, PAIR_CEILING };

struct plan_pair {
	uint64_t soft, hard; /* LIMIT_INFINITY: no limit */
	uint64_t given;	     /* PAIR_NONE: leave it as it is */
};

#define PLAN_NUM  uint64_t
#define PLAN_PAIR struct plan_pair
#define PLAN_LIST struct span

/* The settings that apply. Each row of settings.def is a member, in the part that the row names. */
struct plan_settings {
#define SETTING(Name, field, type, merge, run, part, def, help) \
	IN_SESSION(part, STORED(PLAN_, type) field;)
#include "settings.def"
#undef SETTING
};

struct plan_login_settings {
#define SETTING(Name, field, type, merge, run, part, def, help) \
	IN_LOGIN(part, STORED(PLAN_, type) field;)
#include "settings.def"
#undef SETTING
};

/*
 * Every filter of cordon answers prctl(2) of this option with this errno, and the kernel never does.
 * The answer proves that cordon's filter is active.
 */
enum { FILTER_PROBE = 0x636f7264 /* "cord" */, FILTER_PROBE_ERRNO = 130 /* EOWNERDEAD */ };

/* What a view operation does, and which members it uses. */
enum view_kind {
	VIEW_REFUSE = 0, /* never valid, so that a forgotten kind is refused */
	VIEW_DIR,	 /* make directory @target with @mode, in a file system of the view's own */
	VIEW_SYMLINK, /* make symlink @target with text @source, in a file system of the view's own */
	VIEW_BIND,    /* bind the host's @source to @target */
	VIEW_TMPFS,   /* mount a tmpfs at @target with @size_bytes, @inodes, @mode */
	VIEW_SAME,    /* bind the view's own @target onto itself with other flags */
	VIEW_EMPTY,   /* cover @target with an empty, inaccessible file or directory */
	VIEW_PROC,    /* mount proc at @target with options @source */
	VIEW_DEV, /* make a /dev at @target; devpts has options @source and at most @inodes terminals */
	VIEW_OVERLAY, /* mount an overlay at @target: lower is the host's @source, upper is a tmpfs */
	VIEW_SCRATCH, /* bind directory @source of the session's one private tmpfs to @target */
	VIEW_SYSFS,   /* mount sysfs at @target */
	VIEW_SEAL,    /* make the mount at @target read-only, but not the mounts below it */
	VIEW_CGROUP,  /* mount the hierarchy of the session's cgroup namespace at @target */
	VIEW_CHECK,   /* require that the host's @source exists; mounts nothing */
	VIEW_COPY, /* copy the host's @source, a file of root's, for the user to @target in a file system of the view's own */
	VIEW_NAMES, /* give the first @inodes terminals of the session names that are unique on the host */
	VIEW_KIND_LAST = VIEW_NAMES,
};

/*
 * The maximum number of terminals of one session with its own /dev. Their names must be unique on the host, and
 * the four bytes that identify a record in utmp(5) leave no room for more.
 */
enum { NAMED_TERMINALS = 512 };

enum view_flag {
	VIEW_READ_ONLY = 1u << 0,
	VIEW_NOEXEC = 1u << 1,
	VIEW_OPTIONAL = 1u << 2, /* skip the operation if @source or @target does not exist */
	VIEW_CREATE =
		1u << 3, /* make @target and its parents, only in a file system of the view's own */
	VIEW_CALLER_ONLY = 1u << 4, /* in the caller view, not in the session view */
	VIEW_NOT_RECURSIVE = 1u << 5,
	VIEW_IS_FILE = 1u << 6,	  /* VIEW_DIR: make an empty file instead */
	VIEW_COPY_LINK = 1u << 7, /* VIEW_BIND: if @source is a symlink of root's, copy the symlink */
	VIEW_DEVICES = 1u << 9,	  /* VIEW_BIND: device nodes work in it; VIEW_TMPFS: only to read */
	VIEW_OWNER = 1u << 8, /* VIEW_TMPFS, VIEW_DIR: the user of the session owns the directory */
	VIEW_PLACE = 1u << 10, /* VIEW_BIND: @source and @target must be the same file */
	VIEW_ROOTS =
		1u << 11, /* VIEW_BIND, VIEW_CHECK: nobody but root may be able to change @source */
	VIEW_STRICT_ATIME = 1u << 13, /* VIEW_TMPFS: each read updates the access time */
	VIEW_PLAIN = 1u << 14, /* hides nothing: it may fall off when root replaces @target */
	VIEW_EXACT = 1u << 12, /* VIEW_SAME: also clear the mount flags that are not given */
};

enum plan_flag {
	PLAN_MEMFD_NOEXEC = 1u << 0, /* the pid namespace's vm.memfd_noexec is 2 */
	PLAN_GOVERNED = 1u << 1, /* cordonsh executes commands itself, AllowCommands= or Command= */
	PLAN_NO_CAPS = 1u << 2,	 /* the session has no capability to drop, and lacks CAP_SETPCAP */
	PLAN_USER_VIEW = 1u << 3, /* the view is built in a user namespace, without the host's root */
	PLAN_NO_SUID = 1u << 4,	  /* sshd's internal-sftp must not make set-user-ID files */
	PLAN_NO_SGID = 1u << 5,	  /* the same for set-group-ID files */
	PLAN_AUDIT = 1u << 6,	  /* the kernel can write to the audit log what Landlock refuses */
	PLAN_SHARE_USER =
		1u << 7, /* the limits of the group are those of all sessions of the account */
	PLAN_FLAGS_ALL = PLAN_MEMFD_NOEXEC | PLAN_GOVERNED | PLAN_NO_CAPS | PLAN_USER_VIEW |
			 PLAN_NO_SUID | PLAN_NO_SGID | PLAN_AUDIT | PLAN_SHARE_USER,
};

struct view_op {
	uint32_t kind, flags;
	struct span source, target;
	uint64_t size_bytes, inodes;
	uint32_t mode, reserved;
};

enum hook_flag {
	HOOK_IGNORED = 1u << 0, /* a failure does not matter */
	HOOK_FLAGS_ALL = HOOK_IGNORED,
};

/**
 * struct plan_hook - a line of ExecStartPre= or ExecStopPost=
 * @argv: list: the absolute path of the program, then its arguments
 */
struct plan_hook {
	struct span argv;
	uint32_t flags, reserved;
};

/**
 * struct plan - the part of the session: views, namespaces, filter, limits
 *
 * No member depends on a single login: two logins of an account by the same rule have the same part,
 * by whichever service and at whichever terminal.
 */
struct plan {
	struct plan_head head;

	uint32_t view_uid,
		view_gid; /* ids of the account in the namespace that builds the view; user_namespaces(7) */
	struct span view_groups; /* array of uint32_t: supplementary groups for paths that root cannot read */
	struct span home;     /* the home that the view shows */
	struct span hostname; /* empty: keep the host's */
	struct span divert;   /* list: programs that cordonsh replaces in the caller view */

	uint64_t clone_flags;	      /* CLONE_NEW* of the session, without CLONE_NEWUSER */
	struct span uid_map, gid_map; /* text for /proc/PID/uid_map and gid_map; empty: no user ns */
	uint32_t last_cap;	      /* highest capability the kernel knows */
	uint32_t flags;		      /* enum plan_flag */
	uint32_t owner;		      /* uid that owns the user namespace; 0: root */
	uint32_t reserved;	      /* zero */

	struct span view;   /* array of struct view_op, in the order of execution */
	struct span filter; /* array of struct sock_filter; empty: no filter */
	struct span group;  /* one struct group_limits; empty: the session has no control group */
	struct span addresses; /* array of struct group_address; only with a group */
	struct span follow; /* list: paths of FollowMounts=, as the host and both views have them */
	struct span network;		  /* array of struct network_rule; empty: no list */
	struct span start_pre, stop_post; /* arrays of struct plan_hook, in the order of execution */

	struct plan_settings set;
};

enum plan_login_flag {
	LOGIN_SET_GROUPS =
		1u << 0, /* cordonsh must set the supplementary groups, because no PAM application has */
	LOGIN_INTERNAL_SFTP = 1u << 1, /* sshd may serve sftp itself */
	LOGIN_BY_SSHD = 1u << 2, /* the service is sshd, which executes passwd(1) in the caller view */
	LOGIN_NAMED_TERMINAL =
		1u << 3, /* an ssh server, which may allocate a terminal and record the login there */
	LOGIN_PROGRAM = 1u << 4, /* cordonsh gets a program and its arguments, not those of a shell */
	LOGIN_FLAGS_ALL = LOGIN_SET_GROUPS | LOGIN_INTERNAL_SFTP | LOGIN_BY_SSHD |
			  LOGIN_NAMED_TERMINAL | LOGIN_PROGRAM,
};

/**
 * struct plan_login - the part of one login: ids, groups, environment, command
 *
 * The service and the remote host are in struct login, which the PAM module sends to the keeper.
 */
struct plan_login {
	struct plan_head head;

	uint32_t uid, gid;  /* as seen in the session */
	uint32_t flags;	    /* enum plan_login_flag */
	uint32_t reserved;  /* zero */
	struct span groups; /* array of uint32_t, the supplementary groups, ascending */
	struct span user, home;
	struct span session; /* the id that the log gives the login, hexadecimal */
	struct span rule;    /* "file:line" for the log */
	struct span shell;   /* absolute path of the real shell */
	struct span tty;     /* the host's path of the terminal; empty: the login has no terminal */
	uint64_t until; /* when the session ends with its window of Time=, seconds since the epoch; 0: never */

	struct plan_login_settings set;
};

/**
 * plan_str - get a string of a part of the plan
 * @p: struct plan or struct plan_login
 *
 * Return: the string, NUL-terminated within @s; NULL when @s is empty or out of bounds.
 */
#define plan_str(p, s) plan_head_str(&(p)->head, s)
const char *plan_head_str(const struct plan_head *p, struct span s);

/**
 * plan_next - get the next string of a list
 * @p:  struct plan or struct plan_login
 * @at: the string before, NULL for the first one
 *
 * Return: the next string of the list, NULL at its end.
 */
#define plan_next(p, list, at) plan_head_next(&(p)->head, list, at)
const char *plan_head_next(const struct plan_head *p, struct span list, const char *at);

/**
 * plan_array - get an array of fixed-size elements of a part of the plan
 * @p:     struct plan or struct plan_login
 * @ret_n: the number of elements
 *
 * Return: the first element; NULL when empty, out of bounds, misaligned or not a whole number
 * of elements.
 */
#define plan_array(p, s, element, ret_n) plan_head_array(&(p)->head, s, element, ret_n)
const void *plan_head_array(const struct plan_head *p, struct span s, size_t element, size_t *ret_n);

/* Flag of the object of a failed step: the offset refers to struct plan_login. */
enum { PLAN_OBJECT_LOGIN = 1 << 30 };

/**
 * plan_object - get the path or name that a step failed for
 * @login:  may be NULL
 * @object: offset in @p, or in @login with PLAN_OBJECT_LOGIN; any number is safe
 *
 * Return: the string; "" if @object is no valid offset.
 */
const char *plan_object(const struct plan *p, const struct plan_login *login, uint32_t object);

struct group_limits;

/**
 * plan_group - the limits of the session's control group; NULL: it has none
 */
const struct group_limits *plan_group(const struct plan *p);

struct group_address;

/**
 * plan_addresses - the addresses that the control group allows and denies; NULL: any are allowed
 */
const struct group_address *plan_addresses(const struct plan *p, size_t *ret_n);

struct network_rule;

/**
 * plan_network - the rules of NetworkAllow= and NetworkDeny=; NULL: there are none
 */
const struct network_rule *plan_network(const struct plan *p, size_t *ret_n);

/**
 * plan_has_view - tell if the view has an operation of @kind
 */
int plan_has_view(const struct plan *p, enum view_kind kind);

/**
 * plan_check - check that the part of a session is well formed
 * @size: the number of readable bytes at @p
 *
 * Checks magic, version, sizes, every span and list, and the kind of every view operation.
 * Return: 0; -EPROTO.
 */
int plan_check(const struct plan *p, size_t size);

/**
 * plan_login_check - check the part of a login in the same way
 */
int plan_login_check(const struct plan_login *l, size_t size);

/**
 * plan_seal - make a sealed memfd with both parts
 *
 * Return: a close-on-exec descriptor that the caller owns; -errno.
 */
int plan_seal(const struct plan *p, const struct plan_login *login);

/**
 * plan_open - map the sealed plan behind @fd
 *
 * Demands F_SEAL_SHRINK, GROW, WRITE and SEAL (fcntl(2)) before mapping, then checks both parts, and
 * that they do not contradict each other.
 * @ret_plan:  read-only mapping of both parts, for the caller to munmap(2)
 * @ret_login: points into the same mapping
 * Return: 0; -EPERM: not sealed; -EPROTO: malformed; another -errno.
 */
int plan_open(int fd, const struct plan **ret_plan, const struct plan_login **ret_login);

#endif
