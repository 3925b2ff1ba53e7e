"""
Attacks by way of descriptors that the attacker was given, or could come by. Its standard input is frozen/f, to be read
and not written; whoever started it had $OUTSIDE, its file, a device and a socket open too.
"""
import ctypes
import fcntl
import mmap
import os

import attack
from attack import attack as on, call, expect

OUTSIDER = int(os.environ['OUTSIDER'])
HARMLESS = {'null', 'zero', 'full', 'random', 'urandom', 'tty', 'ptmx', 'console', 'stdin', 'stdout', 'stderr'}


def given(name):
    """A way of changing what was given as input, by its descriptor."""
    def wrap(function):
        attack.ATTACKS[f'input_{name}'] = lambda: function(0)
        return function
    return wrap


@given('mapped_executable')
def input_mapped(fd):
    mmap.mmap(fd, 6, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_EXEC)


@given('executed')
def input_executed(fd):
    attack.libc.syscall.restype = ctypes.c_long
    pointers = (ctypes.c_char_p * 2)(b'x', None)
    # What is no program is refused once it may be executed.
    try:
        call(322, fd, '', pointers, pointers, 0x1000)
    except OSError as error:
        expect(error.errno == 8, error.strerror)


@given('mode')
def input_mode(fd):
    os.fchmod(fd, 0o666)


@given('mode_by_proc')
def input_mode_by_proc(fd):
    os.chmod(f'/proc/self/fd/{fd}', 0o666)


@given('mode_of_nothing')
def input_mode_of_nothing(fd):
    call(452, fd, '', 0o666, 0x1000)


@given('owner')
def input_owner(fd):
    os.fchown(fd, os.getuid(), os.getgid())


@given('owner_of_nothing')
def input_owner_of_nothing(fd):
    call(260, fd, '', os.getuid(), os.getgid(), 0x1000)


@given('times')
def input_times(fd):
    os.utime(fd, (1, 1))


@given('attribute')
def input_attribute(fd):
    os.setxattr(fd, 'user.x', b'y')


@given('flags')
def input_flags(fd):
    flags = bytearray(8)
    fcntl.ioctl(fd, 0x80086601, flags)
    fcntl.ioctl(fd, 0x40086602, bytes(flags))


@given('written_by_proc')
def input_written(fd):
    os.write(os.open(f'/proc/self/fd/{fd}', os.O_WRONLY), b'x')


@given('emptied_by_proc')
def input_emptied(fd):
    os.open(f'/proc/self/fd/{fd}', os.O_RDONLY | os.O_TRUNC)


@given('emptied_by_path')
def input_emptied_by_path(fd):
    os.truncate(f'/proc/self/fd/{fd}', 1)


def stray():
    """Descriptors beside the first three."""
    return [int(name) for name in os.listdir('/proc/self/fd') if int(name) > 2]


@on
def stray_file():
    for fd in stray():
        try:
            if b'SECRET' in os.pread(fd, 100, 0):
                return
        except OSError:
            pass
    raise attack.NoEffect('none')


@on
def stray_directory():
    for fd in stray():
        try:
            attack.read('file', dir_fd=fd)
            return
        except (OSError, attack.NoEffect):
            pass
    raise attack.NoEffect('none')


@on
def stray_device():
    for fd in stray():
        if os.readlink(f'/proc/self/fd/{fd}') == '/dev/zero' and os.read(fd, 1) == b'\0':
            return
    raise attack.NoEffect('none')


@on
def stray_socket():
    for fd in stray():
        if os.readlink(f'/proc/self/fd/{fd}').startswith('socket:'):
            return
    raise attack.NoEffect('none')


@on
def descriptors_of_outsider():
    for name in os.listdir(f'/proc/{OUTSIDER}/fd'):
        os.readlink(f'/proc/{OUTSIDER}/fd/{name}')


@on
def descriptors_of_anybody():
    """Of whatever processes there are, named by number: they need not be listed."""
    own = {os.getpid(), os.getppid()}
    with open('/proc/self/status') as file:
        last = max(own | {OUTSIDER}) + 50
    found = [pid for pid in range(1, last) if pid not in own and os.path.exists(f'/proc/{pid}/fd/0')
             and 'hostile' not in open(f'/proc/{pid}/cmdline').read()]
    expect(found, 'none')


@on
def take_descriptors_of_anybody():
    pidfd = call(434, OUTSIDER, 0)
    for fd in range(16):
        try:
            call(438, pidfd, fd, 0)
            return
        except OSError as error:
            last = error
    raise last


@on
def devices():
    """Whatever is in /dev and means hardware or the kernel. None is read or written."""
    opened = []
    for above, directories, names in os.walk('/dev'):
        directories[:] = [name for name in directories if name not in ('pts', 'shm', 'fd', 'mqueue', 'hugepages')]
        for name in names:
            if name in HARMLESS or 'watchdog' in name:
                continue
            try:
                os.close(os.open(f'{above}/{name}', os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY))
                opened.append(name)
            except OSError:
                pass
    expect(opened, 'none')


if __name__ == '__main__':
    attack.main()
