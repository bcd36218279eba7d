/* SPDX-License-Identifier: Apache-2.0 */
/* bait.c - harmless things of the host's that a session must not reach */
#include "ctl/selftest/selftest.h"

#include "base/sys.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process as the user has them outside of sessions: it has nothing of ours. */
static pid_t process_start(const struct facts *facts)
{
	const pid_t pid = fork();

	if (pid != 0)
		return pid < 0 ? -errno : pid;
	/* programs of the user can trace it: no terminal and no keys of the caller's */
	(void)sys_keyring_private(); /* a kernel without keyrings has none to hide */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || setsid() < 0 || setgroups(0, NULL) < 0 ||
	    setresgid(facts->gid, facts->gid, facts->gid) < 0 ||
	    setresuid(facts->login.uid, facts->login.uid, facts->login.uid) < 0 || chdir("/") < 0)
		_exit(1);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* the change of ids has cleared it */
	(void)sys_close_range(0, ~0u);
	(void)execl("/bin/sleep", "sleep", "600", (char *)NULL);
	_exit(1);
}

static int tcp_listen(unsigned *ret_port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (s < 0 || bind(s, (void *)&a, sizeof a) < 0 || listen(s, 64) < 0 ||
	    getsockname(s, (void *)&a, &len) < 0)
		return -1;
	*ret_port = ntohs(a.sin_port);
	return s;
}

static int abstract_listen(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(a.sun_path + 1, name, strlen(name)); /* fits: 64 bytes */
	if (s < 0 ||
	    bind(s, (void *)&a,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name))) < 0 ||
	    listen(s, 64) < 0)
		return -1;
	return s;
}

static void file_lay(char path[64], const char *dir)
{
	int fd;

	(void)snprintf(path, 64, "%s/.cordon-selftest-XXXXXX", dir); /* fits */
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		path[0] = '\0';
	else
		(void)close(fd);
}

static struct bait *laid;

/* Takes away what is there, and ends as the signal does. */
static void on_end(int sig)
{
	bait_remove(laid);
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
}

int bait_lay(struct selftest *t)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	const struct sigaction act = { .sa_handler = on_end };
	static const char *const dirs[] = { "/tmp", "/var/tmp", "/dev/shm", "/run" };
	struct bait *b = &t->bait;
	unsigned number = 0;

	laid = b;
	b->shm = b->queue = -1;
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		(void)sigaction(signals[i], &act, NULL); /* cannot fail */
	(void)!getentropy(&number, sizeof number);
	(void)snprintf(b->name, sizeof b->name, "cordon-selftest-%08x", number); /* fits */
	b->pid = process_start(&t->facts);
	b->listener = tcp_listen(&b->port);
	b->abstract = abstract_listen(b->name);
	b->shm = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0666);
	b->queue = (int)syscall(SYS_mq_open, b->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666L,
				0L);
	for (unsigned i = 0; i < 4; i++)
		file_lay(b->file[i], dirs[i]);
	return b->pid < 0 || b->listener < 0 || b->abstract < 0 ? -errno : 0;
}

void bait_remove(struct bait *b)
{
	for (unsigned i = 0; i < 4; i++)
		if (b->file[i][0] != '\0')
			(void)unlink(b->file[i]); /* it may be gone */
	if (b->shm >= 0)
		(void)shmctl(b->shm, IPC_RMID, NULL);
	if (b->queue >= 0)
		(void)syscall(SYS_mq_unlink, b->name);
	if (b->pid > 0) {
		(void)kill(b->pid, SIGKILL);
		(void)waitpid(b->pid, NULL, 0);
		b->pid = 0; /* a signal that comes later must not end what gets the number next */
	}
}
