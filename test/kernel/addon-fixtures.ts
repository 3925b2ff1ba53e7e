/**
 * What tests of the addon share: a sensor that a test closes, a policy that allows everything, a process held
 * until it is labelled, and what the kernel holds for a process.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { loadAddon, type NativeSensor, type SensorOptions } from '../../src/kernel/addon.ts';
import { enums, layout } from '../../src/kernel/generated/layout.ts';
import { programsToAttach } from '../../src/kernel/mechanisms.ts';

export const RUN = 1;
const POLICY = 1;
const KINDS_WITH_PATHS = [
  enums.category.CATEGORY_EXEC,
  enums.category.CATEGORY_READ,
  enums.category.CATEGORY_WRITE,
  enums.category.CATEGORY_LOAD,
];

const open: { close(): void }[] = [];
const children: ChildProcess[] = [];

/** For afterEach: nothing that a test opened outlives it, whatever failed. */
export async function cleanUp(): Promise<void> {
  for (const sensor of open.splice(0)) sensor.close();
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

export function options(overrides: Partial<SensorOptions> = {}): SensorOptions {
  const { cgroup2 } = loadAddon().hostFacts();
  if (cgroup2 === null)
    throw new Error('kernel tests need cgroup2: mount -t cgroup2 none /sys/fs/cgroup/unified');
  return {
    cgroupPath: cgroup2,
    decisionsBytes: 1 << 20,
    observationsBytes: 1 << 22,
    backlogBytes: 1 << 22,
    ...overrides,
  };
}

export function openSensor(overrides: Partial<SensorOptions> = {}): NativeSensor {
  const sensor = loadAddon().openSensor(options(overrides));
  open.push(sensor);
  return sensor;
}

/** The programs that Warder attaches on this host; run 1 may do everything. */
export function attachedSensor(overrides: Partial<SensorOptions> = {}): NativeSensor {
  const sensor = openSensor(overrides);
  allowEverything(sensor);
  sensor.attach(programsToAttach(availablePrograms(sensor)));
  return sensor;
}

export function availablePrograms(sensor: NativeSensor): string[] {
  return sensor
    .programs()
    .filter((program) => program.available)
    .map((program) => program.name);
}

export function key32(number: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32LE(number);
  return key;
}

/** Every path, in the form of the base layer: allowed without a category. Connections stay denied. */
export function allowEverything(sensor: NativeSensor, runs: readonly number[] = [RUN]): void {
  for (const category of KINDS_WITH_PATHS) {
    const { key, value } = pathRow(category, '/');
    sensor.mapWrite('path_rules', key, value, 1);
  }
  const policy = Buffer.alloc(layout.policy.size);
  policy.writeBigUInt64LE(1n << 62n, layout.policy.fields.lease_until_ns.offset);
  sensor.mapWrite('policies', key32(POLICY), policy, 1);
  const run = Buffer.alloc(layout.run.size);
  run.writeUInt32LE(POLICY, layout.run.fields.policy.offset);
  for (const number of runs) sensor.mapWrite('runs', key32(number), run, 1);
}

export function pathRow(category: number, prefix: string, policy = POLICY): { key: Buffer; value: Buffer } {
  const { fields, size } = layout.path_key;
  const key = Buffer.alloc(size);
  key.writeUInt32LE(8 * (8 + prefix.length), fields.prefix_bits.offset);
  key.writeUInt32LE(policy, fields.policy.offset);
  key.writeUInt32LE(category, fields.category.offset);
  key.write(prefix, fields.path.offset, 'latin1');
  const value = Buffer.alloc(layout.rule_match.size);
  value.writeUInt16LE(0xffff, layout.rule_match.fields.allow.offset);
  return { key, value };
}

export function label(run: number): Buffer {
  const bytes = Buffer.alloc(layout.label.size);
  bytes.writeUInt32LE(run, layout.label.fields.run.offset);
  return bytes;
}

/**
 * How a shell can end whose exec is refused: with LSM the call fails, and the shell says so; without, SIGKILL comes
 * before the first instruction of what it became.
 */
export const REFUSED_EXEC: readonly (number | string)[] = ['SIGKILL', 126, 127];

export interface HeldProcess {
  pid: number;
  /** Lets it go on; resolves with its exit code, or the signal that ended it. */
  finish(): Promise<number | string>;
}

/** A shell that waits for one line and then runs `script`, without a fork of its own before. */
export function holdShell(script: string): HeldProcess {
  const child = spawn('/bin/sh', ['-c', `read line; ${script}`], { stdio: ['pipe', 'ignore', 'inherit'] });
  const shell = held(child);
  untilItReads(shell.pid);
  return shell;
}

/** Before that it still loads its libraries, which is not what a test wants to see judged. */
function untilItReads(pid: number): void {
  const deadline = Date.now() + 60_000;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  // The call that it sleeps in, and its first argument: read (0 on x86-64, 63 on arm64) of descriptor 0.
  while (!/^(0|63) 0x0 /.test(readFileSync(`/proc/${pid}/syscall`, 'utf8'))) {
    if (Date.now() > deadline) throw new Error(`process ${pid} does not come to its read`);
    Atomics.wait(pause, 0, 0, 1);
  }
}

/** A perl that opens and closes one file `times` times, and nothing else. */
export async function holdOpener(times: number, file = '/etc/hostname'): Promise<HeldProcess> {
  return await holdLoop(times, `open F, "<", "${file}" or exit 1; close F;`);
}

/** A perl that does the same thing `times` times: it is held behind its own start-up. It ends with the process that started it. */
export async function holdLoop(times: number, step: string, before = ''): Promise<HeldProcess> {
  const script = `
    ${before} $parent = getppid; $| = 1; print "ready\n"; <STDIN>;
    for (1..${times}) {
      ${step}
      exit 2 if $_ % 1000 == 0 && getppid != $parent;
    }`;
  const child = spawn('perl', ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const looping = held(child);
  await once(child.stdout!, 'data');
  return looping;
}

function held(child: ChildProcess): HeldProcess {
  children.push(child);
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | string);
  return {
    pid: child.pid!,
    finish: () => {
      child.stdin!.end('\n');
      return ended;
    },
  };
}

/** Ids of what a process holds in the kernel through its descriptors. */
export interface KernelIds {
  prog: number[];
  map: number[];
  link: number[];
}

export function idsOf(pid: number | 'self' = 'self'): KernelIds {
  const ids: KernelIds = { prog: [], map: [], link: [] };
  for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
    let info: string;
    try {
      info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
    } catch {
      continue; // the descriptor of the listing itself
    }
    // A link's fdinfo names its program too: that is the same program.
    for (const kind of ['prog', 'map', 'link'] as const) {
      const found = new RegExp(`^${kind}_id:\\s*(\\d+)$`, 'm').exec(info);
      if (found) ids[kind].push(Number(found[1]));
    }
  }
  return ids;
}

/** Which of these the kernel still has; waits a little, for it lets go in the background. */
export async function remainsOf(ids: KernelIds): Promise<KernelIds> {
  for (let tries = 0; ; tries++) {
    const remains = {
      prog: ids.prog.filter((id) => listed('prog').has(id)),
      map: ids.map.filter((id) => listed('map').has(id)),
      link: ids.link.filter((id) => listed('link').has(id)),
    };
    const none = Object.values(remains).every((list) => list.length === 0);
    if (none || tries === 50) return remains;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export const NOTHING: KernelIds = { prog: [], map: [], link: [] };

/** Ids that the kernel knows, as bpftool tells them. */
export function listed(kind: keyof KernelIds): Set<number> {
  const out = execFileSync('bpftool', ['-j', kind, 'list'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    maxBuffer: 1 << 24,
  });
  return new Set((JSON.parse(out) as { id: number }[]).map((entry) => entry.id));
}
