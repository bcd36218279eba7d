/* SPDX-License-Identifier: Apache-2.0 */
/* words.h - the values of the fixed-word directives, shared by the rules, the plan and the steps */
#ifndef CORDON_CONTRACT_WORDS_H
#define CORDON_CONTRACT_WORDS_H

#include <stdint.h>

/* Zero is the strictest value of each, so that a forgotten value refuses. */
enum action { ACTION_DENY = 0, ACTION_CONFINE, ACTION_ALLOW };
enum protect_system {
	PROTECT_SYSTEM_STRICT = 0,
	PROTECT_SYSTEM_FULL,
	PROTECT_SYSTEM_YES,
	PROTECT_SYSTEM_NO
};
enum home { HOME_NONE = 0, HOME_EMPTY, HOME_EPHEMERAL, HOME_READ_ONLY, HOME_PERSISTENT };
enum private_users { PRIVATE_USERS_SELF = 0, PRIVATE_USERS_IDENTITY, PRIVATE_USERS_NO };

enum protect_proc {
	PROTECT_PROC_INVISIBLE = 0,
	PROTECT_PROC_PTRACEABLE,
	PROTECT_PROC_NOACCESS,
	PROTECT_PROC_DEFAULT
};
enum keyring_mode { KEYRING_MODE_PRIVATE = 0, KEYRING_MODE_INHERIT };
/* YES refuses both bits; SUID only set-user-ID, so that set-group-ID directories can be made. */
enum restrict_suidsgid { RESTRICT_SUIDSGID_YES = 0, RESTRICT_SUIDSGID_SUID, RESTRICT_SUIDSGID_NO };
enum core_scheduling { CORE_SCHEDULING_SESSION = 0, CORE_SCHEDULING_USER, CORE_SCHEDULING_NO };
enum share { SHARE_USER = 0, SHARE_SESSION };
enum lifetime { LIFETIME_SESSION = 0, LIFETIME_USER };
enum rule_change { RULE_CHANGE_REFUSE = 0, RULE_CHANGE_NEW, RULE_CHANGE_JOIN };
enum proc_subset { PROC_SUBSET_PID = 0, PROC_SUBSET_ALL };

enum cpu_policy {
	CPU_POLICY_OTHER = 0,
	CPU_POLICY_FIFO,
	CPU_POLICY_RR,
	CPU_POLICY_BATCH,
	CPU_POLICY_IDLE = 5
}; /* sched(7)'s numbers */
enum io_class {
	IO_CLASS_NONE = 0,
	IO_CLASS_REALTIME,
	IO_CLASS_BEST_EFFORT,
	IO_CLASS_IDLE
}; /* ioprio_set(2)'s */

/* The directive is not given: the session keeps the value of the login. */
#define NUM_UNSET UINT64_MAX
/*
 * A limit of a control group without a bound, and a limit that is a percentage: the bit and hundredths
 * of a percent. Sizes are below 2^60.
 */
#define GROUP_NO_BOUND (UINT64_MAX - 1)
#define GROUP_PERCENT  (1ull << 62)
/* Added to values that may be negative, so that an unsigned number can store them. */
#define NICE_ZERO      20u
#define OOM_SCORE_ZERO 1000u
/* UMask= is not given: the session keeps the umask of the PAM stack. */
#define MODE_UNSET NUM_UNSET
/* The value of LimitX=infinity; in a plan, it stands for RLIM_INFINITY. */
#define LIMIT_INFINITY UINT64_MAX

#endif
