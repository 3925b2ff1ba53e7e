"""
A process outside of any run, with what attackers reach for: memory, an environment, sockets, a terminal, shared
memory. Prints where they are, as JSON, and waits for its input to end.

In: the directory for its sockets. For each please-NAME in its workspace/ it makes later-NAME/.env there, as a program
would that knows nothing of the run.
"""
import ctypes
import json
import os
import pty
import select
import signal
import socket
import sys

libc = ctypes.CDLL(None, use_errno=True)
path = f'{sys.argv[1]}/outsider.sock'
kept = [socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), socket.socket(socket.AF_UNIX)]
for server, name in zip(kept, (path, path + '.datagram', f'\0warder-test-{os.getpid()}')):
    server.bind(name)
for server in (kept[0], kept[2]):
    server.listen()
os.chmod(path, 0o777)
os.chmod(path + '.datagram', 0o777)
near, far = pty.openpty()
os.chmod(os.ttyname(far), 0o666)
shared = libc.shmget(0, 4096, 0o1666)
signal.signal(signal.SIGCONT, signal.SIG_DFL)
os.chmod('.', 0o777)
print(json.dumps({
    'OUTSIDER': str(os.getpid()),
    'OUTSIDER_SOCKET': path,
    'OUTSIDER_ABSTRACT': f'warder-test-{os.getpid()}',
    'OUTSIDER_TERMINAL': os.ttyname(far),
    'OUTSIDER_SHARED': str(shared),
}), flush=True)
answered = set()
while not select.select([sys.stdin], [], [], 0.02)[0]:
    workspace = f'{sys.argv[1]}/workspace'
    for name in os.listdir(workspace) if os.path.exists(workspace) else ():
        later = f'{workspace}/{name.replace("please-", "later-")}'
        if not name.startswith('please-') or name in answered:
            continue
        answered.add(name)
        os.mkdir(later)
        with open(f'{later}/.env', 'w') as file:
            file.write('SECRET')
        os.chmod(f'{later}/.env', 0o666)
        os.chmod(later, 0o777)
libc.shmctl(shared, 0, None)
