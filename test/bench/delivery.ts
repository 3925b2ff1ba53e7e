/**
 * From the kernel to events in TypeScript, and nothing behind it: one core makes them, this process takes them from the rings
 * and decodes them. What is said of a rate is said of records that were all delivered; each that was lost is counted.
 *
 * CPU: of all threads of this process, the one that drains the rings among them.
 */
import { type Figure, figure, type Part } from './figure.ts';
import { Kernel, manyRules, rowsOf } from './loops.ts';
import { workDirectory } from './place.ts';
import { median, spread } from './statistics.ts';
import { Worker } from './worker.ts';

const RATE = 100_000;
const RULES = 1_000;
/** A flood of connects is made of requests of so many: one takes some 20 ms. */
const CONNECTS = 10_000;
const FLOOD_MS = 500;

interface Taken {
  /** Events a second that were made, and the CPU that each took here. */
  rate: number;
  cpuNs: number;
  lost: number;
}

export async function deliveryPart(rounds: number): Promise<Part> {
  const directory = workDirectory();
  const kernel = new Kernel();
  const worker = await Worker.start(directory);
  const paced: Taken[] = [];
  const opened: Taken[] = [];
  const connected: Taken[] = [];
  try {
    kernel.sensor.attach();
    kernel.govern(worker, 1, rowsOf({ mode: 'monitor', rules: manyRules(RULES) }, 1, directory));
    for (let round = -1; round < rounds; round++) {
      const each = [
        await taken(kernel, () => worker.pace(RATE, 1)),
        await taken(kernel, () => worker.pace(0, FLOOD_MS / 1000)),
        await taken(kernel, () => connects(worker)),
      ] as const;
      // The first is compiled on the way.
      if (round < 0) continue;
      paced.push(each[0]);
      opened.push(each[1]);
      connected.push(each[2]);
    }
  } finally {
    await kernel.close();
    await worker.end();
  }
  const rate = RATE.toLocaleString('en');
  return {
    title: 'From the kernel to a decoded event',
    about:
      `One process on one core opens files, or connects UDP sockets, under ${RULES.toLocaleString('en')} rules that are monitored; ` +
      `another decodes each event. Medians of ${rounds} rounds.`,
    figures: [
      cpuFigure('delivery/cpu', `${rate} opens/s: CPU of an event, to the object`, paced),
      rateFigure('delivery/opens', 'opens as fast as one core makes them, each decoded', opened),
      rateFigure('delivery/connects', 'the same of connects', connected, 1_000_000),
    ],
  };
}

/** Connects for some time. */
async function connects(worker: Worker): Promise<{ made: number; seconds: number }> {
  const begin = performance.now();
  let made = 0;
  let ns = 0;
  while (performance.now() - begin < FLOOD_MS) {
    ns += await worker.ask(`udp-connect ${CONNECTS}`);
    made += CONNECTS;
  }
  return { made, seconds: ns / 1e9 };
}

/** What `make` made, from its first event to the time when all of them are here. */
async function taken(kernel: Kernel, make: () => Promise<{ made: number; seconds: number }>): Promise<Taken> {
  const before = { events: kernel.events, lost: kernel.lost, cpu: process.cpuUsage() };
  const { made, seconds } = await make();
  await kernel.sensor.flush();
  const { user, system } = process.cpuUsage(before.cpu);
  const events = kernel.events - before.events;
  const lost = kernel.lost - before.lost;
  if (events + lost < made)
    throw new Error(`of ${made} events ${events} were decoded, and ${lost} counted as lost`);
  return { rate: made / seconds, cpuNs: ((user + system) * 1000) / events, lost };
}

function cpuFigure(id: string, text: string, rounds: readonly Taken[]): Figure {
  return figure(id, text, 'ns', spread(rounds.map(({ cpuNs }) => cpuNs)), {
    goal: { most: 1100 },
    remark: `${Math.round(median(rounds.map(({ rate }) => rate))).toLocaleString('en')}/s made; ${lostOf(rounds)}`,
  });
}

function rateFigure(id: string, text: string, rounds: readonly Taken[], goal?: number): Figure {
  const cpuNs = median(rounds.map(({ cpuNs: each }) => each));
  return figure(id, text, '/s', spread(rounds.map(({ rate }) => rate)), {
    remark: `${lostOf(rounds)}; CPU ${cpuNs.toFixed(0)} ns an event, of which one core does ${Math.round(1e9 / cpuNs).toLocaleString('en')}/s`,
    ...(goal ? { goal: { least: goal } } : {}),
  });
}

function lostOf(rounds: readonly Taken[]): string {
  const lost = rounds.reduce((sum, { lost: each }) => sum + each, 0);
  return lost === 0 ? 'none lost' : `${lost.toLocaleString('en')} lost, counted`;
}
