/**
 * `warder run` as a whole, on the real kernel: what the agent gets, what the events say, what is left behind.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  cleanUp,
  filesUnder,
  finished,
  governed,
  type JsonEvent,
  ORDINARY,
  place,
  policyOf,
  start,
  WARDER,
} from './governed.ts';

afterAll(cleanUp);

const ordinary = policyOf(ORDINARY);

function execs(events: JsonEvent[]): string[] {
  return events.filter((event) => event.exec).map((event) => event.exec?.path ?? '');
}

function refusals(events: JsonEvent[], category: string): JsonEvent[] {
  return events.filter(
    ({ decision }) => decision?.category === category && decision.verdict === 'VERDICT_DENY',
  );
}

test('an allowed agent runs untouched: its output, its status, nothing of ours in between', async () => {
  const run = await governed(ordinary, ['sh', '-c', 'echo out; echo err >&2; exit 7']);
  expect(run).toMatchObject({ code: 7, signal: null, stdout: 'out\n' });
  expect(run.stderr.split('\n').filter((line) => !line.startsWith('warder: '))).toEqual(['err', '']);
});

test("the agent's signal is passed on", async () => {
  const run = await governed(ordinary, ['sh', '-c', 'kill -TERM $$']);
  expect(run.signal).toBe('SIGTERM');
  expect(run.events.at(-1)?.runEnded).toMatchObject({ signal: 15 });
});

test('every exec is told, with resolved path, arguments and directory', async () => {
  const run = await governed(ordinary, ['sh', '-c', '/bin/ls -d .; cd /; env true; :']);
  expect(execs(run.events)).toEqual(
    ['/bin/sh', '/bin/ls', '/usr/bin/env', '/usr/bin/true'].map((path) =>
      execFileSync('realpath', [path], { encoding: 'utf8' }).trim(),
    ),
  );
  const ls = run.events.find((event) => event.exec?.argv?.[0] === '/bin/ls');
  expect(ls?.exec).toMatchObject({ argv: ['/bin/ls', '-d', '.'], workingDirectory: run.place.workspace });
});

test('a refused program does not run one instruction', async () => {
  const run = await governed(ordinary, ['sh', '-c', 'id; echo status $?']);
  expect(run.stdout).toMatch(/^status (126|137)\n$/);
  const [refusal] = refusals(run.events, 'exec');
  expect(refusal).toMatchObject({
    exec: { path: '/usr/bin/id' },
    decision: { outcome: 'OUTCOME_PREVENTED', rule: { because: 'who you are is not your business' } },
  });
});

test('a refused file does not reach the agent, by whatever name it asks', async () => {
  const at = place(ordinary);
  writeFileSync(join(at.workspace, 'secret.txt'), 'the secret\n');
  const tries = [
    'cat secret.txt',
    'cat ./../workspace/secret.txt',
    'cat /proc/self/cwd/secret.txt',
    'cat /proc/self/root$PWD/secret.txt',
    'ln -s secret.txt link; cat link',
    'exec 3<secret.txt; cat <&3',
  ];
  const run = await finished(start(at, ['sh', '-c', tries.map((line) => `(${line})`).join('; ')]), at);
  expect(run.stdout).not.toContain('the secret');
  const told = refusals(run.events, 'read').map((event) => event.fileOpen?.path);
  expect(told).toContain(join(at.workspace, 'secret.txt'));
  expect(told.filter((path) => !path?.endsWith('/secret.txt'))).toEqual([]);
});

test('daemons, double forks and threads stay governed', async () => {
  const run = await governed(ordinary, [
    'sh',
    '-c',
    // The pipe's end is the daemon's: it ends once that has tried.
    `setsid sh -c '(id; true) & wait' ; perl -e 'use POSIX; pipe R, W; fork or do { POSIX::setsid(); fork or exec "id" or exit; exit }; close W; <R>; wait'`,
  ]);
  const tried = refusals(run.events, 'exec').map(({ process }) => process?.pid);
  expect(new Set(tried).size).toBe(2);
  expect(run.stdout).not.toContain('uid=');
});

test('an exec from a second thread is judged like any other', async () => {
  const script = `import threading, os
def go(): os.execv("/usr/bin/id", ["id"])
t = threading.Thread(target=go); t.start(); t.join()`;
  const run = await governed(ordinary, [
    '/usr/bin/perl',
    '-e',
    'exec "/usr/bin/python3", "-c", $ARGV[0]',
    script,
  ]);
  expect(run.stdout).not.toContain('uid=');
  expect(refusals(run.events, 'exec').map((event) => event.exec?.path)).toEqual(['/usr/bin/id']);
});

test('processes that are under no agent are never touched', async () => {
  const at = place(ordinary);
  const child = start(at, ['sh', '-c', 'echo ready; sleep 2']);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  const other = spawnSync('id', ['-u'], { encoding: 'utf8' });
  expect(other).toMatchObject({ status: 0, stdout: `${process.getuid?.()}\n` });
  const run = await finished(child, at);
  expect(run.code).toBe(0);
  expect(run.events.filter((event) => event.process?.pid === other.pid)).toEqual([]);
});

test('monitor prevents nothing and says what enforce would have done', async () => {
  const run = await governed(policyOf(ORDINARY, 'monitor'), ['sh', '-c', 'id -u']);
  expect(run.stdout).toBe(`${process.getuid?.()}\n`);
  const id = run.events.find((event) => event.exec?.path === '/usr/bin/id');
  expect(id?.decision).toMatchObject({ verdict: 'VERDICT_ALLOW', would: { verdict: 'VERDICT_DENY' } });
});

test('what the agent leaves running ends with it, and is counted', async () => {
  const run = await governed(ordinary, ['sh', '-c', 'setsid sleep 300 >/dev/null 2>&1 & echo $!']);
  expect(run.events.at(-1)?.runEnded).toMatchObject({ stragglers: 1 });
  expect(alive(run.stdout.trim())).toBe(false);
});

test('a secret on the command line or in a file name stands nowhere', async () => {
  const at = place(ordinary);
  const secret = `ghp_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`;
  const run = await finished(
    start(at, ['sh', '-c', `true --token ${secret}; : > key-${secret}; cat key-${secret}`]),
    at,
  );
  expect(run.code).toBe(0);
  expect(run.events.some((event) => event.redactions)).toBe(true);
  const written = [at.events, ...filesUnder(at.state)].map((file) => readFileSync(file).includes(secret));
  expect(written).not.toContain(true);
});

test('two runs at once share a state directory', async () => {
  const at = place(ordinary);
  const second = { ...at, events: `${at.events}.2` };
  const [one, two] = await Promise.all([
    finished(start(at, ['sh', '-c', 'sleep 0.5; id']), at),
    finished(start(second, ['sh', '-c', 'sleep 0.5; id']), second),
  ]);
  for (const run of [one, two]) expect(refusals(run.events, 'exec')).not.toEqual([]);
  expect(one.events[0]?.run).not.toBe(two.events[0]?.run);
});

test('kill -9 of warder ends the agent, which nobody would watch any more', async () => {
  const at = place(ordinary);
  const child = start(at, ['sh', '-c', 'echo $$; exec sleep 300']);
  const pid = await new Promise<string>((resolve) =>
    child.stdout?.once('data', (chunk) => resolve(String(chunk).trim())),
  );
  child.kill('SIGKILL');
  await finished(child, at);
  await expect.poll(() => alive(pid)).toBe(false);
});

test('a program that is not there is status 127, with what to do', async () => {
  const run = await governed(ordinary, ['no-such-program']);
  expect(run.code).toBe(127);
  expect(run.stderr).toMatch(/warder: cannot run no-such-program: No such file/);
  expect(run.stderr).toMatch(/fix: check the name/);
});

test('`require: prevent` refuses to start where a rule could only end in a kill', async () => {
  const run = await governed(policyOf(`${ORDINARY}  require: prevent\n`), ['true']);
  if (run.code === 0) return expect(run.events.some((event) => event.exec)).toBe(true); // a host that can
  expect(run.code).toBe(125);
  expect(run.stderr).toMatch(/the policy says 'require: prevent'/);
});

test('10,000 short processes and 200,000 opens: every exec is told, every loss is counted', async () => {
  const at = place(ordinary);
  const load = `use POSIX; for (1..10000) { my $p = fork; if (!$p) { exec "/bin/true" } waitpid $p, 0 }
    for (1..200000) { my $f = POSIX::open("file", O_RDONLY); POSIX::close($f) }`;
  writeFileSync(join(at.workspace, 'file'), '');
  const run = await finished(start(at, ['perl', '-e', load], ['--quiet']), at);
  expect(run.code).toBe(0);
  const { stdout } = spawnSync(
    WARDER,
    ['tail', '--state', at.state, '--since', 'all', '--no-follow', '--json'],
    { encoding: 'utf8', maxBuffer: 1 << 30 },
  );
  const logged = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).event as JsonEvent)
    // Those of the gateway are numbered by themselves.
    .filter((event) => !event.gateway);
  expect(logged.filter((event) => event.exec?.path === '/usr/bin/true')).toHaveLength(10_000);
  const opens = logged.filter((event) => event.fileOpen?.path === join(at.workspace, 'file')).length;
  const lost = logged
    .flatMap((event) => event.loss?.counts ?? [])
    .filter(({ kind }) => kind === 'open')
    .reduce((sum, { records }) => sum + Number(records), 0);
  expect(opens + lost).toBeGreaterThanOrEqual(200_000);
  expect(opens).toBeLessThanOrEqual(200_000);
  const sequences = logged.map((event) => Number(event.sequence));
  expect(sequences).toEqual(sequences.map((_, index) => index + 1));
}, 300_000);

/** Whether a process still runs: gone, or a zombie that nobody has waited for, is not. */
function alive(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
