# SPDX-License-Identifier: Apache-2.0
# outside.py - what can be done with a descriptor that was opened outside of the session
#
#   outside.py give PATH         hand descriptors of this side to whoever connects to the socket PATH
#   outside.py take PATH         get them there, and try
#   outside.py try FD            try with the directory that is open as FD
#
# One line for each attempt: its name and "OPEN", or the name of the error.
import errno
import os
import signal
import socket
import sys

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY


def attempt(name, what):
    try:
        got = what()
        print(f"{name}: {'OPEN' if got is None or got is True or got >= 0 else 'EPERM'}", flush=True)
    except OSError as e:
        print(f"{name}: {errno.errorcode[e.errno]}", flush=True)


def listing(path, at):
    fd = os.open(path, DIRECTORY, dir_fd=at)
    try:
        os.listdir(fd)
    finally:
        os.close(fd)


def by_path(path, at, flags):
    # a descriptor that opens nothing, opened again by its name
    fd = os.open(path, os.O_PATH, dir_fd=at)
    try:
        os.close(os.open(f"/proc/self/fd/{fd}", flags))
    finally:
        os.close(fd)


def change_to(at):
    os.fchdir(at)
    try:
        os.listdir(".")
    finally:
        os.chdir("/")


def execute(at):
    fd = os.open("usr/bin/true", os.O_PATH, dir_fd=at)
    try:
        os.stat(fd)
        pid = os.fork()
        if pid == 0:
            try:
                os.execve(fd, ["true"], {})
            except OSError as e:
                os._exit(e.errno)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status:
            raise OSError(status, "")
    finally:
        os.close(fd)


def connect(at):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(f"/proc/self/fd/{at}/srv/hidden/sock")


def send(at):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.sendto(b"x", f"/proc/self/fd/{at}/srv/hidden/datagrams")


def bind(at):
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(f"/proc/self/fd/{at}/tmp/of-the-session")


def watch(at):
    import ctypes  # python3-minimal has none

    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.inotify_init1(0)
    if libc.inotify_add_watch(fd, f"/proc/self/fd/{at}/tmp".encode(), 0x100) < 0:
        raise OSError(ctypes.get_errno(), "")


def everything(at):
    here = f"/proc/self/fd/{at}"
    write = os.O_WRONLY
    tries = {
        "list": lambda: listing(".", at),
        "list-by-link": lambda: os.listdir(here) and None,
        "list-homes": lambda: listing("home", at),
        "list-tmp": lambda: listing("tmp", at),
        "list-own-home": lambda: listing("home/bob", at),
        "read-hidden": lambda: os.open("srv/hidden/file", os.O_RDONLY, dir_fd=at),
        "read-by-path": lambda: by_path("srv/hidden/file", at, os.O_RDONLY),
        "list-by-path": lambda: by_path("home", at, DIRECTORY),
        "change-to": lambda: change_to(at),
        "write-read-only": lambda: os.open("home/bob/keep/file", write, dir_fd=at),
        "write-by-path": lambda: by_path("home/bob/keep/file", at, write),
        "truncate": lambda: os.truncate(here + "/home/bob/keep/file", 0),
        "make": lambda: os.open("home/bob/keep/new", write | os.O_CREAT, 0o600, dir_fd=at),
        "make-directory": lambda: os.mkdir("home/bob/keep/dir", dir_fd=at),
        "make-at-home": lambda: os.open("home/bob/new", write | os.O_CREAT, 0o600, dir_fd=at),
        "make-in-tmp": lambda: os.open("tmp/new", write | os.O_CREAT, 0o600, dir_fd=at),
        "link": lambda: os.symlink("x", "home/bob/keep/link", dir_fd=at),
        "rename": lambda: os.rename("home/bob/keep/file", "home/bob/keep/f", src_dir_fd=at, dst_dir_fd=at),
        "remove": lambda: os.unlink("home/bob/keep/file", dir_fd=at),
        "fifo": lambda: os.mkfifo("home/bob/keep/fifo", dir_fd=at),
        "execute": lambda: execute(at),
        "bind": lambda: bind(at),
        "connect": lambda: connect(at),
        "send": lambda: send(at) and None,
        "watch": lambda: watch(at),
    }
    for name, what in tries.items():
        attempt(name, what)


def give(path):
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(path)
        os.chmod(path, 0o777)
        s.listen()
        if os.fork():
            return
        os.setsid()
        null = os.open("/dev/null", os.O_RDWR)
        for fd in 0, 1, 2:
            os.dup2(null, fd)
        while True:
            peer = s.accept()[0]
            with socket.socket(socket.AF_UNIX) as other:
                socket.send_fds(peer, [b"x"], [
                    os.open("/", DIRECTORY),
                    os.open("/", os.O_PATH),
                    other.fileno(),
                    os.pidfd_open(os.getpid()),
                ])
            peer.close()


def abstract(fd):
    with socket.socket(fileno=fd) as s:
        s.connect("\0host-secret")


def take(path):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        fds = socket.recv_fds(s, 1, 8)[1]
    for i in 0, 1:
        print(f"directory {i}")
        everything(fds[i])
    attempt("abstract", lambda: abstract(fds[2]))
    attempt("signal", lambda: signal.pidfd_send_signal(fds[3], 9))


if sys.argv[1] == "give":
    give(sys.argv[2])
elif sys.argv[1] == "take":
    take(sys.argv[2])
else:
    everything(int(sys.argv[2]))
