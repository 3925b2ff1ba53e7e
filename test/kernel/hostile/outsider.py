"""
A process outside of any run, with what attackers reach for: memory, an environment, sockets, a terminal, objects of
System V, a message queue and a user namespace. Prints where they are, as JSON, and waits for its input to end. A SIGUSR1
makes the file `signalled` grow. Who connects to the abstract name that ends in -namespace is passed the namespace.

In: the directory for its sockets. Who connects to the one named .directory is passed that directory, open. For each
please-NAME in its workspace/ it makes later-NAME/.env and kept.sealed there, and yet/f once, as a program would that knows
nothing of the run.
"""
import ctypes
import json
import os
import pty
import select
import signal
import socket
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
path = f'{sys.argv[1]}/outsider.sock'
abstract = f'\0warder-test-{os.getpid()}'
kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_STREAM)
kept = [socket.socket(socket.AF_UNIX, kind) for kind in kinds]
for server, name in zip(kept, (path, path + '.datagram', abstract, abstract + '-allowed\0more')):
    server.bind(name)
for server in (kept[0], kept[2], kept[3]):
    server.listen()
giving, giving_namespace = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
giving.bind(path + '.directory')
giving_namespace.bind(abstract + '-namespace')
for server in (giving, giving_namespace):
    server.listen()
for suffix in ('', '.datagram', '.directory'):
    os.chmod(path + suffix, 0o777)
near, far = pty.openpty()
os.chmod(os.ttyname(far), 0o666)
shared = libc.shmget(0, 4096, 0o1666)
counting = libc.semget(0, 1, 0o1666)
talking = libc.msgget(0, 0o1666)
queue = f'/warder-test-{os.getpid()}'
os.umask(0)
libc.mq_open(queue.encode(), os.O_CREAT | os.O_RDWR, 0o666, None)


def user_namespace():
    """A descriptor of one that a child of ours made, or of our own where this host makes none."""
    told, tell = os.pipe()
    wait, go = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(go)
        libc.unshare(0x10000000)
        os.write(tell, b'x')
        os.read(wait, 1)
        os._exit(0)
    os.close(wait)
    os.read(told, 1)
    namespace = os.open(f'/proc/{child}/ns/user', os.O_RDONLY)
    os.close(go)
    os.waitpid(child, 0)
    return namespace


def handle_of(namespace):
    """As name_to_handle_at(2) tells it: 6.18 and newer. In hexadecimal; empty where there is none."""
    handle = ctypes.create_string_buffer(struct.pack('Ii', 128, 0) + bytes(128))
    mount = ctypes.c_int()
    failed = libc.syscall(303, namespace, b'', handle, ctypes.byref(mount), 0x1000)
    return '' if failed else handle.raw.hex()


def signalled(*_):
    with open(f'{sys.argv[1]}/workspace/signalled', 'a') as file:
        file.write('x')


signal.signal(signal.SIGUSR1, signalled)
signal.signal(signal.SIGCONT, signal.SIG_DFL)
os.chmod('.', 0o777)
namespace = user_namespace()
print(json.dumps({
    'OUTSIDER': str(os.getpid()),
    'OUTSIDER_SOCKET': path,
    'OUTSIDER_ABSTRACT': f'warder-test-{os.getpid()}',
    'OUTSIDER_TERMINAL': os.ttyname(far),
    'OUTSIDER_SHARED': str(shared),
    'OUTSIDER_SEMAPHORE': str(counting),
    'OUTSIDER_MESSAGES': str(talking),
    'OUTSIDER_QUEUE': queue,
    'OUTSIDER_NAMESPACE': handle_of(namespace),
}), flush=True)
answered = set()


def write(path):
    with open(path, 'w') as file:
        file.write('SECRET')
    os.chmod(path, 0o666)


def answer(workspace):
    for name in os.listdir(workspace):
        later = f'{workspace}/{name.replace("please-", "later-")}'
        if not name.startswith('please-') or name in answered:
            continue
        os.mkdir(f'{later}.part')
        write(f'{later}.part/.env')
        write(f'{later}.part/kept.sealed')
        if not os.path.exists(f'{workspace}/yet'):
            os.mkdir(f'{workspace}/yet')
            os.chmod(f'{workspace}/yet', 0o777)
            write(f'{workspace}/yet/f')
        os.chmod(f'{later}.part', 0o777)
        os.rename(f'{later}.part', later)
        answered.add(name)


given = {giving: os.open(sys.argv[1], os.O_PATH), giving_namespace: namespace}
while sys.stdin not in (ready := select.select([sys.stdin, *given], [], [], 0.02)[0]):
    for server in ready:
        socket.send_fds(server.accept()[0], [b'x'], [given[server]])
    try:
        answer(f'{sys.argv[1]}/workspace')
    except FileNotFoundError:
        pass  # the workspace is being made anew between two attempts: there is nobody to answer
libc.shmctl(shared, 0, None)
libc.semctl(counting, 0, 0)
libc.msgctl(talking, 0, None)
libc.mq_unlink(queue.encode())
