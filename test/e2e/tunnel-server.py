"""The DNS server at the other end of a tunnel: answers whatever is asked, with nothing that could be kept, and writes down what came.

In:  ADDRESS PORT FILE. Out: "ready"; in FILE one line of hexadecimal for each message.
"""
import socket, struct, sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], int(sys.argv[2])))
with open(sys.argv[3], "w", buffering=1) as arrived:
    print("ready", flush=True)
    while True:
        query, client = server.recvfrom(4096)
        arrived.write(query.hex() + "\n")
        end = query.index(0, 12) + 5
        is_a = query[end - 4 : end - 2] == b"\0\1"
        record = b"\xc0\x0c\0\1\0\1" + struct.pack(">IH", 0, 4) + bytes([203, 0, 113, 80])
        head = query[:2] + b"\x81\x80\0\1" + (b"\0\1" if is_a else b"\0\0") + bytes(4)
        server.sendto(head + query[12:end] + (record if is_a else b""), client)
