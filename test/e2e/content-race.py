"""
Tries to run a content that no rule allows, by changing a file between its reading and its running.

In:   FILE GOOD BAD MARKER SECONDS. GOOD and BAD are programs of one size, GOOD is allowed by its content; BAD makes
      the file that is named by its argument.
Out:  one line: how often FILE ran to success and how often it did not. MARKER is there if BAD ever ran.
"""
import mmap
import os
import sys
import threading
import time

FILE, GOOD, BAD, MARKER, SECONDS = sys.argv[1:]
CONTENTS = [open(name, "rb").read() for name in (GOOD, BAD)]
over = time.monotonic() + float(SECONDS)


def put_by_mapping(content, hold):
    """Written through a mapping that outlives the descriptor: on tmpfs that moves no time stamp."""
    descriptor = os.open(FILE, os.O_RDWR)
    pages = mmap.mmap(descriptor, 0)
    for at in range(0, len(pages), 4096):
        pages[at]  # mapped by a read, so that the write to come is no fault on tmpfs
    os.close(descriptor)
    pages[:] = content
    time.sleep(hold)
    pages.close()


def put_by_write(content, hold):
    descriptor = os.open(FILE, os.O_WRONLY)
    os.pwrite(descriptor, content, 0)
    time.sleep(hold)
    os.close(descriptor)


def put_by_name(content, hold):
    with open(FILE + ".new", "wb") as file:
        file.write(content)
    os.chmod(FILE + ".new", 0o755)
    os.rename(FILE + ".new", FILE)
    time.sleep(hold)


def change():
    round = 0
    while time.monotonic() < over:
        for put in (put_by_mapping, put_by_write, put_by_name, put_by_mapping):
            round += 1
            try:
                put(CONTENTS[1], 0.001 * (round % 3))
                time.sleep(0.002 * (round % 5))
                put(CONTENTS[0], 0)
            except OSError:  # somebody runs it right now
                pass
            time.sleep(0.01 * (round % 8))


def runs():
    child = os.fork()
    if child == 0:
        try:
            os.execv(FILE, [FILE, MARKER])
        except OSError:
            os._exit(99)
    return os.waitpid(child, 0)[1] == 0


put_by_name(CONTENTS[0], 0)
thread = threading.Thread(target=change)
thread.start()
ran = [0, 0]
while time.monotonic() < over:
    ran[0 if runs() else 1] += 1
thread.join()
# Left in peace it runs again, at the second try at the latest.
put_by_name(CONTENTS[0], 0)
patience = time.monotonic() + 30
while not runs() and time.monotonic() < patience:
    time.sleep(0.05)
print("ran", ran[0], "refused", ran[1], "at last", runs())
