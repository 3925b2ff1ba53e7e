"""
Small acts, each of which one wall alone keeps from having an effect (walls-each.test.ts), beside the attacks of
kernel.py, which are had from here too. In: a directory of its own as the working one, with what the test put there.
"""
import ctypes
import fcntl
import mmap
import os
import resource
import socket
import subprocess
import time

import attack
import kernel  # its attacks by name
from attack import attack as on, call, expect, reach, read

# Calls of the filter that kernel.py has no attack of by that name, with arguments that can do no harm.
for word, number, arguments in (
    ('mount', 165, ('none', '/nowhere', 'tmpfs', 0, 0)),
    ('umount2', 166, ('/nowhere', 2)),
    ('chroot', 161, ('/nowhere',)),
    ('open_tree', 428, (-100, '/nowhere', 1)),
    ('fsopen', 430, ('no-such-kind', 0)),
    ('mount_setattr', 442, (-100, '/nowhere', 0, 0, 0)),
    ('setns', 308, (-1, 0)),
    ('name_to_handle_at', 303, (-100, '/nowhere', 0, 0, 0)),
    ('setxattrat', 463, (-100, '/nowhere', 0, 'user.x', 0, 0)),
    ('removexattrat', 466, (-100, '/nowhere', 0, 'user.x')),
    ('file_setattr', 469, (-100, '/nowhere', 0, 0, 0)),
    ('ptrace', 101, (0, 0, 0, 0)),  # by whom it is born
    ('process_vm_readv', 310, (os.getpid(), 0, 0, 0, 0, 0)),
    ('process_vm_writev', 311, (os.getpid(), 0, 0, 0, 0, 0)),
    ('pidfd_getfd', 438, (-1, 0, 0)),
    ('lookup_dcookie', 212, (0, 0, 0)),
    ('create_module', 174, (0, 0)),
    ('sethostname', 170, (0, -1)),
    ('kexec_file_load', 320, (-1, -1, 0, 0, 0xffff)),
    ('setdomainname', 171, (0, -1)),
    ('uselib', 134, ('/nowhere',)),
    ('nfsservctl', 180, (0, 0, 0)),
    ('_sysctl', 156, (0,)),
):
    attack.ATTACKS[f'call_{word}'] = lambda number=number, arguments=arguments: reach(number, *arguments)


@on
def call_vhangup():
    os.setsid()  # nobody's terminal
    call(153)


attack.ATTACKS.update({
    'read_file': lambda: read('file'),
    'read_private': lambda: read('private'),
    'read_in_directory': lambda: read('sub/file'),
    'read_other': lambda: read('other.key'),
    'write_file': lambda: os.close(os.open('file', os.O_WRONLY)),
    'write_other': lambda: os.close(os.open('other.key', os.O_WRONLY)),
    'truncate_file': lambda: os.truncate('file', 0),
    'make_file': lambda: os.close(os.open('made', os.O_CREAT | os.O_WRONLY)),
    'make_directory': lambda: os.mkdir('made'),
    'make_pipe': lambda: os.mkfifo('made'),
    'make_link': lambda: os.symlink('file', 'made'),
    'make_socket': lambda: socket.socket(socket.AF_UNIX).bind('made'),
    'make_device': lambda: os.mknod('made', 0o20666, os.makedev(1, 3)),
    'make_in_directory': lambda: os.close(os.open('sub/made', os.O_CREAT | os.O_WRONLY)),
    'make_denied_name': lambda: os.close(os.open('.env', os.O_CREAT | os.O_WRONLY)),
    'give_denied_name': lambda: os.rename('file', '.env'),
    'remove_file': lambda: os.unlink('file'),
    'remove_directory': lambda: os.rmdir('empty'),
    'move_file': lambda: os.rename('file', 'empty/file'),
    'link_file': lambda: os.link('file', 'empty/file'),
    'change_mode': lambda: os.chmod('file', 0o600),
    'change_owner': lambda: os.chown('file', 1, 1),
    'change_times': lambda: os.utime('file', (1, 1)),
    'change_attribute': lambda: os.setxattr('file', 'user.each', b'x'),
    'list_directory': lambda: expect('file' in os.listdir('.'), 'nothing'),
    'list_inner_directory': lambda: expect('file' in os.listdir('sub'), 'nothing'),
    'see_beside': lambda: expect(os.path.isdir(os.environ['BESIDE']), 'nothing'),
    'make_unix_socket': lambda: socket.socket(socket.AF_UNIX).close(),
    'see_outsider': lambda: expect(os.path.isdir(f'/proc/{kernel.OUTSIDER}'), 'nothing'),
    'read_stray_descriptor': lambda: expect(b'SECRET' in os.read(int(os.environ['STRAY']), 100), 'nothing'),
    'have_secret_in_environment': lambda: expect('TOKEN_OF_CALLER' in os.environ, 'nothing'),
    'be_allowed_a_core_dump': lambda: expect(resource.getrlimit(resource.RLIMIT_CORE) != (1, 1), 'nothing'),  # 0 keeps no program from it
    'open_many': lambda: [os.dup(0) for _ in range(100)],
    'be_more_important': lambda: os.setpriority(os.PRIO_PROCESS, 0, -5),
    'mark_packets': lambda: socket.socket().setsockopt(socket.SOL_SOCKET, 36, 7),
})


@on
def run_program():
    subprocess.run(['./program'], env={'MARK': f'{os.getcwd()}/mark'}, check=True)
    expect(os.path.exists('mark'), 'nothing')


@on
def map_program():
    with open('program', 'rb') as file:
        mmap.mmap(file.fileno(), 4096, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_EXEC)


@on
def map_memory_file():
    fd = call(319, 'x', 0)
    os.write(fd, bytes(4096))
    mmap.mmap(fd, 4096, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_EXEC)


@on
def control_device():
    """RNDGETENTCNT, which everybody may ask."""
    fcntl.ioctl(os.open('/dev/urandom', os.O_RDONLY), 0x80045200, bytes(4))


@on
def connect_abstract():
    socket.socket(socket.AF_UNIX).connect('\0' + os.environ['OUTSIDER_ABSTRACT'])


@on
def connect_path():
    socket.socket(socket.AF_UNIX).connect(os.environ['OUTSIDER_SOCKET'])


def passed():
    """This act's directory, as the outsider has it and passes it on: without what is mounted in the run."""
    client = socket.socket(socket.AF_UNIX)
    client.connect(os.environ['OUTSIDER_SOCKET'] + '.directory')
    above = socket.recv_fds(client, 1, 1)[1][0]
    return os.open(os.path.basename(os.getcwd()) + '/sub', os.O_PATH, dir_fd=above)


def work_in_passed():
    os.fchdir(passed())


attack.ATTACKS.update({
    'make_file_below_passed': lambda: os.close(os.open('made', os.O_CREAT | os.O_WRONLY, dir_fd=passed())),
    'make_file_in_passed': lambda: [work_in_passed(), os.close(os.open('made', os.O_CREAT | os.O_WRONLY))],
    'make_directory_below_passed': lambda: os.mkdir('made', dir_fd=passed()),
    'make_link_below_passed': lambda: os.symlink('file', 'made', dir_fd=passed()),
    'move_file_out_of_passed': lambda: os.rename('file', '../taken', src_dir_fd=(fd := passed()), dst_dir_fd=fd),
    'link_file_below_passed': lambda: os.link('file', 'made', src_dir_fd=(fd := passed()), dst_dir_fd=fd),
    'remove_file_below_passed': lambda: os.unlink('file', dir_fd=passed()),
    'change_mode_below_passed': lambda: os.chmod('file', 0o600, dir_fd=passed()),
    'change_times_in_passed': lambda: [work_in_passed(), os.utime('file', (1, 1))],
    'truncate_file_in_passed': lambda: [work_in_passed(), os.truncate('file', 0)],
})


@on
def watch_directory():
    notified = attack.libc.inotify_init1(0)
    call(254, notified, os.getcwd(), 0xfff)


def what_came_later():
    """The outsider makes the directory and the file in it, once it is asked to."""
    workspace, name = os.environ['WORKSPACE'], os.environ['LATER']
    try:
        os.mkdir(f'{workspace}/please-{name}')
    except OSError as error:
        raise attack.NoEffect(f'it could not be asked: {error}')
    for _ in range(1000):
        if os.path.exists(f'{workspace}/later-{name}'):
            return f'{workspace}/later-{name}/.env'
        time.sleep(0.01)
    raise attack.NoEffect('nobody made it')


@on
def read_what_came_later():
    read(what_came_later())


@on
def write_what_came_later():
    os.close(os.open(what_came_later(), os.O_WRONLY))


@on
def change_mode_of_what_came_later_by_descriptor():
    os.fchmod(os.open(what_came_later(), os.O_RDONLY), 0o600)


@on
def change_flags_of_what_came_later_by_descriptor():
    fd, flags = os.open(what_came_later(), os.O_RDONLY), bytearray(8)
    fcntl.ioctl(fd, 0x80086601, flags)
    fcntl.ioctl(fd, 0x40086602, bytes(flags))


@on
def become_root_by_program():
    word = subprocess.run(['./id', '-u'], capture_output=True, text=True, check=True).stdout
    expect(word == '0\n', 'an ordinary user')


@on
def gain_privileges():
    expect('NoNewPrivs:\t0' in open('/proc/self/status').read(), 'nothing')


@on
def fork_often():
    """Each waits until this one is gone, so that all are there at once."""
    near, far = os.pipe()
    for _ in range(60):
        if os.fork() == 0:
            os.close(far)
            os.read(near, 1)
            os._exit(0)


if __name__ == '__main__':
    attack.main()
