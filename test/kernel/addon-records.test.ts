/** Records of the real kernel, decoded: each field against what the file system and the process say of it. */
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadAddon } from '../../src/kernel/addon.ts';
import type { ExecEvent, KernelEvent, OpenEvent, SocketEvent } from '../../src/kernel/events.ts';
import { enums } from '../../src/kernel/generated/layout.ts';
import { decodeBatch } from '../../src/kernel/records.ts';
import { kernelBytes } from '../../src/kernel/text.ts';
import { removeTree } from '../remove-tree.ts';
import { attachedSensor, cleanUp, holdShell, key32, label, REFUSED_EXEC, RUN } from './addon-fixtures.ts';

const FLAG = enums.event_flag;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'warder-records-'));
});
afterEach(async () => {
  await cleanUp();
  removeTree(directory);
});

/** All events of a shell that runs `script` under run 1, and its raw batches. */
async function eventsOf(script: string): Promise<{ events: KernelEvent[]; batches: Buffer[]; pid: number }> {
  const sensor = attachedSensor();
  const events: KernelEvent[] = [];
  const batches: Buffer[] = [];
  sensor.start((batch) => {
    batches.push(Buffer.from(batch));
    events.push(...decodeBatch(batch));
  });
  const shell = holdShell(`cd ${directory}; ${script}`);
  sensor.labelProcess(shell.pid, label(RUN));
  await shell.finish();
  await sensor.flush();
  return { events, batches, pid: shell.pid };
}

function execs(events: readonly KernelEvent[]): ExecEvent[] {
  return events.filter((event) => event.kind === 'exec');
}

function opens(events: readonly KernelEvent[], path: string): OpenEvent[] {
  return events.filter((event) => event.kind === 'open').filter((event) => event.path === path);
}

function sockets(events: readonly KernelEvent[]): SocketEvent[] {
  return events.filter((event): event is SocketEvent => event.kind === 'connect' || event.kind === 'send');
}

/**
 * The kernel's dev_t of the file system that a file is on: 12 bits of major, 20 of minor. Not stat(2)'s, which on
 * overlayfs and btrfs is made up for each layer and subvolume.
 */
function kernelDevice(file: string): number {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , , , point]) => `${realpathSync(file)}/`.startsWith(point === '/' ? '/' : `${point}/`));
  // The longest mount point holds the file; of several there the last one mounted.
  const mount = mounts.reduce((best, next) => (next[4]!.length >= best[4]!.length ? next : best));
  const [major, minor] = mount[2]!.split(':').map(Number);
  return major! * 2 ** 20 + minor!;
}

test('an exec tells the program, its arguments, where it runs and what was run', async () => {
  const before = loadAddon().clocks().bootNs;
  const { events, pid } = await eventsOf("exec /bin/echo one 'two words' '' último");
  const after = loadAddon().clocks().bootNs;
  const [exec] = execs(events);
  const file = statSync('/bin/echo', { bigint: true });
  expect(exec).toMatchObject({
    kind: 'exec',
    tgid: pid,
    tid: pid,
    run: RUN,
    policy: 1,
    uid: 0,
    gid: 0,
    comm: 'echo',
    flags: 0,
    path: realpathSync('/bin/echo'),
    script: '',
    workingDirectory: directory,
    argc: 5,
    argv: ['/bin/echo', 'one', 'two words', '', 'último'],
    parentTgid: process.pid,
    inode: file.ino,
    sizeBytes: file.size,
    ctimeNs: file.ctimeNs,
    device: kernelDevice('/bin/echo'),
    outcome: 'done',
    ruling: { verdict: 'allow', reason: 'rule' },
  });
  expect(exec!.would).toBe(exec!.ruling);
  expect(exec!.timeNs > before && exec!.timeNs < after).toBe(true);
  expect(exec!.startNs < exec!.timeNs).toBe(true);
  expect(exec!.cgroupId > 0n).toBe(true);
});

test('a script tells its own name and its interpreter', async () => {
  writeFileSync(join(directory, 'tool'), '#!/bin/sh -e\nexit 0\n', { mode: 0o755 });
  const { events } = await eventsOf('./tool argument; true');
  const [exec] = execs(events);
  expect(exec).toMatchObject({
    path: realpathSync('/bin/sh'),
    script: './tool',
    argv: ['/bin/sh', '-e', './tool', 'argument'],
    comm: 'tool',
  });
  expect(exec!.flags & FLAG.EVENT_SCRIPT).toBe(FLAG.EVENT_SCRIPT);
});

test('fork, exec and exit of one process have one identity, and the parent is the one that forked', async () => {
  const { events, pid } = await eventsOf('/bin/false; true');
  const [fork] = events.filter((event) => event.kind === 'fork');
  const [exec] = execs(events);
  const exit = events.find((event) => event.kind === 'exit' && event.tgid === fork!.tgid);
  expect(fork).toMatchObject({ parentTgid: pid, ruling: { verdict: 'none', reason: 'none' } });
  expect(exec).toMatchObject({ tgid: fork!.tgid, startNs: fork!.startNs, parentTgid: pid });
  expect(exec!.parentStartNs).toBe(fork!.parentStartNs);
  expect(exit).toMatchObject({ startNs: fork!.startNs, status: 1 << 8 });
});

test('a signal shows in the exit status as wait(2) gives it', async () => {
  const { events, pid } = await eventsOf('kill -TERM $$');
  expect(events.find((event) => event.kind === 'exit' && event.tgid === pid)).toMatchObject({ status: 15 });
});

test('an open tells the resolved path, whatever was passed', async () => {
  const file = join(directory, 'file');
  writeFileSync(file, 'text');
  symlinkSync(file, join(directory, 'link'));
  const { events } = await eventsOf('read x < link; read x < ../../proc/self/cwd/./link');
  const stat = statSync(file, { bigint: true });
  const found = opens(events, file);
  expect(found).toHaveLength(2);
  expect(found[0]).toMatchObject({
    inode: stat.ino,
    sizeBytes: 4n,
    mode: Number(stat.mode),
    device: kernelDevice(file),
    category: enums.category.CATEGORY_READ,
    flags: 0,
  });
});

test('an open for writing is judged as one, and tells how it may write', async () => {
  const { events } = await eventsOf('echo x > new; echo y >> new');
  const [created, appended] = opens(events, join(directory, 'new'));
  const O_WRONLY = 0o1;
  const O_APPEND = 0o2000;
  expect(created!.openFlags & (O_WRONLY | O_APPEND)).toBe(O_WRONLY);
  expect(appended!.openFlags & (O_WRONLY | O_APPEND)).toBe(O_WRONLY | O_APPEND);
  expect([created, appended].map((open) => open!.category)).toEqual([
    enums.category.CATEGORY_WRITE,
    enums.category.CATEGORY_WRITE,
  ]);
});

test('names that are not UTF-8 keep their bytes', async () => {
  const { events } = await eventsOf(`f=$(printf 'a\\377\\303b\\357\\277\\275'); : > "$f"; /bin/echo "$f"`);
  const name = Buffer.from('a\xff\xc3b\xef\xbf\xbd', 'latin1');
  const open = events.find((event) => event.kind === 'open' && event.path.startsWith(join(directory, 'a')));
  const text = 'a\ufffdff\ufffdc3b\ufffdef\ufffdbf\ufffdbd';
  expect(open).toMatchObject({ path: join(directory, text) });
  expect(execs(events)[0]!.argv[1]).toBe(text);
  expect(kernelBytes(text)).toEqual(name);
});

test('arguments beyond what is kept are cut, and flagged', async () => {
  const { events } = await eventsOf(`exec /bin/echo $(printf 'x%.0s' $(seq 5000)) end`);
  const exec = execs(events).at(-1);
  expect(exec!.flags & FLAG.EVENT_CUT_ARGV).toBe(FLAG.EVENT_CUT_ARGV);
  expect(exec!.argv[0]).toBe('/bin/echo');
  expect(exec!.argv[1]).toMatch(/^x{4000,4090}$/);
  expect(exec!.argv).toHaveLength(2);
});

test('a removed program is deleted, and its policy cannot name it', async () => {
  copyFileSync('/bin/sleep', join(directory, 'gone'));
  const { events } = await eventsOf('exec 9< gone; rm gone; exec /proc/self/fd/9 0');
  const gone = execs(events).at(-1);
  expect(gone!.flags & FLAG.EVENT_DELETED).toBe(FLAG.EVENT_DELETED);
  expect(gone).toMatchObject({ ruling: { verdict: 'deny', reason: 'unresolved' }, outcome: 'prevented' });
});

test('connections and datagrams tell address, port and protocol; nothing allows them here', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const program = `
const attempt = (family, host) => new Promise((done) =>
  require('node:net').connect({ host, port: ${port}, family }).once('error', done).once('connect', done));
const send = (type, host) => new Promise((done) => {
  const socket = require('node:dgram').createSocket(type).once('error', done);
  socket.send('x', 5353, host, done);
});
attempt(4, '127.0.0.1')
  .then(() => attempt(6, '::1'))
  .then(() => attempt(6, '::ffff:127.0.0.1'))
  .then(() => send('udp4', '127.0.0.1'))
  .then(() => send('udp6', '2001:db8::1:0:0:1'))
  .then(() => process.exit(0));`;
  writeFileSync(join(directory, 'attempts.cjs'), program);
  const { events } = await eventsOf(`exec ${process.execPath} attempts.cjs`);
  server.close();
  const refused = { outcome: 'prevented', ruling: { verdict: 'deny', reason: 'no_category' } };
  expect(sockets(events)).toMatchObject([
    { kind: 'connect', family: 'ipv4', address: '127.0.0.1', port, protocol: 6, ...refused },
    { kind: 'connect', family: 'ipv6', address: '::1', port, protocol: 6, ...refused },
    { kind: 'connect', family: 'ipv4', address: '127.0.0.1', port, protocol: 6, ...refused },
    { kind: 'send', family: 'ipv4', address: '127.0.0.1', port: 5353, protocol: 17, ...refused },
    { kind: 'send', family: 'ipv6', address: '2001:db8::1:0:0:1', port: 5353, protocol: 17, ...refused },
  ]);
});

test('the user that acts is the effective one', async () => {
  const { events } = await eventsOf(`exec setpriv --reuid=65534 --regid=65533 --clear-groups /bin/true`);
  expect(execs(events).map(({ path, uid, gid }) => [path, uid, gid])).toEqual([
    ['/usr/bin/setpriv', 0, 0],
    ['/usr/bin/true', 65534, 65533],
  ]);
});

test('without a policy nothing is allowed, and the reason says so', async () => {
  const sensor = attachedSensor();
  sensor.mapDelete('policies', key32(1), 1);
  const events: KernelEvent[] = [];
  sensor.start((batch) => {
    events.push(...decodeBatch(batch));
  });
  const shell = holdShell('exec /bin/true');
  sensor.labelProcess(shell.pid, label(RUN));
  expect(REFUSED_EXEC).toContain(await shell.finish());
  await sensor.flush();
  expect(execs(events)).toMatchObject([
    {
      path: '/usr/bin/true',
      outcome: 'prevented',
      ruling: { verdict: 'deny', reason: 'no_policy', rule: 0 },
    },
  ]);
});

test('a batch cut short anywhere is refused or ends at a record, never read beyond', async () => {
  const { batches } = await eventsOf(`/bin/echo ${hostname()}; true < /etc/hostname`);
  const batch = Buffer.concat(batches);
  const whole = decodeBatch(batch).length;
  for (let length = 0; length < batch.length; length += 4) {
    const cut = Buffer.from(batch.subarray(0, length));
    let events: KernelEvent[];
    try {
      events = decodeBatch(cut);
    } catch (error) {
      expect(error).toMatchObject({ code: 'KERNEL_RECORD' });
      expect((error as Error).message).toMatch(
        /says \d+ bytes, \d+ left|has no room for its head of 80 bytes, \d+ left/,
      );
      continue;
    }
    expect(events.length).toBeLessThan(whole);
  }
});

test('any byte turned over is refused or decoded, never a crash, and never more text than the record has', async () => {
  const { batches } = await eventsOf('/bin/echo x; true < /etc/hostname');
  const batch = Buffer.concat(batches);
  for (let at = 0; at < batch.length; at++) {
    for (const bit of [0x01, 0x80]) {
      const turned = Buffer.from(batch);
      turned[at]! ^= bit;
      try {
        decodeBatch(turned);
      } catch (error) {
        expect(error).toMatchObject({ code: 'KERNEL_RECORD' });
      }
    }
  }
});
