"""Behind the network: says what leaves the agent's side with a mark in it, wherever it is addressed to.

Out: "ready", then for each such packet a line: its destination and its protocol; "end" for one that says so.
"""
import socket

MARK, END = b"SMUGGLED", b"FINISHED"
IP, IP6, OUTGOING = 0x0800, 0x86DD, 4
packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
packets.bind(("back", 3))
print("ready", flush=True)
while True:
    packet, (_, kind, direction, *_) = packets.recvfrom(4096)
    if direction == OUTGOING or kind not in (IP, IP6):
        continue
    if kind == IP:
        to, protocol, rest = socket.inet_ntop(socket.AF_INET, packet[16:20]), packet[9], packet[4 * (packet[0] & 15) :]
    else:
        to, protocol, rest = socket.inet_ntop(socket.AF_INET6, packet[24:40]), packet[6], packet[40:]
    if END in rest:
        print("end", flush=True)
    # The first packet of a connection has no word of ours: its options give it away.
    elif MARK in rest.upper() or kind == IP and protocol == 6 and packet[0] & 15 > 5:
        print(to, protocol, flush=True)
