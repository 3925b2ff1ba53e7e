"""
Attacks by ways that no path shows: descriptors of processes and cgroups, ioctls that change files, what the kernel does
on a caller's behalf. In the working directory of files.py.
"""
import ctypes
import errno
import fcntl
import os
import signal
import socket
import struct
import subprocess
import time

import attack
from attack import attack as on, call, expect

AT_FDCWD = -100


# Changes of a file by a descriptor for reading.

def by_ioctl(name, number, argument=None):
    def attempt(path):
        fd = os.open(path, os.O_RDONLY)
        fcntl.ioctl(fd, number, argument if argument is not None else 0)
    attack.ATTACKS[f'ioctl_frozen_{name}'] = lambda: attempt('frozen/f')
    return attempt


by_ioctl('generation', 0x40086604, struct.pack('l', 4711))
by_ioctl('old_generation', 0x40087602, struct.pack('l', 4711))


@on
def snapshot_of_a_tree():
    """Of btrfs: other file systems do not know the number, once they are asked."""
    here = os.open('.', os.O_RDONLY)
    try:
        call(16, here, 0x50009401, ctypes.create_string_buffer(struct.pack('q', here) + b'snapshot', 4096))
    except OSError as error:
        if error.errno not in (errno.ENOTTY, errno.EINVAL):
            raise


# Out of the run.

@on
def leave_cgroup_by_clone():
    """CLONE_INTO_CGROUP takes a descriptor that no open was asked about."""
    elsewhere = os.open(os.environ['CGROUP2'], os.O_PATH)
    arguments = ctypes.create_string_buffer(struct.pack('11Q', 0x200000000, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, elsewhere))
    child = call(435, arguments, 88)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


@on
def be_a_child_of_our_parents_parent():
    """CLONE_PARENT: what nobody waits for; signals of its end go to who started us. It says who it is."""
    near, far = os.pipe()
    child = call(56, 0x8000 | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        try:
            attack.read('secret/key')
            os.write(far, b'read')
        except BaseException:
            os.write(far, b'none')
        os._exit(0)
    expect(os.read(near, 4) == b'read', 'it read nothing')


# What the kernel does on a caller's behalf.

@on
def ask_for_a_key_from_above():
    """request_key(2) with words for /sbin/request-key, which root runs. ENOKEY: it was asked, and there is none."""
    try:
        call(249, 'user', 'warder:test', 'words', 0)
    except OSError as error:
        if error.errno not in (errno.ENOKEY, errno.ENOENT):
            raise


@on
def add_a_key():
    call(248, 'user', 'warder:test', 'x', 1, -2)


@on
def socket_packet_by_old_name():
    socket.socket(socket.AF_INET, 10, socket.htons(3))


# Reading in other ways.

def opening(function):
    """In a child, which says nothing of it."""
    try:
        function()
    except OSError:
        pass
    os._exit(0)


@on
def read_secret_by_splice():
    near, far = os.pipe()
    os.splice(os.open('secret/key', os.O_RDONLY), far, 100)
    expect(b'SECRET' in os.read(near, 100), 'it is empty')


@on
def read_secret_by_copy():
    target = os.open('.', os.O_TMPFILE | os.O_RDWR)
    os.copy_file_range(os.open('secret/key', os.O_RDONLY), target, 100)
    expect(b'SECRET' in os.pread(target, 100, 0), 'it is empty')


@on
def read_secret_by_another_thread_of_a_shared_table():
    """One process opens, another with the same descriptors reads."""
    child = call(56, 0x400 | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        opening(lambda: (os.dup2(os.open('secret/key', os.O_RDONLY), 99), time.sleep(0.2)))
    for _ in range(2000):
        try:
            if b'SECRET' in os.pread(99, 100, 0):
                return
        except OSError:
            time.sleep(0.0001)
    raise attack.NoEffect('nothing')


@on
def read_secret_by_access_mode_three():
    fd = os.open('secret/key', 3)
    attack.read(f'/proc/self/fd/{fd}')


@on
def read_secret_by_working_directory_of_a_descriptor():
    os.fchdir(os.open('secret', os.O_PATH))
    attack.read('key')


@on
def read_secret_by_odd_names():
    for name in ('./secret//key', 'secret/../secret/./key', '//proc/self/cwd/secret/key', 'secret/sub/../key',
                 '/proc/self/task/%d/cwd/secret/key' % os.getpid(), '/dev/fd/../cwd/secret/key'):
        try:
            attack.read(name)
            return
        except OSError:
            pass
    raise PermissionError(errno.EACCES, 'none of them')


@on
def read_secret_by_input_of_a_shell():
    out = subprocess.run(['/bin/sh', '-c', 'exec 3<secret/key; cat <&3'], capture_output=True).stdout
    expect(b'SECRET' in out, 'nothing')


@on
def read_secret_through_a_pidfd_of_ourselves():
    child = os.fork()
    if child == 0:
        opening(lambda: (os.open('secret/key', os.O_RDONLY), time.sleep(5)))
    time.sleep(0.1)
    try:
        for fd in range(3, 12):
            try:
                copy = call(438, call(434, child, 0), fd, 0)
                if b'SECRET' in os.pread(copy, 100, 0):
                    return
            except OSError as error:
                last = error
        raise last
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


# Writing in other ways.

@on
def write_frozen_by_copy():
    source = os.open('mine', os.O_RDONLY)
    os.copy_file_range(source, os.open('frozen/f', os.O_WRONLY), 3)


@on
def write_frozen_by_clone():
    """FICLONE, where the file system has no such thing after the open."""
    target = os.open('frozen/f', os.O_WRONLY)
    try:
        fcntl.ioctl(target, 0x40049409, os.open('mine', os.O_RDONLY))
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL):
            raise


@on
def write_frozen_by_falling_space():
    os.posix_fallocate(os.open('frozen/f', os.O_RDWR), 0, 100)


@on
def whiteout_over_frozen():
    call(316, AT_FDCWD, 'frozen/f', AT_FDCWD, 'gone', 4)
    os.rename('gone', 'frozen/f')


if __name__ == '__main__':
    attack.main()
