/**
 * What the loaded programs say of real system calls is what the plain decision in TypeScript says, over generated
 * policies and actions. test/policy/agreement compares many more of the same under bpf/decide.h alone.
 * Seeded: WARDER_SEED=n repeats a run, and a failure says its seed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import type { Action } from '../../src/contract/action.ts';
import { formatAddress } from '../../src/contract/address.ts';
import { readPolicy } from '../../src/contract/policy.ts';
import { decide, prepare } from '../../src/gateway/policy/decide.ts';
import { requireHost } from '../../src/kernel/capability.ts';
import type { KernelEvent } from '../../src/kernel/events.ts';
import { encodeRows } from '../../src/kernel/policy-rows.ts';
import { decodeBatch } from '../../src/kernel/records.ts';
import { Sensor } from '../../src/kernel/sensor.ts';
import { compile } from '../../src/runtime/enforcement/compile.ts';
import { message, type Written } from '../policy/documents.ts';
import { randomAction, randomDocuments, randomFrom, times, VARIABLES } from '../policy/generate.ts';
import { removeTree } from '../remove-tree.ts';

const POLICIES = Number(process.env.WARDER_POLICIES ?? 25);
const ACTIONS = 60;
const RUN = 1;
const LEASE_MS = 600_000;
const ACTOR = new URL('./programs/actor.py', import.meta.url).pathname;
const seed = Number(process.env.WARDER_SEED ?? Math.floor(Math.random() * 2 ** 31));
const random = randomFrom(seed);

/** By category, the record that a call of the actor's makes. */
const RECORDS: Readonly<Record<string, KernelEvent['kind']>> = {
  exec: 'exec',
  read: 'open',
  write: 'open',
  connect: 'connect',
  listen: 'bind',
};

/** x86-64: exit(0), and no library that would be judged too. */
function smallestProgram(): Buffer {
  const code = Buffer.from([0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05]);
  const image = Buffer.alloc(120 + code.length);
  image.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  image.writeUInt16LE(2, 16); // executable
  image.writeUInt16LE(62, 18); // x86-64
  image.writeUInt32LE(1, 20);
  image.writeBigUInt64LE(0x400078n, 24); // entry
  image.writeBigUInt64LE(64n, 32); // program headers
  image.writeUInt16LE(64, 52);
  image.writeUInt16LE(56, 54);
  image.writeUInt16LE(1, 56);
  image.writeUInt32LE(1, 64); // PT_LOAD
  image.writeUInt32LE(5, 68); // read, execute
  image.writeBigUInt64LE(0x400000n, 80);
  image.writeBigUInt64LE(0x400000n, 88);
  image.writeBigUInt64LE(BigInt(image.length), 96);
  image.writeBigUInt64LE(BigInt(image.length), 104);
  image.writeBigUInt64LE(0x1000n, 112);
  image.set(code, 120);
  return image;
}

/** What has a call of its own that is judged on every host, by no file's content, and of a port. */
function isTried(action: Action): boolean {
  if ('path' in action) return action.path !== '/' && action.category !== 'load' && !action.sha256;
  return 'port' in action && action.port !== 0;
}

function actions(): Action[] {
  const tried: Action[] = [];
  while (tried.length < ACTIONS) {
    const action = randomAction(random);
    if (isTried(action)) tried.push(action);
  }
  return tried;
}

/** Contents are for test/e2e/content: who knows of one is the runtime. */
function withoutContents(documents: Written[]): Written[] {
  for (const { rules } of documents) {
    if (!rules.exec) continue;
    const byPath = Object.entries(rules.exec).map(([effect, patterns]) => [
      effect,
      patterns.filter((pattern) => !pattern.startsWith('sha256:')),
    ]);
    rules.exec = Object.fromEntries(byPath);
  }
  return documents;
}

function written(action: Action): object {
  if (!('port' in action)) return action;
  const { category, protocol, address, port } = action;
  return { category, protocol, address: formatAddress(address!), port };
}

let directory: string;
let sensor: Sensor | undefined;
let actor: ChildProcess | undefined;
let acting = 0;
afterEach(async () => {
  for (const pid of [acting, actor?.pid]) {
    try {
      if (pid) process.kill(pid, 'SIGKILL');
    } catch {
      // over already
    }
  }
  if (actor && actor.exitCode === null && actor.signalCode === null) await once(actor, 'exit');
  sensor?.close();
  removeTree(directory);
});

test(`programs say what the plain decision says, for ${POLICIES * ACTIONS} system calls`, async () => {
  directory = mkdtempSync(join(tmpdir(), 'warder-agreement-'));
  const cases = times(POLICIES, () => ({
    documents: withoutContents(randomDocuments(random)),
    actions: actions(),
  }));
  writeFileSync(join(directory, 'cases'), JSON.stringify(cases.map((each) => each.actions.map(written))));
  writeFileSync(join(directory, 'program'), smallestProgram());
  const kernel = Sensor.open({ cgroup2: requireHost().cgroup2 });
  sensor = kernel;
  kernel.attach();
  let seen: KernelEvent[] = [];
  kernel.start((batch) => {
    for (const event of decodeBatch(batch)) seen.push(event);
  });
  const words = [ACTOR, join(directory, 'cases'), join(directory, 'program')];
  const child = spawn('python3', words, { stdio: ['pipe', 'pipe', 'inherit'] });
  actor = child;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  acting = Number((await lines.next()).value);
  expect(acting).toBeGreaterThan(0);
  kernel.policies.setRun(RUN, 0, { terminate: false });
  kernel.tasks.label(acting, RUN);
  const verdicts = new Map<string, number>();
  for (const [index, { documents, actions: tried }] of cases.entries()) {
    const effective = message(...documents);
    const ready = prepare(readPolicy(effective), { variables: VARIABLES, homes: ['/h/v'] });
    const rows = encodeRows(
      compile(effective, { variables: VARIABLES, homes: ['/h/v'], readLink: () => null }),
      index + 1,
    );
    kernel.policies.install(rows, LEASE_MS);
    kernel.policies.setRun(RUN, index + 1, { terminate: false });
    child.stdin.write('go\n');
    expect((await lines.next()).value).toBe('done');
    await kernel.flush();
    kernel.policies.remove(rows);
    const kinds = new Set(Object.values(RECORDS));
    const events = seen
      .filter(({ kind }) => kinds.has(kind))
      .sort((one, other) => Number(one.timeNs - other.timeNs));
    seen = [];
    const found = events.map(({ kind, ruling, would }) => ({ kind, ...ruling, would }));
    const expected = tried.map((action) => ({ kind: RECORDS[action.category], ...decide(ready, action) }));
    for (const [at, action] of tried.entries()) {
      const about = JSON.stringify({ seed, policy: index, action: written(action), documents }, null, 1);
      expect({ ...found[at], would: { ...found[at]?.would } }, about).toEqual(expected[at]);
      const key = `${action.category} ${expected[at]!.verdict}`;
      verdicts.set(key, (verdicts.get(key) ?? 0) + 1);
    }
    expect(found.length, `seed ${seed}: records of policy ${index}`).toBe(tried.length);
  }
  for (const category of Object.keys(RECORDS)) {
    for (const verdict of ['allow', 'deny']) {
      expect(verdicts.get(`${category} ${verdict}`), `${category} ${verdict}`).toBeGreaterThan(0);
    }
  }
});
