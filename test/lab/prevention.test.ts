/**
 * With BPF LSM a refusal comes before the effect: the call fails with EPERM, the file is as it was, and the agent goes on.
 * (Without LSM the same policy can only end the process, after the effect: test/e2e.) One run with many attempts, for
 * starting Warder is what takes time in the lab.
 */
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  cleanUp,
  finished,
  type JsonEvent,
  ORDINARY,
  type Outcome,
  place,
  policyOf,
  start,
} from '../e2e/governed.ts';

/** Each in a shell of its own: what it does, and the category that refuses it. */
const ATTEMPTS = {
  'a denied program': { script: 'exec id', category: 'exec' },
  'a read where no rule allows it': { script: 'exec cat "$T/secret.txt"', category: 'read' },
  'a read of a name that is denied': { script: 'exec cat secret.txt', category: 'read' },
  'a read through a symbolic link': { script: 'exec cat link-to-secret', category: 'read' },
  'a read through a hard link': { script: 'exec cat "$T/hard.txt"', category: 'read' },
  'truncation by an open': { script: ': > "$T/kept"', category: 'write' },
  appending: { script: 'echo more >> "$T/kept"', category: 'write' },
  'truncate(2)': {
    script: 'exec perl -e \'truncate($ARGV[0], 0) or die "$!\\n"\' "$T/kept"',
    category: 'write',
  },
  creation: { script: ': > "$T/new"', category: 'write' },
  unlink: { script: 'exec rm -f "$T/kept"', category: 'write' },
  'rename away': { script: 'exec mv "$T/kept" here', category: 'write' },
  'rename over': { script: 'echo mine > mine; exec mv -f mine "$T/kept"', category: 'write' },
  'a hard link out': { script: 'exec ln "$T/kept" mine-too', category: 'write' },
  'a symbolic link made': { script: 'exec ln -s /etc/passwd "$T/link"', category: 'write' },
  mkdir: { script: 'exec mkdir "$T/new"', category: 'write' },
  rmdir: { script: 'exec rmdir "$T/empty"', category: 'write' },
  mknod: { script: 'exec mkfifo "$T/new"', category: 'write' },
  chmod: { script: 'exec chmod 777 "$T/kept"', category: 'write' },
  chown: { script: 'exec chown 1:1 "$T/kept"', category: 'write' },
  'a TCP connection': {
    script:
      'exec perl -MIO::Socket::INET -e \'IO::Socket::INET->new(PeerAddr => $ENV{PEER}) or die "$!\\n"\'',
    category: 'connect',
  },
} as const;

type Name = keyof typeof ATTEMPTS;

let outcome: Outcome;
let target: string;
let connections = 0;
const statuses = new Map<Name, number>();

beforeAll(async () => {
  const at = place(policyOf(`${ORDINARY}  connect: []\n`));
  target = join(at.directory, 'target');
  for (const directory of [target, join(target, 'empty')]) mkdirSync(directory);
  writeFileSync(join(target, 'secret.txt'), 'hunter2');
  writeFileSync(join(target, 'kept'), 'kept');
  linkSync(join(target, 'secret.txt'), join(target, 'hard.txt'));
  writeFileSync(join(at.workspace, 'secret.txt'), 'hunter2');
  symlinkSync(join(target, 'secret.txt'), join(at.workspace, 'link-to-secret'));
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const names = Object.keys(ATTEMPTS) as Name[];
  const script = names
    .map((name, index) => `(${ATTEMPTS[name].script}); echo "status ${index} $?"`)
    .concat('touch -d 2001-02-03 dated && cp -p dated copied')
    .join('\n');
  try {
    const agent = ['env', `T=${target}`, `PEER=127.0.0.1:${port}`, 'sh', '-c', script];
    outcome = await finished(start(at, agent), at);
  } finally {
    server.close();
  }
  for (const [, index, status] of outcome.stdout.matchAll(/^status (\d+) (\d+)$/gm)) {
    statuses.set(names[Number(index)]!, Number(status));
  }
});

afterAll(cleanUp);

function refusals(category: string): JsonEvent[] {
  return outcome.events.filter(
    ({ decision }) => decision?.category === category && decision.verdict === 'VERDICT_DENY',
  );
}

test.each(Object.keys(ATTEMPTS) as Name[])('%s fails, and nobody is killed for it', (name) => {
  expect(statuses.get(name)).toBeGreaterThan(0);
  expect(statuses.get(name)).toBeLessThan(128);
});

test('every refusal is told as prevented, and none as anything else', () => {
  for (const category of new Set(Object.values(ATTEMPTS).map((attempt) => attempt.category))) {
    const found = refusals(category);
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found.map(({ decision }) => decision?.outcome))).toEqual(new Set(['OUTCOME_PREVENTED']));
  }
});

test('nothing of what was denied happened', () => {
  expect(outcome.stdout).not.toMatch(/hunter2|uid=/);
  expect(readFileSync(join(target, 'kept'), 'utf8')).toBe('kept');
  expect(readdirSync(target).sort()).toEqual(['empty', 'hard.txt', 'kept', 'secret.txt']);
  expect(statSync(join(target, 'kept'))).toMatchObject({ uid: 0, gid: 0, nlink: 1 });
  expect(statSync(join(target, 'kept')).mode & 0o777).toBe(0o644);
  expect(existsSync(join(outcome.place.workspace, 'here'))).toBe(false);
  expect(connections).toBe(0);
});

test('what is allowed went on in between: the workspace has what the agent wrote there', () => {
  expect(lstatSync(join(outcome.place.workspace, 'mine')).size).toBe(5);
  expect(lstatSync(join(outcome.place.workspace, 'copied')).mtime.getFullYear()).toBe(2001);
});

test('the events of names and metadata say which file was meant', () => {
  const named = JSON.stringify(refusals('write'));
  for (const name of ['kept', 'new', 'empty', 'link']) expect(named).toContain(join(target, name));
});
