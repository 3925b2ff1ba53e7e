"""
What the attacks share: a name for each, a child of its own to try it in, system calls by number.

An attack returns when it had its effect and raises when it had not. Each is tried in a child, so that one that is
killed, or that ruins its process, says nothing about the next.
"""
import ctypes
import errno
import json
import os
import signal
import sys
import traceback

libc = ctypes.CDLL(None, use_errno=True)
ATTACKS = {}

# How the kernel says that there is no such thing to be had here.
REFUSALS = {errno.EPERM, errno.ENOSYS, errno.EACCES, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.EOPNOTSUPP}


class NoEffect(Exception):
    """The attack ran through and nothing came of it."""


def attack(function):
    ATTACKS[function.__name__] = function
    return function


def call(number, *arguments):
    """A raw system call. Raises OSError."""
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[argument_of(value) for value in arguments])
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def argument_of(value):
    if isinstance(value, int):
        return ctypes.c_long(value)
    if isinstance(value, str):
        return ctypes.c_char_p(value.encode())
    return value


def reach(number, *arguments):
    """A call with arguments that can do no harm: the effect is that the kernel looks at them."""
    try:
        call(number, *arguments)
    except OSError as error:
        if error.errno in REFUSALS:
            raise


def expect(condition, what):
    if not condition:
        raise NoEffect(what)


def read(path, flags=os.O_RDONLY, dir_fd=None):
    fd = os.open(path, flags, dir_fd=dir_fd)
    text = os.read(fd, 100)
    expect(b'SECRET' in text, f'read {text!r}')


def try_one(function):
    """'effect', 'killed N', or why there was none."""
    near, far = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(near)
        # A way out in silence: the word is in the pipe.
        try:
            function()
            word = 'effect'
        except OSError as error:
            word = f'refused {errno.errorcode.get(error.errno, error.errno)}'
        except NoEffect as error:
            word = f'none {error}'
        except BaseException:
            word = 'broken ' + traceback.format_exc(limit=-1)
        os.write(far, word.encode()[:2000])
        os._exit(0)
    os.close(far)
    word = b''
    while chunk := os.read(near, 2000):
        word += chunk
    os.close(near)
    _, status = os.waitpid(child, 0)
    if word:
        return word.decode()
    return f'killed {os.WTERMSIG(status)}' if os.WIFSIGNALED(status) else f'ended {os.WEXITSTATUS(status)}'


def main(prepare=lambda: None):
    """Try those named, or all. Prints what became of each. `prepare` runs before each."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    wanted = sys.argv[1:] or list(ATTACKS)
    words = {}
    for name in wanted:
        prepare()
        words[name] = try_one(ATTACKS[name])
    print(json.dumps(words))
