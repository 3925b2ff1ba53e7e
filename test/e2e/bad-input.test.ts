/**
 * What is asked for wrongly, or on a host that cannot: a message that says what to do, and nothing half-started.
 */
import { chmodSync, chownSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { expectNothingLeft, expectRefusal, type Manner, stored, tryRun } from './bad-input-fixture.ts';
import { cleanUp, ORDINARY, type Place, place, policyOf } from './governed.ts';

afterAll(cleanUp);

const ordinary = policyOf(ORDINARY);

test('all faults of a policy come at once, each with its place and what to write', async () => {
  const at = place(`apiVersion: warder.dev/v2
kind: Policy
metadata: {name: "a b", scope: town/x}
spec:
  mod: enforce
  exec:
    - allow: usr/bin/git
    - deny: []
  connect:
    - allow: 300.1.1.1:443
  require: prevnt
`);
  const refused = tryRun(at);
  expectRefusal(refused, /^warder: 8 faults in the policy, so nothing of it takes effect:$/m, /^ {2}fix: /m);
  const places = [...refused.stderr.matchAll(/policy\.yaml:(\d+:\d+): [^;]+; \S/g)].map(([, where]) => where);
  expect(places).toEqual(['1:13', '3:18', '3:32', '5:3', '7:14', '8:13', '10:14', '11:12']);
  await expectNothingLeft(at);
});

test('two documents of one name and scope are a fault, with both places', async () => {
  const at = place(ordinary);
  const second = join(at.directory, 'second.yaml');
  writeFileSync(second, ordinary);
  expectRefusal(
    tryRun(at, { options: ['--policy', second] }),
    /second\.yaml:3:18: a second document 'e2e' in scope team\/e2e; the first is \S*policy\.yaml:3/,
    /give it another name, or merge the two/,
  );
  await expectNothingLeft(at);
});

const WRONG: readonly [string, Manner, RegExp, RegExp][] = [
  [
    'a policy that is about another agent',
    { options: ['--agent', 'acme/other/coder'] },
    /would never apply to the agent spiffe:\/\/warder\.local\/acme\/other\/coder:\n.*policy\.yaml:1: .*team\/e2e/,
    /--agent ORG\/TEAM\/NAME/,
  ],
  [
    'a policy file that is not there',
    { options: ['--policy', '/no/policy'] },
    /\/no\/policy/,
    /give the path/,
  ],
  [
    'a workspace that is not there',
    { options: ['--workspace', '/no/workspace'] },
    /the workspace \/no\/workspace is not a directory/,
    /--workspace DIR/,
  ],
  [
    'a workspace that is a file',
    { options: ['--workspace', '/etc/passwd'] },
    /the workspace \/etc\/passwd is not a directory/,
    /--workspace DIR/,
  ],
  [
    'a user that is not there',
    { options: ['--user', 'nosuchuser'] },
    /--user nosuchuser: no such user/,
    /getent passwd/,
  ],
  [
    'an output file that cannot be made',
    { options: ['--output', '/no/directory/x'] },
    /cannot write \/no\/directory\/x: ENOENT/,
    /in a directory that exists/,
  ],
];

test.each(WRONG)('%s', async (_name, manner, message, fix) => {
  const at = place(ordinary);
  expectRefusal(tryRun(at, manner), message, fix);
  await expectNothingLeft(at);
});

const LACKING: readonly [string, Manner, RegExp, RegExp][] = [
  [
    'root',
    { through: ['setpriv', '--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups'] },
    /runs as user 65534 and watching agents in the kernel needs root/,
    /run it with sudo/,
  ],
  [
    'a capability',
    { through: ['setpriv', '--bounding-set', '-sys_admin,-kill'] },
    /lacks CAP_SYS_ADMIN \(.*\), CAP_KILL \(.*\)/,
    /--cap-add SYS_ADMIN --cap-add KILL/,
  ],
  [
    'BTF',
    { mounts: 'mount -t tmpfs none /sys/kernel/btf' },
    /no \/sys\/kernel\/btf\/vmlinux/,
    /CONFIG_DEBUG_INFO_BTF=y/,
  ],
  ['cgroup2', { mounts: 'umount --lazy --all --types cgroup2' }, /no cgroup2/, /mount -t cgroup2/],
  [
    'a cgroup2 that can be written',
    { mounts: `mount -o remount,ro,bind "$(findmnt -nro TARGET -t cgroup2 | head -1)"` },
    /cannot make the cgroup .*EROFS/,
    /mounted read-write/,
  ],
];

test.each(LACKING)('a host without %s', async (_name, manner, message, fix) => {
  const at = place(ordinary);
  chmodSync(at.directory, 0o1777); // so that whoever asks could make the state directory
  expectRefusal(tryRun(at, manner), message, fix);
  await expectNothingLeft(at);
});

describe('a state directory that', () => {
  const STATES: readonly [string, (at: Place) => void, RegExp, Manner?][] = [
    ['is a file', (at) => writeFileSync(at.state, ''), /cannot be a directory: .* is a file of another kind/],
    [
      'belongs to another user',
      (at) => {
        mkdirSync(at.state);
        chownSync(at.state, 65534, 65534);
      },
      /belongs to user 65534, Warder runs as user 0/,
    ],
    [
      'others could have written to',
      (at) => {
        mkdirSync(at.state);
        writeFileSync(join(at.state, 'x'), '');
        chmodSync(at.state, 0o777);
      },
      /is open to others \(mode 777\) and not empty/,
    ],
    [
      "is reached through another user's link",
      (at) => {
        mkdirSync(join(at.directory, 'real'), { mode: 0o700 });
        symlinkSync(join(at.directory, 'real'), at.state);
        lchownSync(at.state, 65534, 65534);
      },
      /leads through the symlink .* of user 65534, who could put another in its place/,
    ],
    [
      'is on a file system that is read-only',
      (at) => mkdirSync(at.state),
      /cannot be written: EROFS/,
      { mounts: 'mount -t tmpfs -o ro none "$(dirname "$PWD")/state"' },
    ],
    [
      'has a path too long to be kept from agents',
      () => {},
      /has \d+ bytes, and at most 247 can be kept from agents/,
      { options: ['--state', `/tmp/${'x'.repeat(200)}/${'y'.repeat(60)}`] },
    ],
  ];

  test.each(STATES)('%s is refused', async (_name, prepare, message, manner = {}) => {
    const at = place(ordinary);
    prepare(at);
    expectRefusal(tryRun(at, manner), message, /--state DIR or WARDER_STATE_DIR/);
  });
});

test('a program that is missing, and one that cannot be run, end in the log with the status of env(1)', () => {
  const at = place(ordinary);
  expect(tryRun(at, { command: ['no-such-program'] }).status).toBe(127);
  expect(tryRun(at, { command: ['/etc/passwd'] }).status).toBe(126);
  const ends = stored(at).flatMap(({ runEnded }) => (runEnded ? [runEnded.code] : []));
  expect(ends).toEqual([127, 126]);
});
