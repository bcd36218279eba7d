/* SPDX-License-Identifier: Apache-2.0 */
/* facts.h - who logs in: plain data, the same for PAM, `cordon explain` and the tests */
#ifndef CORDON_CONTRACT_FACTS_H
#define CORDON_CONTRACT_FACTS_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum { FACTS_NAME_MAX = 256, FACTS_NAMES_MAX = 16, FACTS_GROUPS_MAX = 65536 /* NGROUPS_MAX */ };

/* The members of struct facts that are not looked up yet; see facts_know(). */
enum facts_asks { FACTS_GROUP = 1, FACTS_GROUPS = 2 };

/* Who starts the login: an application of PAM, or `cordon run --as`. */
enum login_by { LOGIN_BY_PAM = 0, LOGIN_BY_RUN, LOGIN_BY_LAST = LOGIN_BY_RUN };

/**
 * struct login - what a PAM application says of a login; also part of a wire message
 * @by: enum login_by; the module knows only zero
 *
 * Every string is terminated within its array; "" means that it is not given. A remote peer may have
 * chosen @user and @rhost, so they are compared and logged (escaped), never interpreted.
 */
struct login {
	uint32_t uid;
	uint32_t by;
	char user[FACTS_NAME_MAX];
	char service[FACTS_NAME_MAX];
	char tty[FACTS_NAME_MAX]; /* PAM_TTY without a leading "/dev/" */
	char rhost[FACTS_NAME_MAX];
};

/* The service name of a login shell that started cordonsh without PAM. */
#define FACTS_SERVICE_SHELL "cordonsh"
/* The service name of a user manager of systemd: the process of user@UID.service. */
#define FACTS_SERVICE_MANAGER "systemd-user"

/* The service name of `cordon run --as` unless --service gives another one. */
#define FACTS_SERVICE_RUN "cordon"

/**
 * struct facts - a login and what the account database says of its user
 *
 * Plain data of fixed size without pointers, so that tests and `cordon explain` can fill it by hand.
 * On a live system, facts_begin() and facts_know() fill it.
 */
struct facts {
	struct login login;
	gid_t gid;
	char group[FACTS_NAME_MAX]; /* name of the primary group, or its number; FACTS_GROUP */
	uint32_t n_names; /* all names of the uid; the first one is the name that logs in */
	char names[FACTS_NAMES_MAX][FACTS_NAME_MAX];
	char home[PATH_MAX];
	char shell[PATH_MAX];	    /* an empty field of passwd(5) has become /bin/sh */
	char owner[FACTS_NAME_MAX]; /* account whose uid owns the sessions of this account, "" for none */
	char host[FACTS_NAME_MAX]; /* host name, as uname(2) gives it */
	char session[32];	   /* the session's id, hexadecimal */
	time_t now;		   /* seconds since the epoch; matched in local time */
	uint32_t asks;		   /* enum facts_asks; zero: all is known */
	uint32_t n_groups; /* supplementary groups, the primary one included; FACTS_GROUPS */
	gid_t groups[FACTS_GROUPS_MAX]; /* ascending; the last member, because it is large and mostly unused */
};

/**
 * facts_by_id - compare two ids (gid_t) for qsort(3)
 */
int facts_by_id(const void *a, const void *b);

/**
 * login_check - check that @l is well formed: strings terminated, @by known, a user named
 *
 * Return: 0; -EPROTO otherwise.
 */
int login_check(const struct login *l);

/**
 * login_same - compare two logins, including the terminal
 *
 * If the terminal becomes known between two steps of PAM, the logins are different ones.
 */
int login_same(const struct login *a, const struct login *b);

#endif
