# SPDX-License-Identifier: Apache-2.0
"""growth.py - what a login costs on a host that has more of something: the part "growth" of bench"""
import os
import shutil
import signal
import subprocess
import sys

from stats import Table, quartiles
from tools import Mounts, RULES, Rule, rounds, su

EACH = 5  # logins of one kind in a row, whose median is a sample
OTHERS = "alice", "carol", "eve"  # a user's keys are enough for some 200 sessions


class Processes:
    """Idle processes of root."""
    sizes = 0, 500, 2000
    pids = []

    @classmethod
    def make(cls, count):
        for _ in range(count):
            pid = os.fork()
            if pid == 0:
                while True:
                    signal.pause()
            cls.pids.append(pid)

    @classmethod
    def remove(cls):
        for pid in cls.pids:
            os.kill(pid, signal.SIGKILL)
        for pid in cls.pids:
            os.waitpid(pid, 0)
        cls.pids = []


class HiddenMounts:
    """Mounts that no session is shown."""
    sizes = 0, 500, 2000

    @staticmethod
    def make(count):
        if count:
            Mounts.make(Mounts.HIDDEN, count)

    @staticmethod
    def remove():
        if os.path.ismount(Mounts.HIDDEN):
            Mounts.remove(Mounts.HIDDEN)


class Rules:
    """Rule files of ten lines for other users, before the one that matches."""
    sizes = 0, 500, 2000

    @staticmethod
    def make(count):
        for i in range(count):
            with open(f"{RULES}10-{i:04}.conf", "w", encoding="ascii") as f:
                f.write(f"[Match]\nUser=nobody{i}\n\n[Session]\n" +
                        "".join(f"ReadOnlyPaths=-/srv/course/{k}\n" for k in range(6)))

    @staticmethod
    def remove():
        for entry in os.scandir(RULES):
            if entry.name.startswith("10-"):
                os.unlink(entry.path)


class Groups:
    """Groups of the user."""
    sizes = 0, 100, 1000

    @staticmethod
    def make(count):
        shutil.copy("/etc/group", "/etc/group.bench")
        with open("/etc/group", "a", encoding="ascii") as f:
            f.writelines(f"bench{i}:x:{100000 + i}:bob\n" for i in range(count))

    @staticmethod
    def remove():
        os.rename("/etc/group.bench", "/etc/group")


class Sessions:
    """Confined sessions of other users, in which nothing happens."""
    sizes = 0, 100, 300
    clients = []

    @classmethod
    def make(cls, count):
        with open(RULES + "60-others.conf", "w", encoding="ascii") as f:
            f.write("".join(f"[Match]\nUser={name}\n" for name in OTHERS) + "[Session]\n")
        for i in range(count):
            cls.clients.append(subprocess.Popen(
                ["su", OTHERS[i % len(OTHERS)], "-c", "echo up; exec sleep 600"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE))
        for client in cls.clients:
            if client.stdout.readline() != b"up\n":
                sys.exit("bench: growth: a session was refused")

    @classmethod
    def remove(cls):
        for client in cls.clients:
            client.terminate()
        for client in cls.clients:
            client.wait()
            client.stdout.close()
        cls.clients = []
        os.unlink(RULES + "60-others.conf")


DIMENSIONS = {"processes": Processes, "mounts": HiddenMounts, "rules": Rules, "groups": Groups,
              "sessions": Sessions}
KINDS = {"no cordon": Rule.NO_CORDON, "no rule": None, "cordon": ""}


def part_growth(watch, n):
    """One login by su, while the host has more and more of one thing."""
    table = Table("growth", "a whole `su bob -c true` on a host with more of something", "ms",
                  f"a sample is the median of {EACH} logins in a row")
    table.added = True

    def one(name, dimension):
        for size in dimension.sizes:
            dimension.make(size)
            for kind, lines in KINDS.items():
                Rule.set(lines)
                watch.ms(su())  # what is read once
                table.add(f"{size} {name}, {kind}",
                          quartiles([watch.ms(su()) for _ in range(EACH)])[1])
            dimension.remove()

    for name, dimension in DIMENSIONS.items():
        for size in dimension.sizes:
            for kind in KINDS:
                table.row(f"{size} {name}, {kind}", f"0 {name}, {kind}")
    rounds(max(3, n // 20), [lambda c=c: one(*c) for c in DIMENSIONS.items()])
    Rule.set(None)
    return table
