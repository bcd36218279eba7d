/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pam_cordon.c - the PAM hooks, and the only file with PAM codes
 *
 * The module runs inside sshd, su and login, with their memory, signals and descriptors. It leaves to
 * the keeper whatever it can.
 */
#include "enter_helper.h"
#include "facts_pam.h"
#include "tell_late.h"

#include "base/text.h"
#include "caller/enter.h"
#include "caller/request.h"
#include "contract/log.h"

#include <errno.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define DATA_NAME "cordon_request"
#define HOOK	  __attribute__((visibility("default")))

/* Map verdicts to PAM codes, never to PAM_IGNORE, because other modules could then admit the user. */
static int account_code(enum verdict v)
{
	switch (v) {
	case VERDICT_CONFINE:
	case VERDICT_UNCONFINED:
		return PAM_SUCCESS;
	case VERDICT_DENY:
		break;
	}
	return PAM_PERM_DENIED;
}

static int session_code(enum verdict v)
{
	return account_code(v) == PAM_SUCCESS ? PAM_SUCCESS : PAM_SESSION_ERR;
}

/* A flag besides those of PAM: sshd shows messages of this step on standard output; see tell_late.c. */
#define TELL_LATE 0x100

/* Shows one line to the user, unless the application wants silence. */
static void tell(pam_handle_t *pamh, int flags, const char *text)
{
	char line[4 * WIRE_TEXT_MAX];

	(void)text_plain(line, sizeof line, text, SIZE_MAX);
	if (((unsigned)flags & PAM_SILENT) == 0 &&
	    (((unsigned)flags & TELL_LATE) == 0 || tell_late(line) < 0))
		(void)pam_error(pamh, "%s", line); /* the log has the line as well */
}

/* Reports that the keeper did not answer, or that the module could not act on the answer. */
static void refuse(pam_handle_t *pamh, int flags, const struct login *l, const char *session,
		   const struct err *e)
{
	char why[1024];

	/* not by syslog(3), which hangs if syslogd does not read */
	log_login(l, session, NULL, LOG_ERR, "deny",
		  log_fields(log_text("why", err_text(e, why, sizeof why))));
	tell(pamh, flags, "cordon: this login cannot be confined; session refused");
}

/* Tells the user about a refusal whose reason the keeper has logged. */
static void denied(pam_handle_t *pamh, int flags, const struct wire_msg *m)
{
	tell(pamh, flags, m->text[0] != '\0' ? m->text : "cordon: this login is not allowed");
}

static int options_parse(int argc, const char **argv, struct request_options *ret, struct err *e)
{
	ret->rules = NULL;
	ret->debug = 0;
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "debug") == 0)
			ret->debug = 1;
		else if (strncmp(argv[i], "rules=/", 7) == 0 && ret->rules == NULL)
			ret->rules = argv[i] + 6;
		else
			return err_set(
				e, -EINVAL,
				"invalid option '%.100s': unknown, repeated, or not an absolute path; "
				"pam_cordon takes debug and rules=/DIRECTORY",
				argv[i]);
	}
	return 0;
}

static void forget(pam_handle_t *pamh, void *data, int status)
{
	(void)pamh;
	(void)status; /* request_drop() itself finds out if this is the owner */
	request_free(data);
}

/* Gets the request, or NULL. pam_get_data(3) returns a const pointer, but the data is ours to change. */
static struct request *remembered(const pam_handle_t *pamh)
{
	union {
		const void *from;
		struct request *to;
	} p = { .from = NULL };

	if (pam_get_data(pamh, DATA_NAME, &p.from) != PAM_SUCCESS)
		return NULL;
	return p.to;
}

/* Remembers @q, which may be NULL, and frees the request that was remembered before. */
static int remember(pam_handle_t *pamh, struct request *q, struct err *e)
{
	if (pam_set_data(pamh, DATA_NAME, q, q != NULL ? forget : NULL) == PAM_SUCCESS)
		return 0;
	request_free(q);
	return err_set(e, -ENOMEM, "pam_set_data failed");
}

/* Starts a keeper, and remembers the request unless the login is denied. */
static int ask(pam_handle_t *pamh, const struct login *l, int argc, const char **argv,
	       struct wire_msg *ret_verdict, struct err *e)
{
	struct request_options o;
	struct request *q;
	int r;

	r = options_parse(argc, argv, &o, e);
	if (r == 0 && remembered(pamh) != NULL)
		r = remember(pamh, NULL, e);
	if (r == 0)
		r = request_start(l, &o, &q, ret_verdict, e);
	if (r < 0)
		return r;
	if (account_code((enum verdict)ret_verdict->verdict) == PAM_SUCCESS)
		return remember(pamh, q, e);
	request_free(q);
	return 0;
}

static int account(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct err e = { 0 };
	struct wire_msg m;
	struct login l;
	const struct request *q;
	bool unknown;
	int r;

	r = facts_pam_user(pamh, &l, &e);
	unknown = r == -ENOENT && l.user[0] != '\0';
	if (r == 0 && l.uid == 0)
		return PAM_SUCCESS; /* root is never locked out, whatever is broken */
	if (r == 0)
		r = facts_pam_items(pamh, &l, &e);
	if (r == 0) {
		/* a stack that includes another may ask a second time, and so may a session */
		q = remembered(pamh);
		if (q != NULL && (request_is_for(q, &l) || (q->opened && q->login.uid == l.uid)))
			return PAM_SUCCESS;
		r = ask(pamh, &l, argc, argv, &m, &e);
	}
	if (r < 0) {
		refuse(pamh, flags, &l, "", &e);
		return unknown ? PAM_USER_UNKNOWN : PAM_SYSTEM_ERR;
	}
	if (account_code((enum verdict)m.verdict) != PAM_SUCCESS)
		denied(pamh, flags, &m);
	return account_code((enum verdict)m.verdict);
}

/* Asks the keeper to open the session, after the variables that it wants to know; as request_open(). */
static int open_request(pam_handle_t *pamh, struct request *q, struct wire_msg *ret,
			int ret_fds[WIRE_FDS_MAX], struct err *e)
{
	facts_pam_credentials(pamh, q);
	return request_open(q, ret, ret_fds, e);
}

/* Asks the keeper of the account step; without one, or if it cannot answer, starts a new one. */
static int obtain(pam_handle_t *pamh, const struct login *l, int argc, const char **argv,
		  struct wire_msg *ret, int ret_fds[WIRE_FDS_MAX], struct err *e)
{
	struct request *q = remembered(pamh);
	int r;

	if (q != NULL && request_is_for(q, l)) {
		r = open_request(pamh, q, ret, ret_fds, e);
		/* does not try again after a time-out, because the user has waited long enough */
		if (r == 0 || r == -ETIMEDOUT)
			return r;
	}
	r = ask(pamh, l, argc, argv, ret, e);
	if (r < 0 || account_code((enum verdict)ret->verdict) != PAM_SUCCESS)
		return r;
	return open_request(pamh, remembered(pamh), ret, ret_fds, e);
}

static int is_sshd(const struct login *l)
{
	return strncmp(l->service, "sshd", 4) == 0;
}

/* Carries out the answer of the keeper; negative if that failed. */
static int carry_out(struct request *q, const struct wire_msg *m, const int fds[WIRE_FDS_MAX],
		     struct err *e)
{
	if (m->kind == WIRE_READY) {
		/* sshd makes the environment and the streams of a session itself */
		const int sshd = is_sshd(&q->login);
		const int r = enter_view(m, fds, !sshd, e);

		if (r < 0) {
			request_fail(q, e);
			return r;
		}
		if (sshd)
			enter_helper();
	}
	q->opened = 1;
	return 0;
}

/* Returns 0 with the verdict in *ret_message; negative without a verdict. */
static int session(pam_handle_t *pamh, const struct login *l, int argc, const char **argv,
		   struct wire_msg *ret_message, struct err *e)
{
	int fds[WIRE_FDS_MAX];
	int r;

	wire_no_fds(fds);
	r = obtain(pamh, l, argc, argv, ret_message, fds, e);
	if (r == 0 && account_code((enum verdict)ret_message->verdict) == PAM_SUCCESS)
		r = carry_out(remembered(pamh), ret_message, fds, e);
	wire_close(fds, WIRE_FDS_MAX);
	return r;
}

/* A conversation with nobody: for modules of the same stack that are asked after a refusal by sshd. */
static int say_nothing(int n, const struct pam_message **messages, struct pam_response **ret,
		       void *data)
{
	(void)messages;
	(void)data;
	*ret = n > 0 ? calloc((size_t)n, sizeof **ret) : NULL; /* no answer to any question */
	return *ret != NULL ? PAM_SUCCESS : PAM_CONV_ERR;
}

/* pam_motd(8) and others go on after a required module, and would write to the output of a command. */
static void silence(pam_handle_t *pamh)
{
	static const struct pam_conv nobody = { say_nothing, NULL };

	(void)pam_set_item(pamh, PAM_CONV, &nobody); /* if this fails, they say more */
}

/* Ends every refused session. */
static int no_session(const struct login *l)
{
	const int r = enter_nothing();

	if (r == 0)
		return PAM_SESSION_ERR;
	log_login(
		l, "", NULL, LOG_CRIT, "error",
		log_fields(
			log_text("why",
				 "the application could not be kept from executing programs after its refusal, and was ended"),
			log_word("errno", err_name(-r))));
	_exit(EXIT_FAILURE); /* ends all threads */
}

static int open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct err e = { 0 }, ignored = { 0 };
	struct wire_msg m = { 0 };
	struct login l;
	struct request *q = remembered(pamh);
	int r;

	r = facts_pam_user(pamh, &l, &e);
	if (r == 0 && l.uid == 0) {
		/* the account step was about another user */
		if (q != NULL && !q->opened)
			(void)remember(pamh, NULL, &ignored);
		return PAM_SUCCESS;
	}
	if (r == 0 && q != NULL && q->opened) {
		/* a stack that includes another one with this module, as su-l includes su */
		if (q->login.uid == l.uid)
			return PAM_SUCCESS;
		(void)err_set(&e, -EBUSY,
			      "this handle has a session of another user's open"); /* said below */
		refuse(pamh, flags, &l, "", &e);
		return no_session(&l);
	}
	if (r == 0)
		r = facts_pam_items(pamh, &l, &e);
	if (r == 0)
		r = session(pamh, &l, argc, argv, &m, &e);
	if (r == 0 && session_code((enum verdict)m.verdict) == PAM_SUCCESS)
		return PAM_SUCCESS;
	if (is_sshd(&l)) {
		flags |= TELL_LATE;
		silence(pamh);
	}
	if (r == 0)
		denied(pamh, flags, &m);
	else
		refuse(pamh, flags, &l, m.session, &e);
	if (remembered(pamh) != NULL)
		(void)remember(pamh, NULL, &ignored); /* ends the session that has begun */
	return no_session(&l);
}

static int close_session(pam_handle_t *pamh)
{
	struct request *q = remembered(pamh);
	struct err e = { 0 };
	char why[1024];
	int r;

	if (q == NULL || !q->opened)
		return PAM_SUCCESS;
	r = q->fd >= 0 ? request_close(q, &e) : 0;
	if (!q->alone)
		(void)enter_leave(); /* fails without root; such an application ends soon */
	if (r < 0) /* the keeper, which would have logged this, is gone or hangs */
		log_login(&q->login, q->session, NULL, LOG_ERR, "end",
			  log_fields(log_word("by", "keeper"),
				     log_text("why", err_text(&e, why, sizeof why))));
	return remember(pamh, NULL, &e) == 0 ? PAM_SUCCESS : PAM_SESSION_ERR;
}

HOOK int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const int saved = errno;
	const int r = account(pamh, flags, argc, argv);

	errno = saved;
	return r;
}

HOOK int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const int saved = errno;
	const int r = open_session(pamh, flags, argc, argv);

	errno = saved;
	return r;
}

HOOK int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const int saved = errno;
	const int r = close_session(pamh);

	(void)flags; /* nothing is said at the end */
	(void)argc;
	(void)argv;
	errno = saved;
	return r;
}
