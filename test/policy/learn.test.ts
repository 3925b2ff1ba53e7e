/** Policies learned from recorded actions: what the rules are, and that they hold for what was seen. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Event, NetworkKind, Outcome } from '../../src/contract/messages.ts';
import { parsePolicyFile } from '../../src/gateway/policy/document.ts';
import { learn } from '../../src/gateway/policy/learn/learn.ts';
import { placeOf } from '../../src/gateway/policy/learn/places.ts';
import { Seen } from '../../src/gateway/policy/learn/seen.ts';
import { ALLOWED, connect, denied, event, exec, NO_CURL, open } from '../cli/events.ts';

const VARIABLES = { workspace: '/home/dev/work', home: '/home/dev', run: '/run/warder/r1' };
const OPTIONS = {
  agent: 'spiffe://warder.local/local/demo/coder',
  scope: 'agent/coder',
  name: 'learned',
  mode: 'enforce' as const,
  source: [],
};

function learned(events: readonly Event[]) {
  const seen = new Seen();
  for (const one of events) seen.add(one, VARIABLES);
  const result = learn(seen, OPTIONS);
  const { documents, faults } = parsePolicyFile(result.text, 'learned.yaml');
  expect(faults).toEqual([]);
  const rules = Object.fromEntries(
    [...(documents[0]?.categories ?? [])].map(([category, list]) => [category, list.map(({ text }) => text)]),
  );
  return { ...result, seen, rules };
}

const write = (path: string) => open(0, path, { read: false, write: true, create: true });
const load = (path: string): Event => event(0, { load: { path }, decision: ALLOWED });

describe('the place of a path', () => {
  test.each<[Parameters<typeof placeOf>[0], string, string]>([
    ['read', '${workspace}/src/a.c', '${workspace}/**'],
    ['write', '${workspace}', '${workspace}/**'],
    ['exec', '${workspace}/build/tool', '${workspace}/build/tool'],
    ['exec', '/tmp/tmpa1B2c3D4/configure', '/tmp/**'],
    ['exec', '/tmp/build/configure', '/tmp/build/**'],
    ['write', '/tmp/x', '/tmp/**'],
    ['exec', '/usr/bin/git', '/usr/bin/git'],
    ['exec', '/usr/lib/git-core/git-remote', '/usr/lib/git-core/**'],
    ['exec', '/usr/lib/gcc/x86_64-linux-gnu/12/cc1', '/usr/lib/gcc/**'],
    ['exec', '/usr/lib/x86_64-linux-gnu/ld-linux.so.2', '/usr/lib/x86_64-linux-gnu/ld-linux.so.2'],
    ['read', '/usr/lib/x86_64-linux-gnu/perl/5.36/x.pm', '/usr/lib/x86_64-linux-gnu/perl/**'],
    ['read', '/usr/share/git-core/templates', '/usr/share/git-core/**'],
    ['read', '/etc/gitconfig', '/etc/gitconfig'],
    ['read', '${home}/.gitconfig', '${home}/.gitconfig'],
    ['write', '${home}/.cache/pip/http/a', '${home}/.cache/pip/**'],
    ['exec', '${home}/.nvm/versions/node/v20.1.0/bin/node', '${home}/.nvm/**'],
    ['read', '${home}/notes/a', '${home}/notes/a'],
    ['write', '/dev/pts/3', '/dev/pts/**'],
    ['exec', '/opt/tool/bin/x', '/opt/tool/**'],
    ['read', '/srv/data/0123456789abcdef0123/x', '/srv/data/**'],
    ['read', '/proc/4711/status', '/proc/4711/status'],
  ])('%s %s: %s', (category, path, expected) => {
    expect(placeOf(category, path)).toBe(expected);
  });
});

test('ordinary work gives a short policy that says what each rule was seen for', () => {
  const { text, rules, uncovered } = learned([
    exec(0, ['/usr/bin/git']),
    exec(0, ['/usr/bin/git']),
    exec(0, ['/usr/lib/git-core/git-remote-https']),
    exec(0, ['/home/dev/work/build/tool']),
    open(0, '/home/dev/work/src/a.c'),
    open(0, '/usr/lib/x86_64-linux-gnu/libc.so.6'),
    open(0, '/dev/null'),
    open(0, '/home/dev/.gitconfig'),
    write('/home/dev/work/build/a.o'),
    write('/tmp/cc1a2B3c.s'),
    connect(0, { address: '192.0.2.7', port: 443 }),
    connect(0, { address: '127.0.0.1', port: 40_001 }),
    connect(0, { address: '127.0.0.1', port: 40_002 }),
    connect(0, { protocol: 'udp', address: '127.0.0.53', port: 53 }),
    connect(0, { protocol: 'unix', address: '/run/x.sock', port: 0 }),
    connect(0, { kind: NetworkKind.KIND_BIND, address: '::1', port: 0 }),
  ]);
  expect(uncovered).toEqual([]);
  expect(rules).toEqual({
    exec: ['${workspace}/build/tool', '/usr/bin/git', '/usr/lib/git-core/**'],
    read: ['${home}/.gitconfig', '${workspace}/**'],
    write: ['${workspace}/**', '/tmp/**'],
    connect: ['127.0.0.1:32768-60999', '192.0.2.7:443', 'udp/127.0.0.53:53', 'unix:/run/x.sock'],
    listen: ['[0:0:0:0:0:0:0:1]'],
  });
  expect(text).toContain(
    '    # 2 times by bash, git\n    - allow: /usr/bin/git\n'.replace('bash, git', 'git'),
  );
});

test('nothing is learned of what was refused, nor into places that are denied by default', () => {
  const { rules, seen, uncovered, text } = learned([
    exec(0, ['/usr/bin/curl'], denied(Outcome.OUTCOME_PREVENTED, 'exec', NO_CURL)),
    open(0, '/home/dev/.ssh/id_ed25519'),
    open(0, '/home/dev/work/.env'),
    write('/home/dev/.aws/credentials'),
    open(0, '/home/dev/work/a'),
  ]);
  expect(rules).toEqual({ read: ['${workspace}/**'] });
  expect(seen.refused).toBe(1);
  expect(uncovered.map(({ what }) => what)).toEqual([
    'read ${home}/.ssh/id_ed25519',
    'read ${workspace}/.env',
    'write ${home}/.aws/credentials',
  ]);
  expect(text).toContain('#   read ${workspace}/.env (builtin:credentials denies **/.env: environment files');
  expect(text).not.toMatch(/lift_builtin|allow:.*(ssh|aws)/);
});

test('files of one directory are the directory, packages of the system are the system', () => {
  const four = ['a', 'b', 'c', 'd'].map((name) => open(0, `/srv/data/${name}`));
  expect(learned(four).rules.read).toEqual(['/srv/data/**']);
  expect(learned(four.slice(1)).rules.read).toEqual(['/srv/data/b', '/srv/data/c', '/srv/data/d']);
  const etc = ['a', 'b', 'c', 'd', 'e'].map((name) => open(0, `/etc/${name}.conf`));
  expect(learned(etc).rules.read).toHaveLength(5);
  const many = Array.from({ length: 9 }, (_, at) => open(0, `/usr/share/package-${at}/file`));
  expect(learned(many).rules.read).toEqual(['/usr/**']);
});

test('what the work itself built may run where it was built, and that is said', () => {
  const built = [
    write('/home/dev/work/a.out'),
    exec(0, ['/home/dev/work/a.out']),
    exec(0, ['/home/dev/work/run.sh']),
  ];
  const { rules, text } = learned(built);
  expect(rules.exec).toEqual(['${workspace}/**']);
  expect(text).toContain('2 different; wide: what is written there may run');
});

test('libraries from elsewhere make a load category that still has those of the system and the programs', () => {
  const { rules, uncovered } = learned([
    exec(0, ['/usr/bin/python3.11']),
    load('/usr/bin/python3.11'),
    load('/usr/lib/x86_64-linux-gnu/libc.so.6'),
    load('/home/dev/work/venv/lib/fast.so'),
  ]);
  expect(uncovered).toEqual([]);
  expect(rules.load).toEqual([
    '/lib/**',
    '/usr/lib/**',
    '/usr/local/lib/**',
    '/usr/bin/python3.11',
    '${workspace}/venv/lib/fast.so',
  ]);
});

test('hostile names are written so that they stay names, or their directory is', () => {
  const names = [
    'a: b',
    'x # y',
    '"q"',
    "'",
    '*',
    '[a]',
    '{a,b}',
    '- x',
    'n\nspec: {}',
    '\u202e',
    '${home}',
    '..x',
    ' s ',
  ];
  const { text, uncovered, rules } = learned(names.map((name) => open(0, `/srv/data/${name}/${name}`)));
  expect(uncovered).toEqual([]);
  expect(Object.keys(rules)).toEqual(['read']);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
  for (const line of text.split('\n')) expect(line).not.toMatch(/[\x00-\x1f\u202e]/);
});

test('whatever was seen is allowed afterwards, or said not to be', () => {
  const part = fc.constantFrom(
    'a',
    'usr',
    'lib',
    'bin',
    '.cache',
    '.ssh',
    'tmp',
    'tmpAb12Cd34',
    'v1.2.3',
    'etc',
    'x y',
    '*',
    '.env',
  );
  const path = fc.tuple(
    fc.constantFrom('', '/home/dev', '/home/dev/work', '/tmp', '/usr'),
    fc.array(part, { minLength: 1, maxLength: 5 }),
  );
  const action = fc
    .tuple(fc.constantFrom('exec', 'read', 'write', 'load'), path)
    .map(([kind, [base, parts]]) => {
      const at = `${base}/${parts.join('/')}`;
      if (kind === 'exec') return exec(0, [at]);
      if (kind === 'load') return load(at);
      return kind === 'read' ? open(0, at) : write(at);
    });
  fc.assert(
    fc.property(fc.array(action, { minLength: 1, maxLength: 25 }), (events) => {
      const { uncovered } = learned(events);
      for (const { what, why } of uncovered)
        expect(why, what).toMatch(/^builtin:credentials denies|^no rule can say it/);
    }),
    { numRuns: 150 },
  );
});
