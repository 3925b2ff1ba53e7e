/**
 * Real work, and the loops, under all of Warder: gateway and runtime as services, agents started through the runtime,
 * behind whatever walls this host needs, every event redacted, spooled, sent and in the durable log.
 *
 * A cycle: everything without services; with both, no agent; then an agent that is monitored, one under 1,000 rules
 * and a worker that is none, by turns. What each took is divided by what the same took in the same cycle without
 * services.
 */
import type { Part } from './figure.ts';
import { workDirectory } from './place.ts';
import { ENFORCED, MONITORED, policies } from './policies.ts';
import { startHost } from './services.ts';
import { Worker } from './worker.ts';
import { type Cycle, figuresOf, measure, prepareWork, type Work } from './works.ts';

/** Repetitions of each in one state of one cycle. */
const REPETITIONS = 3;

async function cycle(directory: string, works: Record<string, Work>, isFirst: boolean): Promise<Cycle> {
  const outside = await Worker.start(directory);
  const workers = [outside];
  try {
    // What is read for the first time comes from a disk.
    if (isFirst) await measure([outside], works, REPETITIONS);
    const [bare] = await measure([outside], works, REPETITIONS);
    const host = await startHost(policies(1000));
    try {
      const [idle] = await measure([outside], works, REPETITIONS);
      for (const agent of [MONITORED, ENFORCED]) workers.push(await Worker.start(directory, host.run(agent)));
      const [untracked, monitor, enforce] = await measure(workers, works, REPETITIONS);
      for (const worker of workers.splice(1)) await worker.end();
      return { bare: bare!, idle: idle!, untracked: untracked!, monitor: monitor!, enforce: enforce! };
    } finally {
      await host.stop();
    }
  } finally {
    for (const worker of workers) await worker.end();
  }
}

export async function workPart(cycles: number): Promise<Part> {
  const directory = workDirectory();
  const works = prepareWork(directory);
  const measured: Cycle[] = [];
  for (let index = 0; index < cycles; index++) measured.push(await cycle(directory, works, index === 0));
  return {
    title: 'Work under all of Warder: gateway and runtime as services, events in the durable log',
    about:
      `Of the time without services. Medians of ${cycles} cycles of ${REPETITIONS}; in brackets the middle half of them. ` +
      'The last column is the CPU time of the command itself, which tells more where others use the machine.',
    figures: Object.entries(works).flatMap(([name, work]) => figuresOf(`work/${name}`, name, work, measured)),
  };
}
