#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# try.py - use ports and unix sockets, and say what came of each
#
#   try.py {WHAT NAME...}...
#
#   bind, send, connect PORT...     by UDP, on the loopback
#   listen PORT...                  by TCP
#   unix, datagram PATH...          connect, or send a datagram, to a unix socket
#   serve, serve-datagrams PATH...  make such a socket, and keep it for ten minutes
#
# One line for each: "WHAT NAME: OK", or the name of the error.
import errno
import os
import socket
import sys
import time

LOOPBACK = "127.0.0.1"


def of(family, kind):
    return socket.socket(family, kind)


def udp():
    return of(socket.AF_INET, socket.SOCK_DGRAM)


def listen(port):
    s = of(socket.AF_INET, socket.SOCK_STREAM)
    s.bind((LOOPBACK, int(port)))
    s.listen()


def serve(path, kind):
    s = of(socket.AF_UNIX, kind)
    s.bind(path)
    os.chmod(path, 0o777)
    if kind == socket.SOCK_STREAM:
        s.listen()
    if os.fork() == 0:
        os.setsid()
        null = os.open("/dev/null", os.O_RDWR)
        for fd in 0, 1, 2:
            os.dup2(null, fd)
        time.sleep(600)
        os._exit(0)


DO = {
    "bind": lambda port: udp().bind((LOOPBACK, int(port))),
    "send": lambda port: udp().sendto(b"x", (LOOPBACK, int(port))),
    "connect": lambda port: udp().connect((LOOPBACK, int(port))),
    "listen": listen,
    "unix": lambda path: of(socket.AF_UNIX, socket.SOCK_STREAM).connect(path),
    "datagram": lambda path: of(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", path),
    "serve": lambda path: serve(path, socket.SOCK_STREAM),
    "serve-datagrams": lambda path: serve(path, socket.SOCK_DGRAM),
}

for word in sys.argv[1:]:
    if word in DO:
        what = word
        continue
    try:
        DO[what](word)
        print(f"{what} {word}: OK", flush=True)
    except OSError as e:
        print(f"{what} {word}: {errno.errorcode[e.errno]}", flush=True)
        if what.startswith("serve"):
            sys.exit(1)
