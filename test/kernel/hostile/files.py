"""
Attacks on files. In the working directory:

    secret/key     neither to be read nor written       secret/sub/
    .env           the same, by its name
    frozen/f       to be read, not written              frozen/sub/
    deep/inner/secret   as secret/, two directories down
    *.sealed, yet/ to be read, not written; none is there at the start
    mine           the attacker's own

and beside it, at $OUTSIDE, what no rule allows: file, sub/. All hold the word SECRET and every permission bit.
"""
import ctypes
import fcntl
import mmap
import os
import shutil
import socket
import struct
import threading
import time

import attack
from attack import attack as on, call, expect, read

HERE = os.getcwd()
OUTSIDE = os.environ['OUTSIDE']
AT_FDCWD = -100

# Reading what is denied.

for target, path in {'secret': 'secret/key', 'env': '.env', 'outside': f'{OUTSIDE}/file', 'deep': 'deep/inner/secret'}.items():
    def plain(path=path):
        read(path)

    def absolute(path=path):
        read(os.path.join(HERE, path))

    def by_proc_root(path=path):
        read('/proc/self/root' + os.path.join(HERE, path))

    def by_symlink(path=path, target=target):
        os.symlink(os.path.join(HERE, path), f'link-{target}')
        read(f'link-{target}')

    def by_hard_link(path=path, target=target):
        os.link(path, f'hard-{target}')
        read(f'hard-{target}')

    def by_path_descriptor(path=path):
        fd = os.open(path, os.O_PATH)
        read(f'/proc/self/fd/{fd}')

    def by_parent_descriptor(path=path):
        fd = os.open(os.path.dirname(path) or '.', os.O_PATH)
        read(os.path.basename(path), dir_fd=fd)

    def by_handle(path=path):
        handle = ctypes.create_string_buffer(struct.pack('Ii', 128, 0) + bytes(128))
        mount = ctypes.c_int()
        call(303, AT_FDCWD, path, handle, ctypes.byref(mount), 0)
        fd = call(304, os.open('.', os.O_RDONLY), handle, os.O_RDONLY)
        expect(b'SECRET' in os.read(fd, 100), 'read something else')

    def by_renaming(path=path, target=target):
        os.rename(path, f'moved-{target}')
        read(f'moved-{target}')

    def by_renaming_above(path=path, target=target):
        above = os.path.dirname(path)
        os.rename(above, f'above-{target}')
        read(os.path.join(f'above-{target}', os.path.basename(path)))

    def by_open_tree(path=path):
        fd = call(428, AT_FDCWD, path, 0o2000000 | 1)
        read(f'/proc/self/fd/{fd}')

    def by_openat2(path=path):
        how = ctypes.create_string_buffer(struct.pack('QQQ', os.O_RDONLY, 0, 0))
        fd = call(437, AT_FDCWD, path, how, 24)
        expect(b'SECRET' in os.read(fd, 100), 'read something else')

    def by_another_program(path=path):
        expect(os.system(f'/bin/grep -q SECRET {path}') == 0, 'grep found nothing')

    def by_chmod_first(path=path):
        os.chmod(path, 0o777)
        read(path)

    def by_working_directory_link(path=path):
        read('/proc/self/cwd/' + os.path.relpath(path))

    def by_thread_root(path=path):
        read('/proc/thread-self/root' + os.path.join(HERE, path))

    def by_descriptor_directory(path=path):
        os.dup2(os.open(os.path.dirname(path) or '.', os.O_PATH), 77)
        read('/dev/fd/77/' + os.path.basename(path))

    def by_beneath(path=path):
        how = ctypes.create_string_buffer(struct.pack('QQQ', os.O_RDONLY, 0, 0x10))
        fd = call(437, os.open('/', os.O_PATH), os.path.join(HERE, path), how, 24)
        expect(b'SECRET' in os.read(fd, 100), 'read something else')

    def by_sending(path=path):
        near, far = socket.socketpair()
        os.sendfile(near.fileno(), os.open(path, os.O_RDONLY), 0, 100)
        expect(b'SECRET' in far.recv(100), 'it sent something else')

    def by_exchange(path=path, target=target):
        with open(f'other-{target}', 'w') as file:
            file.write('x')
        call(316, AT_FDCWD, f'other-{target}', AT_FDCWD, path, 2)
        read(f'other-{target}')

    def by_link_of_descriptor(path=path, target=target):
        fd = os.open(path, os.O_PATH)
        call(265, AT_FDCWD, f'/proc/self/fd/{fd}', AT_FDCWD, f'linked-{target}', 0x400)
        read(f'linked-{target}')

    def by_link_of_nothing(path=path, target=target):
        call(265, os.open(path, os.O_PATH), '', AT_FDCWD, f'empty-{target}', 0x1000)
        read(f'empty-{target}')

    def by_mapping(path=path):
        fd = os.open(path, os.O_RDONLY)
        expect(b'SECRET' in mmap.mmap(fd, 6, prot=mmap.PROT_READ)[:], 'mapped something else')

    for way in (plain, absolute, by_proc_root, by_symlink, by_hard_link, by_path_descriptor, by_parent_descriptor,
                by_working_directory_link, by_thread_root, by_descriptor_directory, by_beneath, by_sending, by_exchange,
                by_link_of_descriptor, by_link_of_nothing, by_handle, by_renaming, by_openat2, by_another_program, by_chmod_first, by_mapping):
        attack.ATTACKS[f'read_{target}_{way.__name__}'] = way
    if target == 'deep':
        attack.ATTACKS['read_deep_by_renaming_above'] = by_renaming_above


@on
def list_secret():
    expect('key' in os.listdir('secret'), 'it looks empty')


@on
def list_outside():
    expect('file' in os.listdir(OUTSIDE), 'it looks empty')


def watch(path, flags=0):
    """What happens to it is told, names in it too."""
    call(254, call(294, 0), path, 0xfff | flags)


attack.ATTACKS['watch_secret'] = lambda: watch('secret')
attack.ATTACKS['watch_secret_file'] = lambda: watch('secret/key')
attack.ATTACKS['watch_env'] = lambda: watch('.env')
attack.ATTACKS['watch_outside'] = lambda: watch(OUTSIDE)
attack.ATTACKS['watch_outside_file'] = lambda: watch(f'{OUTSIDE}/file')
attack.ATTACKS['watch_outside_by_descriptor'] = lambda: watch(f'/proc/self/fd/{os.open(OUTSIDE, os.O_PATH)}')
attack.ATTACKS['watch_outside_directory_only'] = lambda: watch(OUTSIDE, 0x1000000)


@on
def watch_outside_by_link():
    os.symlink(OUTSIDE, 'way-outside')
    watch('way-outside')


def changing_name(good, bad):
    """A name of two of one length, in turn for a second by another thread; and when that ends."""
    name = ctypes.create_string_buffer(good, len(good) + 1)
    end = time.monotonic() + 1

    def change():
        while time.monotonic() < end:
            for each in good, bad:
                name.raw = each + b'\0'
                time.sleep(0)  # lets go of the interpreter with either, or calls would meet the last one alone

    threading.Thread(target=change).start()
    return name, end


@on
def watch_with_a_name_that_another_thread_changes():
    good, bad = b'hostile'.ljust(len(OUTSIDE), b'/'), OUTSIDE.encode()
    name, end = changing_name(good, bad)
    watcher, seen = call(294, 0o4000), []
    while time.monotonic() < end:
        seen.append(attack.libc.inotify_add_watch(watcher, name, 0xfff))
    expect(len({number for number in seen if number > 0}) > 1, 'it is one and the same')


@on
def read_secret_through_another_process():
    read(f'/proc/{os.environ["OUTSIDER"]}/root{HERE}/secret/key')


@on
def read_secret_through_another_process_directory():
    read(f'/proc/{os.environ["OUTSIDER"]}/cwd/secret/key')


# Changing what is denied.

def change(name):
    """A way of changing `path`, for each of the places."""
    def wrap(function):
        for target, path in {'frozen': 'frozen/f', 'secret': 'secret/key', 'env': '.env', 'outside': f'{OUTSIDE}/file'}.items():
            attack.ATTACKS[f'write_{target}_{name}'] = lambda path=path: function(path)
        attack.ATTACKS[f'write_sealed_{name}'] = lambda: function(f'{later()}/kept.sealed')
        attack.ATTACKS[f'write_yet_{name}'] = lambda: function(later() and 'yet/f')
        return function
    return wrap


@change('open')
def change_open(path):
    os.write(os.open(path, os.O_WRONLY), b'x')


@change('append')
def change_append(path):
    os.write(os.open(path, os.O_WRONLY | os.O_APPEND), b'x')


@change('truncate_by_open')
def change_truncate_by_open(path):
    os.open(path, os.O_RDONLY | os.O_TRUNC)


@change('truncate_by_path')
def change_truncate_by_path(path):
    os.truncate(path, 3)


@change('unlink')
def change_unlink(path):
    os.unlink(path)


@change('rename_away')
def change_rename_away(path):
    os.rename(path, 'taken')


@change('rename_over')
def change_rename_over(path):
    open('mine2', 'w').close()
    os.rename('mine2', path)


@change('exchange')
def change_exchange(path):
    open('mine3', 'w').close()
    call(316, AT_FDCWD, 'mine3', AT_FDCWD, path, 2)


@change('chmod')
def change_chmod(path):
    os.chmod(path, 0o600)


@change('chown')
def change_chown(path):
    os.chown(path, os.getuid(), os.getgid())


@change('utime')
def change_utime(path):
    os.utime(path, (1, 1))


@change('setxattr')
def change_setxattr(path):
    os.setxattr(path, 'user.x', b'y')


@change('reopen')
def change_reopen(path):
    fd = os.open(path, os.O_RDONLY)
    os.write(os.open(f'/proc/self/fd/{fd}', os.O_RDWR), b'x')


@change('chmod_by_descriptor')
def change_chmod_by_descriptor(path):
    os.fchmod(os.open(path, os.O_RDONLY), 0o600)


@change('chmod_by_path_descriptor')
def change_chmod_by_path_descriptor(path):
    os.chmod(f'/proc/self/fd/{os.open(path, os.O_PATH)}', 0o600)


@change('flags')
def change_flags(path):
    fd = os.open(path, os.O_RDONLY)
    flags = bytearray(8)
    fcntl.ioctl(fd, 0x80086601, flags)
    fcntl.ioctl(fd, 0x40086602, bytes(flags))


@change('attribute_by_descriptor')
def change_attribute_by_descriptor(path):
    os.setxattr(os.open(path, os.O_RDONLY), 'user.x', b'y')


@change('attribute_removed_by_descriptor')
def change_attribute_removed_by_descriptor(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        os.setxattr(fd, 'user.x', b'y')
    except OSError:
        pass
    os.removexattr(fd, 'user.x')


@change('owner_by_descriptor')
def change_owner_by_descriptor(path):
    os.fchown(os.open(path, os.O_RDONLY), os.getuid(), os.getgid())


@change('times_by_descriptor')
def change_times_by_descriptor(path):
    os.utime(os.open(path, os.O_RDONLY), (1, 1))


@change('times_by_old_call_and_descriptor')
def change_times_by_old_call_and_descriptor(path):
    call(261, os.open(path, os.O_RDONLY), 0, 0)


@change('version')
def change_version(path):
    version = bytearray(8)
    fd = os.open(path, os.O_RDONLY)
    fcntl.ioctl(fd, 0x80087601, version)
    fcntl.ioctl(fd, 0x40087602, bytes(version))


@change('more_flags')
def change_more_flags(path):
    flags = bytearray(28)
    fd = os.open(path, os.O_RDONLY)
    fcntl.ioctl(fd, 0x801c581f, flags)
    fcntl.ioctl(fd, 0x401c5820, bytes(flags))


@change('creat')
def change_creat(path):
    call(85, path, 0o666)


@change('openat2')
def change_openat2(path):
    os.write(openat2(path, os.O_WRONLY, mode=0), b'x')


@change('open_for_neither')
def change_open_for_neither(path):
    """Access mode 3: for what its driver says; with it, the file is emptied."""
    call(2, path, 3 | os.O_TRUNC)


@change('by_another_program')
def change_by_another_program(path):
    expect(os.system(f'echo x 2> /dev/null >> {path}') == 0, 'it could not')


@change('by_directory_of_it')
def change_by_directory_of_it(path):
    os.write(os.open(os.path.basename(path), os.O_WRONLY, dir_fd=os.open(os.path.dirname(path) or '.', os.O_RDONLY)), b'x')


@change('punch_hole')
def change_punch_hole(path):
    call(285, os.open(path, os.O_RDWR), 3, 0, 3)


@change('shared_mapping')
def change_shared_mapping(path):
    mmap.mmap(os.open(path, os.O_RDWR), 6)[0] = 65


@change('chown_by_path_descriptor')
def change_chown_by_path_descriptor(path):
    call(260, os.open(path, os.O_PATH), '', os.getuid(), os.getgid(), 0x1000)


@change('times_by_path_descriptor')
def change_times_by_path_descriptor(path):
    os.utime(f'/proc/self/fd/{os.open(path, os.O_PATH)}', (1, 1))


@change('attribute_by_path_descriptor')
def change_attribute_by_path_descriptor(path):
    os.setxattr(f'/proc/self/fd/{os.open(path, os.O_PATH)}', 'user.x', b'y')


@change('truncate_by_path_descriptor')
def change_truncate_by_path_descriptor(path):
    os.truncate(f'/proc/self/fd/{os.open(path, os.O_PATH)}', 1)


@change('unlink_by_directory')
def change_unlink_by_directory(path):
    os.unlink(os.path.basename(path), dir_fd=os.open(os.path.dirname(path) or '.', os.O_PATH))


@change('hard_link_and_write')
def change_hard_link_and_write(path):
    name = 'hard2-' + path.replace('/', '-')
    os.link(path, name)
    os.write(os.open(name, os.O_WRONLY), b'x')


@change('symlink_and_write')
def change_symlink_and_write(path):
    name = 'soft2-' + path.replace('/', '-')
    os.symlink(os.path.join(HERE, path), name)
    os.write(os.open(name, os.O_WRONLY), b'x')


def create(name):
    def wrap(function):
        for target, path in {'frozen': 'frozen', 'secret': 'secret', 'deep': 'deep/inner/secret.d', 'outside': OUTSIDE}.items():
            attack.ATTACKS[f'create_{target}_{name}'] = lambda path=path: function(f'{path}/new-{name}')
        return function
    return wrap


@create('file')
def create_file(path):
    os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)


@create('directory')
def create_directory(path):
    os.mkdir(path)


@create('symlink')
def create_symlink(path):
    os.symlink('x', path)


@create('hard_link')
def create_hard_link(path):
    os.link('mine', path)


@create('fifo')
def create_fifo(path):
    os.mkfifo(path)


@create('socket_node')
def create_socket_node(path):
    os.mknod(path, 0o140666)


@create('move_in')
def create_move_in(path):
    open('mine4', 'w').close()
    os.rename('mine4', path)


@create('unnamed')
def create_unnamed(path):
    fd = os.open(os.path.dirname(path), os.O_TMPFILE | os.O_RDWR)
    call(265, AT_FDCWD, f'/proc/self/fd/{fd}', AT_FDCWD, path, 0x400)


@on
def remove_directory_frozen():
    os.rmdir('frozen/sub')


@on
def remove_directory_outside():
    os.rmdir(f'{OUTSIDE}/sub')


@on
def rename_frozen():
    os.rename('frozen', 'frozen2')


@on
def rename_secret():
    os.rename('secret', 'secret2')


@on
def rename_above_the_workspace():
    above = os.path.dirname(HERE)
    os.rename(above, f'{above}-moved')
    os.rename(f'{above}-moved', above)


@on
def recreate_deep():
    """A new file under the denied name, once the directory above went elsewhere."""
    os.rename('deep', 'deep2')
    os.makedirs('deep/inner')
    with open('deep/inner/secret', 'w') as file:
        file.write('mine now')


@on
def recreate_deep_inner():
    os.rename('deep/inner', 'inner2')
    os.makedirs('deep/inner')
    with open('deep/inner/secret', 'w') as file:
        file.write('mine now')


# Names that are denied and come to be after the start; those of outsiders (outsider.py), and the attacker's own.

def later():
    number = time.monotonic_ns()
    name = f'later-{number}'
    open(f'please-{number}', 'w').close()
    for _ in range(6000):
        if os.path.exists(name):
            return name
        time.sleep(0.01)
    raise RuntimeError('the outsider does not answer')


def on_later(name):
    def wrap(function):
        attack.ATTACKS[f'read_later_{name}'] = lambda: function(later())
        return function
    return wrap


@on_later('plain')
def later_plain(place):
    read(f'{place}/.env')


@on_later('by_renaming')
def later_by_renaming(place):
    os.rename(f'{place}/.env', f'{place}/taken')
    read(f'{place}/taken')


@on_later('by_hard_link')
def later_by_hard_link(place):
    os.link(f'{place}/.env', f'{place}/taken')
    read(f'{place}/taken')


@on_later('by_symlink')
def later_by_symlink(place):
    os.symlink('.env', f'{place}/taken')
    read(f'{place}/taken')


@on_later('by_exchange')
def later_by_exchange(place):
    open(f'{place}/taken', 'w').close()
    call(316, AT_FDCWD, f'{place}/taken', AT_FDCWD, f'{place}/.env', 2)
    read(f'{place}/taken')


@on_later('by_path_descriptor')
def later_by_path_descriptor(place):
    read(f'/proc/self/fd/{os.open(f"{place}/.env", os.O_PATH)}')


@on_later('unlinked')
def later_unlinked(place):
    fd = os.open(f'{place}/.env', os.O_PATH)
    os.unlink(f'{place}/.env')
    read(f'/proc/self/fd/{fd}')


@on_later('linked_by_descriptor')
def later_linked_by_descriptor(place):
    fd = os.open(f'{place}/.env', os.O_PATH)
    call(265, AT_FDCWD, f'/proc/self/fd/{fd}', AT_FDCWD, f'{place}/taken', 0x400)
    read(f'{place}/taken')


@on_later('by_another_program')
def later_by_another_program(place):
    expect(os.system(f'/bin/grep -q SECRET {place}/.env') == 0, 'grep found nothing')


@on_later('written')
def later_written(place):
    os.write(os.open(f'{place}/.env', os.O_WRONLY), b'x')


@on
def write_sealed_by_openat2_that_another_thread_changes():
    """For reading when it is looked at, for writing when it is made."""
    path, how, end = f'{later()}/kept.sealed', ctypes.create_string_buffer(24), time.monotonic() + 1

    def change():
        while time.monotonic() < end:
            for flags in os.O_RDONLY, os.O_WRONLY:
                how.raw = struct.pack('QQQ', flags, 0, 0)
                time.sleep(0)

    threading.Thread(target=change).start()
    while time.monotonic() < end:
        try:
            fd = call(437, AT_FDCWD, path, how, 24)
        except OSError:
            continue
        if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE:
            return
        os.close(fd)
    raise attack.NoEffect('it was never open for writing')


@on
def write_sealed_by_a_name_that_another_thread_changes():
    bad = f'{later()}/kept.sealed'
    name, end = changing_name(b'.' + b'/' * (len(bad) - 5) + b'mine', bad.encode())
    sealed = os.stat(bad).st_ino
    while time.monotonic() < end:
        fd = attack.libc.open(name, os.O_WRONLY)
        if fd >= 0 and os.fstat(fd).st_ino == sealed:
            return
        if fd >= 0:
            os.close(fd)
    raise attack.NoEffect('it was never that file')


@on_later('replaced')
def later_replaced(place):
    with open(f'{place}/mine', 'w') as file:
        file.write('mine now')
    os.rename(f'{place}/mine', f'{place}/.env')


@on_later('removed')
def later_removed(place):
    os.unlink(f'{place}/.env')


@on_later('removed_by_directory')
def later_removed_by_directory(place):
    os.unlink('.env', dir_fd=os.open(place, os.O_PATH))


@on_later('emptied')
def later_emptied(place):
    os.truncate(f'{place}/.env', 0)


@on_later('emptied_by_descriptor')
def later_emptied_by_descriptor(place):
    os.truncate(f'/proc/self/fd/{os.open(f"{place}/.env", os.O_PATH)}', 0)


@on_later('mode')
def later_mode(place):
    os.chmod(f'{place}/.env', 0o777)


@on_later('mode_by_link')
def later_mode_by_link(place):
    os.symlink('.env', f'{place}/way')
    os.chmod(f'{place}/way', 0o777)


@on_later('mode_by_descriptor')
def later_mode_by_descriptor(place):
    call(452, os.open(f'{place}/.env', os.O_PATH), '', 0o777, 0x1000)


@on_later('owner')
def later_owner(place):
    os.chown(f'{place}/.env', os.getuid(), os.getgid())


@on_later('owner_of_nothing')
def later_owner_of_nothing(place):
    call(260, os.open(f'{place}/.env', os.O_PATH), '', os.getuid(), os.getgid(), 0x1000)


@on_later('owner_by_descriptor')
def later_owner_by_descriptor(place):
    os.chown(f'/proc/self/fd/{os.open(f"{place}/.env", os.O_PATH)}', os.getuid(), os.getgid())


@on_later('owner_by_link')
def later_owner_by_link(place):
    os.symlink('.env', f'{place}/way')
    os.chown(f'{place}/way', os.getuid(), os.getgid())


@on_later('times')
def later_times(place):
    os.utime(f'{place}/.env', (1, 1))


@on_later('times_by_old_calls')
def later_times_by_old_calls(place):
    call(132, f'{place}/.env', 0)
    call(235, f'{place}/.env', 0)
    call(261, AT_FDCWD, f'{place}/.env', 0)


@on_later('attribute')
def later_attribute(place):
    os.setxattr(f'{place}/.env', 'user.x', b'y')


@on_later('attribute_removed')
def later_attribute_removed(place):
    try:
        os.setxattr(f'{place}/.env', 'user.x', b'y')
    except PermissionError:
        pass
    os.removexattr(f'{place}/.env', 'user.x')


@on_later('attribute_by_new_call')
def later_attribute_by_new_call(place):
    value = ctypes.create_string_buffer(b'y')
    call(463, AT_FDCWD, f'{place}/.env', 0, 'user.x', struct.pack('QII', ctypes.addressof(value), 1, 0), 16)


@on_later('flags_by_new_call')
def later_flags_by_new_call(place):
    call(469, AT_FDCWD, f'{place}/.env', ctypes.create_string_buffer(24), 24, 0)


@on_later('removed_with_all')
def later_removed_with_all(place):
    shutil.rmtree(place)


def given(name):
    """A way of giving content to a name that is denied: it has its effect where the name is there and not empty."""
    def wrap(function):
        def try_it():
            with open('content', 'w') as file:
                file.write('mine now')
            path = f'.netrc{os.getpid()}/.netrc'
            os.mkdir(os.path.dirname(path))
            function(path)
            expect(os.stat(path).st_size > 0, 'it is empty')
        attack.ATTACKS[f'give_name_{name}'] = try_it
        return function
    return wrap


@given('open')
def give_open(path):
    with open(path, 'w') as file:
        file.write('mine now')


@given('rename')
def give_rename(path):
    os.rename('content', path)


@given('rename_no_replace')
def give_rename_no_replace(path):
    call(316, AT_FDCWD, 'content', AT_FDCWD, path, 1)


@given('rename_by_directory')
def give_rename_by_directory(path):
    os.rename('content', '.netrc', dst_dir_fd=os.open(os.path.dirname(path), os.O_PATH))


@given('exchange')
def give_exchange(path):
    open(path, 'w').close()
    call(316, AT_FDCWD, 'content', AT_FDCWD, path, 2)


@given('hard_link')
def give_hard_link(path):
    os.link('content', path)


@given('symlink')
def give_symlink(path):
    os.symlink(os.path.join(HERE, 'content'), path)


@given('unnamed')
def give_unnamed(path):
    fd = os.open('.', os.O_TMPFILE | os.O_RDWR)
    os.write(fd, b'mine now')
    call(265, AT_FDCWD, f'/proc/self/fd/{fd}', AT_FDCWD, path, 0x400)


@given('name_that_another_thread_changes')
def give_racing(path):
    """Between the look at the name and the call the name becomes another."""
    good, bad = os.path.dirname(path).encode() + b'/.netrx', path.encode()
    name, end = changing_name(good, bad)
    while time.monotonic() < end and not os.path.exists(path):
        if not os.path.exists('content'):
            os.rename(good, 'content')
        attack.libc.rename(b'content', name)


def made(name):
    """A way of making something empty under a denied name."""
    def wrap(function):
        def try_it():
            place = f'made{os.getpid()}'
            os.mkdir(place)
            function(f'{place}/.netrc')
            expect(os.path.lexists(f'{place}/.netrc'), 'it is not there')
        attack.ATTACKS[f'make_name_{name}'] = try_it
        return function
    return wrap


def openat2(path, flags, resolve=0, mode=0o666):
    return call(437, AT_FDCWD, path, ctypes.create_string_buffer(struct.pack('QQQ', flags, mode, resolve)), 24)


@made('open')
def make_open(path):
    try:
        os.open(path, os.O_CREAT | os.O_RDONLY)
    except PermissionError:
        pass


@made('creat')
def make_creat(path):
    attack.libc.creat(path.encode(), 0o666)


@made('openat2')
def make_openat2(path):
    openat2(path, os.O_CREAT | os.O_RDWR)


@made('openat2_beneath')
def make_openat2_beneath(path):
    openat2(path, os.O_CREAT | os.O_RDWR, 8)


@made('open_by_link')
def make_open_by_link(path):
    os.symlink('.netrc', os.path.dirname(path) + '/way')
    os.open(os.path.dirname(path) + '/way', os.O_CREAT | os.O_RDWR)


@made('open_by_descriptor_directory')
def make_open_by_descriptor(path):
    os.open(f'/proc/self/fd/{os.open(os.path.dirname(path), os.O_PATH)}/.netrc', os.O_CREAT | os.O_RDWR)


@made('mkdir')
def make_mkdir(path):
    os.mkdir(path)


@made('fifo')
def make_fifo(path):
    os.mkfifo(path)


@made('socket')
def make_socket(path):
    socket.socket(socket.AF_UNIX).bind(path)


@made('socket_beside')
def make_socket_beside(path):
    os.chdir(os.path.dirname(path))
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind('.netrc')
    os.chdir(HERE)


@made('socket_of_a_pair')
def make_socket_of_a_pair(path):
    socket.socketpair()[0].bind(path)


@made('socket_by_a_name_that_another_thread_changes')
def make_socket_racing(path):
    """An address of no name, by which the call is let go on, becomes one."""
    address = ctypes.create_string_buffer(110)
    end = time.monotonic() + 1

    def change():
        while time.monotonic() < end:
            address.raw = struct.pack('H', socket.AF_UNIX) + path.encode().ljust(108, b'\0')
            address.raw = struct.pack('H', socket.AF_INET) + bytes(108)

    threading.Thread(target=change).start()
    while time.monotonic() < end and not os.path.exists(path):
        attack.libc.bind(socket.socket(socket.AF_UNIX).detach(), address, 110)
        os.closerange(200, 1000)


@made('node')
def make_node(path):
    os.mknod(path, 0o100666)


@made('name_that_another_thread_changes')
def make_racing(path):
    """Opens that make files: by the clerk, and by the caller itself where a pipe is there already."""
    good, bad = os.path.dirname(path).encode() + b'/.netrx', path.encode()
    os.mkfifo(good)
    name, end = changing_name(good, bad)
    while time.monotonic() < end and not os.path.exists(path):
        fd = attack.libc.open(name, os.O_CREAT | os.O_RDWR | os.O_NONBLOCK, 0o666)
        if fd >= 0:
            os.close(fd)


@on
def give_name_to_directory():
    os.makedirs(f'dir{os.getpid()}/x')
    with open(f'dir{os.getpid()}/x/authorized_keys', 'w') as file:
        file.write('mine now')
    os.rename(f'dir{os.getpid()}/x', f'dir{os.getpid()}/.ssh')


@on
def write_below_a_new_name():
    os.makedirs(f'dir{os.getpid()}/.ssh')
    with open(f'dir{os.getpid()}/.ssh/authorized_keys', 'w') as file:
        file.write('mine now')


@on
def move_below_a_new_name():
    os.makedirs(f'dir{os.getpid()}/.ssh')
    with open('key', 'w') as file:
        file.write('mine now')
    os.rename('key', f'dir{os.getpid()}/.ssh/authorized_keys')


@on
def write_etc():
    open('/etc/warder-test-made', 'w').close()
    os.unlink('/etc/warder-test-made')


@on
def write_program():
    os.close(os.open('/usr/bin/tsort', os.O_WRONLY | os.O_APPEND))


@on
def write_proc_sys():
    with open('/proc/sys/kernel/core_pattern') as file:
        now = file.read()
    with open('/proc/sys/kernel/core_pattern', 'w') as file:
        file.write(now)


@on
def write_sys():
    path = '/sys/kernel/mm/transparent_hugepage/enabled'
    with open(path) as file:
        now = file.read().split('[')[1].split(']')[0]
    with open(path, 'w') as file:
        file.write(now)


@on
def leave_cgroup():
    path = f'{os.environ["CGROUP2"]}/cgroup.procs'
    with open(path, 'w') as file:
        file.write(str(os.getpid()))


@on
def make_cgroup():
    os.mkdir(f'{os.environ["CGROUP2"]}/warder-test-made')
    os.rmdir(f'{os.environ["CGROUP2"]}/warder-test-made')


@on
def make_shared_memory_file():
    os.close(os.open('/dev/shm/warder-test-made', os.O_CREAT | os.O_RDWR))
    os.unlink('/dev/shm/warder-test-made')


@on
def make_device_node():
    os.mknod('zero', 0o20666, os.makedev(1, 5))
    os.read(os.open('zero', os.O_RDONLY), 1)


@on
def open_disk():
    os.open(os.environ['DISK'], os.O_RDONLY)


@on
def open_kernel_memory():
    os.open('/dev/mem', os.O_RDONLY)


@on
def open_kernel_log():
    os.open('/dev/kmsg', os.O_RDONLY)


@on
def open_kernel_image():
    os.open('/proc/kcore', os.O_RDONLY)


@on
def open_symbols():
    os.read(os.open('/proc/kallsyms', os.O_RDONLY), 10)


@on
def connect_path_socket():
    client = socket.socket(socket.AF_UNIX)
    client.connect(os.environ['OUTSIDER_SOCKET'])


@on
def connect_abstract_socket():
    client = socket.socket(socket.AF_UNIX)
    client.connect('\0' + os.environ['OUTSIDER_ABSTRACT'])


@on
def send_to_path_socket():
    client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    client.sendto(b'x', os.environ['OUTSIDER_SOCKET'] + '.datagram')


def restore():
    """Everything as it was. Without walls alone: behind them nothing has changed, and this would be refused."""
    for name in os.listdir('.'):
        if name not in ('hostile', 'home'):
            shutil.rmtree(name) if os.path.isdir(name) and not os.path.islink(name) else os.unlink(name)
    shutil.rmtree(OUTSIDE)
    for name in ('secret/sub', 'frozen/sub', 'deep/inner/secret.d', f'{OUTSIDE}/sub'):
        os.makedirs(name)
    for name in ('secret/key', '.env', 'frozen/f', 'deep/inner/secret', 'mine', f'{OUTSIDE}/file'):
        with open(name, 'w') as file:
            file.write('SECRET')


if __name__ == '__main__':
    attack.main(restore if os.environ.get('PLAIN') else lambda: None)
