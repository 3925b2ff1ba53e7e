/**
 * Verdicts while everything moves: policies switched under a racing agent, and refusals in a flood of opens that
 * nobody drains. What a machine is too slow for is lost as observations and counted, never as a wrong verdict.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requireHost } from '../../src/kernel/capability.ts';
import type { KernelEvent } from '../../src/kernel/events.ts';
import { encodeRows, type PolicyRows } from '../../src/kernel/policy-rows.ts';
import { decodeBatch } from '../../src/kernel/records.ts';
import { Sensor } from '../../src/kernel/sensor.ts';
import { compile } from '../../src/runtime/enforcement/compile.ts';
import { message, type Written } from '../policy/documents.ts';
import { removeTree } from '../remove-tree.ts';

const RUN = 1;
const MINUTE_MS = 60_000;
const OPENS = Number(process.env.WARDER_FLOOD ?? 200_000);

let directory: string;
let sensor: Sensor | undefined;
const children: ChildProcess[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'warder-load-'));
  for (const name of ['always', 'never']) writeFileSync(join(directory, name), name);
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  sensor?.close();
  removeTree(directory);
});

function attached(rings: { decisionsBytes: number; observationsBytes: number }): Sensor {
  sensor = Sensor.open({ cgroup2: requireHost().cgroup2, backlogBytes: 4 << 20, ...rings });
  sensor.attach();
  return sensor;
}

/** A perl that is ready to go: it ends with the process that started it. */
async function held(script: string): Promise<ChildProcess> {
  const whole = `use Socket; $parent = getppid; $| = 1; print "ready\\n"; <STDIN>; ${script}`;
  const child = spawn('perl', ['-e', whole, directory], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout!, 'data');
  return child;
}

/** Every policy of these allows one file and refuses the other, each in its own way. */
function policy(number: number): PolicyRows {
  const [always, never] = ['always', 'never'].map((name) => join(directory, name)) as [string, string];
  const others = Array.from({ length: 1_000 }, (_, index) => `${directory}/other-${number}-${index}/**`);
  const rules = (read: { allow: string[]; deny?: string[] }): Written['rules'] => ({ read });
  const documents: Written[] = [{ rules: rules({ allow: [always, ...others] }) }];
  if (number % 2 === 0) documents[0]!.rules = rules({ allow: [`${directory}/**`], deny: [never, ...others] });
  if (number % 3 === 0)
    documents.push({ name: 'second', rules: rules({ allow: ['/**'], deny: ['**/never'] }) });
  const variables = { workspace: directory, home: '/root', run: directory };
  return encodeRows(compile(message(...documents), { variables, homes: [] }), number);
}

test('policies switched ten times a second and more under a racing agent give not one wrong verdict', async () => {
  const kernel = attached({ decisionsBytes: 16 << 20, observationsBytes: 16 << 20 });
  const seen = { always: 0, never: 0 };
  const policies = new Set<number>();
  const wrong: KernelEvent[] = [];
  kernel.start((batch) => {
    for (const event of decodeBatch(batch)) {
      if (event.kind !== 'open') continue;
      const name = event.path.slice(directory.length + 1);
      if (name !== 'always' && name !== 'never') continue;
      seen[name]++;
      policies.add(event.policy);
      if (event.ruling.verdict !== (name === 'always' ? 'allow' : 'deny')) wrong.push(event);
    }
  });
  let before = policy(1);
  kernel.policies.install(before, MINUTE_MS);
  kernel.policies.setRun(RUN, 1, { terminate: false });
  const agent = await held(
    'for (;;) { for $name ("always", "never") { open F, "<", "$ARGV[0]/$name" and close F } exit if getppid != $parent }',
  );
  kernel.tasks.label(agent.pid!, RUN);
  agent.stdin!.end('\n');
  for (let number = 2; number <= 40; number++) {
    const next = policy(number);
    kernel.policies.install(next, MINUTE_MS);
    kernel.policies.setRun(RUN, number, { terminate: false });
    await sleep(50);
    kernel.policies.remove(before);
    before = next;
  }
  await kernel.flush();
  expect(wrong.slice(0, 3)).toEqual([]);
  expect(policies.size).toBeGreaterThan(20);
  expect(Math.min(seen.always, seen.never)).toBeGreaterThan(1_000);
});

test('ten thousand rules in each of four layers load, and decide', async () => {
  const kernel = attached({ decisionsBytes: 1 << 20, observationsBytes: 1 << 20 });
  const layer = (name: string): Written => {
    const others = Array.from({ length: 9_999 }, (_, index) => `/srv/${name}/${index}/**`);
    return { name, rules: { read: { allow: [`${directory}/always`, ...others] } } };
  };
  const variables = { workspace: directory, home: '/root', run: directory };
  const layers = ['a', 'b', 'c', 'd'].map(layer);
  const rows = encodeRows(compile(message(...layers), { variables, homes: [], readLink: () => null }), 1);
  expect(rows.paths.count).toBeGreaterThan(40_000);
  kernel.policies.install(rows, MINUTE_MS);
  kernel.policies.setRun(RUN, 1, { terminate: false });
  const verdicts = new Map<string, string>();
  kernel.start((batch) => {
    for (const event of decodeBatch(batch))
      if (event.kind === 'open') verdicts.set(event.path, event.ruling.verdict);
  });
  const agent = await held('for $name ("always", "never") { open F, "<", "$ARGV[0]/$name" and close F }');
  kernel.tasks.label(agent.pid!, RUN);
  const ended = once(agent, 'exit');
  agent.stdin!.end('\n');
  await ended;
  await kernel.flush();
  expect(verdicts.get(join(directory, 'always'))).toBe('allow');
  expect(verdicts.get(join(directory, 'never'))).toBe('deny');
});

test(`no refusal is lost under ${OPENS} opens that nobody drains`, async () => {
  const refusals = 500;
  const kernel = attached({ decisionsBytes: 1 << 20, observationsBytes: 1 << 20 });
  kernel.policies.install(policy(1), MINUTE_MS);
  kernel.policies.setRun(RUN, 1, { terminate: false });
  const drain = Promise.withResolvers<void>();
  const targets: string[] = [];
  let opens = 0;
  kernel.start((batch) => {
    for (const event of decodeBatch(batch)) {
      if (event.kind === 'open' && event.path.endsWith('/always')) opens++;
      if (event.kind !== 'connect') continue;
      expect(event).toMatchObject({
        outcome: 'prevented',
        ruling: { verdict: 'deny' },
        address: '127.0.0.1',
      });
      targets.push(String(event.port));
    }
    return drain.promise; // nothing more is taken from the rings once what may wait here does
  });
  const each = Math.floor(OPENS / refusals);
  const agent = await held(`
    for $port (1..${refusals}) {
      for (1..${each}) { open F, "<", "$ARGV[0]/always" or die; close F }
      socket S, PF_INET, SOCK_STREAM, 0 or die; connect S, pack_sockaddr_in($port, inet_aton "127.0.0.1") and die; close S;
      exit 1 if getppid != $parent;
    }`);
  kernel.tasks.label(agent.pid!, RUN);
  const ended = once(agent, 'exit');
  agent.stdin!.end('\n');
  expect((await ended)[0]).toBe(0);
  drain.resolve();
  await kernel.flush();
  expect(targets).toEqual(Array.from({ length: refusals }, (_, index) => String(index + 1)));
  const lost = kernel.lossCounts();
  expect(lost.map(({ kind }) => kind)).toEqual(['open']);
  expect(opens + Number(lost[0]!.records)).toBeGreaterThanOrEqual(each * refusals);
});
