"""A person at a terminal of 24 by 80 in which a command runs: types, makes the window larger, and prints what was to be seen
and whether the terminal is afterwards what it was before.

In:  the command. Each step waits for a word of the agent's.
Out: the screen's bytes on stdout, and behind them `restored` or `changed`, and the command's status.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

STEPS = [
    (b"ready", lambda controller: os.write(controller, b"typed\r")),
    (b"got typed", lambda controller: resize(controller, 30, 100)),
    (b"size 30 100", lambda controller: os.write(controller, b"\x03")),
    (b"interrupted", lambda controller: os.write(controller, b"\x1a")),
    (b"suspended", lambda controller: os.write(controller, b"\x04")),
]


def resize(descriptor, rows, columns):
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


controller, terminal = pty.openpty()
resize(terminal, 24, 80)
before = termios.tcgetattr(terminal)
child = os.fork()
if child == 0:
    os.close(controller)
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for descriptor in range(3):
        os.dup2(terminal, descriptor)
    os.execvp(sys.argv[1], sys.argv[1:])

seen = b""
steps = list(STEPS)
end = time.monotonic() + 60
status = None
while time.monotonic() < end:
    if select.select([controller], [], [], 0.05)[0]:
        seen += os.read(controller, 65536)
    elif status is not None:
        break
    if steps and steps[0][0] in seen:
        steps.pop(0)[1](controller)
    if status is None:
        ended, how = os.waitpid(child, os.WNOHANG)
        status = how if ended else None
if status is None:
    os.kill(child, signal.SIGKILL)
sys.stdout.buffer.write(seen)
print("restored" if termios.tcgetattr(terminal) == before else "changed", status)
