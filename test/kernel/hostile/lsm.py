"""
Attacks that only LSM refuses: what tells names, takes them, or reads the kernel's log; others' namespaces (with every
capability in those of users), processes and keys; ways into the kernel by calls that it takes.
"""
import ctypes
import fcntl
import os
import socket
import struct

import attack
from attack import attack as on, call, expect, reach

OUTSIDER = int(os.environ['OUTSIDER'])
NEWUSER = 0x10000000


@on
def watch_secret_directory():
    call(254, call(294, 0), 'secret', 0x100)


@on
def watch_directory_outside():
    call(254, call(294, 0), os.environ['OUTSIDE'], 0x100)


@on
def mark_directory_outside():
    # fanotify of ordinary users: file ids and names
    fd = call(300, 0x200 | 0x400 | 0x800, 0)
    call(301, fd, 1, 0x100 | 0x40000000, -100, os.environ['OUTSIDE'])


@on
def take_abstract_name_for_datagrams():
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind('\0warder-test-taken')


@on
def take_abstract_name():
    socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).bind('\0warder-test-taken')


@on
def connect_behind_an_allowed_name():
    """The policy allows unix:@…-allowed; what the outsider has is that, a NUL and more."""
    socket.socket(socket.AF_UNIX).connect('\0' + os.environ['OUTSIDER_ABSTRACT'] + '-allowed\0more')


@on
def enter_user_namespace_by_descriptor():
    """The policy allows unix:@…-namespace; somebody there gives it away."""
    with socket.socket(socket.AF_UNIX) as giver:
        giver.connect('\0' + os.environ['OUTSIDER_ABSTRACT'] + '-namespace')
        _, (namespace, *_), _, _ = socket.recv_fds(giver, 1, 1)
    call(308, namespace, NEWUSER)


@on
def enter_user_namespace_by_handle():
    """6.18 and newer: open_by_handle_at(2) of FD_NSFS_ROOT."""
    handle = bytes.fromhex(os.environ['OUTSIDER_NAMESPACE'])
    expect(handle, 'they have none')
    call(308, call(304, -10003, ctypes.create_string_buffer(handle), os.O_RDONLY), NEWUSER)


@on
def enter_namespace_of_outsider_by_pidfd():
    call(308, call(434, OUTSIDER, 0), 0x04000000)


@on
def take_namespace_of_outsider_by_pidfd():
    """PIDFD_GET_MNT_NAMESPACE: 6.11 and newer."""
    fcntl.ioctl(call(434, OUTSIDER, 0), 0xff03, 0)


@on
def copy_tree_with_attributes():
    """open_tree_attr(2): 6.15 and newer."""
    call(467, -100, '/usr', 1, ctypes.create_string_buffer(32), 32)


@on
def put_outsider_on_all_processors():
    call(203, OUTSIDER, 128, ctypes.create_string_buffer(b'\xff' * 128))


@on
def give_outsider_its_priority():
    os.setpriority(os.PRIO_PROCESS, OUTSIDER, os.getpriority(os.PRIO_PROCESS, OUTSIDER))


@on
def give_outsider_another_io_priority():
    call(251, 1, OUTSIDER, 2 << 13 | 4)


@on
def move_pages_of_outsider():
    node = ctypes.create_string_buffer(struct.pack('Q', 1))
    call(256, OUTSIDER, 64, node, node)


@on
def advise_on_memory_of_outsider():
    """MADV_COLD; where there is no memory of theirs it has been looked for."""
    reach(440, call(434, OUTSIDER, 0), ctypes.create_string_buffer(struct.pack('QQ', 0x10000, 4096)), 1, 20, 0)


@on
def make_a_ring():
    call(425, 8, ctypes.create_string_buffer(120))


@on
def make_secret_memory():
    call(447, 0)


@on
def handle_faults():
    call(323, 1)


@on
def count_with_perf():
    call(298, ctypes.create_string_buffer(struct.pack('IIQ', 1, 64, 0) + bytes(48)), 0, -1, -1, 0)


@on
def make_a_map():
    call(321, 0, ctypes.create_string_buffer(struct.pack('IIII', 2, 4, 4, 1)), 16)


@on
def describe_keys_of_the_user():
    call(250, 6, -4, ctypes.create_string_buffer(256), 256)


@on
def set_flags_of_an_interface():
    """Those that it has."""
    with socket.socket() as any_socket:
        request = fcntl.ioctl(any_socket, 0x8913, struct.pack('16s24x', b'lo'))
        fcntl.ioctl(any_socket, 0x8914, request)


@on
def read_kernel_log():
    buffer = ctypes.create_string_buffer(4096)
    expect(call(103, 3, buffer, 4096) > 0, 'it is empty')


if __name__ == '__main__':
    attack.main()
