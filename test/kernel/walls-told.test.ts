/**
 * What the walls refuse is told, and what they cannot do is said: events of real runs, and starts that are refused.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import { Arena, SOMEBODY } from './walls-fixture.ts';

const PYTHON = '/usr/bin/python3';
const SHARED = `/dev/shm/warder-told-${process.pid}`;
const arena = new Arena();
beforeAll(() => arena.start());
afterAll(() => arena.end());

interface Told {
  decision?: { verdict?: string; outcome?: string; category?: string; rule?: { pattern?: string } };
  privileged?: { privilege?: string };
  fileOpen?: { path?: string; write?: boolean };
  fileChange?: { operation?: string; path?: string; target?: string };
  exec?: { path?: string };
  process?: { executable?: string };
  runStarted?: { unenforced?: string[] };
}

const told = () => arena.lastEvents as Told[];

test('a refused system call is an event: who, which privilege, prevented', () => {
  arena.run([PYTHON, '-c', 'import ctypes; ctypes.CDLL(None).mount(None, None, None, 0, None)']);
  const event = told().find(({ privileged }) => privileged);
  expect(event).toMatchObject({
    privileged: { privilege: 'mount' },
    decision: { verdict: 'VERDICT_DENY', outcome: 'OUTCOME_PREVENTED', category: 'privileged' },
  });
  expect(event?.process?.executable).toMatch(/^\/usr\/bin\/python3/);
});

test('an open that a mask refuses is an event with the rule, prevented', () => {
  arena.run(['/bin/cat', 'secret/key'], { allowFailure: true });
  const event = told().find(({ fileOpen }) => fileOpen?.path?.endsWith('secret/key'));
  expect(event?.decision).toMatchObject({ verdict: 'VERDICT_DENY', outcome: 'OUTCOME_PREVENTED' });
  expect(event?.decision?.rule?.pattern).toBe('${workspace}/secret/**');
});

test('a refused name that no rule speaks of is told by what it leads to, with the rule', () => {
  arena.run(['/bin/sh', '-c', '/bin/nice true'], { allowFailure: true });
  const event = told().find(({ exec }) => exec?.path?.endsWith('/nice'));
  expect(event?.exec?.path).toBe('/usr/bin/nice');
  expect(event?.decision).toMatchObject({ outcome: 'OUTCOME_PREVENTED', rule: { pattern: '/usr/bin/nice' } });
});

test('a write that a read-only place refuses is an event with the rule, prevented', () => {
  arena.run(['/bin/sh', '-c', 'echo x >> frozen/f'], { allowFailure: true });
  const event = told().find(({ fileOpen }) => fileOpen?.path?.endsWith('frozen/f'));
  expect(event?.decision).toMatchObject({ outcome: 'OUTCOME_PREVENTED', category: 'write' });
});

test('a thousand refused calls are told, and the rest are refused in silence', () => {
  const calls =
    'import ctypes; l=ctypes.CDLL(None)\nprint(all(l.syscall(250,0,0,0)==-1 for _ in range(1500)))';
  expect(arena.run([PYTHON, '-c', calls]).stdout).toBe('True\n');
  expect(told().filter(({ privileged }) => privileged?.privilege === 'keyctl')).toHaveLength(1000);
});

test('memory as a file works, and cannot be mapped executable', () => {
  const script = [
    'import os, mmap',
    'fd = os.memfd_create("x"); os.write(fd, bytes(4096)); os.lseek(fd, 0, 0)',
    'print(len(os.read(fd, 9000)))',
    'try: mmap.mmap(fd, 4096, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ | mmap.PROT_EXEC)',
    'except OSError as error: print(error.errno)',
  ].join('\n');
  expect(arena.run([PYTHON, '-c', script]).stdout).toBe('4096\n1\n');
});

describe('what gets a denied name, or comes to a denied place, after the start', () => {
  const WAYS: Readonly<Record<string, [string, string]>> = {
    'a new file': ['echo mine > new.pem', 'new.pem'],
    'a file that is renamed': ['echo mine > x; mv x .netrc', '.netrc'],
    'a file that is linked': ['echo mine > w; ln w .pypirc', '.pypirc'],
    'a link': ['mkdir l; ln -s ../mine l/.netrc', 'l/.netrc'],
    'a directory that is renamed': ['mkdir y; echo mine > y/key; mv y .ssh', '.ssh'],
    'a directory with such a file': ['mkdir -p .gnupg/more', '.gnupg'],
    'a directory': ['mkdir .aws', '.aws'],
    'a pipe': ['mkfifo .pgpass', '.pgpass'],
    'a place that was not there': ['mkdir yet', 'yet'],
  };

  test.each(Object.keys(WAYS))('%s is refused, and that is told', (name) => {
    const [command, path] = WAYS[name]!;
    const policy = arena.policy.replaceAll(
      '- deny: ["${workspace}/secret/**"',
      '- deny: ["**/*.pem", "${workspace}/yet/**", "${workspace}/secret/**"',
    );
    const run = arena.run(['/bin/sh', '-c', command], { allowFailure: true, policy });
    expect(run.stderr).toMatch(/not permitted|Permission denied/);
    const at = `${arena.workspace}/${path}`;
    const event = told().find(
      ({ fileOpen, fileChange }) =>
        fileOpen?.path === at || fileChange?.target === at || fileChange?.path === at,
    );
    expect(event?.decision).toMatchObject({ verdict: 'VERDICT_DENY', outcome: 'OUTCOME_PREVENTED' });
  });

  test.each([
    ['shared memory', `${SHARED}/x.pem`, '/dev/shm/**', '**/*.pem'],
    ['settings of the system', '/etc/ssl/openssl.cnf', '/etc/**', '**/openssl.cnf'],
  ])('in %s it is refused by its name', (_, path, tree, pattern) => {
    mkdirSync(SHARED, { recursive: true });
    writeFileSync(`${SHARED}/x.pem`, 'x');
    const policy = arena.policy.replace(
      'allow: [/usr/**,',
      `deny: "${pattern}"\n    - allow: [/usr/**, ${tree},`,
    );
    const run = arena.run(['/bin/cat', path], { allowFailure: true, policy });
    removeTree(SHARED);
    expect(run.stdout).toBe('');
    expect(told().find(({ fileOpen }) => fileOpen?.path === path)?.decision).toMatchObject({
      verdict: 'VERDICT_DENY',
      outcome: 'OUTCOME_PREVENTED',
    });
  });

  test('a /proc that somebody mounted in the workspace takes no events, and hinders no start', () => {
    const place = `${arena.workspace}/process`;
    mkdirSync(place);
    execFileSync('mount', ['-t', 'proc', 'proc', place]);
    try {
      expect(arena.run(['/bin/echo', 'ran']).stdout).toBe('ran\n');
    } finally {
      execFileSync('umount', [place]);
    }
  });

  test('pipes with a name lose nothing by the look that is taken at them', () => {
    const script =
      'mkfifo p; i=0; while [ $i -lt 50 ]; do rm p; mkfifo p; (echo $i > p) & read y < p; test "$y" = $i || exit 1; wait; i=$((i+1)); done';
    expect(arena.run(['/bin/sh', '-c', script]).status).toBe(0);
  });
});

test('a run says what its walls do not keep', () => {
  arena.run(['/bin/true'], { policy: `${arena.policy}  privileged: [io_uring]\n` });
  const unenforced =
    told()
      .find(({ runStarted }) => runStarted)
      ?.runStarted?.unenforced?.join('\n') ?? '';
  expect(unenforced).toMatch(/denied names and \d+ places that are not there yet.* io_uring/);
  expect(unenforced).not.toMatch(/write: refusals are terminated/);
});

describe('`require: prevent`', () => {
  const start = (policy: string) =>
    arena.run(['/bin/echo', 'ran'], { policy: `${policy}  require: prevent\n`, allowFailure: true });

  test('is kept by walls for rules about files, names for writing alone, places to come, programs and addresses', () => {
    expect(start(`${arena.policy}  connect:\n    - allow: 10.0.0.1:443\n`)).toMatchObject({
      status: 0,
      stdout: 'ran\n',
    });
  });

  test.each([
    ['sockets of others', '  connect:\n    - allow: "unix:${workspace}/**"\n', /unix sockets outside \/run/],
    ['names that change in other ways', '  privileged: [io_uring]\n', /denied names.* io_uring/],
  ])('refuses to start for %s', (_, rule, reason) => {
    const run = start(`${arena.policy}${rule}`);
    expect(run.status).toBe(125);
    expect(run.stderr).toContain('this host cannot keep that: ');
    expect(run.stderr).toMatch(reason);
  });
});

test('a directory as standard input is refused: it would lead past the walls', () => {
  const run = arena.run(['/bin/true'], { stdin: '/', allowFailure: true });
  expect(run.status).toBe(125);
  expect(run.stderr).toMatch(/step 'descriptors' failed/);
});

test('no capability is left that could undo a wall, and none comes back', () => {
  const script = 'grep -E "Cap(Prm|Bnd|Amb)|NoNewPrivs|^Seccomp:" /proc/self/status | tr -d "\\n\\t"';
  const { stdout } = arena.run(['/bin/sh', '-c', script]);
  // chown, dac_override, fowner, fsetid, kill, setgid, setuid, net_bind_service
  expect(stdout).toBe(
    'CapPrm:00000000000004fbCapBnd:00000000000004fbCapAmb:0000000000000000NoNewPrivs:1Seccomp:2',
  );
});

describe('the environment', () => {
  // Of its own, of what it starts, of another process of the run, and of the launcher's and the runtime's.
  const script =
    'env; tr "\\0" "\\n" < /proc/self/environ; sh -c env; sleep 9 & cat /proc/$!/environ; kill $!; cat /proc/$PPID/environ';
  const without = (policy: string) =>
    arena.run(['/bin/sh', '-c', script], { policy, allowFailure: true }).stdout;

  test('without a rule the agent has all of its caller', () => {
    expect(without(arena.policy)).toContain(`OUTSIDE=${arena.outside}`);
  });

  test('with a rule it has the names of the rule, and its start is told without the rest', () => {
    const stdout = without(`${arena.policy}  environment: {pass: [PATH, HOME]}\n`);
    const names = stdout
      .split(/[\n\0]/)
      .filter(Boolean)
      .map((line) => line.split('=')[0]);
    const shells = ['PWD', 'OLDPWD', 'SHLVL', '_']; // made by the shells themselves
    const others = names.filter((name) => !['PATH', 'HOME', 'WARDER_WHY', ...shells].includes(name!));
    expect(others).toEqual([]);
    expect(names).toContain('HOME');
    expect(JSON.stringify(told())).not.toContain('OUTSIDE=');
  });
});

describe('changes of names and metadata that the walls refuse', () => {
  const denied = '${workspace}/frozen/**';
  const script = `
import os
def tried(call, *rest):
    try: call(*rest)
    except OSError as error: print(call.__name__, error.errno)
tried(os.unlink, "frozen/f")
tried(os.rmdir, "frozen/sub")
tried(os.mkdir, "frozen/new")
tried(os.mkfifo, "frozen/pipe")
tried(os.rename, "frozen/f", "frozen/g")
tried(os.rename, "mine", "frozen/mine")
tried(os.link, "frozen/f", "frozen/h")
tried(os.symlink, "x", "frozen/link")
tried(os.truncate, "frozen/f", 0)
tried(os.chmod, "frozen/f", 0o600)
tried(os.chown, "frozen/f", 0, 0)
tried(os.utime, "frozen/f")
tried(os.setxattr, "frozen/f", "user.a", b"b")
tried(os.chmod, os.open("frozen/f", os.O_RDONLY), 0o600)
`;
  let events: Told[];

  beforeAll(() => {
    const { stdout } = arena.run([PYTHON, '-c', script]);
    expect(stdout.trim().split('\n')).toHaveLength(14);
    events = told().filter(({ fileChange }) => fileChange?.path?.includes('/workspace/'));
  });

  test.each([
    ['unlink', 'frozen/f', ''],
    ['rmdir', 'frozen/sub', ''],
    ['mkdir', 'frozen/new', ''],
    ['create', 'frozen/pipe', ''],
    ['rename', 'frozen/f', 'frozen/g'],
    ['rename', 'mine', 'frozen/mine'],
    ['link', 'frozen/f', 'frozen/h'],
    ['symlink', 'frozen/link', ''],
    ['truncate', 'frozen/f', ''],
    ['mode', 'frozen/f', ''],
    ['owner', 'frozen/f', ''],
    ['times', 'frozen/f', ''],
    ['attribute', 'frozen/f', ''],
  ])('%s of %s is an event with the rule, prevented', (operation, path, target) => {
    const at = (name: string) => (name === '' ? '' : `${arena.workspace}/${name}`);
    const event = events.find(
      ({ fileChange }) =>
        fileChange?.operation === operation &&
        fileChange.path === at(path) &&
        (fileChange.target ?? '') === at(target),
    );
    expect(event?.decision).toMatchObject({
      verdict: 'VERDICT_DENY',
      outcome: 'OUTCOME_PREVENTED',
      category: 'write',
    });
    expect(event?.decision?.rule?.pattern).toBe(denied);
  });

  test('by a descriptor too, with the name of the file itself', () => {
    expect(events.filter(({ fileChange }) => fileChange?.operation === 'mode')).toHaveLength(2);
  });
});

describe('names that do not say what they lead to', () => {
  const CASES: Readonly<Record<string, [string, string]>> = {
    'through a link to a file': ['ln -s $PWD/secret/key way; cat way', 'secret/key'],
    'through a link to a directory': ['ln -s secret way2; cat way2/key', 'secret/key'],
    'with ..': ['cd home; cat ../secret/key', 'secret/key'],
    'with . and more': ['cat ./home/./../secret//key', 'secret/key'],
    'a name that is removed by way of a link': ['ln -s frozen way3; rm way3/f', 'frozen/f'],
  };

  test.each(Object.keys(CASES))('%s: told with what it leads to', (name) => {
    const [command, path] = CASES[name]!;
    arena.run(['/bin/sh', '-c', command], { allowFailure: true });
    const event = told().find(
      ({ fileOpen, fileChange, decision }) =>
        (fileOpen ?? fileChange)?.path === `${arena.workspace}/${path}` &&
        decision?.outcome === 'OUTCOME_PREVENTED',
    );
    expect(event?.decision?.verdict).toBe('VERDICT_DENY');
  });

  test('what ordinary permissions refuse is none of the policy, and is not told', () => {
    arena.run(['/bin/sh', '-c', 'mkdir own; chmod 0 own; cat own/x; ls own'], {
      user: SOMEBODY,
      allowFailure: true,
    });
    expect(told().filter(({ decision }) => decision?.outcome === 'OUTCOME_PREVENTED')).toEqual([]);
  });
});
