"""What a governed process tries against the runtime that governs it: PID of the runtime, its pins, its state directory,
one of its pinned maps and one of its pinned links.

Each try in a child of its own, for a refusal may be a SIGKILL. Out: JSON in the file of the last argument, by try: the name of
the errno, "killed", or "done".
"""
import ctypes
import errno
import fcntl
import json
import os
import signal
import socket
import struct
import sys

runtime, pins, state, pinned_map, pinned_link, out = int(sys.argv[1]), *sys.argv[2:7]
libc = ctypes.CDLL(None, use_errno=True)
BPF = 321 if os.uname().machine == "x86_64" else 280
BPF_MAP_UPDATE, BPF_PROG_LOAD, BPF_LINK_DETACH = 2, 5, 34
BPF_OBJ_GET, BPF_PROG_GET_NEXT_ID, BPF_MAP_GET_NEXT_ID, BPF_LINK_GET_FD_BY_ID = 7, 11, 12, 30
PTRACE_ATTACH, PTRACE_SEIZE = 16, 0x4206


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes, 128)
    result = libc.syscall(BPF, command, buffer, 128)
    check(result)
    return result


def obj_get(path):
    name = ctypes.create_string_buffer(path.encode())
    return bpf(BPF_OBJ_GET, ctypes.addressof(name).to_bytes(8, "little"))


def write_map():
    """No run has number 0: what would be written does no harm, and that it can be written says enough."""
    key, value = ctypes.create_string_buffer(4), ctypes.create_string_buffer(8)
    map_fd = obj_get(pinned_map)
    bpf(BPF_MAP_UPDATE, struct.pack("IxxxxQQQ", map_fd, ctypes.addressof(key), ctypes.addressof(value), 0))


def detach_link():
    link = obj_get(pinned_link)
    bpf(BPF_LINK_DETACH, struct.pack("I", link))


def load_program():
    """r0 = 0; exit: a filter of sockets."""
    code = ctypes.create_string_buffer(struct.pack("BBhiBBhi", 0xb7, 0, 0, 0, 0x95, 0, 0, 0))
    licence = ctypes.create_string_buffer(b"GPL")
    bpf(BPF_PROG_LOAD, struct.pack("IIQQ", 1, 2, ctypes.addressof(code), ctypes.addressof(licence)))


def signal_by_owner():
    """Whether it came to anything the runtime alone can tell, by being there."""
    near, far = socket.socketpair()
    fcntl.fcntl(near, fcntl.F_SETOWN, runtime)
    fcntl.fcntl(near, 10, signal.SIGKILL)
    fcntl.fcntl(near, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    far.send(b"x")
    raise OSError(errno.ESRCH, "")


def own_names(kind):
    """Enter the runtime's namespace of a kind."""
    with open(f"/proc/{runtime}/ns/{kind}") as namespace:
        check(libc.setns(namespace.fileno(), 0))


def set_limit():
    check(libc.syscall(302, runtime, 4, struct.pack("QQ", 1, 1), None))


def cgroup_root():
    for line in open("/proc/self/mountinfo"):
        if " - cgroup2 " in line:
            return line.split()[4]
    return "/sys/fs/cgroup"


def leave():
    with open(cgroup_root() + "/cgroup.procs", "w") as procs:
        procs.write("0")


def write_memory():
    with open(f"/proc/{runtime}/mem", "r+b") as memory:
        memory.seek(0x400000)
        memory.write(b"x")


def change(path):
    with open(path, "a") as record:
        record.write("x")


TRIES = {
    "signal": lambda: os.kill(runtime, signal.SIGKILL),
    "stop": lambda: os.kill(runtime, signal.SIGSTOP),
    "ptrace": lambda: check(libc.ptrace(PTRACE_ATTACH, runtime, None, None)),
    "seize": lambda: check(libc.ptrace(PTRACE_SEIZE, runtime, None, None)),
    "memory": write_memory,
    "read state": lambda: os.listdir(state + "/runs"),
    "write state": lambda: change(state + "/runs/state.json"),
    "remove state": lambda: os.rename(state, state + ".gone"),
    "open pin": lambda: obj_get(pins + "/seal"),
    "write map": write_map,
    "detach link": detach_link,
    "load program": load_program,
    "own its files": signal_by_owner,
    "enter mounts": lambda: own_names("mnt"),
    "limit": set_limit,
    "slow down": lambda: os.setpriority(os.PRIO_PROCESS, runtime, 19),
    "one processor": lambda: os.sched_setaffinity(runtime, {0}),
    "freeze": lambda: change(cgroup_root() + "/warder/cgroup.freeze"),
    "hide": lambda: check(libc.mount(b"none", b"/sys/fs/bpf", b"tmpfs", 0, None)),
    "remove pin": lambda: os.unlink(pins + "/seal"),
    "remove links": lambda: os.rename(pins, pins + "-gone"),
    "next program": lambda: bpf(BPF_PROG_GET_NEXT_ID, b""),
    "next map": lambda: bpf(BPF_MAP_GET_NEXT_ID, b""),
    "link by id": lambda: bpf(BPF_LINK_GET_FD_BY_ID, (1).to_bytes(4, "little")),
    "unmount": lambda: check(libc.umount2(b"/sys/fs/bpf", 2)),
    "leave cgroup": leave,
}


def attempt(action):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            action()
            result = "done"
        except OSError as error:
            result = errno.errorcode.get(error.errno, str(error.errno))
        os.write(write, result.encode())
        os._exit(0)
    os.close(write)
    _, status = os.waitpid(child, 0)
    result = os.read(read, 64).decode()
    os.close(read)
    return result or ("killed" if os.WIFSIGNALED(status) else "nothing")


results = {name: attempt(action) for name, action in TRIES.items()}
with open(out, "w") as file:
    json.dump(results, file)
