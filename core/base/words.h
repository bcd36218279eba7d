/* words.h - the values of the fixed-word directives, shared by rules, plan and apply */
#ifndef CORDON_BASE_WORDS_H
#define CORDON_BASE_WORDS_H

#include <stdint.h>

/* Zero is the strictest value of each: a value forgotten is a value refused. */
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
enum proc_subset { PROC_SUBSET_PID = 0, PROC_SUBSET_ALL };

/* UMask= not given: the umask stays what the PAM stack made it. */
#define MODE_UNSET UINT64_MAX
/* LimitX=infinity; the value of RLIM_INFINITY in a plan. */
#define LIMIT_INFINITY UINT64_MAX

#endif
