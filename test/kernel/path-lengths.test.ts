/**
 * Paths of every length and depth, and names with dots at every place: what the programs take apart by words and by
 * steps, with another way behind the first few, is told whole and judged as the plain decision judges it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPolicy } from '../../src/contract/policy.ts';
import { decide, prepare } from '../../src/gateway/policy/decide.ts';
import { requireHost } from '../../src/kernel/capability.ts';
import type { OpenEvent } from '../../src/kernel/events.ts';
import { encodeRows } from '../../src/kernel/policy-rows.ts';
import { decodeBatch } from '../../src/kernel/records.ts';
import { Sensor } from '../../src/kernel/sensor.ts';
import { compile } from '../../src/runtime/enforcement/compile.ts';
import { message } from '../policy/documents.ts';
import { removeTree } from '../remove-tree.ts';

const RUN = 1;
const LEASE_MS = 600_000;
/** Bytes of the longest name or extension that a rule can have, and the dots that rules count: bpf/policy.h. */
const LONGEST = 64;
const DOTS = 4;
/** Opens each of the files that standard input names, when it is told to. Where BPF LSM programs run, denied ones are refused. */
const OPENER = `
import os, sys
def opened(path):
    try: os.close(os.open(path, os.O_RDONLY))
    except PermissionError: pass
print('ready', flush=True)
paths = sys.stdin.readline().rstrip('\\n').split('|')
for path in paths: opened(path)
print('done', flush=True)
sys.stdin.readline()
`;

let directory: string;
let sensor: Sensor | undefined;
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'warder-lengths-')));
});
afterEach(() => {
  sensor?.close();
  removeTree(directory);
});

/** What is told of each open, and what the policy says of it without the kernel. */
async function judged(paths: readonly string[], deny: readonly string[]) {
  const kernel = Sensor.open({ cgroup2: requireHost().cgroup2 });
  sensor = kernel;
  kernel.attach();
  const opens: OpenEvent[] = [];
  kernel.start((batch) => {
    for (const event of decodeBatch(batch)) if (event.kind === 'open') opens.push(event);
  });
  const document = message({ rules: { read: { allow: ['/**'], deny: [...deny] } } });
  const about = { variables: { workspace: directory, home: '/h/v', run: directory }, homes: [] };
  kernel.policies.install(encodeRows(compile(document, { ...about, readLink: () => null }), 1), LEASE_MS);
  kernel.policies.setRun(RUN, 1, { terminate: false });
  const opener = spawn('python3', ['-c', OPENER], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const lines = createInterface({ input: opener.stdout })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('ready');
    kernel.tasks.label(opener.pid!, RUN);
    opener.stdin.write(`${paths.join('|')}\n`);
    expect((await lines.next()).value).toBe('done');
  } finally {
    opener.stdin.end();
    await once(opener, 'exit');
  }
  await kernel.flush();
  const ready = prepare(readPolicy(document), about);
  return {
    told: opens
      .filter(({ path }) => path.startsWith(directory))
      .map(({ path, ruling }) => ({ path, verdict: ruling.verdict }))
      .sort(byPath),
    expected: paths
      .map((path) => ({ path, verdict: decide(ready, { category: 'read', path }).verdict }))
      .sort(byPath),
  };
}

/** Refusals have a ring of their own, so that they may come before what was opened earlier. */
function byPath(one: { path: string }, other: { path: string }): number {
  return one.path < other.path ? -1 : Number(one.path > other.path);
}

test('an extension is found wherever its dot stands, up to the longest that a rule can have', async () => {
  const endings = Array.from({ length: LONGEST + 8 }, (_, length) => `.${'x'.repeat(length)}`);
  const several = Array.from({ length: DOTS + 3 }, (_, count) => '.y1234'.repeat(count + 1));
  const names = [
    ...endings.flatMap((ending) => [`n${ending}`, `a-longer-name${ending}`]),
    ...several.flatMap((ending) => [`n${ending}`, `${ending}z`]),
    '.hidden',
    'plain',
    'plain-of-more-than-eight',
  ];
  for (const name of names) writeFileSync(join(directory, name), '');
  const paths = names.map((name) => join(directory, name));
  const deny = [
    ...endings.filter(({ length }) => length % 3 === 2 && length <= LONGEST).map((ending) => `**/*${ending}`),
    ...several.slice(1, DOTS).map((ending) => `**/*${ending}`),
    '**/*.hidden',
  ];
  const { told, expected } = await judged(paths, deny);
  expect(told).toEqual(expected);
  const denied = expected.filter(({ verdict }) => verdict === 'deny').length;
  expect(denied).toBeGreaterThan(endings.length / 2);
  expect(expected.length - denied).toBeGreaterThan(endings.length / 2);
});

test('a path is told whole at every length and depth, and the name that a rule denies is found at each of its depths', async () => {
  const paths: string[] = [];
  let at = directory;
  for (let depth = 1; depth <= 24; depth++) {
    at = join(at, 'd'.repeat(1 + (depth % 9)));
    mkdirSync(at);
    for (const name of ['f', 'exactly8', 'denied']) {
      paths.push(join(at, name));
      writeFileSync(paths.at(-1)!, '');
    }
    mkdirSync(join(at, 'locked'));
    paths.push(join(at, 'locked', 'f'));
    writeFileSync(paths.at(-1)!, '');
  }
  for (let length = 1; length <= 200; length++) {
    paths.push(join(directory, 'n'.repeat(length)));
    writeFileSync(paths.at(-1)!, '');
  }
  const { told, expected } = await judged(paths, ['**/denied', '**/locked']);
  expect(told).toEqual(expected);
  expect(expected.filter(({ verdict }) => verdict === 'deny')).toHaveLength(48);
});
