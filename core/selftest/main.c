/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - cordon-selftest: be a PAM application, as su is, for cordon selftest
 *
 *   cordon-selftest USER SERVICE [RHOST]
 *
 * It opens a session of the user and then starts the user's login shell for each line of standard
 * input: "try COMMAND" with nothing to read or write, "probe COMMAND" with the descriptors PROBE_IN
 * and PROBE_OUT. The end of the input closes the session. Standard output gets one line for each:
 * "open", "refused STEP: WHY" or "ended STATUS".
 *
 * This is the one program that links libpam: modules of others run in it, so it ends with the session.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROBE_IN = 3, PROBE_OUT = 4, ENV_MAX = 256, SECONDS_MAX = 30 };

/* The last line that a module had for the user. */
static char said[512];

static int converse(int n, const struct pam_message **messages, struct pam_response **ret, void *arg)
{
	(void)arg;
	for (int i = 0; i < n; i++) {
		if (messages[i]->msg_style != PAM_ERROR_MSG &&
		    messages[i]->msg_style != PAM_TEXT_INFO)
			return PAM_CONV_ERR; /* there is nobody to ask */
		if (messages[i]->msg_style == PAM_ERROR_MSG)
			(void)snprintf(said, sizeof said, "%s", messages[i]->msg); /* cut */
	}
	*ret = calloc((size_t)n, sizeof **ret);
	return *ret != NULL ? PAM_SUCCESS : PAM_BUF_ERR;
}

static int refused(pam_handle_t *pamh, const char *step, int code)
{
	(void)printf("refused %s: %s%s%s\n", step, pam_strerror(pamh, code),
		     said[0] != '\0' ? ": " : "", said);
	(void)fflush(stdout);
	(void)pam_end(pamh, code);
	return 1;
}

static char *variable(const char *name, const char *value)
{
	char *text = NULL;

	return asprintf(&text, "%s=%s", name, value) < 0 ? NULL : text;
}

/* What su -l gives, and what the modules have set. */
static char **environment(pam_handle_t *pamh, const struct passwd *pw, const char *shell)
{
	static char *env[ENV_MAX + 8];
	char **more = pam_getenvlist(pamh);
	unsigned n = 0;

	env[n++] = variable("HOME", pw->pw_dir);
	env[n++] = variable("USER", pw->pw_name);
	env[n++] = variable("LOGNAME", pw->pw_name);
	env[n++] = variable("SHELL", shell);
	env[n++] = variable("PATH", "/usr/local/bin:/usr/bin:/bin");
	env[n++] = variable("CORDON_SELFTEST", "1");
	env[n++] = variable("LD_PRELOAD", "/nonexistent/cordon-selftest.so");
	for (; more != NULL && *more != NULL && n < ENV_MAX; more++)
		env[n++] = *more;
	return env;
}

static void become_and_execute(const struct passwd *pw, const char *shell, char *command,
			       char **env, int probe)
{
	const char *name = strrchr(shell, '/');
	char *argv[] = { strdup(name != NULL ? name + 1 : shell), strdup("-c"), command, NULL };
	const int null = open("/dev/null", O_RDWR);

	(void)dup2(probe ? PROBE_IN : null, 0);
	(void)dup2(probe ? PROBE_OUT : null, 1);
	(void)dup2(null, 2);
	if (setsid() < 0 || setgid(pw->pw_gid) < 0 || setuid(pw->pw_uid) < 0)
		_exit(125);
	if (chdir(pw->pw_dir) < 0 && chdir("/") < 0)
		_exit(125);
	(void)syscall(SYS_close_range, 3u, ~0u, 0u);
	(void)execve(shell, argv, env);
	_exit(errno == ENOENT ? 127 : 126);
}

static volatile sig_atomic_t late;

static void on_alarm(int sig)
{
	(void)sig;
	late = 1;
}

static int shell_run(const struct passwd *pw, char *command, char **env, int probe)
{
	const char *shell = pw->pw_shell[0] != '\0' ? pw->pw_shell : "/bin/sh";
	const pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		become_and_execute(pw, shell, command, env, probe);
	if (probe) { /* the reader sees the end of the probe */
		(void)close(PROBE_IN);
		(void)close(PROBE_OUT);
	}
	late = 0;
	(void)alarm(SECONDS_MAX);
	while (pid >= 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		if (late)
			(void)kill(pid, SIGKILL);
	(void)alarm(0);
	if (pid < 0)
		return 125;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void serve(pam_handle_t *pamh, const struct passwd *pw)
{
	char **env = environment(pamh, pw, pw->pw_shell[0] != '\0' ? pw->pw_shell : "/bin/sh");
	static char text[4096];

	while (fgets(text, sizeof text, stdin) != NULL) {
		const int probe = strncmp(text, "probe ", 6) == 0;
		char *command = strchr(text, ' ');

		text[strcspn(text, "\n")] = '\0';
		if (command == NULL)
			continue;
		(void)printf("ended %d\n", shell_run(pw, command + 1, env, probe));
		(void)fflush(stdout);
	}
}

static int session(pam_handle_t *pamh, const char *user, const char *rhost)
{
	const struct passwd *pw;
	int r = rhost[0] != '\0' ? pam_set_item(pamh, PAM_RHOST, rhost) : PAM_SUCCESS;

	if (r == PAM_SUCCESS)
		r = pam_acct_mgmt(pamh, 0);
	if (r != PAM_SUCCESS)
		return refused(pamh, "account", r);
	pw = getpwnam(user);
	if (pw == NULL || pw->pw_uid == 0 || initgroups(user, pw->pw_gid) < 0)
		return refused(pamh, "groups", PAM_USER_UNKNOWN);
	r = pam_setcred(pamh, PAM_ESTABLISH_CRED);
	if (r != PAM_SUCCESS)
		return refused(pamh, "credentials", r);
	r = pam_open_session(pamh, 0);
	if (r != PAM_SUCCESS) {
		(void)pam_setcred(pamh, PAM_DELETE_CRED);
		return refused(pamh, "session", r);
	}
	(void)puts("open");
	(void)fflush(stdout);
	serve(pamh, pw);
	(void)pam_close_session(pamh, 0);
	(void)pam_setcred(pamh, PAM_DELETE_CRED);
	return pam_end(pamh, PAM_SUCCESS) == PAM_SUCCESS ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct pam_conv conv = { .conv = converse };
	pam_handle_t *pamh = NULL;

	if (argc < 3 || geteuid() != 0) {
		(void)fputs("cordon-selftest: only cordon selftest starts this program\n", stderr);
		return 2;
	}
	const struct sigaction act = { .sa_handler = on_alarm };

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigaction(SIGALRM, &act, NULL);
	if (pam_start(argv[2], argv[1], &conv, &pamh) != PAM_SUCCESS) {
		(void)puts("refused start: PAM cannot be started");
		return 1;
	}
	return session(pamh, argv[1], argc > 3 ? argv[3] : "");
}
