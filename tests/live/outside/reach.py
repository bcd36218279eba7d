#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# reach.py - reach addresses by sockets of all kinds, and say what came of each
#
#   reach.py {WHAT ADDRESS...}...
#
#   tcp, udp       one byte there and back, at PORT
#   send           a datagram without a connection
#   ping           an echo by an ICMP socket
#   take           a datagram by the sender ADDRESS, which asks the server at 127.0.0.1 for it by TCP
#   raw            make a raw socket
#   route          a datagram to ADDRESS by way of ::1, whether or not it arrives
#   serve          answer by TCP and UDP at all addresses, until killed
#
# One line for each: "WHAT ADDRESS: OK", or the name of the error. Nothing that is refused waits for an
# answer: where the kernel drops packets and says nothing, one retry of TCP is all (TCP_SYNCNT).
import errno
import os
import select
import socket
import struct
import sys

PORT = 17300


def of(address, kind, protocol=0):
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind, protocol)
    s.settimeout(20)
    return s


def tcp(address):
    s = of(address, socket.SOCK_STREAM)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 1)
    s.connect((address, PORT))
    s.sendall(b"x")
    assert s.recv(1) == b"x"


def udp(address):
    s = of(address, socket.SOCK_DGRAM)
    s.connect((address, PORT))
    s.send(b"x")
    assert s.recv(1) == b"x"


def send(address):
    s = of(address, socket.SOCK_DGRAM)
    s.sendto(b"x", (address, PORT))
    assert s.recv(1) == b"x"


def route(address):
    s = of(address, socket.SOCK_DGRAM)
    stops = socket.inet_pton(socket.AF_INET6, address) + socket.inet_pton(socket.AF_INET6, "::1")
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RTHDR, bytes([0, 4, 4, 1, 1, 0, 0, 0]) + stops)
    s.sendto(b"x", (address, PORT))


def ping(address):
    six = ":" in address
    s = of(address, socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP)
    # the kernel says nothing of a dropped echo of IPv6: one to the loopback follows, whose answer comes
    for number, to in (1, address), (2, "::1" if six else "127.0.0.1"):
        s.sendto(struct.pack("!BBHHH", 128 if six else 8, 0, 0, 0, number), (to, 0))
    if struct.unpack("!BBHHH", s.recv(100)[:8])[4] != 1:
        raise OSError(errno.ENOMSG, "")


# The server sends two datagrams: one from the address, and then one from 127.0.0.1, which must come.
def take(address):
    u = of(address, socket.SOCK_DGRAM)
    u.bind(("127.0.0.1", 0))
    t = of(address, socket.SOCK_STREAM)
    t.connect(("127.0.0.1", PORT))
    t.sendall(f"{address} {u.getsockname()[1]}\n".encode())
    if u.recv(100) != b"first":
        raise OSError(errno.ENOMSG, "")


def raw(address):
    of(address, socket.SOCK_RAW, socket.IPPROTO_ICMP)


def answer(c):
    data = c.recv(100)
    if data.endswith(b"\n"):
        address, port = data.decode().split()
        for source, text in (address, b"first"), ("127.0.0.1", b"second"):
            s = of(address, socket.SOCK_DGRAM)
            s.bind((source, 0))
            s.sendto(text, ("127.0.0.1", int(port)))
    elif data:
        c.sendall(data)


def serve(_):
    listening = []
    for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
        s = of("::", kind)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        s.bind(("::", PORT))
        listening.append(s)
    t, u = listening
    t.listen(50)
    if os.fork():
        os._exit(0)
    os.setsid()
    for fd in 0, 1, 2:
        os.dup2(os.open("/dev/null", os.O_RDWR), fd)
    clients = []
    while True:
        for s in select.select(listening + clients, [], [])[0]:
            if s is t:
                clients.append(t.accept()[0])
            elif s is u:
                data, where = u.recvfrom(100)
                u.sendto(data, where)
            else:
                try:
                    answer(s)
                except OSError:
                    pass
                clients.remove(s)


for word in sys.argv[1:]:
    if word in ("tcp", "udp", "send", "ping", "take", "raw", "route", "serve"):
        what = globals()[word]
        continue
    try:
        what(word)
        print(f"{what.__name__} {word}: OK", flush=True)
    except OSError as e:
        name = "no answer" if e.errno is None else errno.errorcode[e.errno]
        print(f"{what.__name__} {word}: {name}", flush=True)
