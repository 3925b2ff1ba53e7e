/**
 * Runs that go wrong on the way, and agents that behave oddly: the agent stays governed, its status is kept, and
 * nothing of the run outlives it.
 */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import {
  cgroup2,
  expectNothingLeft,
  processesOf,
  processesThatName,
  runsUnder,
  tryRun,
} from './bad-input-fixture.ts';
import { cleanUp, finished, ORDINARY, place, policyOf, start, WARDER } from './governed.ts';

afterAll(cleanUp);

const ordinary = policyOf(ORDINARY);
const KILLS = 20;

test('a full disk under the state directory: governed to the end, told once, the status kept, the loss counted', () => {
  const at = place(ordinary);
  mkdirSync(at.state);
  const command = 'for i in 1 2 3 4 5 6; do ls -R /usr/share/doc > /dev/null; done; id; exit 9';
  const run = tryRun(at, {
    mounts: 'mount -t tmpfs -o size=400k,mode=700 none "$(dirname "$PWD")/state"',
    command: ['sh', '-c', command],
  });
  expect(run).toMatchObject({ status: 9, stdout: '' });
  expect(run.stderr.match(/no room to write \S*warder\.db\n/g)).toHaveLength(2); // at once, and at the end
  expect(run.stderr).toMatch(/lost +\d+ events that could not be written to the log/);
  expect(run.stderr).toMatch(/by deny \/usr\/bin\/id /);
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s at any moment ends the run, and nothing stays',
  async (signal) => {
    const at = place(ordinary);
    for (const delayMs of [50, 250, 500, 900]) {
      const child = start(at, ['sleep', '300']);
      await sleep(delayMs);
      child.kill(signal);
      const { signal: endedBy } = await finished(child, at);
      expect(endedBy).toBe(signal);
    }
    await expectNothingLeft(at);
  },
);

test(`kill -9 of warder at ${KILLS} moments of its start: no governed process lives, the next run sweeps the rest`, async () => {
  const at = place(ordinary);
  for (let kill = 0; kill < KILLS; kill++) {
    const child = start(at, ['sh', '-c', 'setsid sleep 300 & sleep 300']);
    await sleep(50 + kill * 40);
    child.kill('SIGKILL');
    await finished(child, at);
  }
  await expect.poll(() => processesThatName(at.directory), { timeout: 20_000 }).toEqual([]);
  expect(tryRun(at).status).toBe(0);
  await expectNothingLeft(at);
});

test('warder and its launcher killed at once: nothing that they governed lives on', async () => {
  const at = place(ordinary);
  const child = start(at, ['sh', '-c', 'setsid --fork sleep 300; echo on; sleep 300']);
  await firstOutput(child);
  const [run] = runsUnder(cgroup2()).filter((one) => governs(one, child.pid!));
  const launcher = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
  const gone = new Promise((resolve) => child.once('exit', resolve)); // not 'close': what is left holds stdout
  for (const pid of [child.pid!, Number(launcher.split(' ')[0])]) process.kill(pid, 'SIGKILL');
  await gone;
  await expect.poll(() => processesOf(run!), { timeout: 20_000 }).toEqual([]);
  expect(tryRun(at).status).toBe(0);
  expect(existsSync(join(cgroup2(), 'warder', run!))).toBe(false);
});

/** Whether a run's processes descend from one. */
function governs(run: string, ancestor: number): boolean {
  return processesOf(run).some((pid) => {
    for (let at = Number(pid); at > 1; at = parentOf(at)) if (at === ancestor) return true;
    return false;
  });
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
  } catch {
    return 0;
  }
}

test('a run that is under way is not swept', async () => {
  const at = place(ordinary);
  const child = start(at, ['sh', '-c', 'echo on; sleep 3; exit 4']);
  await firstOutput(child);
  expect(tryRun(at)).toMatchObject({ status: 0 });
  expect(await finished(child, at)).toMatchObject({ code: 4 });
});

test('bytes go through stdin and stdout as they are, and can be opened anew by name', async () => {
  const at = place(ordinary);
  const bytes = randomBytes(3_000_000);
  writeFileSync(join(at.workspace, 'in'), bytes);
  const stdio = ['in', 'out'].map((name) => openSync(join(at.workspace, name), name === 'in' ? 'r' : 'w'));
  const words = ['run', '--policy', at.policy, '--workspace', at.workspace, '--state', at.state, '--quiet'];
  const piped = spawnSync(WARDER, [...words, '--', 'cat'], { input: bytes, maxBuffer: 1 << 24 });
  expect(piped.status).toBe(0);
  expect(piped.stdout.equals(bytes)).toBe(true);
  const files = spawnSync(WARDER, [...words, '--', 'sh', '-c', 'cat /dev/stdin > /dev/stdout'], {
    stdio: [stdio[0]!, stdio[1]!, 'pipe'],
  });
  expect(files.status).toBe(0);
  expect(readFileSync(join(at.workspace, 'out')).equals(bytes)).toBe(true);
});

test('a command line of megabytes reaches the agent whole', () => {
  const at = place(ordinary);
  const words = Array.from({ length: 15 }, () => 'x'.repeat(100_000));
  const run = tryRun(at, { command: ['sh', '-c', 'echo $# $' + '{#15}', 'sh', ...words] });
  expect(run).toMatchObject({ status: 0, stdout: '15 100000\n' });
});

test('what is for node in the environment reaches the agent and not Warder', async () => {
  const at = place(ordinary);
  const child = start(at, ['sh', '-c', 'echo "$NODE_OPTIONS $ODD"'], [], {
    ...process.env,
    NODE_OPTIONS: '--require /no/such/module',
    ODD: 'a\nb\u0001ü',
  });
  expect(await finished(child, at)).toMatchObject({
    code: 0,
    stdout: '--require /no/such/module a\nb\u0001ü\n',
  });
});

test('500 children that outlive their parent end with the run, and are counted', async () => {
  const at = place(ordinary);
  const run = await finished(
    start(at, ['perl', '-e', 'for (1..500) { fork or do { sleep 300; exit } } exit 3']),
    at,
  );
  expect(run.code).toBe(3);
  expect(run.events.at(-1)?.runEnded).toMatchObject({ code: 3, stragglers: 500 });
  await expectNothingLeft(at);
});

test('an agent that is stopped goes on when it is continued', async () => {
  const at = place(ordinary);
  const child = start(at, ['sh', '-c', 'echo $$; sleep 0.3; id; exit 6']);
  const pid = Number(await firstOutput(child));
  process.kill(pid, 'SIGSTOP');
  await sleep(700);
  process.kill(pid, 'SIGCONT');
  const run = await finished(child, at);
  expect(run.code).toBe(6);
  expect(run.events.some(({ decision }) => decision?.verdict === 'VERDICT_DENY')).toBe(true);
});

test('in a terminal the agent has that terminal', () => {
  const at = place(ordinary);
  const script =
    'test -t 0 && test -t 1 && echo it is; echo tty > /dev/tty; echo stderr > /dev/stderr; exit 5';
  writeFileSync(join(at.workspace, 'in-terminal'), script);
  const words = `${WARDER} run --policy ${at.policy} --workspace ${at.workspace} --state ${at.state} --output ${at.events} -- sh in-terminal`;
  const { status, stdout } = spawnSync('script', ['-qec', words, '/dev/null'], {
    cwd: at.workspace,
    encoding: 'utf8',
  });
  expect(stdout.replaceAll('\r', '')).toBe('it is\ntty\nstderr\n');
  expect(status).toBe(5);
});

function firstOutput(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.stdout?.once('data', (chunk) => resolve(String(chunk).trim())));
}
