#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# net.py - reach hosts and ports by sockets of all kinds, and say what came of each
#
#   net.py {WHAT HOST PORT}...
#   net.py serve PORT...      answer by TCP and UDP at all addresses, until killed
#
#   tcp, mptcp, fast   one line there and back; fast sends it with the SYN
#   sctp               connect
#   udp, big           a datagram there and back; big is larger than a packet
#   device             as tcp, bound to each interface but lo
#   ping, raw, packet  one packet by a socket of that kind
#   vsock              connect to the machine below
#
# One line for each: "WHAT HOST PORT: OK", or the name of the error.
import errno
import select
import socket
import struct
import sys

TEXT = b"welcome\n"


def serve(ports):
    ready = []
    for port in ports:
        t = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
        t.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        t.bind(("::", port))
        t.listen(16)
        u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        u.bind(("::", port))
        ready += [t, u]
    while True:
        for s in select.select(ready, [], [])[0]:
            try:
                if s.type == socket.SOCK_STREAM:
                    c, _ = s.accept()
                    c.sendall(TEXT)
                    c.close()
                else:
                    _, who = s.recvfrom(65536)
                    s.sendto(TEXT, who)
            except OSError:
                pass


def make(host, kind, proto=0):
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind, proto)
    s.settimeout(1.5)
    return s


def answer(s):
    if not s.recv(64).startswith(b"welcome"):
        raise OSError(errno.EPROTO, "")


def attempt(what, host, port):
    if what in ("tcp", "mptcp", "device"):
        s = make(host, socket.SOCK_STREAM, 262 if what == "mptcp" else 0)
        if what == "device":
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"uplink")
        s.connect((host, port))
        answer(s)
    elif what == "fast":
        s = make(host, socket.SOCK_STREAM)
        s.sendto(b"x", 0x20000000, (host, port))  # MSG_FASTOPEN
        answer(s)
    elif what == "sctp":
        make(host, socket.SOCK_STREAM, 132).connect((host, port))
    elif what in ("udp", "big"):
        s = make(host, socket.SOCK_DGRAM)
        s.connect((host, port))
        s.send(b"x" * (20000 if what == "big" else 1))
        answer(s)
    elif what in ("ping", "raw"):
        s = make(host, socket.SOCK_DGRAM if what == "ping" else socket.SOCK_RAW, 1)
        s.sendto(struct.pack("!BBHHH", 8, 0, 0xF7FE, 0, 1), (host, 0))
        s.recv(64)
    elif what == "packet":
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    elif what == "vsock":
        s = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
        s.settimeout(1)
        s.connect((2, 1))


args = sys.argv[1:]
if args[0] == "serve":
    serve([int(p) for p in args[1:]])
while args:
    what, host, port = args[:3]
    args = args[3:]
    try:
        attempt(what, host, int(port))
        result = "OK"
    except socket.timeout:
        result = "ETIMEDOUT"
    except OSError as e:
        result = errno.errorcode.get(e.errno, "?")
    print(f"{what} {host} {port}: {result}", flush=True)
