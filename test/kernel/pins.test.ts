/** What is pinned outlives who pinned it: verdicts stay in force, labels stay, and the next one takes over without a gap. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Pins, pinnedInstances, removeInstance } from '../../src/kernel/pins.ts';
import { Sensor } from '../../src/kernel/sensor.ts';
import { removeTree } from '../remove-tree.ts';
import { cleanUp, idsOf, listed, NOTHING, options, RUN, remainsOf } from './addon-fixtures.ts';

/** Times that the holder is killed at a random moment; a soak sets more. */
const ROUNDS = Number(process.env.WARDER_PIN_ROUNDS ?? 4);
const HOLDER = new URL('./programs/hold-pins.ts', import.meta.url).pathname;
const RINGS = { decisionsBytes: 1 << 20, observationsBytes: 1 << 20 };

let instance: string;
let directory: string;
let server: Server;
let reached = 0;
const children: ChildProcess[] = [];

beforeEach(async () => {
  instance = `test-${process.pid}-${Date.now().toString(36)}`;
  directory = mkdtempSync(join(tmpdir(), 'warder-pins-'));
  copyFileSync('/usr/bin/touch', join(directory, 'denied'));
  reached = 0;
  server = createServer((socket) => {
    reached++;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  for (const child of children.splice(0)) await killed(child);
  server.close();
  await cleanUp();
  removeInstance(instance);
  removeTree(directory);
});

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

interface Holder {
  child: ChildProcess;
  lines: Interface;
}

function hold(silenceMs = 0): Holder {
  const child = spawn(process.execPath, [HOLDER, instance, join(directory, 'denied'), String(silenceMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  return { child, lines: createInterface({ input: child.stdout! }) };
}

async function ready(holder: Holder): Promise<boolean> {
  const [line] = await once(holder.lines, 'line');
  expect(line).toMatch(/^ready (true|false)$/);
  return line === 'ready true';
}

async function label(holder: Holder, pid: number): Promise<void> {
  holder.child.stdin!.write(`label ${pid}\n`);
  expect((await once(holder.lines, 'line'))[0]).toBe(`labelled ${pid}`);
}

/**
 * Tries, as fast as it can, what it may not: to connect, and to execute the denied program, in itself, in a child
 * and in a child of a child that is an orphan. `tries` counts.
 */
async function attacker(): Promise<{ pid: number; tries: () => number }> {
  const { port } = server.address() as { port: number };
  const script = `
    use IO::Socket::INET; use Time::HiRes 'usleep'; $| = 1; $SIG{CHLD} = 'IGNORE';
    print "held\\n"; <STDIN>;
    for (;;) {
      IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => ${port}, Timeout => 1) and print "CONNECTED\\n";
      if (!fork) {
        exit 0 if fork;
        exec '${directory}/denied', '${directory}/ran';
        exit 0;
      }
      print "try\\n";
      usleep 1000;
    }`;
  const child = spawn('perl', ['-e', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  children.push(child);
  let tries = 0;
  await once(child.stdout!, 'data');
  child.stdout!.on('data', (bytes: Buffer) => {
    tries += bytes.toString().split('try').length - 1;
  });
  return {
    pid: child.pid!,
    tries: () => {
      if (child.stdin!.writable) child.stdin!.end('\n');
      return tries;
    },
  };
}

async function untilMore(count: () => number, than: number): Promise<void> {
  while (count() <= than) await sleep(5);
}

function nothingHappened(): void {
  expect(reached).toBe(0);
  expect(existsSync(join(directory, 'ran'))).toBe(false);
}

test('a holder that is killed again and again leaves no moment for what is denied', async () => {
  const first = hold();
  expect(await ready(first)).toBe(false);
  const attack = await attacker();
  await label(first, attack.pid);
  await untilMore(attack.tries, 20);
  await killed(first.child);
  for (let round = 0; round < ROUNDS; round++) {
    const before = attack.tries();
    const next = hold();
    const meets = ready(next).catch(() => {});
    // From its first steps to well after it has taken over.
    if (round % 2 === 0) await Promise.race([meets, sleep(Math.random() * 1_500)]);
    else await meets;
    await sleep(Math.random() * 50);
    await killed(next.child);
    await untilMore(attack.tries, before + 20);
    nothingHappened();
  }
  const last = hold();
  expect(await ready(last)).toBe(true);
  await untilMore(attack.tries, attack.tries() + 20);
  nothingHappened();
  await killed(last.child);
  // One more takes over in this process, to look.
  const pins = Pins.open(instance, RINGS);
  const sensor = Sensor.open({ cgroup2: options().cgroupPath, ...RINGS, pins });
  expect(sensor.tasks.runOf(attack.pid)).toBe(RUN);
  expect(sensor.tasks.governed()).toContainEqual(
    expect.objectContaining({ tgid: attack.pid, tid: attack.pid, run: RUN, parentTgid: process.pid }),
  );
  sensor.close();
  pins.release();
});

test('while one holds an instance no other can, and what it holds is not taken away', async () => {
  await ready(hold());
  expect(() => Pins.open(instance, RINGS)).toThrow(/in use by another process/);
  expect(() => removeInstance(instance)).toThrow(/in use by another process/);
  expect(pinnedInstances()).toContain(instance);
});

test('a runtime that is silent for too long: nothing new is started or reached, until it is back', async () => {
  const holder = hold(400);
  await ready(holder);
  const shell = spawn('/bin/sh', ['-c', 'while read line; do /bin/true && echo ran || echo refused; done'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  children.push(shell);
  const lines = createInterface({ input: shell.stdout! });
  const tried = async () => {
    shell.stdin!.write('\n');
    return (await once(lines, 'line'))[0];
  };
  // On a machine that has no time for it the holder is silent for too long now and then, and back.
  const untilRan = async () => {
    while ((await tried()) === 'refused') await sleep(50);
  };
  expect(await tried()).toBe('ran');
  await label(holder, shell.pid!);
  await untilRan();
  holder.child.kill('SIGSTOP');
  await sleep(800);
  expect(await tried()).toBe('refused');
  holder.child.kill('SIGCONT');
  await untilRan();
  await killed(holder.child);
  await sleep(800);
  expect(await tried()).toBe('refused');
  await ready(hold(400));
  await untilRan();
});

test('labels move to maps of another form, and nothing is free meanwhile', async () => {
  const first = hold();
  await ready(first);
  const attack = await attacker();
  await label(first, attack.pid);
  await untilMore(attack.tries, 20);
  await killed(first.child);
  // Rings of another size are another layout.
  const other = { decisionsBytes: 1 << 21, observationsBytes: 1 << 20 };
  const pins = Pins.open(instance, other);
  expect(pins.inherited).toBe(false);
  expect(pins.formerLabels()).toHaveLength(1);
  const sensor = Sensor.open({ cgroup2: options().cgroupPath, ...other, pins });
  sensor.takeOver((take) => take());
  await untilMore(attack.tries, attack.tries() + 20);
  nothingHappened();
  expect(sensor.tasks.runOf(attack.pid)).toBe(RUN);
  expect(readdirSync(pins.directory).filter((name) => name.startsWith('maps-'))).toHaveLength(1);
  expect(readdirSync(pins.directory).filter((name) => name.startsWith('links-'))).toHaveLength(1);
  sensor.close();
  pins.release();
});

test('taken away, nothing is left in the kernel', async () => {
  const holder = hold();
  await ready(holder);
  const ids = idsOf(holder.child.pid!);
  expect(ids.link.length).toBeGreaterThan(5);
  await killed(holder.child);
  await sleep(200);
  expect(listed('link').has(ids.link[0]!)).toBe(true);
  const removed = removeInstance(instance);
  expect(removed).toContain('links-1/on_exec');
  expect(removed.some((name) => name.endsWith('/labels'))).toBe(true);
  expect(await remainsOf(ids)).toEqual(NOTHING);
  expect(pinnedInstances()).not.toContain(instance);
  expect(pinnedInstances().length > 0 || !existsSync('/sys/fs/bpf/warder')).toBe(true);
});
