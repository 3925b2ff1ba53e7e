"""A DNS server that means ill, for names sN.flip.test: each shape of rebinding, spoofing and garbage. Every answer has TTL 0.

In: ADDRESS PORT SPOOFER, the last an address of its own that was never asked. UDP only; prints "ready".
"""
import socket, struct, sys

address, port, spoofer = sys.argv[1], int(sys.argv[2]), sys.argv[3]
GOOD, OTHER = "203.0.113.80", "203.0.113.81"
FORBIDDEN = ["127.0.0.1", "10.9.9.9", "169.254.169.254", "192.168.0.1", "0.0.0.0", "100.64.0.1", "224.0.0.1"]
FORBIDDEN6 = ["::1", "::ffff:10.9.9.9", "::ffff:203.0.113.80", "64:ff9b::a09:909", "2002:a09:909::1", "fe80::1", "fc00::1", "fd00:ec2::254"]
POINTER = b"\xc0\x0c"

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((address, port))
elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
elsewhere.bind((spoofer, 5353))
beside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
beside.bind((address, 0))


def record(owner, kind, data):
    return owner + struct.pack(">HHIH", kind, 1, 0, len(data)) + data


def a(text, owner=POINTER):
    return record(owner, 1, socket.inet_aton(text))


def aaaa(text):
    return record(POINTER, 28, socket.inet_pton(socket.AF_INET6, text))


def wire(name):
    return b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0"


def message(query, question, records, ident=None, counts=None):
    head = (ident or query[:2]) + b"\x81\x80" + struct.pack(">HHHH", 1, len(records) if counts is None else counts, 0, 0)
    return head + question + b"".join(records)


print("ready", flush=True)
turn = 0
while True:
    query, client = server.recvfrom(4096)
    turn += 1
    end = 12
    labels = []
    while query[end]:
        labels.append(query[end + 1 : end + 1 + query[end]].decode().lower())
        end += query[end] + 1
    question = query[12 : end + 5]
    kind = struct.unpack(">H", query[end + 1 : end + 3])[0]
    shape = int(labels[0][1:])
    forbidden = FORBIDDEN[turn % len(FORBIDDEN)]
    flipped = GOOD if turn % 2 else forbidden
    good = message(query, question, [a(GOOD)] if kind == 1 else [])
    bad = message(query, question, [a(forbidden)])
    other = message(query, question, [a(OTHER)])
    say = lambda *messages: [server.sendto(one, client) for one in messages]
    if kind == 28:
        say(message(query, question, [aaaa(FORBIDDEN6[turn % len(FORBIDDEN6)])]))
    elif kind == 65:
        hint = b"\0\4\0\4" + socket.inet_aton(forbidden)
        say(message(query, question, [record(POINTER, 65, b"\0\1\0" + hint)]))
    elif kind != 1:
        say(good)
    elif shape == 0:
        say(message(query, question, [a(flipped)]))
    elif shape == 1:
        say(message(query, question, [record(POINTER, 5, wire("internal.corp")), a(flipped, wire("internal.corp"))]))
    elif shape == 2:
        say(message(query, question, [a(forbidden), a(GOOD), a(FORBIDDEN[(turn + 1) % len(FORBIDDEN)])]))
    elif shape == 3:
        say(good, bad, other)  # after the check
    elif shape == 4:
        # Spoofed: from a place that was not asked, from another port, with another id, to another question.
        elsewhere.sendto(other, client)
        beside.sendto(other, client)
        wrong = bytes([question[0]]) + question[1:2].swapcase() + question[2:]
        say(message(query, question, [a(OTHER)], ident=bytes([query[0] ^ 1, query[1]])), message(query, wrong, [a(OTHER)]), good)
    elif shape == 5:
        loop = struct.pack(">H", 0xC000 | (12 + len(question)))
        bomb = record(POINTER, 5, b"\x3f" + b"x" * 63 + struct.pack(">H", 0xC000 | (12 + len(question) + 12)))
        say(
            b"", query[:2], query[:11],
            message(query, question, [], counts=65535),
            message(query, question, [record(loop, 1, b"\1\2\3\4")]),
            message(query, question, [bomb] * 20),
            message(query, question, [record(POINTER, 5, POINTER)]) + b"\xff" * 3000,
            message(query, question, [POINTER + b"\0\1\0\1\0\0\0\0\xff\xff" + b"\1"]),
            good,
        )
    else:
        say(message(query, question, [a(forbidden, wire("other.flip.test")), a(GOOD)]))
