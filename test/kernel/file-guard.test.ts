/**
 * Permission events for processes that the launcher did not start: a shell in a cgroup that is adopted into a run. Each
 * open is tried without the guard, where it has its effect, and with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePolicyFile } from '../../src/gateway/policy/document.ts';
import { effectivePolicy } from '../../src/gateway/policy/layers.ts';
import { requireHost } from '../../src/kernel/capability.ts';
import { encodeRows } from '../../src/kernel/policy-rows.ts';
import { Sensor } from '../../src/kernel/sensor.ts';
import { compile } from '../../src/runtime/enforcement/compile.ts';
import { type FileGuard, guardFiles } from '../../src/runtime/walls/file-guard.ts';
import { removeTree } from '../remove-tree.ts';
import { cleanUp, makeCgroup } from './launcher-fixtures.ts';

const RUN = 1;
const directory = mkdtempSync(join(tmpdir(), 'warder-guard-'));
const workspace = join(directory, 'workspace');
const AGENT = 'spiffe://test.local/org/team/agent';

const POLICY = `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: guarded, scope: fleet}
spec:
  mode: enforce
  exec: [{allow: [/usr/**]}]
  read:
    - allow: [/usr/**, /etc/**, "\${workspace}/**"]
    - deny: ["\${workspace}/secret/**", "\${workspace}/one"]
  write:
    - allow: ["\${workspace}/**"]
`;

/** A shell that runs what it is told: in the adopted cgroup, or outside of it. */
class Shell {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(cgroup?: string) {
    const join = cgroup ? `echo $$ > ${cgroup}/cgroup.procs; ` : '';
    this.#child = spawn(
      '/bin/sh',
      ['-c', `${join}echo ready; while read -r line; do sh -c "$line" 2>&1; echo "end $?"; done`],
      {
        cwd: workspace,
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async ready(): Promise<this> {
    await this.#lines.next();
    return this;
  }

  /** What a command says, its status last. */
  async says(command: string): Promise<string> {
    this.#child.stdin!.write(`${command}\n`);
    const said: string[] = [];
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error('the shell has gone');
      said.push(value);
      if (value.startsWith('end ')) return said.join('\n');
    }
  }

  end(): void {
    this.#child.stdin!.end();
  }
}

let sensor: Sensor;
let guard: FileGuard | undefined;
let agent: Shell;
let other: Shell;

function compiled() {
  const { documents, faults } = parsePolicyFile(POLICY, 'policy.yaml');
  expect(faults).toEqual([]);
  const answer = effectivePolicy(documents, AGENT);
  if (!('policy' in answer)) throw new Error(answer.refusal);
  return compile(answer.policy, { variables: { workspace } });
}

beforeAll(async () => {
  for (const name of ['secret/deep', '.ssh']) mkdirSync(join(workspace, name), { recursive: true });
  for (const name of ['secret/key', 'secret/deep/key', 'one', '.env', '.ssh/id', 'plain']) {
    writeFileSync(join(workspace, name), 'SECRET\n');
  }
  sensor = Sensor.open({ cgroup2: requireHost().cgroup2 });
  sensor.start(() => {});
  // Nothing ends the processes here: what is refused is refused by the guard alone.
  sensor.policies.install(encodeRows(compiled(), 1), 600_000);
  sensor.policies.setRun(RUN, 1, { terminate: false });
  sensor.attach();
  const cgroup = makeCgroup();
  const level = cgroup.replace(requireHost().cgroup2, '').split('/').filter(Boolean).length;
  sensor.tasks.addAdoption(RUN, { cgroup: statSync(cgroup, { bigint: true }).ino, level });
  agent = await new Shell(cgroup).ready();
  other = await new Shell().ready();
  sensor.tasks.adopt();
});
afterAll(async () => {
  guard?.close();
  agent.end();
  other.end();
  sensor.close();
  await cleanUp();
  removeTree(directory);
});

const OPENS: Readonly<Record<string, string>> = {
  'a denied file': 'cat one',
  'in a denied directory': 'cat secret/key',
  'deeper in it': 'cat secret/deep/key',
  'listing it': 'ls secret',
  'a credential by its name': 'cat .env',
  'in a directory of credentials': 'cat .ssh/id',
  'by a link': 'cat way',
  'by another name of the same file': 'cat hard',
  'with ..': 'cat secret/deep/../key',
  'truncating it': ': > one',
};

describe('opens of an adopted process', () => {
  beforeAll(() => {
    symlinkSync('secret/key', join(workspace, 'way'));
    linkSync(join(workspace, 'one'), join(workspace, 'hard'));
  });

  test.each(Object.keys(OPENS))('%s has its effect without the guard', async (name) => {
    expect(await agent.says(OPENS[name]!)).toMatch(/end 0$/);
    writeFileSync(join(workspace, 'one'), 'SECRET\n');
  });

  test('the guard marks what the policy denies', () => {
    guard = guardFiles(sensor, RUN, compiled());
    expect(guard.marks).toBeGreaterThanOrEqual(6);
    expect(guard.unenforced[0]?.text).toMatch(/when the run was adopted/);
  });

  test.each(Object.keys(OPENS))('%s is refused with it', async (name) => {
    const said = await agent.says(OPENS[name]!);
    expect(said).toMatch(/Operation not permitted/);
    expect(said).not.toContain('SECRET');
    expect(readFileSync(join(workspace, 'one'), 'utf8')).toBe('SECRET\n');
  });

  test('what is allowed goes on, and so does everybody else', async () => {
    expect(await agent.says('cat plain')).toBe('SECRET\nend 0');
    for (const name of Object.keys(OPENS)) {
      expect(await other.says(OPENS[name]!)).toMatch(/end 0$/);
      writeFileSync(join(workspace, 'one'), 'SECRET\n');
    }
    const { refused, passed } = guard!.counts();
    expect(refused).toBeGreaterThanOrEqual(BigInt(Object.keys(OPENS).length));
    expect(passed).toBeGreaterThanOrEqual(BigInt(Object.keys(OPENS).length));
  });

  test('many at once of both are answered, each rightly', async () => {
    const loop = (then: string) => `for i in $(seq 200); do cat secret/key ${then}; done | sort | uniq -c`;
    const [refused, passed] = await Promise.all([agent.says(loop('2>/dev/null')), other.says(loop(''))]);
    expect(refused).toBe('end 0');
    expect(passed).toMatch(/^ *200 SECRET\nend 0$/);
  });

  test('what comes to be later is not guarded, as it says', async () => {
    writeFileSync(join(workspace, 'later.pem'), 'LATER\n');
    mkdirSync(join(workspace, 'secret/new'));
    writeFileSync(join(workspace, 'secret/new/key'), 'LATER\n');
    expect(await agent.says('cat secret/new/key')).toMatch(/LATER/);
  });

  test.each([
    ['killed', 'SIGKILL', 600_000],
    ['stopped, and killed by the kernel for its silence', 'SIGSTOP', 1_000],
  ] as const)('with its process %s, opens of others that wait go on', async (_, signal, silence) => {
    const file = join(workspace, 'plain');
    const program = fileURLToPath(new URL('programs/hold-guard.ts', import.meta.url));
    const holder = spawn(process.execPath, [program, file, `${silence}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(holder, 'exit');
    await once(holder.stdout, 'data');
    expect(await other.says('cat plain')).toBe('SECRET\nend 0');
    holder.kill(signal);
    expect(await other.says('cat plain')).toBe('SECRET\nend 0');
    expect((await ended)[1]).toBe('SIGKILL');
    expect(await other.says('cat plain')).toBe('SECRET\nend 0');
  });

  test('one that is busy is not taken for stopped', async () => {
    const own = sensor.guard(RUN, 1_000);
    const until = performance.now() + 2_500;
    while (performance.now() < until);
    own.close();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await other.says('cat plain')).toBe('SECRET\nend 0');
  });

  test('closed, it lets all go on', async () => {
    guard!.close();
    guard = undefined;
    expect(await agent.says('cat secret/key')).toBe('SECRET\nend 0');
  });
});
