"""
Every way for a process to come to be, or to go elsewhere. Each ends in `printf NAME`, run by the process that came of it.

In: the directory of a cgroup that is not the run's. Out: nothing; ends when all have ended.
"""
import ctypes
import os
import signal
import struct
import sys
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)
elsewhere = sys.argv[1]
WAYS = {}
CLONE_INTO_CGROUP, NEWPID, NEWUSER, NEWNS = 0x200000000, 0x20000000, 0x10000000, 0x20000


def way(function):
    WAYS[function.__name__] = function
    return function


def end_as(name):
    os.execv('/usr/bin/printf', ['printf', '%s\\n', name])


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


@way
def fork(name):
    if os.fork() == 0:
        end_as(name)


@way
def vfork(name):
    os.posix_spawn('/usr/bin/printf', ['printf', '%s\\n', name], os.environ)


@way
def double_fork(name):
    if os.fork() == 0:
        if os.fork() == 0:
            end_as(name)
        os._exit(0)


@way
def daemon(name):
    """Its parent has gone, and it has a session of its own, before it acts."""
    if os.fork():
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    while os.getppid() != 1 and os.getppid() == int(open('/proc/self/stat').read().split()[5]):
        time.sleep(0.01)
    end_as(name)


@way
def thread_forks(name):
    thread = threading.Thread(target=fork, args=(name,))
    thread.start()
    thread.join()


@way
def thread_executes(name):
    if os.fork() == 0:
        threading.Thread(target=end_as, args=(name,)).start()
        time.sleep(60)


@way
def leader_gone(name):
    """The first thread ends; another one goes on and forks."""
    if os.fork():
        return

    def later():
        time.sleep(0.2)
        fork(name)
        os._exit(0)
    threading.Thread(target=later).start()
    libc.syscall(60, 0)


@way
def clone3_into_another_cgroup(name):
    with_fd = os.open(elsewhere, os.O_RDONLY)
    arguments = ctypes.create_string_buffer(
        struct.pack('11Q', CLONE_INTO_CGROUP, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, with_fd))
    if check(libc.syscall(435, arguments, 88)) == 0:
        end_as(name)


@way
def moves_to_another_cgroup(name):
    if os.fork() == 0:
        with open(elsewhere + '/cgroup.procs', 'w') as procs:
            procs.write('0')
        end_as(name)


@way
def pid_namespace(name):
    if os.fork() == 0:
        check(libc.unshare(NEWPID))
        if os.fork() == 0:
            end_as(name)
        os.wait()
        os._exit(0)


@way
def all_namespaces(name):
    if os.fork() == 0:
        check(libc.unshare(NEWUSER | NEWNS | NEWPID))
        if os.fork() == 0:
            end_as(name)
        os.wait()
        os._exit(0)


@way
def executes_twice(name):
    if os.fork() == 0:
        os.execv('/bin/sh', ['sh', '-c', f"exec sh -c 'exec printf %s\\\\n {name}'"])


# What outlives its parent comes back here.
check(libc.prctl(36, 1, 0, 0, 0))
for name, function in WAYS.items():
    function(name)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
