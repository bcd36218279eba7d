/* SPDX-License-Identifier: Apache-2.0 */
/* pam_cordon.c - the PAM hooks; PAM codes live here and nowhere else
 *
 * Runs inside sshd, su, login: in somebody else's process, with its memory, signals and
 * descriptors. Everything that can be left to the keeper is.
 */
#include "enter.h"
#include "facts_pam.h"
#include "request.h"

#include "base/text.h"
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

/* The only bridges to PAM codes; never PAM_IGNORE, which leaves the others to let the user in. */
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

/* One line to the user, if there is somebody to hear it. */
static void tell(pam_handle_t *pamh, int flags, const char *text)
{
	char line[4 * WIRE_TEXT_MAX];

	(void)text_plain(line, sizeof line, text, SIZE_MAX);
	if (((unsigned)flags & PAM_SILENT) == 0)
		(void)pam_error(pamh, "%s", line); /* the log has it as well */
}

/* The keeper did not answer, or the module could not act on the answer. */
static void refuse(pam_handle_t *pamh, int flags, const struct login *l, const char *session,
		   const struct err *e)
{
	char why[1024];

	/* not by syslog(3), which waits for a syslogd that does not read */
	log_login(l, session, NULL, LOG_ERR, "refuse", "why=\"%s\"", err_text(e, why, sizeof why));
	tell(pamh, flags, "cordon: this login cannot be confined; session refused");
}

/* The keeper has logged why. */
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
			return err_set(e, -EINVAL,
				       "option '%.100s' is unknown, given twice or no absolute path; "
				       "pam_cordon takes debug and rules=/DIRECTORY",
				       argv[i]);
	}
	return 0;
}

static void forget(pam_handle_t *pamh, void *data, int status)
{
	(void)pamh;
	(void)status; /* request_drop() finds out by itself which process this is */
	request_free(data);
}

/* NULL: none. pam_get_data(3) only reads; the data is ours to change. */
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

/* @q, NULL for nobody, takes the place of who was remembered, and whom this lets go. */
static int remember(pam_handle_t *pamh, struct request *q, struct err *e)
{
	if (pam_set_data(pamh, DATA_NAME, q, q != NULL ? forget : NULL) == PAM_SUCCESS)
		return 0;
	request_free(q);
	return err_set(e, -ENOMEM, "pam_set_data failed");
}

/* Starts a keeper; who may come in is remembered. */
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
		return PAM_SUCCESS; /* whatever else is broken */
	if (r == 0)
		r = facts_pam_items(pamh, &l, &e);
	if (r == 0) {
		/* asked a second time, in a stack that includes another, or in the session */
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

/* The keeper of the account step if there is one, else, or if it cannot say, a fresh one. */
static int obtain(pam_handle_t *pamh, const struct login *l, int argc, const char **argv,
		  struct wire_msg *ret, int ret_fds[WIRE_FDS_MAX], struct err *e)
{
	struct request *q = remembered(pamh);
	int r;

	if (q != NULL && request_is_for(q, l)) {
		r = request_open(q, ret, ret_fds, e);
		/* the user has waited long enough: no second round after a time-out */
		if (r == 0 || r == -ETIMEDOUT)
			return r;
	}
	r = ask(pamh, l, argc, argv, ret, e);
	if (r < 0 || account_code((enum verdict)ret->verdict) != PAM_SUCCESS)
		return r;
	return request_open(remembered(pamh), ret, ret_fds, e);
}

/* Does what the keeper answered; r < 0: not done. */
static int carry_out(struct request *q, const struct wire_msg *m, const int fds[WIRE_FDS_MAX],
		     struct err *e)
{
	if (m->kind == WIRE_READY) {
		/* which makes environment and streams of a session itself */
		const int sshd = strncmp(q->login.service, "sshd", 4) == 0;
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

/* r < 0: there is no verdict; else *ret_message is the text of the verdict. */
static int session(pam_handle_t *pamh, const struct login *l, int argc, const char **argv,
		   struct wire_msg *ret_message, struct err *e)
{
	int fds[WIRE_FDS_MAX] = { -1, -1, -1, -1, -1, -1 };
	int r;

	r = obtain(pamh, l, argc, argv, ret_message, fds, e);
	if (r == 0 && account_code((enum verdict)ret_message->verdict) == PAM_SUCCESS)
		r = carry_out(remembered(pamh), ret_message, fds, e);
	wire_close(fds, WIRE_FDS_MAX);
	return r;
}

/* The answer to every session that is refused. */
static int no_session(const struct login *l)
{
	const int r = enter_nothing();

	if (r == 0)
		return PAM_SESSION_ERR;
	log_event(LOG_CRIT,
		  "event=error uid=%d why=\"the refused application cannot be kept from executing; it was ended\" errno=%d",
		  (int)l->uid, -r);
	_exit(EXIT_FAILURE); /* with all its threads */
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
		if (q != NULL && !q->opened)
			(void)remember(pamh, NULL, &ignored); /* the account step was for another */
		return PAM_SUCCESS;
	}
	if (r == 0 && q != NULL && q->opened) {
		/* a stack that includes another that has us too: su-l and su */
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
	if (r == 0)
		denied(pamh, flags, &m);
	else
		refuse(pamh, flags, &l, m.session, &e);
	if (remembered(pamh) != NULL)
		(void)remember(pamh, NULL, &ignored); /* ends what has begun */
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
		(void)enter_leave(); /* who has given up root cannot, and will end soon */
	if (r < 0)		     /* back outside: the session's view has no syslog */
		log_event(LOG_ERR, "event=end session=%s uid=%d by=keeper why=\"%s\"", q->session,
			  (int)q->login.uid,
			  err_text(&e, why, sizeof why)); /* who could have said so cannot */
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
