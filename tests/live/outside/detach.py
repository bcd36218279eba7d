#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# detach.py GROUP - take a control group's programs for sent packets from it, as root could by mistake
import ctypes
import os
import platform
import struct
import sys

CALL = {"x86_64": 321, "aarch64": 280}[platform.machine()]
EGRESS, DETACH, PROGRAM, QUERY = 1, 9, 13, 16


def bpf(command, *words):
    attr = ctypes.create_string_buffer(128)
    struct.pack_into(f"={len(words)}I", attr, 0, *words)
    r = ctypes.CDLL(None, use_errno=True).syscall(CALL, command, attr, len(attr))
    if r < 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    return r, attr


group = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECTORY)
ids = (ctypes.c_uint32 * 64)()
low, high = ctypes.addressof(ids) & 0xFFFFFFFF, ctypes.addressof(ids) >> 32
_, attr = bpf(QUERY, group, EGRESS, 0, 0, low, high, 64)
count = struct.unpack_from("=I", attr, 24)[0]
for number in ids[:count]:
    bpf(DETACH, group, bpf(PROGRAM, number)[0], EGRESS)
print(count)
