/* SPDX-License-Identifier: Apache-2.0 */
/* doctor.h - the findings of `cordon doctor`, and what its probes have in common */
#ifndef CORDON_CTL_DOCTOR_DOCTOR_H
#define CORDON_CTL_DOCTOR_DOCTOR_H

#include "ctl/ctl.h"
#include "ctl/lines.h"

/* How much a finding matters. Advice does not change the exit status. */
enum level {
	LEVEL_ADVICE,
	LEVEL_BROKEN, /* logins of confined accounts are refused */
	LEVEL_DANGER, /* an account may be unconfined */
	LEVELS
};

/**
 * struct finding - one line of the report
 * @probe:  a name of probes.def
 * @file:   "" for none; @line 0 for none
 * @remedy: one line: what to type or to change
 */
struct finding {
	enum level level;
	const char *probe;
	char file[256];
	unsigned line;
	char problem[512], remedy[320];
};

/**
 * struct host_user - a user whom a rule confines and names, for questions to sshd
 * @host_network: the rule has PrivateNetwork=no
 * @addresses:    and IPAddressDeny=
 */
struct host_user {
	char name[64];
	bool host_network, addresses;
	char file[256];
	unsigned line;
};

enum { HOST_USERS_MAX = 32 };

/**
 * struct doctor - what one run of `cordon doctor` knows
 * @confines: there is a rule that confines; without one, nothing is dangerous
 * @netgroup: a netgroup that a rule names; "" for none
 * @reached:  the services that rules list
 * @left_out: number of users that rules name and that are too many for @users
 */
struct doctor {
	struct policy_paths paths;
	bool confines;
	char netgroup[128];
	struct services reached;
	struct record record;
	struct host_user users[HOST_USERS_MAX];
	size_t n_users, left_out;
	const char *probe;
	struct finding *list;
	size_t n, count[LEVELS];
};

/**
 * doctor_find - add a finding of the current probe
 * @level:  LEVEL_DANGER becomes LEVEL_ADVICE where no rule confines
 * @file:   "" or NULL for none
 * @remedy: one line
 * @fmt:    the problem
 *
 * The same finding is kept once.
 */
void doctor_find(struct doctor *d, enum level level, const char *file, unsigned line,
		 const char *remedy, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/**
 * doctor_find_text - as doctor_find(), for a message "problem; remedy" of another judge
 * @otherwise: the remedy if the message has none
 */
void doctor_find_text(struct doctor *d, enum level level, const char *file, unsigned line,
		      const char *message, const char *otherwise);

/**
 * doctor_run - run a program without an environment of the caller's and read its output
 * @argv: begins with the path of the program; ends with NULL
 * @ret:  standard output, for the caller to free(3)
 *
 * Return: 0, also if the program fails, and then @ret_code is not 0; -ETIMEDOUT; another -errno.
 */
int doctor_run(const char *const *argv, char **ret, char *ret_error, size_t error_size,
	       int *ret_code);

#define PROBE(name, function, what) void function(struct doctor *d);
#include "ctl/doctor/probes.def"
#undef PROBE

#endif
