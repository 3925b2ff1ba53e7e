/**
 * Loops of system calls under the kernel programs, every event delivered and decoded; nothing of the rest runs.
 *
 * In one cycle each worker is timed with nothing attached, with the programs loaded (a runtime without an agent),
 * and with them attached: one worker untracked, one under a policy that monitors, one under one that enforces 1,000
 * rules. What one worker took is divided by what the same one took in the same cycle with nothing attached.
 */
import { requireHost } from '../../src/kernel/capability.ts';
import type { KernelEvent } from '../../src/kernel/events.ts';
import { encodeRows, type PolicyRows } from '../../src/kernel/policy-rows.ts';
import { decodeBatch } from '../../src/kernel/records.ts';
import { Sensor } from '../../src/kernel/sensor.ts';
import { compile } from '../../src/runtime/enforcement/compile.ts';
import { message, type Rules, type Written } from '../policy/documents.ts';
import { type Bound, type Figure, figure, type Part } from './figure.ts';
import { workDirectory } from './place.ts';
import { median, type Spread, spread } from './statistics.ts';
import { Worker } from './worker.ts';

const LEASE_MS = 600_000;
const SLICE_NS = 1_500_000;
/** Odd, so that the middle one is one that was measured. Loops that vary more in themselves take more. */
const SLICES = 9;
const SLICES_OF: Partial<Record<Loop, number>> = { 'fork-exec': 25, 'tcp-connect': 15 };

export const LOOPS = {
  open: 'open + close of a file in memory',
  read: 'read of 512 bytes',
  'udp-connect': 'connect of a UDP socket',
  'udp-send': 'a UDP datagram sent',
  'tcp-connect': 'TCP connection on loopback, made, accepted, closed',
  'fork-exec': 'fork + exec of /bin/true, to its end',
} as const;
export type Loop = keyof typeof LOOPS;
const NAMES = Object.keys(LOOPS) as Loop[];

export const STATES = {
  idle: 'programs loaded, no agent',
  untracked: 'untracked, while an agent runs',
  monitor: 'tracked, monitor',
  enforce: 'tracked, enforce, 1,000 rules',
} as const;
type State = keyof typeof STATES;

const GOALS: Partial<Record<`${Loop}/${State}`, Bound>> = {
  'open/idle': { most: 1.02 },
  'open/untracked': { most: 1.12 },
  'open/monitor': { most: 1.4 },
  'open/enforce': { most: 1.4 },
  'udp-connect/untracked': { most: 1.2 },
  'udp-connect/monitor': { most: 1.5 },
  'udp-connect/enforce': { most: 1.5 },
  'fork-exec/monitor': { most: 1.02 },
  'fork-exec/enforce': { most: 1.02 },
};

/** `count` rules, of which the last few let everything through. */
export function manyRules(count: number): Rules {
  const others = (from: number, to: number, of: (index: number) => string) =>
    Array.from({ length: Math.max(0, to - from) }, (_, index) => of(from + index));
  const paths = Math.floor(count * 0.4);
  const small = Math.floor(count * 0.1);
  return {
    exec: { allow: [...others(1, small, (index) => `/opt/tools/${index}/bin/**`), '/**'] },
    read: {
      allow: [...others(0, paths - 1, (index) => `/srv/data/${index % 37}/set-${index}/**`), '/**'],
      deny: ['**/denied', '${workspace}/denied'],
    },
    write: { allow: [...others(1, paths, (index) => `/srv/out/${index % 37}/set-${index}/**`), '/**'] },
    connect: {
      allow: [...others(1, small, (index) => `10.${index >> 8}.${index & 255}.0/24:443`), '0.0.0.0/0'],
    },
    listen: { allow: ['127.0.0.0/8'] },
  };
}

export function rowsOf(document: Written, number: number, directory: string): PolicyRows {
  const variables = { workspace: directory, home: '/root', run: directory };
  return encodeRows(compile(message(document), { variables, homes: [] }), number);
}

/** Programs in the kernel, and what they tell decoded and counted. */
export class Kernel {
  readonly sensor: Sensor;
  events = 0;

  constructor(onEvents: (events: KernelEvent[]) => void = () => {}) {
    const rings = { decisionsBytes: 8 << 20, observationsBytes: 32 << 20, backlogBytes: 16 << 20 };
    this.sensor = Sensor.open({ cgroup2: requireHost().cgroup2, ...rings });
    this.sensor.start((batch) => {
      const events = decodeBatch(batch);
      this.events += events.length;
      onEvents(events);
    });
  }

  govern(worker: Worker, run: number, rows: PolicyRows): void {
    this.sensor.policies.install(rows, LEASE_MS);
    this.sensor.policies.setRun(run, rows.policy, { terminate: true });
    this.sensor.tasks.label(worker.pid, run);
  }

  /** Records that were counted as lost so far. */
  get lost(): number {
    return this.sensor.lossCounts().reduce((sum, { records }) => sum + Number(records), 0);
  }

  /** Records lost of those written. */
  async close(): Promise<number> {
    this.sensor.detach();
    await this.sensor.flush();
    const { lost } = this;
    this.sensor.close();
    return lost;
  }
}

export type LoopTimes = Record<Loop, number>;

/** Nanoseconds of one slice of each loop and worker, turn by turn. */
export async function measureLoops(workers: readonly Worker[], counts: LoopTimes): Promise<LoopTimes[]> {
  const times = workers.map(() => ({}) as LoopTimes);
  for (const loop of NAMES) {
    const slices: number[][] = workers.map(() => []);
    for (let slice = 0; slice < (SLICES_OF[loop] ?? SLICES); slice++) {
      for (const [index, worker] of workers.entries()) {
        slices[index]!.push(await worker.ask(`${loop} ${counts[loop]}`));
      }
    }
    for (const index of workers.keys()) times[index]![loop] = median(slices[index]!);
  }
  return times;
}

/** Rounds of each loop that take about a slice. */
export async function calibrate(worker: Worker): Promise<LoopTimes> {
  const counts = {} as LoopTimes;
  for (const loop of NAMES) {
    const ns = median(await Promise.all([await worker.ask(`${loop} 5`), await worker.ask(`${loop} 5`)])) / 5;
    const again = Math.max(3, Math.round(SLICE_NS / 4 / ns));
    counts[loop] = Math.max(3, Math.round(SLICE_NS / ((await worker.ask(`${loop} ${again}`)) / again)));
  }
  return counts;
}

/** Times of three workers: one that stays untracked, one that is monitored, one under enforcement. */
export interface LoopCycle {
  bare: LoopTimes[];
  idle: LoopTimes[];
  attached: LoopTimes[];
}

async function cycle(
  workers: readonly Worker[],
  counts: LoopTimes,
  rows: readonly PolicyRows[],
  total: Totals,
) {
  const bare = await measureLoops(workers, counts);
  const kernel = new Kernel();
  try {
    const idle = await measureLoops(workers, counts);
    kernel.sensor.attach();
    rows.forEach((policy, index) => {
      kernel.govern(workers[index + 1]!, index + 1, policy);
    });
    const attached = await measureLoops(workers, counts);
    return { bare, idle, attached } satisfies LoopCycle;
  } finally {
    total.lost += await kernel.close();
    total.events += kernel.events;
  }
}

interface Totals {
  events: number;
  lost: number;
}

export async function loopsPart(cycles: number): Promise<Part> {
  const directory = workDirectory();
  const workers: Worker[] = [];
  try {
    for (let index = 0; index < 3; index++) workers.push(await Worker.start(directory));
    const counts = await calibrate(workers[0]!);
    const rows = [
      rowsOf({ mode: 'monitor', rules: manyRules(0) }, 1, directory),
      rowsOf({ rules: manyRules(1000) }, 2, directory),
    ];
    const total: Totals = { events: 0, lost: 0 };
    const measured: LoopCycle[] = [];
    for (let index = 0; index < cycles; index++) measured.push(await cycle(workers, counts, rows, total));
    return {
      title: 'Loops of system calls, under the kernel programs, every event delivered and decoded',
      about:
        `Of the time with nothing attached. Medians of ${cycles} cycles; in brackets the middle half of them. ` +
        `${total.events.toLocaleString('en')} events were decoded, ${total.lost} lost.`,
      figures: loopFigures(measured, counts),
    };
  } finally {
    for (const worker of workers) await worker.end();
  }
}

export function loopFigures(cycles: readonly LoopCycle[], counts: LoopTimes): Figure[] {
  return NAMES.flatMap((loop) => figuresOf(loop, cycles, counts[loop]));
}

function figuresOf(loop: Loop, cycles: readonly LoopCycle[], count: number): Figure[] {
  const ratios = (of: (cycle: LoopCycle) => number): Spread => spread(cycles.map(of));
  const values: Record<State, Spread> = {
    idle: ratios(({ idle, bare }) => median(idle.map((times, index) => times[loop] / bare[index]![loop]))),
    untracked: ratios(({ attached, bare }) => attached[0]![loop] / bare[0]![loop]),
    monitor: ratios(({ attached, bare }) => attached[1]![loop] / bare[1]![loop]),
    enforce: ratios(({ attached, bare }) => attached[2]![loop] / bare[2]![loop]),
  };
  const ns = spread(cycles.flatMap(({ bare }) => bare.map((times) => times[loop] / count)));
  return [
    figure(`${loop}/bare`, LOOPS[loop], 'ns', ns),
    ...(Object.keys(STATES) as State[]).map((state) => {
      const goal = GOALS[`${loop}/${state}`];
      return figure(
        `${loop}/${state}`,
        `${LOOPS[loop]}: ${STATES[state]}`,
        'x',
        values[state],
        goal ? { goal } : {},
      );
    }),
  ];
}
