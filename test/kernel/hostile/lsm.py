"""
Attacks that only LSM refuses: what tells names, takes them, or reads the kernel's log.
"""
import ctypes
import os
import socket

import attack
from attack import attack as on, call, expect


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
def read_kernel_log():
    buffer = ctypes.create_string_buffer(4096)
    expect(call(103, 3, buffer, 4096) > 0, 'it is empty')


if __name__ == '__main__':
    attack.main()
