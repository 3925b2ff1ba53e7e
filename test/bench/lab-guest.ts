/**
 * What the benchmark measures inside a machine of the lab (lab.ts), where the kernel takes BPF LSM programs and the clock
 * counts the instructions that its one processor executes, 1 ns each.
 *
 * usage: node test/bench/lab-guest.ts FILE
 * Out:   the parts as JSON in FILE, in nanoseconds as everywhere.
 *
 * Workers are of real time, so that nothing takes the processor from them but interrupts: what they tell waits in the
 * rings, is fetched and decoded between two slices, and the time is theirs alone. Files that commands read are brought into the
 * guest's memory before, for else they would wait for the host. The clock is deterministic, so everything is measured once, in
 * slices; the programs are loaded twice, for verifying them is what costs most here.
 */
import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import type { KernelEvent } from '../../src/kernel/events.ts';
import { COMMANDS } from './commands.ts';
import { type Figure, figure, type Part } from './figure.ts';
import type { Measured } from './lab.ts';
import {
  calibrate,
  Kernel,
  LOOPS,
  type Loop,
  loopFigures,
  manyRules,
  measureLoops,
  rowsOf,
  STATES,
} from './loops.ts';
import { beginClean, cleanUp, workDirectory } from './place.ts';
import { countPrograms, programCounts, programFigures } from './programs.ts';
import { ratio, spread } from './statistics.ts';
import { Worker } from './worker.ts';
import { figuresOf, measure, prepareWork, type Times } from './works.ts';

const REAL_TIME = ['chrt', '--fifo', '1'];
/** With what the loops start, so that its files are in memory too. */
const WORKS = [...COMMANDS, 'fork-exec'];
const RULES = 1_000;
const GROWTH = [10, 100, 1_000, 10_000];
const CALLS = 500;
const TURNS = 3;
/** Rounds of a loop while programs are counted. */
const ROUNDS: Partial<Record<Loop, number>> = {
  open: 500,
  'udp-connect': 500,
  'udp-send': 300,
  'tcp-connect': 100,
  'fork-exec': 20,
};
/** Where the root file system is the guest's overlay, and nothing is mounted above it. */
const OVERLAY = /^\/(bin|etc|lib|lib64|sbin|usr)\//;

const directory = workDirectory();
const works = prepareWork(directory, WORKS);
const watched = rowsOf({ mode: 'monitor', rules: manyRules(0) }, 1, directory);
const enforced = rowsOf({ rules: manyRules(RULES) }, 2, directory);

function say(what: string): void {
  console.log(`${process.uptime().toFixed(0)} s of the guest's time: ${what}`);
}

/** Paths that the works open, as the programs tell them. */
async function openedByWorks(): Promise<ReadonlySet<string>> {
  const paths = new Set<string>();
  const kernel = new Kernel((events: KernelEvent[]) => {
    for (const event of events) if ('path' in event) paths.add(event.path);
  });
  const worker = await Worker.start(directory);
  try {
    kernel.sensor.attach();
    kernel.govern(worker, 1, watched);
    await measure([worker], works, 1);
    return paths;
  } finally {
    await kernel.close();
    await worker.end();
  }
}

/** Files of the host's are copied into the overlay's upper layer, which is memory: any change of one does that. */
function bringIntoMemory(paths: ReadonlySet<string>): void {
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() && OVERLAY.test(path)) utimesSync(path, stat.atime, stat.mtime);
  }
}

/** An open that is refused beside one that is not; and by how many rules it is judged. `bareNs`: with nothing attached. */
async function opensPart(kernel: Kernel, agent: Worker, bareNs: number): Promise<Part> {
  const allowed: number[] = [];
  const refused: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    allowed.push((await agent.ask(`open ${CALLS}`)) / CALLS);
    refused.push((await agent.ask(`refused ${CALLS}`)) / CALLS);
  }
  const grown: Figure[] = [];
  for (const [index, rules] of GROWTH.entries()) {
    const worker = await Worker.start(directory, REAL_TIME);
    kernel.govern(worker, 10 + index, rowsOf({ rules: manyRules(rules) }, 10 + index, directory));
    const times: number[] = [];
    for (let turn = 0; turn < TURNS; turn++) times.push((await worker.ask(`open ${CALLS}`)) / CALLS / bareNs);
    await worker.end();
    grown.push(
      figure(
        `rules/${rules}`,
        `open + close, tracked, enforce, ${rules.toLocaleString('en')} rules`,
        'x',
        spread(times),
      ),
    );
  }
  return {
    title: 'Verdicts, and how many rules there are',
    about: `Medians of ${TURNS} turns.`,
    figures: [
      figure('allowed', 'an allowed open + close, 1,000 rules', 'ns', spread(allowed)),
      figure(
        'refused',
        'an open that the policy refuses, beside an allowed one',
        'x',
        ratio(refused, allowed),
      ),
      ...grown,
    ],
  };
}

async function programsPart(workers: Record<string, Worker>): Promise<Part> {
  const figures: Figure[] = [];
  for (const [loop, rounds] of Object.entries(ROUNDS) as [Loop, number][]) {
    for (const [id, worker] of Object.entries(workers)) {
      await worker.ask(`${loop} ${rounds}`);
      const before = programCounts();
      countPrograms(true);
      await worker.ask(`${loop} ${rounds}`);
      countPrograms(false);
      figures.push(
        ...programFigures(`${loop}/${id}`, `${LOOPS[loop]}, ${id}`, before, programCounts(), rounds),
      );
    }
  }
  return {
    title: 'Program by program',
    about:
      "What a round of a loop executes in each program and in what it calls, by the kernel's own count. The way into a program is not in it.",
    figures,
  };
}

/** What a command was charged with stands for how long it took: while it waits for the host the clock goes on. */
function byProcessor(times: Times): Times {
  return Object.fromEntries(
    Object.entries(times).map(([name, { cpuNs }]) => [name, { ns: cpuNs, cpuNs: 0 }]),
  );
}

async function measureAll(write: (parts: Part[]) => void): Promise<void> {
  say('begins');
  bringIntoMemory(await openedByWorks());
  say('files that the works open are in memory');
  const workers: Worker[] = [];
  for (let index = 0; index < 3; index++) workers.push(await Worker.start(directory, REAL_TIME));
  const [outside, monitored, agent] = workers as [Worker, Worker, Worker];
  const counts = await calibrate(outside);
  await measure([outside], works, 1);
  const withoutAgent = async () => ({
    loops: await measureLoops(workers, counts),
    works: (await measure([outside], works, TURNS)).map(byProcessor)[0],
  });
  const bare = await withoutAgent();
  say('measured: nothing attached');
  const kernel = new Kernel();
  try {
    const idle = await withoutAgent();
    say('measured: programs loaded');
    kernel.sensor.attach();
    kernel.govern(monitored, 1, watched);
    kernel.govern(agent, 2, enforced);
    const loops = { bare: bare.loops, idle: idle.loops, attached: await measureLoops(workers, counts) };
    const parts: Part[] = [
      {
        title: 'Loops of system calls, under the kernel programs',
        about: 'Of what is executed with nothing attached. Medians of slices, by turns.',
        figures: loopFigures([loops], counts),
      },
    ];
    write(parts);
    say('measured: loops');
    const [untracked, monitor, enforce] = (await measure(workers, works, TURNS)).map(byProcessor);
    const cycle = {
      bare: bare.works!,
      idle: idle.works!,
      untracked: untracked!,
      monitor: monitor!,
      enforce: enforce!,
    };
    parts.push({
      title: 'Real work, under the kernel programs',
      about: `Of what its processes execute with nothing attached, by the processor's time that they are charged with. Medians of ${TURNS}.`,
      figures: COMMANDS.flatMap((name) => figuresOf(`work/${name}`, name, works[name]!, [cycle], STATES)),
    });
    write(parts);
    say('measured: work');
    parts.push(await opensPart(kernel, agent, bare.loops[2]!.open / counts.open));
    parts.push(await programsPart({ untracked: outside, tracked: agent }));
    write(parts);
    say('measured: all');
  } finally {
    await kernel.close();
    for (const worker of workers) await worker.end();
  }
}

const [file] = process.argv.slice(2);
if (!file) throw new Error('usage: node test/bench/lab-guest.ts FILE');
await beginClean();
try {
  await measureAll((parts) =>
    writeFileSync(file, JSON.stringify({ release: release(), parts } satisfies Measured)),
  );
} finally {
  await cleanUp();
}
