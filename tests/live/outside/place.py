#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# place.py - what a program can do to the host from the place of pasta
#
# One line: "nothing of N", or "did: " and what succeeded. The exit code is 1.
import ctypes
import os
import socket
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
NEWNS, NEWNET, NEWUSER = 0x20000, 0x40000000, 0x10000000
PTRACE_SEIZE = 0x4206  # stops nobody


def call(r):
    if r < 0:
        raise OSError(ctypes.get_errno(), "")


def join(path, kind):
    fd = os.open(path, os.O_RDONLY)
    call(libc.setns(fd, kind))


def mount(source, target, kind):
    call(libc.mount(source, target, kind, 0, None))



def change_network():
    # RTM_NEWLINK: lo up
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    s.send(struct.pack("=IHHIIBxHiII", 32, 16, 5, 1, 0, 0, 0, 1, 1, 1))
    if struct.unpack_from("=i", s.recv(4096), 16)[0] < 0:
        raise OSError


attempts = {
    "mount": lambda: mount(b"none", b"/mnt", b"tmpfs"),
    "remount": lambda: call(libc.mount(None, b"/", None, 0x1020, None)),
    "setns of mounts": lambda: join(f"/proc/{os.getppid()}/ns/mnt", NEWNS),
    "setns of the host": lambda: join("/proc/1/ns/mnt", NEWNS),
    "setns of users": lambda: join("/proc/1/ns/user", NEWUSER),
    "ptrace": lambda: call(libc.ptrace(PTRACE_SEIZE, os.getppid(), None, None)),
    "kill": lambda: os.kill(os.getppid(), 0),
    "read": lambda: open("/etc/shadow").close(),
    "write": lambda: os.open("/etc/passwd", os.O_WRONLY),
    "packets": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
    "network": change_network,
}
did = []
for name, attempt in attempts.items():
    try:
        attempt()
        did.append(name)
    except OSError:
        pass
print(f"did: {', '.join(did)}" if did else f"nothing of {len(attempts)}")
sys.exit(1)
