"""Look-ups and connects, of each kind in turn, so that what slows the machine slows all of them.

usage: names-client.py PORT, where a DNS server listens on 127.0.0.1:PORT
In:    a line for each round: LOOKUPS CONNECTS. Out: for each a line of JSON, microseconds of every try.
"""
import json, socket, sys, time

OWN, LED = ("127.0.0.1", int(sys.argv[1])), ("8.8.8.8", 53)
BLOCK = 100


def query(name):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return b"\x12\x34\x01\0\0\x01" + bytes(6) + labels + b"\0\0\1\0\1"


def timed(times, do):
    since = time.perf_counter_ns()
    do()
    times.append((time.perf_counter_ns() - since) / 1000)


def connected(address):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(20)
    s.connect(address)
    return s


def lookup(s, message):
    s.send(message)
    assert s.recv(512)[3] & 15 == 0


own, led = connected(OWN), connected(LED)
cold, warm = query("cold.test"), query("warm.test")
lookup(led, cold), lookup(led, warm)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for line in sys.stdin:
    lookups, connects = (int(word) for word in line.split())
    found = {kind: [] for kind in ("own", "cold", "warm", "plain", "named")}
    for _ in range(lookups):
        for kind, asked, message in (("own", own, cold), ("cold", led, cold), ("warm", led, warm)):
            timed(found[kind], lambda: lookup(asked, message))
            time.sleep(0.002)
    for _ in range(connects // BLOCK):
        for kind, address in (("plain", "203.0.113.81"), ("named", "203.0.113.80")):
            for _ in range(BLOCK):
                timed(found[kind], lambda: s.connect((address, 9)))
    print(json.dumps(found), flush=True)
