# SPDX-License-Identifier: Apache-2.0
"""tools.py - what the parts of the bench share: the stopwatch, bob's rule, other sandboxes"""
import atexit
import ctypes
import os
import random
import shutil
import subprocess
import sys

TOOLS = os.environ["HOST_BUILD"] + "/tests/bench/"
KEYS = os.environ["HOST_KEYS"]
RULES = "/etc/cordon/rules.d/"
RULE = RULES + "50-bench.conf"
BIN = "/usr/local/bin/"  # of the throwaway host: to be seen in every session and sandbox
TRUE = BIN + "bench-true"

# As much of our view as bubblewrap can be told to make; it has no filter and no limits then.
BWRAP = ["bwrap", "--die-with-parent", "--unshare-all", "--unshare-user",
         "--ro-bind", "/usr", "/usr", "--ro-bind", "/etc", "/etc", "--ro-bind", "/var", "/var",
         "--symlink", "usr/bin", "/bin", "--symlink", "usr/sbin", "/sbin",
         "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
         "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/run"]
BWRAP_HOME = BWRAP + ["--bind", "/home/bob", "/home/bob"]
FIREJAIL = ["firejail", "--quiet", "--noprofile", "--private-dev", "--private-tmp",
            "--caps.drop=all", "--nonewprivs", "--seccomp"]
MINIJAIL = ["minijail0", "-v", "-p", "-l", "-r", "-N", "--uts", "-U", "-m0 0 4294967295",
            "-M0 0 4294967295"]
CORDON_RUN = ["cordon", "run"]


def say(*words):
    print("bench:", *words, file=sys.stderr, flush=True)


def run(argv):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120, check=False)


def explain(argv):
    done = run(argv)
    return f"once more: exit status {done.returncode}: {done.stdout}{done.stderr}".strip()


class Stopwatch:
    """Starts programs from a small process of its own; see stopwatch.c."""

    def __init__(self):
        self.process = subprocess.Popen([TOOLS + "stopwatch"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, words):
        self.process.stdin.write("\x1f".join(words) + "\n")
        self.process.stdin.flush()
        took, failed = self.process.stdout.readline().split()
        return int(took), int(failed)

    def ms(self, argv):
        took, status = self.ask(["one"] + argv)
        if status != 0:
            sys.exit(f"bench: {' '.join(argv)}: failed; {explain(argv)}")
        return took / 1e6

    def rate(self, argv, count, at_once):
        """A second, @count of them, @at_once together."""
        took, failed = self.ask(["many", str(count), str(at_once)] + argv)
        if failed:
            sys.exit(f"bench: {' '.join(argv)}: {failed} of {count} failed; {explain(argv)}")
        return count / (took / 1e9)


def apart(wrapper):
    """Does it put a program into a pid namespace of its own?"""
    link = ["readlink", "/proc/self/ns/pid"]
    return run(wrapper + link).stdout not in ("", run(link).stdout)


def usable(table, row, argv):
    """Is it there, and does it do its work here? If not the table says why, loudly."""
    why = "not installed"
    if row.startswith("firejail") and shutil.which("firejail") and not apart(FIREJAIL):
        why = "it runs programs without a sandbox here"
    elif shutil.which(argv[0]) is not None:
        try:
            done = run(argv)
        except subprocess.TimeoutExpired:
            why = "hangs here"
        else:
            said = (done.stdout + done.stderr).strip().splitlines() or ["it says nothing"]
            why = f"exit status {done.returncode}: {said[0]}" if done.returncode != 0 else ""
    if why:
        table.skip(row, why)
        say(f"{table.key}: {row} SKIPPED: {why}")
    return not why


def kernel_thread():
    """firejail looks for kernel threads among the first processes and, where it sees none, runs
    the program without a sandbox. Here it is given a process with the name of one."""
    name = BIN + "kthreadd"
    if not os.path.exists(name):
        shutil.copy(shutil.which("sleep"), name)
    with open("/proc/sys/kernel/ns_last_pid", "w", encoding="ascii") as f:
        f.write("4")
    atexit.register(subprocess.Popen([name, "infinity"], stdin=subprocess.DEVNULL).kill)


class Rule:
    """bob's rule, the only one there is; written where it changes."""
    NO_CORDON = "not even the module"
    now = None

    @classmethod
    def set(cls, lines):
        """@lines of its [Session]; None: no rule at all; NO_CORDON: not in the PAM stacks."""
        if cls.now == lines:
            return
        if cls.NO_CORDON in (lines, cls.now):
            Stacks.set(lines != cls.NO_CORDON)
        if lines is None or lines == cls.NO_CORDON:
            if os.path.exists(RULE):
                os.unlink(RULE)
        else:
            with open(RULE + ".new", "w", encoding="ascii") as f:
                f.write(f"[Match]\nUser=bob\n\n[Session]\n{lines}\n")
            os.rename(RULE + ".new", RULE)
        cls.now = lines


class Stacks:
    """The PAM stacks that have pam_cordon, with it and without."""
    texts = {}

    @classmethod
    def set(cls, with_cordon):
        if not cls.texts:
            for entry in os.scandir("/etc/pam.d"):
                with open(entry.path, encoding="utf-8") as f:
                    text = f.read()
                if "pam_cordon" in text:
                    cls.texts[entry.path] = text
        for path, text in cls.texts.items():
            if not with_cordon:
                text = "".join(line for line in text.splitlines(True) if "pam_cordon" not in line)
            with open(path + ".new", "w", encoding="utf-8") as f:
                f.write(text)
            os.rename(path + ".new", path)


def ssh(key="id", command="true"):
    return ["ssh", "-F", KEYS + "/ssh_config", "-i", f"{KEYS}/{key}", "bob@h", command]


def forced_key(key, wrapper):
    """A key of bob's whose logins go through @wrapper; the same user, so the same delays."""
    if os.path.exists(f"{KEYS}/{key}"):
        return  # by an earlier run
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{KEYS}/{key}"])
    with open(f"{KEYS}/{key}.pub", encoding="ascii") as f:
        public = f.read()
    command = " ".join(wrapper) + r' /bin/bash -c \"$SSH_ORIGINAL_COMMAND\"'
    with open("/home/bob/.ssh/authorized_keys", "a", encoding="ascii") as f:
        f.write(f'command="exec {command}" {public}')


def su(command="true"):
    return ["su", "bob", "-c", command]


def rounds(n, cases):
    """Each of the functions once a round, in random order."""
    for _ in range(n):
        for case in random.sample(cases, len(cases)):
            case()


class Mounts:
    """Many mounts on the host, all below one, so that they come and go quickly."""
    COUNT = 2000
    HIDDEN, SHOWN = "/mnt/many", "/srv/many"  # where no session sees them, where each does
    libc = ctypes.CDLL(None, use_errno=True)
    bind = 4096

    @classmethod
    def call(cls, *args):
        if cls.libc.mount(*args, None) != 0:
            sys.exit(f"bench: mount: {os.strerror(ctypes.get_errno())}")

    @classmethod
    def make(cls, top, count=COUNT):
        os.makedirs(top, exist_ok=True)
        cls.call(b"many", top.encode(), b"tmpfs", 0)
        for i in range(count - 1):
            place = f"{top}/{i}"
            os.mkdir(place)
            cls.call(place.encode(), place.encode(), None, cls.bind)

    @classmethod
    def remove(cls, top):
        if cls.libc.umount2(top.encode(), 2) != 0:  # MNT_DETACH: with all below
            sys.exit(f"bench: umount: {os.strerror(ctypes.get_errno())}")
