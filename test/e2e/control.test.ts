/**
 * People and runs under way, through the installed command: what a policy holds waits and goes on or not by the
 * answer; a run is suspended, goes on, and is ended with all that it forked. Each step is in the audit log.
 */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cleanUp, finished, type Place, place, start, WARDER } from './governed.ts';

afterAll(cleanUp);

const POLICY = `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: holding, scope: fleet}
spec:
  mode: enforce
  exec:
    - allow: [/usr/**]
    - hold: /usr/bin/id
      because: who am I is a question for people
  read:
    - allow: [/usr/**, /etc/**, "\${workspace}/**"]
  write:
    - allow: ["\${workspace}/**"]
`;

interface Answer {
  status: number | null;
  stdout: string;
  stderr: string;
}

function warder(at: Place, ...words: string[]): Answer {
  const [command = '', ...rest] = words;
  return spawnSync(WARDER, [command, '--state', at.state, ...rest], { encoding: 'utf8', maxBuffer: 1 << 28 });
}

/** The log, as a person reads it. */
function log(at: Place): string {
  return warder(at, 'tail', '--since', 'all', '--no-follow', '--json').stdout;
}

interface Held {
  id: string;
  run: string;
  target: string;
  pid: number;
  rule?: object;
}

/** The first held action, as `warder holds --json` shows it. */
async function firstHold(at: Place): Promise<Held> {
  const read = () => {
    const { stdout } = warder(at, 'holds', '--json');
    return stdout ? (JSON.parse(stdout) as { action: Held }[]) : [];
  };
  let found: { action: Held }[] = [];
  const count = () => {
    found = read();
    return found.length;
  };
  await expect.poll(count, { timeout: 60_000, interval: 300 }).toBe(1);
  return found[0]!.action;
}

test('a held exec waits before its first instruction, and goes on with a yes', async () => {
  const at = place(POLICY);
  const child = start(at, ['sh', '-c', '/usr/bin/id -u > out; echo ended $?']);
  const held = await firstHold(at);
  expect(held.target).toBe('/usr/bin/id');
  const because = 'who am I is a question for people';
  expect(held.rule).toMatchObject({
    effect: 'hold',
    pattern: '/usr/bin/id',
    because,
    layer: 'fleet:holding',
  });
  expect(warder(at, 'holds').stdout).toContain(`because ${because}`);
  expect(readFileSync(join(at.workspace, 'out'), 'utf8')).toBe('');
  const approved = warder(at, 'approve', held.id.slice(0, 8), '--because', 'curious');
  expect(approved).toMatchObject({ status: 0 });
  const { code, stdout, stderr } = await finished(child, at);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'ended 0\n' });
  expect(stderr).toMatch(/held: exec \/usr\/bin\/id of process \d+ waits for a person: sudo warder approve/);
  expect(readFileSync(join(at.workspace, 'out'), 'utf8')).toBe('0\n');
  const told = log(at);
  expect(told).toContain('approval.asked');
  expect(told).toMatch(/approval\.given.*curious/);
});

test('a no ends it, and nothing is answered twice', async () => {
  const at = place(POLICY);
  // The run is under way until all has been asked: its gateway goes with it.
  const script = '/usr/bin/id -u > out; echo ended $?; until [ -e asked ]; do sleep 0.05; done';
  const child = start(at, ['sh', '-c', script]);
  const held = await firstHold(at);
  expect(warder(at, 'refuse', held.id).status).toBe(0);
  const second = warder(at, 'approve', held.id);
  expect(second.status).toBe(1);
  expect(second.stderr).toContain('has its answer: operator denied it');
  writeFileSync(join(at.workspace, 'asked'), '');
  const { stdout } = await finished(child, at);
  expect(stdout).not.toBe('ended 0\n');
  expect(statSync(join(at.workspace, 'out')).size).toBe(0);
});

test('no answer in time is a no', async () => {
  const at = place(POLICY);
  const run = await finished(start(at, ['sh', '-c', '/usr/bin/id -u > out; exit 3'], ['--hold', '1']), at);
  expect(run.code).toBe(3);
  expect(statSync(join(at.workspace, 'out')).size).toBe(0);
  expect(log(at)).toMatch(/approval\.(asked|expired)/);
});

test('a run is suspended whole, resumed, and killed although it forks', async () => {
  const at = place(POLICY);
  const forks = 'while :; do (sleep 30 & echo x >> ticks) ; sleep 0.02; done';
  const child = start(at, ['sh', '-c', `(${forks}) & ${forks}`]);
  const run = await runOf(child, at);
  const ticks = () =>
    existsSync(join(at.workspace, 'ticks')) ? statSync(join(at.workspace, 'ticks')).size : 0;
  await expect.poll(ticks, { timeout: 30_000 }).toBeGreaterThan(4);
  const suspended = warder(at, 'suspend', run, '--because', 'looks odd');
  expect(suspended).toMatchObject({ status: 0, stderr: '' });
  expect(suspended.stdout).toMatch(/suspended: \d+ processes on/);
  const still = ticks();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(ticks()).toBe(still);
  expect(warder(at, 'resume', run).status).toBe(0);
  await expect.poll(ticks, { timeout: 30_000 }).toBeGreaterThan(still);
  const killed = warder(at, 'kill', run);
  expect(killed).toMatchObject({ status: 0 });
  const ended = await finished(child, at);
  expect(ended.code === 137 || ended.signal === 'SIGKILL').toBe(true);
  const told = log(at);
  for (const word of ['suspend', 'resume', 'kill']) {
    expect(told).toMatch(
      new RegExp(`command\\.given[^\\n]*"subject":"${word}"|"subject":"${word}"[^\\n]*command\\.given`),
    );
  }
  const unknown = warder(at, 'kill', '018f2d3e-0000-7000-8000-000000000009');
  expect(unknown.status).toBe(1);
});

/** The id of the run that `start` began, once its first event is written. */
async function runOf(_child: ChildProcess, at: Place): Promise<string> {
  const first = () => (existsSync(at.events) ? readFileSync(at.events, 'utf8').split('\n')[0]! : '');
  await expect.poll(() => /"run":"[0-9a-f-]{36}"/.test(first()), { timeout: 60_000 }).toBe(true);
  return /"run":"([0-9a-f-]{36})"/.exec(first())![1]!;
}
