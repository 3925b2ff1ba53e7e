/**
 * The same spilling agent under the services: what goes over the wire between runtime and gateway, what the gateway keeps
 * on disk, and what lies in the memory of its process, which nobody has to trust with a secret.
 */
import { closeSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filesUnder, ORDINARY } from './governed.ts';
import {
  cleanUp,
  eventually,
  fleetPolicy,
  later,
  type ServiceProcess,
  services,
  warder,
} from './services.ts';
import { leaks, SPILL } from './spill.ts';

const MARK = '[REDACTED:github-token]';
const CHUNK = 1 << 20;
const EMPTY = Buffer.alloc(CHUNK);
/** More than the longest form of a secret: what lies across the seam of two pieces is in one of them whole. */
const SEAM = 4096;

let gateway: ServiceProcess;
let state: string;
let logs: string[];
const wire: Buffer[] = [];

/** Puts itself where the gateway's socket was, and passes on what comes, both ways, keeping a copy. */
async function tap(socket: string): Promise<void> {
  const behind = `${socket}.behind`;
  renameSync(socket, behind);
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const onward = connect(behind);
    for (const [from, to] of [
      [client, onward],
      [onward, client],
    ] as const) {
      open.add(from);
      from.on('data', (bytes: Buffer) => {
        wire.push(bytes);
        to.write(bytes);
      });
      from.on('error', () => {}).on('close', () => to.end());
    }
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  later(() => {
    for (const one of open) one.destroy();
    server.close();
  });
}

/** Readable, writable memory of a process, piece by piece, each with the end of the one before. */
function* memoryOf(pid: number): Generator<Buffer> {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n')) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      if (!from || !to) continue;
      const end = Number.parseInt(to, 16);
      for (let at = Number.parseInt(from, 16); at < end; at += CHUNK - SEAM) {
        const piece = Buffer.alloc(Math.min(CHUNK, end - at));
        const read = readSomeOf(memory, piece, at);
        if (EMPTY.compare(piece, 0, read, 0, read) !== 0) yield piece.subarray(0, read);
      }
    }
  } finally {
    closeSync(memory);
  }
}

/** Memory may go while it is read. */
function readSomeOf(memory: number, into: Buffer, at: number): number {
  try {
    return readSync(memory, into, 0, into.length, at);
  } catch {
    return 0;
  }
}

beforeAll(async () => {
  const at = services(fleetPolicy(ORDINARY));
  gateway = await at.gateway();
  state = at.gatewayState;
  await tap(join(state, 'gateways', `${gateway.process.pid}.sock`));
  const runtime = await at.runtime();
  await runtime.said(/attached/);
  writeFileSync(join(at.workspace, 'spill.sh'), SPILL);
  const words = [
    'run',
    '--socket',
    at.socket,
    '--agent',
    'acme/e2e/spiller',
    '--',
    '/usr/bin/sh',
    'spill.sh',
  ];
  const { code, stderr } = await warder(words, { cwd: at.workspace }).ended;
  expect(code).toBe(0);
  logs = [stderr];
  await eventually(() => expect(Buffer.concat(wire).includes(MARK)).toBe(true));
  await runtime.stop();
  logs.push(runtime.log());
}, 120_000);
afterAll(cleanUp);

test('the wire carried the events, without a secret', () => {
  const bytes = Buffer.concat(wire);
  expect(bytes.includes(MARK)).toBe(true);
  expect(bytes.includes('back-[REDACTED:')).toBe(true);
  expect(leaks('the wire', bytes)).toEqual([]);
});

test("the gateway's memory has the events, without a secret", () => {
  let marks = 0;
  const found: string[] = [];
  for (const piece of memoryOf(gateway.process.pid!)) {
    if (piece.includes(MARK)) marks++;
    found.push(...leaks("the gateway's memory", piece));
  }
  expect(marks).toBeGreaterThan(0);
  expect(found).toEqual([]);
});

test('nor do its files, nor the logs of both', () => {
  const files = filesUnder(state);
  expect(files.length).toBeGreaterThan(0);
  expect(files.flatMap((file) => leaks(file, readFileSync(file)))).toEqual([]);
  logs.push(gateway.log());
  expect(leaks('logs', Buffer.from(logs.join('\n')))).toEqual([]);
});
