/**
 * `warder policy …` as people start it: output, exit status, and what is said of faults.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

const GOOD = `apiVersion: warder.dev/v1
kind: Policy
metadata: {name: coder, scope: team/payments}
spec:
  mode: enforce
  exec:
    - allow: [/usr/bin/git, "\${workspace}/bin/**"]
    - deny: /usr/bin/su
      because: "agents do not \\x1b[31m become root"
  write:
    - allow: "\${workspace}/**"
  connect:
    - allow: api.example.com:443
  budget: {execs: 200/min}
`;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'warder-policy-'));
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
  write('good.yaml', GOOD);
  write('changed.yaml', GOOD.replace('/usr/bin/git', '/usr/bin/make'));
  write('bad.yaml', GOOD.replace('/usr/bin/su', 'su').replace('mode: enforce', 'mode: off'));
  write(
    'good.test.yaml',
    `apiVersion: warder.dev/v1
kind: PolicyTest
variables: {workspace: /work}
cases:
  - {exec: /usr/bin/git, expect: allow}
  - {exec: /usr/bin/su, expect: deny, rule: /usr/bin/su}
  - {write: /work/.env, expect: deny, rule: "**/.env"}
`,
  );
  write(
    'failing.test.yaml',
    `apiVersion: warder.dev/v1
kind: PolicyTest
policies: [good.yaml]
variables: {workspace: /work}
cases:
  - {exec: /usr/bin/git, expect: deny}
  - {name: su stays out, exec: /usr/bin/su, expect: deny, rule: /usr/bin/**}
  - {read: /work/x, expect: allow}
  - {exec: /usr/bin/make, expect: allow}
`,
  );
  write(
    'broken.test.yaml',
    'apiVersion: warder.dev/v1\nkind: PolicyTest\ncases:\n  - {expect: allow}\n  - {exec: /a, raed: /b}\n',
  );
});
afterAll(() => removeTree(directory));

interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

function warder(...words: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'policy', ...words], { cwd: directory }, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

describe('check', () => {
  test('tells what a good file holds and what is not kept yet', async () => {
    expect(await warder('check', 'good.yaml')).toEqual({
      status: 0,
      stderr: '',
      stdout: ['good.yaml: ok: team/payments:coder, enforce: exec 3, write 1, connect 1', ''].join('\n'),
    });
  });

  test('tells every fault, and ends with 1', async () => {
    const { status, stdout } = await warder('check', 'good.yaml', 'bad.yaml', 'none.yaml');
    expect(status).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'bad.yaml:5:9: mode cannot be "off"; write one of monitor, enforce',
      "bad.yaml:8:13: 'su' is a relative path; write ${workspace}/su, or /su, or **/su",
      'none.yaml:1:1: the file cannot be read: ENOENT; give the path of a file that is there and may be read',
      "bad.yaml:3:18: a second document 'coder' in scope team/payments; the first is good.yaml:3; give it another name, or merge the two",
      '4 faults: nothing of these files takes effect',
      '',
    ]);
  });

  test('--json is one object for programs', async () => {
    const { stdout } = await warder('check', '--json', 'bad.yaml');
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      documents: [],
      faults: [{ file: 'bad.yaml', line: 5, column: 9 }, { line: 8 }],
    });
  });
});

describe('effective', () => {
  test('lists every layer with its rules, built-in ones too, and nothing that moves a cursor', async () => {
    const { stdout, status } = await warder('effective', 'good.yaml');
    expect(status).toBe(0);
    expect(stdout).toContain('agent        spiffe://warder.local/local/payments/agent\n');
    expect(stdout).toContain(
      '  exec       deny  /usr/bin/su  line 8  # agents do not \\x1b[31m become root\n',
    );
    expect(stdout).toContain('builtin:credentials  enforce  built in\n');
    expect(stdout).toContain('  read       allow /etc/localtime');
    expect(stdout).not.toContain('\x1b');
  });

  test('--json has the content address', async () => {
    const { stdout } = await warder('effective', '--json', '--agent', 'acme/payments/coder', 'good.yaml');
    const { address, policy } = JSON.parse(stdout);
    expect(address).toMatch(/^sha256:/);
    expect(policy).toMatchObject({
      agent: 'spiffe://warder.local/acme/payments/coder',
      layers: [{ mode: 'MODE_ENFORCE' }, {}, {}, {}, {}],
    });
  });
});

describe('a directory', () => {
  const write = (name: string, text: string) => writeFileSync(join(directory, 'set', name), text);
  beforeAll(() => {
    mkdirSync(join(directory, 'set', 'deeper.yaml.d'), { recursive: true });
    write('base.yaml', GOOD.replace('name: coder', 'name: base'));
    write('more.yml', GOOD);
    write('notes.txt', 'no policy');
    write('base.test.yaml', readFileSync(join(directory, 'good.test.yaml'), 'utf8'));
  });

  test('is checked as the gateway reads it: its policies, not their tests', async () => {
    const { status, stdout } = await warder('check', 'set');
    expect(status).toBe(0);
    expect(stdout.match(/^\S+: ok: /gm)).toEqual(['set/base.yaml: ok: ', 'set/more.yml: ok: ']);
  });

  test('is tested by the tests in it', async () => {
    const { status, stdout } = await warder('test', 'set');
    expect([status, stdout.split('\n').at(-2)]).toEqual([0, '3 passed, 0 failed']);
  });

  test('without a test fails: nothing was tested', async () => {
    const { status, stderr } = await warder('test', 'set/deeper.yaml.d');
    expect([status, stderr]).toEqual([1, expect.stringContaining('there is no test in set/deeper.yaml.d')]);
  });

  test('without a policy fails: nothing was checked', async () => {
    const { status, stderr } = await warder('check', 'set/deeper.yaml.d');
    expect([status, stderr]).toEqual([1, expect.stringContaining('there is no policy in set/deeper.yaml.d')]);
  });
});

describe('explain', () => {
  test('tells verdict, rule, line and because, and ends with 1 for a denial', async () => {
    const { status, stdout } = await warder('explain', '--no-links', 'good.yaml', 'exec', '/usr/bin/su');
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^deny: deny \/usr\/bin\/su \(team\/payments:coder, good\.yaml:8\): agents do not/,
    );
    expect(stdout).toContain('  to pass: take out or narrow the deny at good.yaml:8 (/usr/bin/su)\n');
  });

  test('variables can be set, and default to this directory', async () => {
    expect((await warder('explain', 'good.yaml', 'write', join(directory, 'x'))).status).toBe(0);
    expect(
      (await warder('explain', '--set', 'workspace=/nowhere', 'good.yaml', 'write', '/nowhere/x')).status,
    ).toBe(0);
    expect(
      (await warder('explain', '--set', 'workspace=/nowhere', 'good.yaml', 'write', '/elsewhere')).status,
    ).toBe(1);
    expect((await warder('explain', '--set', 'work=/x', 'good.yaml', 'write', '/x')).stderr).toContain(
      "'work=/x' sets no variable",
    );
  });

  test.each([
    [['exce', '/usr/bin/git'], "'exce' is no category; write exec"],
    [
      ['exec', 'git'],
      "'git' is a relative path; write the whole path, /usr/bin/git, or ${workspace}/src/main.c",
    ],
    [['read', './.env'], "'./.env' is a relative path"],
    [['read', '/work/**'], 'is more than one thing'],
    [['dns', 'api.example.com/NOPE'], 'NOPE'],
  ])('what is no single action, %j, is a faulty command line and not a no', async (words, why) => {
    const { status, stdout, stderr } = await warder('explain', 'good.yaml', ...words);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(why);
  });

  test('--json has both rulings', async () => {
    const { stdout } = await warder('explain', '--json', 'good.yaml', 'connect', '10.0.0.1:443');
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'deny',
      reason: 'no_rule',
      layer: 'team/payments:coder',
      would: { verdict: 'deny' },
      changes: ['an allow rule under connect in team/payments:coder (good.yaml)'],
    });
  });
});

describe('test', () => {
  test('runs what stands beside the policy', async () => {
    const { status, stdout } = await warder('test', 'good.yaml');
    expect(stdout).toBe(
      'ok    exec /usr/bin/git\nok    exec /usr/bin/su\nok    write /work/.env\n3 passed, 0 failed\n',
    );
    expect(status).toBe(0);
  });

  test('a failing case says what was found, and where', async () => {
    const { status, stdout } = await warder('test', 'failing.test.yaml');
    expect(status).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'FAIL  exec /usr/bin/git (failing.test.yaml:6)',
      '      expected deny, found allow by /usr/bin/git (good.yaml:7)',
      'FAIL  su stays out (failing.test.yaml:7)',
      '      expected deny by /usr/bin/**, found deny by /usr/bin/su (good.yaml:8)',
      'FAIL  read /work/x (failing.test.yaml:8)',
      '      expected allow, found deny: no layer has the category',
      'FAIL  exec /usr/bin/make (failing.test.yaml:9)',
      '      expected allow, found deny: no rule in team/payments:coder allows it',
      '0 passed, 4 failed',
      '',
    ]);
  });

  test('a faulty test file is told whole', async () => {
    const { status, stderr } = await warder('test', 'broken.test.yaml');
    expect(status).toBe(1);
    expect(stderr).toContain('broken.test.yaml:4:5: the case has no action; write one of exec, read');
    expect(stderr).toContain("broken.test.yaml:5:16: unknown key 'raed'; write read");
    expect(stderr).toContain('broken.test.yaml:5:5: expect is missing; write one of allow, hold, deny');
  });

  test('a policy without tests says which file to write', async () => {
    const { stderr } = await warder('test', 'changed.yaml');
    expect(stderr).toContain('there are no tests for changed.yaml\n  fix: write changed.test.yaml');
  });
});

describe('diff', () => {
  test('tells what differs, and ends with 1', async () => {
    const { status, stdout } = await warder('diff', 'good.yaml', 'changed.yaml');
    expect(status).toBe(1);
    expect(stdout).toBe('team/payments:coder\n- exec: allow /usr/bin/git\n+ exec: allow /usr/bin/make\n');
  });

  test('tells nothing where nothing differs, and ends with 0', async () => {
    expect(await warder('diff', 'good.yaml', 'good.yaml')).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});
