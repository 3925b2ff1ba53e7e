/**
 * Attacks on the walls of a run. Each is tried three times: without walls, where it has its effect, or the test of
 * the wall would prove nothing; in a run as root; and in a run as an ordinary user.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Arena, SOMEBODY, type Words } from './walls-fixture.ts';

/** What this kernel or machine may lack altogether: then nothing can be shown without walls. */
const MAY_LACK = new Set([
  'call_init_module', 'call_finit_module', 'call_delete_module', 'call_kexec_load', 'call_iopl', 'call_ioperm',
  'call_of_x32', 'call_of_32_bit', 'read_secret_by_call_of_32_bit', 'read_secret_by_call_of_x32', 'socket_alg', 'socket_vsock', 'socketpair_vsock', 'open_disk', 'open_kernel_memory', 'open_kernel_image',
  'call_memfd_secret', 'read_later_attribute_by_new_call', 'read_later_flags_by_new_call',
  'call_open_tree_attr', 'make_device_node', 'write_program', 'ioctl_frozen_generation',
  'ioctl_frozen_old_generation',
]); // biome-ignore format: a list

/** A refusal by the kernel: an errno, an effect that did not come, or SIGSYS for a call of another architecture. */
const PREVENTED = /^(refused|none|killed 31$)/;
/** The kernel programs refuse an exec by ending the process before its first instruction. */
const PREVENTED_EXEC = /^(refused|none|killed 31$|killed 9$)/;

describe.each([
  ['files', PREVENTED],
  ['kernel', PREVENTED],
  ['code', PREVENTED_EXEC],
  ['inherited', PREVENTED],
])('attacks on %s', (file, prevented) => {
  const arena = new Arena();
  let plain: Words;

  beforeAll(async () => {
    await arena.start();
    plain = arena.plain(file);
  });
  afterAll(() => arena.end());

  test('have their effect without walls', () => {
    const without = Object.entries(plain).filter(([name, word]) => word !== 'effect' && !MAY_LACK.has(name));
    expect(without).toEqual([]);
    expect(Object.keys(plain).length).toBeGreaterThan(15);
  });

  test.each([
    ['root', undefined],
    ['an ordinary user', SOMEBODY],
  ])('are prevented for %s', (who, user) => {
    arena.reset();
    const walled = arena.walled(file, user ? { user } : {});
    expect(Object.keys(walled)).toEqual(Object.keys(plain));
    const through = Object.entries(walled).filter(([, word]) => !prevented.test(word));
    const count = Object.keys(walled).length;
    process.stdout.write(`attacks on ${file}, ${who}: ${count - through.length} of ${count} prevented\n`);
    expect(through).toEqual([]);
  });
});

describe('attacks on unix sockets, where a policy allows some', () => {
  const arena = new Arena();
  beforeAll(() => arena.start());
  afterAll(() => arena.end());

  const names = [
    'connect_path_socket',
    'connect_abstract_socket',
    'send_to_path_socket',
    'make_name_socket',
    'make_name_socket_beside',
    'make_name_socket_of_a_pair',
    'make_name_socket_by_a_name_that_another_thread_changes',
  ];

  test.each([
    ['root', undefined],
    ['an ordinary user', SOMEBODY],
  ])('others are out of reach for %s', (_, user) => {
    const policy = `${arena.policy}  connect:\n    - allow: "unix:\${workspace}/**"\n`;
    expect(arena.plain('files', names)).toEqual(Object.fromEntries(names.map((name) => [name, 'effect'])));
    arena.reset();
    const walled = arena.walled('files', { names, policy, ...(user ? { user } : {}) });
    expect(Object.values(walled).filter((word) => !PREVENTED.test(word))).toEqual([]);
  });

  test('the own ones work', () => {
    const policy = `${arena.policy}  connect:\n    - allow: "unix:\${workspace}/**"\n`;
    const script = [
      'import socket, os',
      's = socket.socket(socket.AF_UNIX); s.bind("own.sock"); s.listen(); assert s.getsockname() == "own.sock"',
      'd = socket.socketpair(); u = socket.socket(socket.AF_UNIX); u.bind("\\0mine")',
      'c = socket.socket(socket.AF_UNIX); c.connect("own.sock"); c.send(b"x")',
      'print(s.accept()[0].recv(1).decode())',
    ].join('\n');
    expect(arena.run(['/usr/bin/python3', '-c', script], { policy }).stdout).toBe('x\n');
  });
});

describe('a policy that only monitors', () => {
  const arena = new Arena();
  beforeAll(() => arena.start());
  afterAll(() => arena.end());

  test('puts up no walls', () => {
    const policy = arena.policy.replace('mode: enforce', 'mode: monitor');
    const names = ['read_secret_plain', 'write_frozen_open', 'unshare_uts'];
    const words = { ...arena.walled('files', { names: names.slice(0, 2), policy }) };
    Object.assign(words, arena.walled('kernel', { names: names.slice(2), policy }));
    expect(words).toEqual(Object.fromEntries(names.map((name) => [name, 'effect'])));
  });
});
