/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - the decision, sealed: rules and facts as two flat records without pointers
 *
 * struct plan is the session's part: all logins of a session share what it says. struct plan_login is
 * the part of one login. Each part is checked, copied and compared by itself; one sealed memfd holds
 * both, one after the other.
 */
#ifndef CORDON_CONTRACT_PLAN_H
#define CORDON_CONTRACT_PLAN_H

#include "contract/storage.h"

#include <stddef.h>
#include <stdint.h>

#define PLAN_MAGIC	 0x6e6f6472u
#define PLAN_LOGIN_MAGIC 0x6e67696cu
#define PLAN_VERSION	 2u
enum { PLAN_SIZE_MAX = 4 << 20 };

/**
 * struct plan_head - the first member of each part
 */
struct plan_head {
	uint32_t magic, version;
	uint32_t size;	      /* bytes of the whole part, a multiple of 8 */
	uint32_t header_size; /* bytes before the first span: writer and reader agree */
};

/**
 * struct span - @len bytes at offset @off of the part; strings include their NUL
 *
 * A list of strings is the strings one after the other, each with its NUL.
 */
struct span {
	uint32_t off, len;
};

/* What is done with a pair: nothing, set it, or lower what is above it; a default raises nothing. */
enum { PAIR_NONE = 0, PAIR_SET, PAIR_CEILING };

struct plan_pair {
	uint64_t soft, hard; /* LIMIT_INFINITY: no limit */
	uint64_t given;	     /* PAIR_NONE: leave it as it is */
};

#define PLAN_NUM  uint64_t
#define PLAN_PAIR struct plan_pair
#define PLAN_LIST struct span

/* The settings as they apply: one member a row of settings.def, in the part that the row names. */
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
 * prctl(2) of this option is answered with this errno by every filter of ours and by nothing else:
 * proof that it is ours that is on.
 */
enum { FILTER_PROBE = 0x636f7264 /* "cord" */, FILTER_PROBE_ERRNO = 130 /* EOWNERDEAD */ };

/* What a view operation does; the fields it uses are named. */
enum view_kind {
	VIEW_REFUSE = 0, /* never valid: a forgotten operation refuses */
	VIEW_DIR,	 /* directory @target, @mode, in a file system of the view's own */
	VIEW_SYMLINK,	 /* @target -> @source (its text), in a file system of the view's own */
	VIEW_BIND,	 /* host's @source at @target */
	VIEW_TMPFS,	 /* new tmpfs at @target: @size_bytes, @inodes, @mode */
	VIEW_SAME,	 /* the view's own @target again, with other flags */
	VIEW_EMPTY,	 /* an empty, unreachable file or directory over @target */
	VIEW_PROC,	 /* proc at @target; @source: its mount options */
	VIEW_DEV, /* own /dev at @target; @source: options of devpts, @inodes: terminals at most */
	VIEW_OVERLAY, /* overlay at @target: lower is host's @source, upper a tmpfs */
	VIEW_SCRATCH, /* directory @source of the one private tmpfs of the session at @target */
	VIEW_SYSFS,   /* sysfs at @target */
	VIEW_SEAL,    /* the mount at @target becomes read-only, what lies below it does not */
	VIEW_CGROUP,  /* the hierarchy of the session's cgroup namespace at @target */
	VIEW_CHECK,   /* host's @source has to be there; nothing is mounted */
	VIEW_COPY, /* the user's copy of host's @source, a file of root's, at @target in a file system of the view's own */
	VIEW_NAMES, /* the first @inodes of the session's own terminals by names that are unique on the host */
	VIEW_KIND_LAST = VIEW_NAMES,
};

/*
 * How many terminals a session of sshd's may have at most. Their names have to be unique on the host,
 * and the four bytes by which utmp(5) tells records apart leave room for no more.
 */
enum { NAMED_TERMINALS = 512 };

enum view_flag {
	VIEW_READ_ONLY = 1u << 0,
	VIEW_NOEXEC = 1u << 1,
	VIEW_OPTIONAL = 1u << 2, /* a missing @source or @target skips the operation */
	VIEW_CREATE = 1u << 3,	 /* make @target and its parents, in a file system of ours only */
	VIEW_CALLER_ONLY = 1u << 4, /* in the caller view, not in the session view */
	VIEW_NOT_RECURSIVE = 1u << 5,
	VIEW_IS_FILE = 1u << 6,	  /* VIEW_DIR: make an empty file instead */
	VIEW_COPY_LINK = 1u << 7, /* VIEW_BIND: where @source is a symlink of root's, copy it */
	VIEW_DEVICES = 1u << 9,	  /* VIEW_BIND: device nodes work in it */
	VIEW_OWNER = 1u << 8,	  /* VIEW_TMPFS: its root belongs to the session's user */
	VIEW_PLACE = 1u << 10, /* VIEW_BIND: @source and @target have to be one and the same file */
	VIEW_ROOTS = 1u << 11, /* VIEW_BIND, VIEW_CHECK: only root can have changed @source */
	VIEW_STRICT_ATIME = 1u << 13, /* VIEW_TMPFS: each read writes the access time */
	VIEW_EXACT = 1u << 12,	      /* VIEW_SAME: flags that are not here are taken off as well */
};

enum plan_flag {
	PLAN_MEMFD_NOEXEC = 1u << 0, /* the pid namespace's vm.memfd_noexec is 2 */
	PLAN_GOVERNED = 1u << 1, /* cordonsh executes commands itself, AllowCommands= or Command= */
	PLAN_NO_CAPS = 1u << 2,	 /* there is none to drop, nor the one that dropping takes */
	PLAN_USER_VIEW = 1u << 3, /* the view is built in a user namespace, without the host's root */
	PLAN_INTERNAL_SFTP = 1u << 4, /* sshd may serve sftp itself */
	PLAN_BY_SSHD = 1u << 5, /* the service is sshd, which executes passwd(1) in the caller view */
	PLAN_NO_SUID = 1u << 6, /* what serves in the caller view makes no set-user-ID file */
	PLAN_NO_SGID = 1u << 7, /* nor a set-group-ID one */
	PLAN_FLAGS_ALL = PLAN_MEMFD_NOEXEC | PLAN_GOVERNED | PLAN_NO_CAPS | PLAN_USER_VIEW |
			 PLAN_INTERNAL_SFTP | PLAN_BY_SSHD | PLAN_NO_SUID | PLAN_NO_SGID,
};

struct view_op {
	uint32_t kind, flags;
	struct span source, target;
	uint64_t size_bytes, inodes;
	uint32_t mode, reserved;
};

/**
 * struct plan - the session: its view, its namespaces, its filter, its limits
 *
 * Nothing in it belongs to a single login. The view of the PAM application is made for a service;
 * so two logins by different services may have different plans.
 */
struct plan {
	struct plan_head head;

	uint32_t view_uid,
		view_gid;	 /* of the account, where the view is built; user_namespaces(7) */
	struct span view_groups; /* array of uint32_t: with whose rights the view is looked at */
	struct span home;	 /* the home that the view shows */
	struct span hostname;	 /* empty: keep the host's */
	struct span divert; /* list: programs that cordonsh stands for where the PAM caller runs */

	uint64_t clone_flags;	      /* CLONE_NEW* of the session, without CLONE_NEWUSER */
	struct span uid_map, gid_map; /* text for /proc/PID/uid_map and gid_map; empty: no user ns */
	uint32_t last_cap;	      /* highest capability the kernel knows */
	uint32_t flags;		      /* enum plan_flag */
	uint32_t owner;		      /* uid that owns the user namespace; 0: root */
	uint32_t reserved;	      /* zero */

	struct span view;   /* array of struct view_op, in the order they are done */
	struct span filter; /* array of struct sock_filter; empty: no filter */

	struct plan_settings set;
};

enum plan_login_flag {
	LOGIN_SET_GROUPS = 1u << 0, /* the supplementary groups are to be set: no PAM has done it */
	LOGIN_FLAGS_ALL = LOGIN_SET_GROUPS,
};

/**
 * struct plan_login - one login of the session: who, from where, what it executes
 *
 * Service and remote host are in struct login, which the keeper has of the PAM module.
 */
struct plan_login {
	struct plan_head head;

	uint32_t uid, gid;  /* as they are inside */
	uint32_t flags;	    /* enum plan_login_flag */
	uint32_t reserved;  /* zero */
	struct span groups; /* array of uint32_t, the supplementary groups, ascending */
	struct span user, home;
	struct span session; /* the id that the log gives the login, hexadecimal */
	struct span rule;    /* "file:line" for the log */
	struct span shell;   /* absolute path of the real shell */
	struct span tty;     /* the host's path of the login's terminal; empty: it has none */

	struct plan_login_settings set;
};

/**
 * plan_str - a string of a part of the plan
 * @p: struct plan or struct plan_login
 *
 * Return: the string, NUL-terminated within @s; NULL when @s is empty or out of bounds.
 */
#define plan_str(p, s) plan_head_str(&(p)->head, s)
const char *plan_head_str(const struct plan_head *p, struct span s);

/**
 * plan_next - walk a list of strings
 * @p:  struct plan or struct plan_login
 * @at: the string before, NULL for the first
 *
 * Return: the next string of the list, NULL at its end.
 */
#define plan_next(p, list, at) plan_head_next(&(p)->head, list, at)
const char *plan_head_next(const struct plan_head *p, struct span list, const char *at);

/**
 * plan_array - an array of fixed-size elements of a part of the plan
 * @p:     struct plan or struct plan_login
 * @ret_n: the number of elements
 *
 * Return: the first element; NULL when empty, out of bounds, misaligned or not a whole number
 * of elements.
 */
#define plan_array(p, s, element, ret_n) plan_head_array(&(p)->head, s, element, ret_n)
const void *plan_head_array(const struct plan_head *p, struct span s, size_t element, size_t *ret_n);

/* Of the object of a step that failed: its offset is one of struct plan_login. */
enum { PLAN_OBJECT_LOGIN = 1 << 30 };

/**
 * plan_object - the path or name that a step failed for
 * @login:  may be NULL
 * @object: offset in @p, or with PLAN_OBJECT_LOGIN in @login; any number
 *
 * Return: the string, "" where @object is none.
 */
const char *plan_object(const struct plan *p, const struct plan_login *login, uint32_t object);

/**
 * plan_has_view - does the view have an operation of @kind
 */
int plan_has_view(const struct plan *p, enum view_kind kind);

/**
 * plan_check - is the session's part at @p, of which @size bytes are readable, well formed
 *
 * Checks magic, version, sizes, every span and list, every view operation's kind.
 * Return: 0; -EPROTO.
 */
int plan_check(const struct plan *p, size_t size);

/**
 * plan_login_check - the same for the part of a login
 */
int plan_login_check(const struct plan_login *l, size_t size);

/**
 * plan_seal - a sealed memfd with both parts
 *
 * Return: a close-on-exec descriptor that the caller owns; -errno.
 */
int plan_seal(const struct plan *p, const struct plan_login *login);

/**
 * plan_open - map the sealed plan behind @fd
 *
 * Demands F_SEAL_SHRINK, GROW, WRITE and SEAL (fcntl(2)) before it maps, then checks both parts, and
 * that they do not contradict each other.
 * @ret_plan:  read-only mapping, the caller's to munmap(2) with all that follows it
 * @ret_login: in the same mapping
 * Return: 0; -EPERM not sealed; -EPROTO malformed; another -errno.
 */
int plan_open(int fd, const struct plan **ret_plan, const struct plan_login **ret_login);

#endif
