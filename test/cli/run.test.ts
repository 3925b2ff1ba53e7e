import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { constants, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';

const FIXTURE = fileURLToPath(new URL('./run-fixture.ts', import.meta.url));
const POLICY = `apiVersion: warder.dev/v1
kind: Policy
metadata: {name: test, scope: team/demo}
spec:
  mode: enforce
  exec: [{allow: /usr/bin/**}]
`;

let folder: string;
let policy: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'warder-run-'));
  policy = join(folder, 'policy.yaml');
  writeFileSync(policy, POLICY);
});
afterEach(() => removeTree(folder));

function environment(scenario: string) {
  const { SUDO_USER: _sudo, SUDO_UID: _uid, ...rest } = process.env;
  return { ...rest, FIXTURE: scenario, WARDER_STATE_DIR: join(folder, 'state') };
}

function warder(words: readonly string[], scenario = '') {
  const args = [FIXTURE, 'run', ...words];
  const result = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    cwd: folder,
    env: environment(scenario),
  });
  return { status: result.status, signal: result.signal, out: result.stdout, err: result.stderr };
}

const run = (...command: string[]) => warder(['--policy', policy, '--', ...command]);

describe("the agent's own", () => {
  test('stdout is what the agent wrote, to the byte', () => {
    const { out, err } = run('sh', '-c', 'printf "a\\000b"');
    expect(out).toBe('a\0b');
    expect(err).toContain('exec      allowed    sh -c');
  });

  test('stdin reaches it', () => {
    const args = [FIXTURE, 'run', '--policy', policy, '--', 'cat'];
    const { stdout } = spawnSync(process.execPath, args, {
      input: 'hello',
      env: environment(''),
      cwd: folder,
    });
    expect(String(stdout)).toBe('hello');
  });

  test.each([0, 1, 3, 255])('exit status %i is passed on', (status) => {
    expect(run('sh', '-c', `exit ${status}`)).toMatchObject({ status, signal: null });
  });

  test.each(['SIGTERM', 'SIGKILL', 'SIGINT', 'SIGHUP'] as const)('an end by %s is passed on', (signal) => {
    expect(run('sh', '-c', `kill -s ${signal.slice(3)} $$`)).toMatchObject({ status: null, signal });
  });

  test('an end by a signal that dumps core becomes 128 and its number', () => {
    expect(run('sh', '-c', 'ulimit -c 0; kill -s ABRT $$')).toMatchObject({ status: 134, signal: null });
  });

  test('stdio that it inherits stays blocking', () => {
    // An agent whose stderr is a pipe that has become non-blocking loses what does not fit into it.
    const { out } = run('sh', '-c', 'sleep 0.3; cat /proc/self/fdinfo/[012]');
    const flags = [...out.matchAll(/^flags:\s+0([0-7]+)$/gm)].map(([, octal]) => Number.parseInt(octal!, 8));
    expect(flags).toHaveLength(3);
    expect(flags.map((value) => value & constants.O_NONBLOCK)).toEqual([0, 0, 0]);
  });
});

describe('options', () => {
  test('several policy files may stand behind one --policy, up to the --', () => {
    const other = join(folder, 'other.yaml');
    writeFileSync(other, POLICY.replace('name: test', 'name: other'));
    expect(warder(['--policy', policy, other, '--', 'true'])).toMatchObject({ status: 0 });
  });

  test('options behind the command are its own', () => {
    expect(run('echo', '--policy', '--help', '--').out).toBe('--policy --help --\n');
  });

  test('no command is a faulty command line', () => {
    const { status, err } = warder(['--policy', policy]);
    expect(status).toBe(2);
    expect(err).toContain('warder: no command given: put it behind --');
  });

  test('an unknown option is one too, with the one that was meant', () => {
    const { status, err } = warder(['--polcy', policy, '--', 'true']);
    expect(status).toBe(2);
    expect(err).toMatch(/unknown option '--polcy' \(did you mean --policy\?\)|required option/);
  });

  test('the agent is named from the scopes', () => {
    expect(run('true').err).toContain('warder: spiffe://warder.local/local/demo/true ended with status 0');
  });
});

describe('what goes wrong before the agent starts', () => {
  test('a faulty policy: 125, with file, line and column of every fault', () => {
    writeFileSync(policy, POLICY.replace('enforce', 'enfroce').replace('/usr/bin', 'usr/bin'));
    const { status, out, err } = run('echo', 'never');
    expect(status).toBe(125);
    expect(out).toBe('');
    expect(err).toMatch(/warder: 2 faults in the policy/);
    expect(err).toMatch(/policy\.yaml:5:\d+: /);
    expect(err).toMatch(/policy\.yaml:6:\d+: /);
    expect(err).toMatch(/ {2}fix: /);
  });

  test('a workspace that is not there: 125', () => {
    const { status, err } = warder(['--policy', policy, '--workspace', '/nowhere', '--', 'true']);
    expect({ status, err }).toMatchObject({
      status: 125,
      err: expect.stringContaining('/nowhere is not a directory'),
    });
  });

  test('a document for another team: 125', () => {
    const { status, err } = warder(['--policy', policy, '--agent', 'local/other/x', '--', 'true']);
    expect(status).toBe(125);
    expect(err).toContain(`${policy}:1: the document's scope is team/demo`);
  });

  test.each([
    ['KERNEL_NO_BTF', 125],
    ['RUN_PROGRAM_MISSING', 127],
  ])('a start that fails with %s: %i, its message and what to do, no stack', (code, status) => {
    const result = warder(['--policy', policy, '--', 'true'], `fail:${code}`);
    expect(result).toMatchObject({
      status,
      out: '',
      err: `warder: it failed with ${code}\n  fix: mend it\n`,
    });
  });

  test('an output file that cannot be made: 125, and nothing is started', () => {
    const { status, out, err } = warder([
      '--policy',
      policy,
      '--output',
      '/nowhere/x',
      '--',
      'echo',
      'never',
    ]);
    expect(status).toBe(125);
    expect(out).toBe('');
    expect(err).toContain('warder: cannot write /nowhere/x: ENOENT');
  });
});

describe("Warder's own lines", () => {
  test('a problem on the way is told, once however often it comes, and stops nothing', () => {
    const { status, err } = run('true');
    expect(status).toBe(0);
    expect(err.match(/^warder: something to know\n {2}fix: look$/gm)).toHaveLength(1);
  });

  test('a run that Warder loses is 125, with the summary of what was seen', () => {
    const { status, err } = warder(['--policy', policy, '--', 'true'], 'lose');
    expect(status).toBe(125);
    expect(err).toContain('warder: the run was lost');
    expect(err).toContain('programs      1 start');
  });

  test('--output takes all of them, 0600, and stderr is left to the agent', () => {
    const output = join(folder, 'lines');
    const result = warder(['--policy', policy, '--output', output, '--', 'sh', '-c', 'echo err >&2']);
    expect(result.err.split('\n').sort()).toEqual(['', '  fix: look', 'err', 'warder: something to know']);
    expect(readFileSync(output, 'utf8')).toContain('look deeper');
    expect(statSync(output).mode & 0o777).toBe(0o600);
  });

  test('--json gives one event per line and the summary as the last', () => {
    const output = join(folder, 'lines');
    warder(['--policy', policy, '--json', '--output', output, '--', 'true']);
    const lines = readFileSync(output, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => Object.keys(line).at(-1))).toEqual([
      'runStarted',
      'decision',
      'runEnded',
      'summary',
    ]);
    expect(lines.at(-1).summary).toMatchObject({ events: 3, exit: { code: 0 }, programs: { total: 1 } });
  });

  test('--quiet leaves the summary alone', () => {
    const { err } = warder(['--policy', policy, '--quiet', '--', 'true']);
    expect(err).not.toContain('exec      allowed');
    expect(err).toContain('look deeper');
  });

  test('a full disk behind --output is told once and stops nothing', () => {
    const { status, out, err } = warder(['--policy', policy, '--output', '/dev/full', '--', 'echo', 'done']);
    expect({ status, out }).toEqual({ status: 0, out: 'done\n' });
    expect(err.match(/cannot write \/dev\/full: ENOSPC/g)).toHaveLength(1);
    expect(err).toMatch(/warder: \d+ lines could not be shown/);
  });
});

describe('signals', () => {
  let child: ChildProcess;
  afterEach(() => child.kill('SIGKILL'));

  async function started(): Promise<ChildProcess> {
    const script = 'trap "echo got; exit 7" TERM INT; echo ready; while :; do sleep 0.05; done';
    const args = [FIXTURE, 'run', '--policy', policy, '--', 'sh', '-c', script];
    child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: environment(''),
      cwd: folder,
    });
    expect(String((await once(child.stdout!, 'data'))[0])).toBe('ready\n');
    return child;
  }

  test.each(['SIGTERM', 'SIGINT'] as const)('%s goes on to the agent, whose end decides', async (signal) => {
    const warder = await started();
    warder.kill(signal);
    const [status] = await once(warder, 'exit');
    expect(status).toBe(7);
  });
});
