"""
Attacks that run code no rule allows. The working directory may be written, so nothing in it may be run; exec allows
/usr/** but for /usr/bin/nice. An effect leaves the word RAN behind.
"""
import ctypes
import mmap
import os
import shutil
import subprocess

import attack
from attack import attack as on, call, expect, libc

LOADER = os.path.realpath('/lib64/ld-linux-x86-64.so.2')
LIBRARY = os.environ['LIBRARY']  # in the working directory: writes RAN to $MARK when it is loaded
PROGRAM = os.environ['PROGRAM']  # the same, as a program
MARK = os.environ['MARK']


def ran(command, **options):
    if os.path.exists(MARK):
        os.unlink(MARK)
    result = subprocess.run(command, capture_output=True, **options)
    expect(os.path.exists(MARK), f'status {result.returncode}')


def copy(name, mode=0o755):
    shutil.copyfile(PROGRAM, name)
    os.chmod(name, mode)
    return os.path.abspath(name)


@on
def run_own_program():
    ran([PROGRAM])


@on
def run_own_copy():
    ran([copy('copied')])


@on
def run_own_script():
    with open('script', 'w') as file:
        file.write(f'#!/bin/sh\ntouch {MARK}\n')
    os.chmod('script', 0o755)
    ran([os.path.abspath('script')])


@on
def run_by_loader():
    ran([LOADER, PROGRAM])


@on
def run_by_symlink():
    os.symlink(PROGRAM, 'by-link')
    ran([os.path.abspath('by-link')])


@on
def run_by_descriptor():
    if os.path.exists(MARK):
        os.unlink(MARK)
    child = os.fork()
    if child == 0:
        fd = os.open(PROGRAM, os.O_RDONLY)
        os.execve(fd, ['x'], os.environ)
    os.waitpid(child, 0)
    expect(os.path.exists(MARK), 'it did not run')


def memory_file(path):
    fd = call(319, 'x', 0)
    with open(path, 'rb') as file:
        os.write(fd, file.read())
    return fd


@on
def run_from_memory():
    if os.path.exists(MARK):
        os.unlink(MARK)
    child = os.fork()
    if child == 0:
        fd = memory_file(PROGRAM)
        os.execve(fd, ['x'], os.environ)
    os.waitpid(child, 0)
    expect(os.path.exists(MARK), 'it did not run')


@on
def run_from_shared_memory():
    path = '/dev/shm/warder-test-program'
    try:
        ran([copy(path)])
    finally:
        if os.path.exists(path):
            os.unlink(path)


@on
def load_own_library():
    ctypes.CDLL(LIBRARY)
    expect(os.path.exists(MARK), 'it was not loaded')


@on
def load_from_memory():
    fd = memory_file(LIBRARY)
    ctypes.CDLL(f'/proc/self/fd/{fd}')


@on
def load_unnamed_file():
    fd = os.open('.', os.O_TMPFILE | os.O_RDWR)
    with open(LIBRARY, 'rb') as file:
        os.write(fd, file.read())
    ctypes.CDLL(f'/proc/self/fd/{fd}')


@on
def load_by_preload():
    ran(['/bin/true'], env={**os.environ, 'LD_PRELOAD': LIBRARY})


@on
def load_by_audit():
    ran(['/bin/true'], env={**os.environ, 'LD_AUDIT': LIBRARY})


@on
def map_executable():
    fd = os.open(LIBRARY, os.O_RDONLY)
    mmap.mmap(fd, 4096, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_EXEC)


@on
def map_then_protect():
    fd = os.open(LIBRARY, os.O_RDONLY)
    libc.mmap.restype = ctypes.c_void_p
    at = libc.mmap(None, ctypes.c_size_t(4096), 1, 2, fd, ctypes.c_long(0))
    call(10, ctypes.c_void_p(at), 4096, 5)


@on
def run_denied_program():
    expect(subprocess.run(['/usr/bin/nice', '/bin/true']).returncode == 0, 'it did not run')


@on
def run_denied_program_by_link():
    os.symlink('/usr/bin/nice', 'polite')
    expect(subprocess.run([os.path.abspath('polite'), '/bin/true']).returncode == 0, 'it did not run')


@on
def run_denied_program_by_hard_link():
    os.link('/usr/bin/nice', 'polite2')
    expect(subprocess.run([os.path.abspath('polite2'), '/bin/true']).returncode == 0, 'it did not run')


@on
def run_denied_program_by_loader():
    expect(subprocess.run([LOADER, '/usr/bin/nice', '/bin/true']).returncode == 0, 'it did not run')


@on
def run_denied_program_by_copy():
    shutil.copyfile('/usr/bin/nice', 'polite3')
    os.chmod('polite3', 0o755)
    expect(subprocess.run([os.path.abspath('polite3'), '/bin/true']).returncode == 0, 'it did not run')


@on
def run_denied_interpreter():
    """A script that may be run names it."""
    ran([os.path.abspath('tools/polite')])


if __name__ == '__main__':
    attack.main()
