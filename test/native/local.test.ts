/** What the addon adds to node's unix sockets: who connected, and descriptors; and pseudo-terminals. */
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { afterEach, expect, test } from 'vitest';
import { loadAddon } from '../../src/kernel/addon.ts';
import { descriptorOf, greeted, groupsOf, isOwnedBy, peerOf } from '../../src/runtime/local/peer.ts';
import { removeTree } from '../remove-tree.ts';

const addon = loadAddon();
const undo: (() => unknown)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

/** Both ends of a connection, neither of them read by node. */
async function pair(): Promise<{ client: Socket; served: Socket }> {
  const folder = mkdtempSync(join(tmpdir(), 'warder-local-'));
  undo.push(() => removeTree(folder));
  const accepted = Promise.withResolvers<Socket>();
  const server = createServer({ pauseOnConnect: true }, accepted.resolve).listen(join(folder, 's'));
  const client = connect(join(folder, 's'));
  const served = await accepted.promise;
  undo.push(
    () => [client, served].map((socket) => socket.destroy()),
    () => server.close(),
  );
  return { client, served };
}

test('who connected is told with a pidfd that says when it has ended', async () => {
  const { served } = await pair();
  const peer = peerOf(served)!;
  expect(peer).toMatchObject({ pid: process.pid, uid: process.getuid!(), gid: process.getgid!() });
  expect(addon.processEnded(peer.process)).toBe(false);
});

/** A name that a process gives itself: /proc/PID/status begins with it, its carriage returns as they are. */
function named(name: string): void {
  const before = readFileSync('/proc/self/comm', 'utf8').trimEnd();
  writeFileSync('/proc/self/comm', name);
  undo.push(() => writeFileSync('/proc/self/comm', before));
}

test('groups are those that the kernel knows, whatever a process calls itself', async () => {
  named('\rGroups:\t27182');
  const { served } = await pair();
  const own = [process.getgid!(), ...process.getgroups!()];
  expect(groupsOf(peerOf(served)!).sort()).toEqual([...new Set(own)].sort());
});

test('whose a process is is what the kernel says, whatever it calls itself', () => {
  const uid = process.getuid!();
  expect(isOwnedBy(process.pid, uid)).toBe(true);
  named(`\rUid:\t27182`);
  expect(isOwnedBy(process.pid, 27182)).toBe(false);
  expect(isOwnedBy(process.pid, uid)).toBe(true);
});

test('descriptors come with the greeting, and what is behind it is left to node', async () => {
  const { client, served } = await pair();
  const files = [1, 2, 3].map(() => openSync('/proc/self/status', 'r'));
  undo.push(() => files.map((file) => closeSync(file)));
  addon.sendDescriptors(descriptorOf(client)!, 'HELLO\n', files);
  client.write('and more');
  const received = (await greeted(served, 'HELLO\n'))!;
  expect(received).toHaveLength(3);
  for (const [at, descriptor] of received.entries()) {
    expect(fstatSync(descriptor).ino).toBe(fstatSync(files[at]!).ino);
    closeSync(descriptor);
  }
  const rest = new Promise((resolve) => served.once('data', (bytes) => resolve(String(bytes))));
  served.resume();
  expect(await rest).toBe('and more');
});

test.each([
  ['another greeting', 'HOWDY\n', 3, /a greeting of another kind/],
  ['too few descriptors', 'HELLO\n', 2, /2 descriptors/],
  ['too many descriptors', 'HELLO\n', 5, /more than 3 descriptors/],
])('%s: refused, and nothing stays open', async (_, text, count, why) => {
  const { client, served } = await pair();
  const before = openSync('/dev/null', 'r');
  closeSync(before);
  const file = openSync('/dev/null', 'r');
  addon.sendDescriptors(descriptorOf(client)!, text, Array(count).fill(file));
  closeSync(file);
  await expect(greeted(served, 'HELLO\n')).rejects.toThrow(why);
  const after = openSync('/dev/null', 'r');
  closeSync(after);
  expect(after).toBe(before);
});

test('a client that goes without a greeting has none', async () => {
  const { client, served } = await pair();
  client.destroy();
  expect(await greeted(served, 'HELLO\n')).toBeUndefined();
});

test('a pseudo-terminal is a terminal at one end, and what is typed at the other arrives there', () => {
  const { controller, terminal } = addon.openTerminal(0);
  undo.push(
    () => closeSync(controller),
    () => closeSync(terminal),
  );
  expect(isatty(terminal)).toBe(true);
  addon.resizeTerminal(controller, 24, 80);
  writeSync(controller, 'typed\n');
  const line = Buffer.alloc(16);
  expect(line.toString('utf8', 0, readSync(terminal, line))).toBe('typed\n');
});

test.each([
  ['peerOf', () => addon.peerOf(-1)],
  ['receiveDescriptors', () => addon.receiveDescriptors(0, 0, 3)],
  ['sendDescriptors', () => addon.sendDescriptors(0, 'x', Array(17).fill(0))],
  ['resizeTerminal', () => addon.resizeTerminal(0, -1, 0)],
  ['sendDatagram', () => addon.sendDatagram('x\0', 'y')],
])('%s refuses arguments that cannot be meant', (_, call) => {
  expect(call).toThrow(expect.objectContaining({ code: 'KERNEL_ARGUMENT' }));
});

test('descriptors of another kind are told with errno', () => {
  const file = openSync('/dev/null', 'r');
  undo.push(() => closeSync(file));
  expect(() => addon.peerOf(file)).toThrow(
    expect.objectContaining({ code: 'KERNEL_SOCKET', errnoName: 'ENOTSOCK' }),
  );
  expect(() => addon.resizeTerminal(file, 1, 1)).toThrow(
    expect.objectContaining({ code: 'KERNEL_TERMINAL' }),
  );
  expect(() => addon.sendDatagram('/nowhere', 'y')).toThrow(expect.objectContaining({ errnoName: 'ENOENT' }));
});
