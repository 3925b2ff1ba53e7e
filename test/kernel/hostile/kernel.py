"""
Attacks on the kernel's own walls: calls by which a process could leave them, reach into others or speak where no
rule listens. Calls that could do harm are made with arguments that the kernel refuses once it looks at them.
"""
import ctypes
import errno
import fcntl
import mmap
import os
import pty
import signal
import socket
import struct
import subprocess
import sys
import time

import attack
from attack import attack as on, call, expect, libc, reach
import ways  # its attacks by name

OUTSIDER = int(os.environ['OUTSIDER'])
NEWNS, NEWUSER, NEWPID, NEWNET, NEWIPC, NEWUTS = 0x20000, 0x10000000, 0x20000000, 0x40000000, 0x08000000, 0x04000000
HERE = os.getcwd()


def in_child(function):
    child = os.fork()
    if child == 0:
        try:
            function()
        except OSError as error:
            os._exit(error.errno)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status:
        raise OSError(os.WEXITSTATUS(status), os.strerror(os.WEXITSTATUS(status)))


for word, flag in {'mount': NEWNS, 'user': NEWUSER, 'pid': NEWPID, 'network': NEWNET, 'ipc': NEWIPC, 'uts': NEWUTS,
                   'user_and_mount': NEWUSER | NEWNS}.items():
    attack.ATTACKS[f'unshare_{word}'] = lambda flag=flag: call(272, flag)


@on
def clone_user_namespace():
    child = call(56, NEWUSER | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


@on
def clone3_user_namespace():
    arguments = ctypes.create_string_buffer(struct.pack('QQQQQQQQ', NEWUSER, 0, 0, 0, signal.SIGCHLD, 0, 0, 0))
    child = call(435, arguments, 64)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


@on
def enter_namespace():
    fd = os.open('/proc/self/ns/mnt', os.O_RDONLY)
    call(308, fd, NEWNS)


@on
def mount_memory():
    os.mkdir('mounted')
    call(165, 'none', f'{HERE}/mounted', 'tmpfs', 0, 0)
    call(166, f'{HERE}/mounted', 2)


@on
def bind_secret():
    os.mkdir('bound')
    call(165, f'{HERE}/secret', f'{HERE}/bound', 0, 4096, 0)
    found = os.path.exists('bound/key')
    call(166, f'{HERE}/bound', 2)
    expect(found, 'it is empty')


@on
def unmount_mask():
    reach(166, f'{HERE}/secret', 2)


@on
def remount_writable():
    reach(165, 'none', '/usr', 0, 32 | 4096, 0)


@on
def change_mount_attributes():
    attributes = ctypes.create_string_buffer(struct.pack('QQQQ', 0, 1, 0, 0))
    reach(442, -100, '/usr', 0, attributes, 32)


@on
def change_root():
    in_child(lambda: call(161, HERE))


@on
def open_tree_clone():
    call(428, -100, '/usr', 1)


@on
def make_file_system():
    call(430, 'tmpfs', 0)


for word, number, arguments in (
    ('pivot_root', 155, ('/nowhere', '/nowhere')),
    ('move_mount', 429, (-1, '', -1, '', 0x44)),
    ('open_tree_attr', 467, (-100, '/usr', 1, 0, 99)),
    ('fspick', 433, (-100, '/nowhere', 0)),
    ('swapon', 167, ('/nowhere', 0)),
    ('swapoff', 168, ('/nowhere',)),
    ('quotactl_fd', 443, (-1, 0, 0, 0)),
    ('fsconfig', 431, (-1, 99, 0, 0, 0)),
    ('fsmount', 432, (-1, 0, 0)),
    ('acct', 163, ('/nowhere',)),
    ('quotactl', 179, (0, 0, 0, 0)),
    ('init_module', 175, (0, 0, 0)),
    ('finit_module', 313, (-1, 0, 0)),
    ('delete_module', 176, ('no-such-module', 0)),
    ('kexec_load', 246, (0, 99, 0, 0xffff0000)),
    ('bpf', 321, (0, 0, 0)),
    ('perf_event_open', 298, (0, 0, -1, -1, 0)),
    ('userfaultfd', 323, (0x7fffffff,)),
    ('userfaultfd_plain', 323, (1,)),
    ('io_uring_setup', 425, (0, 0)),
    ('io_uring_enter', 426, (-1, 0, 0, 0, 0, 0)),
    ('io_uring_register', 427, (-1, 99, 0, 0)),
    ('keyctl', 250, (0, -3, 0)),
    ('add_key', 248, (0, 0, 0, 0, 0)),
    ('request_key', 249, (0, 0, 0, 0)),
    ('open_by_handle_at', 304, (-1, 0, 0)),
    ('fanotify_init', 300, (0x7fffffff, 0)),
    ('settimeofday', 164, (0, 1)),
    ('clock_settime', 227, (0, 0)),
    ('syslog', 103, (3, 0, 0)),
    ('iopl', 172, (99,)),
    ('ioperm', 173, (1 << 20, 1, 1)),
    ('reboot', 169, (0, 0, 0, 0)),
    ('memfd_secret', 447, (0x7fffffff,)),
    ('kcmp', 312, (os.getpid(), os.getpid(), 99, 0, 0)),
    ('process_madvise', 440, (-1, 0, 0, 0, 0)),
):
    attack.ATTACKS[f'call_{word}'] = lambda number=number, arguments=arguments: reach(number, *arguments)


@on
def trace_outsider():
    call(101, 0x4206, OUTSIDER, 0, 0)


@on
def read_memory_of_outsider():
    buffer = ctypes.create_string_buffer(8)
    vector = ctypes.create_string_buffer(struct.pack('QQ', ctypes.addressof(buffer), 8))
    reach(310, OUTSIDER, vector, 1, vector, 1, 0)


@on
def write_memory_of_outsider():
    reach(311, OUTSIDER, 0, 0, 0, 0, 0)


@on
def open_memory_of_outsider():
    os.open(f'/proc/{OUTSIDER}/mem', os.O_RDWR)


@on
def read_environment_of_outsider():
    expect(b'OUTSIDER_TOKEN' in open(f'/proc/{OUTSIDER}/environ', 'rb').read(), 'it is not there')


@on
def read_arguments_of_outsider():
    expect(open(f'/proc/{OUTSIDER}/cmdline', 'rb').read(), 'empty')


@on
def take_descriptor_of_outsider():
    pidfd = call(434, OUTSIDER, 0)
    call(438, pidfd, 0, 0)


@on
def signal_outsider():
    os.kill(OUTSIDER, signal.SIGCONT)


@on
def signal_thread_of_outsider():
    call(200, OUTSIDER, signal.SIGCONT)


@on
def signal_thread_group_of_outsider():
    call(234, OUTSIDER, OUTSIDER, signal.SIGCONT)


@on
def signal_outsider_by_pidfd():
    call(424, call(434, OUTSIDER, 0), signal.SIGCONT, 0, 0)


@on
def queue_signal_to_outsider():
    call(129, OUTSIDER, signal.SIGCONT, ctypes.create_string_buffer(struct.pack('iii', signal.SIGCONT, 0, -1) + bytes(116)))


@on
def see_pages_of_outsider():
    status = ctypes.c_int()
    call(279, OUTSIDER, 1, ctypes.byref(ctypes.c_void_p(0)), 0, ctypes.byref(status), 2)


@on
def see_locks_of_outsider():
    call(274, OUTSIDER, ctypes.byref(ctypes.c_void_p()), ctypes.byref(ctypes.c_size_t()))


@on
def limit_outsider():
    call(302, OUTSIDER, 4, 0, ctypes.create_string_buffer(16))
    call(302, OUTSIDER, 4, ctypes.create_string_buffer(struct.pack('QQ', 0, 0xffffffffffffffff)), 0)


for word, family, kind in (('packet', 17, socket.SOCK_RAW), ('packet_datagram', 17, socket.SOCK_DGRAM), ('alg', 38, socket.SOCK_SEQPACKET),
                           ('vsock', 40, socket.SOCK_STREAM), ('raw', 2, socket.SOCK_RAW), ('raw6', 10, socket.SOCK_RAW)):
    def open_socket(family=family, kind=kind):
        socket.socket(family, kind, 1 if kind == socket.SOCK_RAW and family != 17 else 0)
    attack.ATTACKS[f'socket_{word}'] = open_socket


@on
def socket_netlink_audit():
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)


@on
def socketpair_vsock():
    """The kernel makes both sockets, and loads their module, before it says that there are no such pairs."""
    try:
        socket.socketpair(socket.AF_VSOCK, socket.SOCK_STREAM)
    except OSError as error:
        if error.errno != errno.EOPNOTSUPP:
            raise


@on
def socket_netlink_netfilter():
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)


def machine_code(code):
    memory = mmap.mmap(-1, 4096, prot=7)
    memory.write(code)
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory))), memory


@on
def listen_on_a_port_that_the_kernel_picks():
    server = socket.socket()
    server.listen()
    socket.create_connection(('127.0.0.1', server.getsockname()[1]))


@on
def trace_sibling():
    sibling = os.fork()
    if sibling == 0:
        time.sleep(5)
        os._exit(0)
    try:
        call(101, 0x4206, sibling, 0, 0)
    finally:
        os.kill(sibling, signal.SIGKILL)
        os.waitpid(sibling, 0)


@on
def select_on_the_console():
    """TIOCLINUX: no such thing on a pseudo-terminal, and the filter looks at the number alone."""
    near, far = pty.openpty()
    try:
        fcntl.ioctl(far, 0x541c, b'\2')
    except OSError as error:
        if error.errno == 1:
            raise


@on
def call_of_32_bit():
    # mov eax, 20 (getpid of i386); int 0x80; ret
    function, _ = machine_code(b'\xb8\x14\x00\x00\x00\xcd\x80\xc3')
    expect(function() > 0, 'no such calls')


@on
def call_of_x32():
    if call(0x40000000 + 39) <= 0:
        raise OSError(38, 'ENOSYS')


@on
def type_into_terminal():
    near, far = pty.openpty()
    os.setsid()
    fcntl.ioctl(far, 0x540e, 0)
    fcntl.ioctl(far, 0x5412, b'x')


@on
def type_into_terminal_high_bits():
    near, far = pty.openpty()
    os.setsid()
    fcntl.ioctl(far, 0x540e, 0)
    call(16, far, 0x5412 | 1 << 32, b'x')


@on
def open_terminal_of_outsider():
    os.open(os.environ['OUTSIDER_TERMINAL'], os.O_RDWR | os.O_NOCTTY)


@on
def set_host_name():
    call(170, os.uname().nodename, len(os.uname().nodename))


@on
def attach_shared_memory_of_outsider():
    call(30, int(os.environ['OUTSIDER_SHARED']), 0, 0)


@on
def change_shared_memory_of_outsider():
    status = ctypes.create_string_buffer(256)
    call(31, int(os.environ['OUTSIDER_SHARED']), 2, status)
    call(31, int(os.environ['OUTSIDER_SHARED']), 1, status)


@on
def count_on_semaphore_of_outsider():
    operation = ctypes.create_string_buffer(struct.pack('hhh', 0, 1, 0))
    call(65, int(os.environ['OUTSIDER_SEMAPHORE']), operation, 1)


@on
def send_to_messages_of_outsider():
    message = ctypes.create_string_buffer(struct.pack('q8s', 1, b'x'))
    call(69, int(os.environ['OUTSIDER_MESSAGES']), message, 1, 0o4000)
    call(70, int(os.environ['OUTSIDER_MESSAGES']), message, 8, 0, 0o4000)


def queue_name():
    """As the system call takes it, without the slash of mq_open(3)."""
    return os.environ['OUTSIDER_QUEUE'][1:]


@on
def open_queue_of_outsider():
    call(240, queue_name(), os.O_RDWR, 0, 0)


@on
def remove_queue_of_outsider():
    call(241, queue_name())
    if 'PLAIN' in os.environ:
        os.umask(0)
        call(240, queue_name(), os.O_RDWR | os.O_CREAT, 0o666, 0)


def owned_by_outsider(own):
    """A pipe that tells the outsider with a signal of our choice that there is something in it."""
    def told():
        try:
            return os.stat(f'{HERE}/signalled').st_size
        except FileNotFoundError:
            return 0
    before = told()
    near, far = socket.socketpair()
    own(near)
    fcntl.fcntl(near, 10, signal.SIGUSR1)
    fcntl.fcntl(near, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    far.send(b'x')
    # Where nothing refuses it comes, whenever the machine has time for the outsider; behind walls it is not waited for so long.
    for _ in range(1200 if 'PLAIN' in os.environ else 30):
        if told() > before:
            return
        time.sleep(0.05)
    raise attack.NoEffect('no signal came')


@on
def signal_by_owner():
    owned_by_outsider(lambda near: fcntl.fcntl(near, fcntl.F_SETOWN, OUTSIDER))


@on
def signal_by_owner_of_thread():
    owned_by_outsider(lambda near: fcntl.fcntl(near, 15, struct.pack('ii', 0, OUTSIDER)))


@on
def signal_by_owner_of_socket():
    owned_by_outsider(lambda near: fcntl.ioctl(near, 0x8901, struct.pack('i', OUTSIDER)))


@on
def read_secret_by_call_of_32_bit():
    # mov eax, 5 (open of i386); mov ebx, name; xor ecx, ecx; int 0x80; ret. The name lies below 4 GB.
    name = libc.mmap
    name.restype, name.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
    low = name(None, 4096, 3, 0x22 | 0x40, -1, 0)
    ctypes.memmove(low, b'secret/key\0', 11)
    # The kernel keeps rbx for nobody: push and pop it.
    code = b'\x53\xb8\x05\0\0\0\xbb' + struct.pack('I', low) + b'\x31\xc9\xcd\x80\x5b\xc3'
    function, _ = machine_code(code)
    fd = function()
    if fd < 0:
        raise OSError(-fd, os.strerror(-fd))
    expect(b'SECRET' in os.read(fd, 100), 'read')


@on
def read_secret_by_call_of_x32():
    number = 0x40000000 + 257
    fd = call(number, -100, 'secret/key', 0)
    expect(b'SECRET' in os.read(fd, 100), 'read')


@on
def gain_capabilities():
    """What execve of a set-uid program or of root's own would give back."""
    text = subprocess.run(['/bin/grep', 'CapBnd', '/proc/self/status'], capture_output=True, text=True).stdout
    beyond = int(text.split()[1], 16) & (1 << 21 | 1 << 16 | 1 << 19 | 1 << 39 | 1 << 38 | 1 << 12 | 1 << 13 | 1 << 27 | 1 << 2)
    expect(beyond, 'none')


if __name__ == '__main__':
    attack.main()
