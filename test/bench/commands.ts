/**
 * Real work under the kernel programs alone, every event delivered and decoded: what Warder's part in the kernel costs a
 * command. What gateway and runtime take from it, where they share its processors, is the difference to work.ts.
 *
 * A cycle: with nothing attached; with the programs loaded; then, by turns, a worker that is untracked, one that is monitored,
 * one under 1,000 rules. What each took is divided by what the same work took in the same cycle with nothing attached.
 */
import type { Part } from './figure.ts';
import { Kernel, manyRules, rowsOf, STATES } from './loops.ts';
import { workDirectory } from './place.ts';
import { Worker } from './worker.ts';
import { type Cycle, figuresOf, measure, prepareWork, type State } from './works.ts';

/** Those that the goals are of, and what is most like them. */
export const COMMANDS = ['gcc', 'node', 'python', 'script'];
const RULES = 1_000;
/** work.ts has rows of the same commands. */
const SAID = {
  idle: STATES.idle,
  untracked: `${STATES.untracked}, kernel programs alone`,
  monitor: `${STATES.monitor}, kernel programs alone`,
  enforce: `${STATES.enforce}, kernel programs alone`,
} satisfies Record<State, string>;
/** Repetitions of each in one state of one cycle. */
const REPETITIONS = 3;

export async function commandsPart(cycles: number): Promise<Part> {
  const directory = workDirectory();
  const works = prepareWork(directory, COMMANDS);
  const watched = rowsOf({ mode: 'monitor', rules: manyRules(0) }, 1, directory);
  const enforced = rowsOf({ rules: manyRules(RULES) }, 2, directory);
  const workers: Worker[] = [];
  const measured: Cycle[] = [];
  let events = 0;
  let lost = 0;
  try {
    for (let index = 0; index < 3; index++) workers.push(await Worker.start(directory));
    const [outside, monitored, agent] = workers as [Worker, Worker, Worker];
    const first = async () => (await measure([outside], works, REPETITIONS))[0]!;
    // What is read for the first time comes from a disk.
    await first();
    for (let index = 0; index < cycles; index++) {
      const bare = await first();
      const kernel = new Kernel();
      try {
        const idle = await first();
        kernel.sensor.attach();
        kernel.govern(monitored, 1, watched);
        kernel.govern(agent, 2, enforced);
        const [untracked, monitor, enforce] = await measure(workers, works, REPETITIONS);
        measured.push({ bare, idle, untracked: untracked!, monitor: monitor!, enforce: enforce! });
      } finally {
        lost += await kernel.close();
        events += kernel.events;
      }
    }
  } finally {
    for (const worker of workers) await worker.end();
  }
  return {
    title: 'Real work, under the kernel programs, every event delivered and decoded',
    about:
      `Of the time with nothing attached. Medians of ${cycles} cycles of ${REPETITIONS}; in brackets the middle half of them. ` +
      `${events.toLocaleString('en')} events were decoded, ${lost} lost. The last column is the CPU time of the command itself.`,
    figures: Object.entries(works).flatMap(([name, work]) =>
      figuresOf(`kernel/${name}`, name, work, measured, SAID),
    ),
  };
}
