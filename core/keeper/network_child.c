/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network_child.c - the process that makes the network of a session with NetworkAllow=
 *
 * nft(8) loads the rules into the namespace of the session, and then pasta(1) gives it an interface.
 * Both run as the owner id of the account, with the capabilities that they need and no other. The user
 * of the session has no capability in the namespace, so nothing there can be changed from inside. pasta
 * parses what the user sends, so it is in the user namespace that owns the network namespace, and has
 * no capability outside of that one.
 */
#include "keeper/keeper.h"

#include "base/cleanup.h"
#include "base/own.h"
#include "base/ports.h"
#include "base/sys.h"
#include "base/sys_ns.h"
#include "confine/child.h"
#include "contract/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_EXECUTED = 203, TUN_MAJOR = 10, TUN_MINOR = 200, TUN_MODE = 0666 };

#define BIT(cap) (1ull << (cap))

/* ---- the rules ---- */

static const char rules_head[] = NETWORK_RULES;
static const char rules_tail[] = NETWORK_REFUSAL "\n}\n}\n";

static const char refuse[] = NETWORK_REFUSAL;

static int put_rule(int out, const struct network_rule *r, const char *protocol)
{
	const bool old = r->family == NETWORK_IPV4;
	char address[INET6_ADDRSTRLEN], ports[64];

	if (inet_ntop(old ? AF_INET : AF_INET6, r->address, address, sizeof address) == NULL)
		return -errno;
	if (r->from == 0 && r->to == UINT16_MAX)
		(void)snprintf(ports, sizeof ports, "meta l4proto %s", protocol); /* fits */
	else if (r->from == r->to)
		(void)snprintf(ports, sizeof ports, "%s dport %u", protocol, r->from); /* fits */
	else
		(void)snprintf(ports, sizeof ports, "%s dport %u-%u", protocol, r->from,
			       r->to); /* fits */
	return dprintf(out, "%s daddr %s/%u %s %s\n", old ? "ip" : "ip6", address, r->bits, ports,
		       r->list == NETWORK_ALLOW ? "accept" : refuse) < 0 ?
		       -EIO :
		       0;
}

/* Returns the script for nft(8); -errno. */
static int rules_write(const struct plan *plan)
{
	cleanup_close int out = memfd_create("cordon-network", MFD_CLOEXEC);
	size_t n;
	const struct network_rule *rules = plan_network(plan, &n);
	int r = out < 0 || dprintf(out, "%s", rules_head) < 0 ? -EIO : network_host_put(out, "");

	r = r > 0 ? 0 : r < 0 ? r : -ENODATA; /* no host is without "lo" */
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (rules[i].protocols & PORTS_TCP)
			r = put_rule(out, &rules[i], "tcp");
		if (r == 0 && (rules[i].protocols & PORTS_UDP))
			r = put_rule(out, &rules[i], "udp");
	}
	if (r == 0 && dprintf(out, "%s", rules_tail) < 0)
		r = -EIO;
	return r < 0 ? r : take_fd(&out);
}

/* ---- a program ---- */

static int drop_but(const struct plan *plan, uint64_t caps)
{
	const uid_t id = plan->owner;
	int r = 0;

	for (unsigned cap = 0; r == 0 && cap <= plan->last_cap; cap++)
		if ((caps & BIT(cap)) == 0)
			r = sys_prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	if (r == 0)
		r = sys_prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	if (r == 0)
		r = sys_setgroups(0, NULL);
	if (r == 0)
		r = sys_setresgid(id, id, id);
	if (r == 0)
		r = sys_setresuid(id, id, id);
	if (r == 0)
		r = sys_capset(caps, caps, caps);
	for (unsigned cap = 0; r == 0 && cap <= plan->last_cap; cap++)
		if (caps & BIT(cap))
			r = sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
	return r < 0 ? r : sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* @join: a namespace of the kind @kind. @in, @out: standard input, and output for a message */
_Noreturn static void execute(const struct plan *plan, uint64_t caps, char *const *argv, int join,
			      int kind, int in, int out)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *env[] = { path, NULL };

	if (sys_setns(join, kind) == 0 && dup2(in, 0) == 0 && dup2(out, 1) == 1 &&
	    dup2(out, 2) == 2 && chdir("/") == 0 && own_signals(0) == 0 &&
	    sys_close_range(3, ~0u) == 0 && drop_but(plan, caps) == 0)
		(void)execve(argv[0], argv, env); /* returns only to fail */
	_exit(NOT_EXECUTED);
}

/* What a program has written last, in one line. */
static void said(int out, char *buf, size_t size)
{
	static const char noise[] = "Failed to send"; /* pasta without a syslog */
	char all[2048];
	const ssize_t n = pread(out, all, sizeof all - 1, 0);
	char *line, *next;

	buf[0] = '\0';
	all[n > 0 ? n : 0] = '\0';
	for (line = all; *line != '\0'; line = next) {
		const size_t len = strcspn(line, "\n");

		next = line + len + (line[len] == '\n');
		line[len] = '\0';
		if (len > 0 && buf[0] == '\0' && strncmp(line, noise, sizeof noise - 1) != 0)
			(void)snprintf(buf, size, ": %.120s", line); /* cut: for people */
	}
}

/* Runs a program to its end; it writes to @out. Returns 0; -errno with @why filled. */
static int run_to(int out, const struct plan *plan, uint64_t caps, char *const *argv, int join,
		  int kind, int in, char *why, size_t size)
{
	cleanup_close int pidfd = -1;
	const pid_t pid = out < 0 ? -EBADF : sys_clone(0, &pidfd);
	char line[160];
	int status;

	if (pid == 0)
		execute(plan, caps, argv, join, kind, in, out);
	if (pid < 0 || waitpid(pid, &status, __WALL) != pid)
		return -ECHILD;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	said(out, line, sizeof line);
	(void)snprintf(why, size, "%s %s%s", argv[0],
		       WIFEXITED(status) && WEXITSTATUS(status) == NOT_EXECUTED ?
			       "cannot be executed" :
			       "failed",
		       line); /* fits */
	return -ECANCELED;
}

/* The same; what it writes is only for the message. */
static int run(const struct plan *plan, uint64_t caps, char *const *argv, int join, int kind,
	       int in, char *why, size_t size)
{
	cleanup_close const int out = memfd_create("cordon-network", MFD_CLOEXEC);

	return run_to(out, plan, caps, argv, join, kind, in, why, size);
}

static int load(const struct plan *plan, int netns, int script, char *why, size_t size)
{
	static char program[] = NETWORK_NFT, file[] = "-f", in[] = "-";
	char *argv[] = { program, file, in, NULL };

	return lseek(script, 0, SEEK_SET) < 0 ?
		       -errno :
		       run(plan, BIT(CAP_NET_ADMIN), argv, netns, CLONE_NEWNET, script, why, size);
}

enum { VERDICTS = 3 };
static const char *const verdicts[VERDICTS] = { "accept", NETWORK_REFUSAL, NETWORK_DROPS };

/* Counts the lines of the text in @fd that end in each of these words. Returns 0; -errno. */
static int count_verdicts(int fd, unsigned ret[VERDICTS])
{
	const off_t size = lseek(fd, 0, SEEK_END);
	const char *text = size <= 0 ? MAP_FAILED :
				       mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	const char *end = text + size;

	if (text == MAP_FAILED)
		return -EIO;
	for (const char *line = text, *next; line < end; line = next) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		const char *last = stop != NULL ? stop : end;

		next = last + 1;
		if (last - line > 2 && last[-1] == '}') /* a chain in one line */
			last -= 2;
		for (unsigned i = 0; i < VERDICTS; i++) {
			const size_t n = strlen(verdicts[i]);

			if ((size_t)(last - line) >= n && memcmp(last - n, verdicts[i], n) == 0)
				ret[i]++;
		}
	}
	(void)munmap((void *)(uintptr_t)text, (size_t)size); /* cannot fail */
	return 0;
}

/* Does the kernel have as many rules of each kind, and chains that drop, as the script? */
static int read_back(const struct plan *plan, int netns, int script, char *why, size_t size)
{
	static char words[][16] = { NETWORK_NFT, "list", "table", "inet", "cordon" };
	char *argv[] = { words[0], words[1], words[2], words[3], words[4], NULL };
	cleanup_close const int out = memfd_create("cordon-network", MFD_CLOEXEC);
	unsigned wanted[VERDICTS] = { 0 }, got[VERDICTS] = { 0 };
	int r = run_to(out, plan, BIT(CAP_NET_ADMIN), argv, netns, CLONE_NEWNET, script, why, size);

	if (r < 0)
		return r;
	r = count_verdicts(script, wanted);
	if (r == 0)
		r = count_verdicts(out, got);
	if (r == 0 && memcmp(wanted, got, sizeof got) != 0)
		r = -ENOTRECOVERABLE;
	if (r < 0)
		(void)snprintf(why, size, "the kernel does not have the rules that %s loaded",
			       NETWORK_NFT); /* fits */
	return r;
}

static int load_rules(const struct plan *plan, int netns, char *why, size_t size)
{
	cleanup_close const int script = rules_write(plan);
	const int r = script < 0 ? script : load(plan, netns, script, why, size);

	return r < 0 ? r : read_back(plan, netns, script, why, size);
}

/* Refuses the addresses that have become the host's. Returns 0; -errno: the list no longer holds. */
static int refuse_new(const struct plan *plan, int netns, int addresses, char *why, size_t size)
{
	static const char failed[] =
		"new addresses of the host cannot be refused, so the session reaches nothing";
	cleanup_close const int script = memfd_create("cordon-network", MFD_CLOEXEC);
	const int n = script < 0 ? -errno : network_host_changed(addresses, script, NETWORK_FIRST);

	(void)snprintf(why, size, "%s", failed); /* fits */
	return n <= 0 ? n : load(plan, netns, script, why, size);
}

/*
 * pasta opens /dev/net/tun when it is no longer root. Where the host's file is root's alone, this mount
 * namespace gets one for pasta. The device gives nobody a right: the kernel asks for CAP_NET_ADMIN.
 */
static int device_give(void)
{
	cleanup_close int fs = -1, mount = -1;
	cleanup_close const int dir = open("/dev/net", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int r;

	if (dir < 0 || fstatat(dir, "tun", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if ((st.st_mode & 06) == 06)
		return 0;
	r = sys_mount_private();
	if (r == 0)
		r = fs = sys_fsopen("tmpfs");
	if (r >= 0)
		r = sys_fsconfig_create(fs);
	if (r >= 0)
		r = mount = sys_fsmount(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (r < 0)
		return r;
	(void)umask(0);
	r = sys_mknodat(mount, "tun", S_IFCHR | TUN_MODE, makedev(TUN_MAJOR, TUN_MINOR));
	return r < 0 ? r : sys_move_mount(mount, dir);
}

/*
 * Nothing is passed on to the session, and the address of the router does not stand for the host. The
 * program returns when the interface is there; what stays becomes a child of this PID 1.
 */
static int start_pasta(const struct plan *plan, int netns, char *why, size_t size)
{
	static char words[][20] = {
		NETWORK_PASTA, "--quiet",	  "--config-net", "--netns-only",
		"--netns",     "/proc/self/fd/0", "--no-map-gw",  "--no-netns-quit",
		"--no-dhcp",   "--no-dhcpv6",	  "--no-ra",	  "--tcp-ports",
		"none",	       "--udp-ports",	  "none",	  "--tcp-ns",
		"none",	       "--udp-ns",	  "none"
	};
	enum { WORDS = sizeof words / sizeof words[0] };
	char *argv[WORDS + 1];
	cleanup_close const int owner = ioctl(netns, NS_GET_USERNS);
	int r = owner < 0 ? -errno : 0;

	if (r < 0)
		return r;
	r = device_give();

	if (r < 0) {
		(void)snprintf(why, size, "/dev/net/tun cannot be opened: %s; run 'modprobe tun'",
			       strerror(-r)); /* fits */
		return r;
	}
	for (unsigned i = 0; i < WORDS; i++)
		argv[i] = words[i];
	argv[WORDS] = NULL;
	return run(plan, BIT(CAP_SYS_ADMIN) | BIT(CAP_NET_ADMIN), argv, owner, CLONE_NEWUSER, netns,
		   why, size);
}

/* ---- all of it ---- */

static void tell(int sock, int err, const char *why)
{
	struct wire_msg m;

	wire_init(&m, WIRE_FAIL);
	m.err = err;
	(void)snprintf(m.text, sizeof m.text, "%s", why); /* cut: for people */
	(void)wire_send(sock, &m, NULL, 0);		  /* end of file tells as well */
	_exit(1);
}

/**
 * struct watched - what cordon-network waits for
 * @sock:      end of the keeper
 * @signals:   end of pasta
 * @addresses: new addresses of the host
 */
struct watched {
	int sock, signals, addresses;
};

/* Waits for the end of pasta, or of the keeper. @why: why the session reaches nothing any more */
static int watch(const struct plan *plan, int netns, const struct watched *w, char *why, size_t size)
{
	for (;;) {
		struct pollfd p[] = { { .fd = w->sock, .events = POLLIN },
				      { .fd = w->signals, .events = POLLIN },
				      { .fd = w->addresses, .events = POLLIN } };
		struct signalfd_siginfo s;
		pid_t pid;
		int r;

		do
			pid = waitpid(-1, NULL, WNOHANG | __WALL);
		while (pid > 0);
		if (pid < 0) { /* no child is left */
			(void)snprintf(why, size, "%s",
				       "pasta has ended, so the session reaches nothing"); /* fits */
			return -ECHILD;
		}
		if (poll(p, 3, -1) < 0 && errno != EINTR)
			return -errno;
		if (p[0].revents != 0)
			_exit(0);
		while (read(w->signals, &s, sizeof s) == (ssize_t)sizeof s)
			;
		if (p[2].revents != 0 && (r = refuse_new(plan, netns, w->addresses, why, size)) < 0)
			return r;
	}
}

_Noreturn void network_run(const struct keeper *k, int sock, int netns)
{
	int keep[] = { sock, netns };
	char why[WIRE_TEXT_MAX] = "the rules cannot be written";
	struct watched w = { .sock = sock };
	sigset_t child;
	int r;

	(void)sigemptyset(&child);	  /* cannot fail */
	(void)sigaddset(&child, SIGCHLD); /* as above; all signals are blocked already */
	if (child_close_but(keep, 2) < 0 || child_die_with_parent() < 0 ||
	    prctl(PR_SET_NAME, "cordon-network") < 0)
		_exit(1);
	w.signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	w.addresses = network_host_open(); /* first, so that none is missed */
	if (w.signals < 0 || w.addresses < 0)
		_exit(1);
	r = load_rules(k->plan, netns, why, sizeof why);
	if (r == 0)
		r = start_pasta(k->plan, netns, why, sizeof why);
	if (r < 0)
		tell(sock, r, why);
	(void)wire_verdict(sock, VERDICT_CONFINE, "", ""); /* end of file tells as well */
	r = watch(k->plan, netns, &w, why, sizeof why);
	tell(sock, r, why); /* what is left of pasta dies with this PID 1 */
	_exit(1);
}
