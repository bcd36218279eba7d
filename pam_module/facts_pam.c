/* SPDX-License-Identifier: Apache-2.0 */
/* facts_pam.c - see facts_pam.h */
#include "facts_pam.h"

#include "caller/request.h"

#include <errno.h>
#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <stdio.h>
#include <string.h>

/* Copies an item; a missing item becomes "". */
static int item(pam_handle_t *pamh, int type, const char *name, const char *prefix,
		char ret[FACTS_NAME_MAX], struct err *e)
{
	const void *value = NULL;
	const char *s;
	size_t len;

	if (pam_get_item(pamh, type, &value) != PAM_SUCCESS)
		return err_set(e, -EIO, "%s cannot be read", name);
	if (value == NULL)
		return 0;
	s = value;
	len = strlen(prefix);
	if (strncmp(s, prefix, len) == 0)
		s += len;
	len = strlen(s);
	if (len >= FACTS_NAME_MAX)
		return err_set(e, -ENAMETOOLONG, "%s has %zu bytes, at most %d are taken", name,
			       len, FACTS_NAME_MAX - 1);
	memcpy(ret, s, len + 1);
	return 0;
}

int facts_pam_user(pam_handle_t *pamh, struct login *ret_login, struct err *e)
{
	const struct passwd *pw;
	int r;

	memset(ret_login, 0, sizeof *ret_login);
	ret_login->uid = UINT32_MAX; /* no valid uid, so that an unresolved uid is not root's */
	r = item(pamh, PAM_USER, "PAM_USER", "", ret_login->user, e);
	if (r < 0)
		return r;
	if (ret_login->user[0] == '\0')
		return err_set(e, -ENOENT, "the application names no user");
	pw = pam_modutil_getpwnam(pamh, ret_login->user);
	if (pw == NULL)
		return err_set(
			e, -ENOENT,
			"the user cannot be found; run 'getent passwd' with the name, and check nsswitch.conf(5)");
	ret_login->uid = pw->pw_uid;
	return 0;
}

int facts_pam_items(pam_handle_t *pamh, struct login *login, struct err *e)
{
	int r = item(pamh, PAM_SERVICE, "PAM_SERVICE", "", login->service, e);

	if (r == 0 && login->service[0] == '\0')
		r = err_set(e, -ENOENT, "the application names no service");
	if (r == 0)
		r = item(pamh, PAM_TTY, "PAM_TTY", "/dev/", login->tty, e);
	if (r == 0)
		r = item(pamh, PAM_RHOST, "PAM_RHOST", "", login->rhost, e);
	return r;
}

void facts_pam_credentials(pam_handle_t *pamh, const struct request *q)
{
	char names[WIRE_TEXT_MAX], text[2 * WIRE_TEXT_MAX], *left = NULL;

	memcpy(names, q->credentials, sizeof names);
	for (const char *name = strtok_r(names, " ", &left); name != NULL;
	     name = strtok_r(NULL, " ", &left)) {
		const char *value = pam_getenv(pamh, name);
		const int len = value == NULL ? 0 :
						snprintf(text, sizeof text, "%s=%s", name, value);

		if (len > 0 && (size_t)len < sizeof text)
			request_credential(q, text);
	}
}
