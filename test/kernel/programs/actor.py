"""Does, one after the other, what a list of actions says: in a root and a network of its own, so that any path and
address may be meant. A process beside it, which nobody governs, puts there what each action is about.

In:  argv: a JSON file: [[{"category", "path"} or {"category", "protocol", "address", "port"}, ...], ...]; a file to
     execute. On stdin a line for each list.
Out: its number, and then a line behind each list that is done.
Root only; ends with whoever started it."""
import ctypes, json, os, shutil, signal, socket, sys

cases, program = json.load(open(sys.argv[1])), open(sys.argv[2], 'rb').read()
libc = ctypes.CDLL(None, use_errno=True)
NEWNS, NEWNET, MS_REC, MS_PRIVATE, MNT_DETACH, PDEATHSIG = 0x20000, 0x40000000, 0x4000, 1 << 18, 2, 1


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def own_root():
    check(libc.unshare(NEWNS | NEWNET))
    check(libc.mount(b'none', b'/', None, MS_REC | MS_PRIVATE, None))
    root = os.path.dirname(sys.argv[1]).encode() + b'/root'
    os.mkdir(root)
    check(libc.mount(b'none', root, b'tmpfs', 0, b'mode=755'))
    os.chdir(root)
    check(libc.syscall(155, b'.', b'.'))  # pivot_root
    check(libc.umount2(b'.', MNT_DETACH))
    os.chdir('/')


def put(path):
    """A file at the path, whatever is there; directories above it, whatever they are."""
    parts = os.fsencode(path).split(b'/')[1:]
    at = b''
    for part in parts[:-1]:
        at += b'/' + part
        if not os.path.isdir(at):
            if os.path.lexists(at):
                os.unlink(at)
            os.mkdir(at)
    target = os.fsencode(path)
    if os.path.isdir(target):
        shutil.rmtree(target)
    with open(target, 'wb') as file:
        file.write(program)
    os.chmod(target, 0o755)


def act(action):
    category = action['category']
    try:
        if category in ('read', 'write'):
            os.close(os.open(action['path'], os.O_RDONLY if category == 'read' else os.O_WRONLY))
        elif category == 'exec':
            pid = os.fork()
            if pid == 0:
                try:
                    os.execv(action['path'], ['it'])
                finally:
                    os._exit(1)
            if os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1]):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        else:
            family = socket.AF_INET6 if ':' in action['address'] else socket.AF_INET
            with socket.socket(family, socket.SOCK_STREAM if action['protocol'] == 'tcp' else socket.SOCK_DGRAM) as s:
                s.setblocking(False)
                (s.connect if category == 'connect' else s.bind)((action['address'], action['port']))
    except OSError:
        pass  # what was said of it is in the kernel's record


own_root()
asked, ask = os.pipe()
done, tell = os.pipe()
parent = os.getpid()
actor = os.fork()
if actor == 0:
    libc.prctl(PDEATHSIG, signal.SIGKILL)
    for actions in cases:
        for action in actions:
            os.read(asked, 1)
            act(action)
            os.write(tell, b'.')
    os._exit(0)
libc.prctl(PDEATHSIG, signal.SIGKILL)
print(actor, flush=True)
for actions in cases:
    if not sys.stdin.readline():
        os.kill(actor, signal.SIGKILL)
        break
    for action in actions:
        if 'path' in action:
            put(action['path'])
        os.write(ask, b'.')
        os.read(done, 1)
    print('done', flush=True)
os.waitpid(actor, 0)
