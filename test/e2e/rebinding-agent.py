"""Looks names up by itself, and connects to whatever it is told and to what it should never reach.

In: "rebind" TRIES, or "once" TRIES. Out: one line of JSON.
"""
import collections, json, resource, select, socket, struct, sys

mode, tries = sys.argv[1], int(sys.argv[2])
GOOD = "203.0.113.80"
FORBIDDEN = ["127.0.0.1", "10.9.9.9", "169.254.169.254", "203.0.113.81"]
SHAPES = 7


def question(name, kind):
    return b"\x12\x34\x01\x00\x00\x01" + bytes(6) + b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + struct.pack(">BHH", 0, kind, 1)


def skip(answer, at):
    while answer[at] and answer[at] < 192:
        at += answer[at] + 1
    return at + (2 if answer[at] else 1)


def addresses(answer):
    at = skip(answer, 12) + 4
    found = []
    for _ in range(struct.unpack(">H", answer[6:8])[0]):
        at = skip(answer, at)
        kind, length = struct.unpack(">H", answer[at : at + 2])[0], struct.unpack(">H", answer[at + 8 : at + 10])[0]
        data = answer[at + 10 : at + 10 + length]
        at += 10 + length
        if kind in (1, 28):
            found.append(socket.inet_ntop(socket.AF_INET if kind == 1 else socket.AF_INET6, data))
        elif kind == 65 and length > 3:
            found.append("hint")
    return found


def reaches(address, port=8080):
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as s:
        s.settimeout(10)
        try:
            s.connect((address, port))
            return "reached"
        except OSError as e:
            return type(e).__name__


def ask(name, kind=1):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(20)
        s.connect(("8.8.8.8", 53))
        s.send(question(name, kind))
        return s.recv(2048)


if mode == "rebind":
    given, outcomes = collections.Counter(), collections.Counter()
    for turn in range(tries):
        kind = (1, 1, 1, 28, 1, 65)[turn // SHAPES % 6]
        for address in addresses(ask(f"s{turn % SHAPES}.flip.test", kind)):
            given[address] += 1
            if address != "hint":
                outcomes[f"given {reaches(address)}"] += 1
        outcomes[f"forbidden {reaches(FORBIDDEN[turn % len(FORBIDDEN)])}"] += 1
    print(json.dumps({"given": given, "outcomes": outcomes}))
else:
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], tries + 100),) * 2)
    sockets, outcomes = {}, collections.Counter()
    for turn in range(tries):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.connect(("8.8.8.8", 53))
        s.send(question(f"n{turn}.wide.test" if turn % 8 == 0 else "s3.flip.test", 1))
        sockets[s.fileno()] = s
    poll = select.poll()
    for fd in sockets:
        poll.register(fd, select.POLLIN)
    while sockets:
        ready = poll.poll(20000)
        if not ready:
            outcomes["no answer"] += len(sockets)
            break
        for fd, _ in ready:
            s = sockets.pop(fd)
            poll.unregister(fd)
            answer = s.recv(2048)
            s.close()
            # Nobody listens there: refused by the host, not by the policy, is reached.
            told = [reaches(address, 8081) for address in addresses(answer)] or [f"code {answer[3] & 15}"]
            outcomes[told[0]] += 1
    print(json.dumps({"outcomes": outcomes}))
