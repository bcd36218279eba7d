/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - cordon-passwd: what a session has in the place of set-user-ID programs, which gain nothing
 *
 * As passwd(1), with PasswordChange=yes, it asks the keeper of the session, which runs passwd(1) of
 * the host outside, and copies bytes between the terminal of the user and the keeper. Under each other
 * name it says that the program is not available. It has no privileges.
 */
#include "base/text.h"
#include "contract/password.h"
#include "contract/places.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

enum { EXIT_PASSWD = 1, EXIT_WORDS = 2, EXIT_KILLED = 128 };

static void write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		const ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return; /* nobody reads it */
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
}

static int refuse(const char *name, const char *text, int code)
{
	char plain[64];

	write_all(2, plain, text_plain(plain, sizeof plain, name, SIZE_MAX));
	write_all(2, ": ", 2);
	write_all(2, text, strlen(text));
	write_all(2, "\n", 1);
	return code;
}

static int connect_keeper(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = SESSION_PASSWORD };
	const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	return fd < 0 || connect(fd, (const struct sockaddr *)&addr, sizeof addr) < 0 ? -1 : fd;
}

/* Signals that would end this program while the terminal shows nothing that is typed. */
static int signals_take(void)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	sigset_t set;

	(void)sigemptyset(&set); /* these cannot fail */
	for (unsigned i = 0; i < sizeof ending / sizeof ending[0]; i++)
		(void)sigaddset(&set, ending[i]);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Every key goes to the terminal of passwd, ^C as well. */
static void make_raw(struct termios t)
{
	cfmakeraw(&t);
	(void)tcsetattr(0, TCSAFLUSH, &t); /* else it echoes twice */
}

/* Handles a packet of the keeper. Returns -1 if there are more, else an exit status. */
static int on_packet(int keeper, char *text, size_t size, char *ret_kind)
{
	char packet[PASSWORD_PACKET];
	const ssize_t n = recv(keeper, packet, sizeof packet, 0);

	if (n < 0 && errno == EINTR)
		return -1;
	*ret_kind = n <= 0 ? '\0' : packet[0];
	if (n < 2)
		return EXIT_PASSWD;
	if (packet[0] == PASSWORD_SHOWS) {
		write_all(1, packet + 1, (size_t)n - 1);
		return -1;
	}
	if (packet[0] == PASSWORD_ENDS)
		return (unsigned char)packet[1];
	(void)text_plain(text, size, packet + 1, (size_t)n - 1);
	return EXIT_PASSWD;
}

/* passwd(1) ignores ^C, but hangs up. Returns -1, or the exit status if the user wants to leave. */
static int type(int keeper, const struct termios *before)
{
	char typed[128];
	const ssize_t n = read(0, typed, sizeof typed);

	if (n <= 0)
		return EXIT_PASSWD;
	if (memchr(typed, before->c_cc[VINTR], (size_t)n) != NULL)
		return EXIT_KILLED + SIGINT;
	return send(keeper, typed, (size_t)n, MSG_NOSIGNAL) < 0 ? EXIT_PASSWD : -1;
}

/* Copies until passwd has ended. @text: what the keeper says if it refuses. */
static int copy(int keeper, int signals, const struct termios *before, char *text, size_t size,
		char *ret_kind)
{
	for (;;) {
		struct pollfd p[] = { { .fd = keeper, .events = POLLIN },
				      { .fd = 0, .events = POLLIN },
				      { .fd = signals, .events = POLLIN } };
		struct signalfd_siginfo s;
		int code = -1;

		if (poll(p, 3, -1) < 0)
			continue;
		if (p[2].revents && read(signals, &s, sizeof s) == (ssize_t)sizeof s)
			return EXIT_KILLED + (int)s.ssi_signo;
		if (p[0].revents)
			code = on_packet(keeper, text, size, ret_kind);
		else if (p[1].revents)
			code = type(keeper, before);
		if (code >= 0)
			return code;
	}
}

static int change(void)
{
	struct termios before;
	char text[PASSWORD_PACKET] = "", kind = PASSWORD_ENDS;
	int keeper, signals, code;

	if (tcgetattr(0, &before) < 0 || !isatty(1))
		return refuse("passwd", "a terminal is required; with ssh, write ssh -t",
			      EXIT_PASSWD);
	keeper = connect_keeper();
	if (keeper < 0)
		return refuse("passwd",
			      "the password cannot be changed in this session; ask the administrator",
			      EXIT_PASSWD);
	signals = signals_take();
	make_raw(before);
	code = copy(keeper, signals, &before, text, sizeof text, &kind);
	(void)tcsetattr(0, TCSADRAIN, &before); /* the terminal may be gone */
	if (code >= EXIT_KILLED)
		write_all(1, "\n", 1);
	if (kind == PASSWORD_REFUSES)
		return refuse("passwd", text, code);
	if (kind == '\0')
		return refuse("passwd", "the session ends, and the change with it", code);
	return code;
}

int main(int argc, char **argv)
{
	const char *name = argc > 0 ? text_base(argv[0]) : "passwd";

	if (strcmp(name, "passwd") != 0)
		return refuse(
			name,
			"not available in this session, in which programs gain no privileges (no_new_privs); ask the administrator",
			EXIT_PASSWD);
	if (argc > 1)
		return refuse(
			"passwd",
			"options and names are not available in this session; type passwd alone",
			EXIT_WORDS);
	return change();
}
