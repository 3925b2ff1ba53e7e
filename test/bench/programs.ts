/**
 * What the kernel's own count says of each of our programs (kernel.bpf_stats_enabled): how often it ran, and for how long.
 *
 * In a machine whose clock counts instructions that is how many it executed, with what it called in the kernel and half of
 * the count's own. `bpftool` reads the counts; names are the kernel's, of 15 characters.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { type Figure, figure } from './figure.ts';

export interface Count {
  runs: number;
  ns: number;
}
export type Counts = ReadonlyMap<string, Count>;

/** What is used of `bpftool prog show --json`. Programs that never ran have no counts. */
export interface ShownProgram {
  name?: string;
  run_time_ns?: number;
  run_cnt?: number;
}

export function countPrograms(on: boolean): void {
  writeFileSync('/proc/sys/kernel/bpf_stats_enabled', on ? '1' : '0');
}

export function programCounts(): Counts {
  const shown = execFileSync('bpftool', ['prog', 'show', '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 24,
  });
  return countsOf(JSON.parse(shown) as ShownProgram[]);
}

/** Sums of programs of one name. */
export function countsOf(programs: readonly ShownProgram[]): Counts {
  const counts = new Map<string, Count>();
  for (const { name, run_cnt: runs = 0, run_time_ns: ns = 0 } of programs) {
    if (!name || runs === 0) continue;
    const former = counts.get(name) ?? { runs: 0, ns: 0 };
    counts.set(name, { runs: former.runs + runs, ns: former.ns + ns });
  }
  return counts;
}

/** Less often than in every other round it is something else that runs it. */
const RUNS_LEAST = 0.5;

/** Of each program that ran between two counts, for one of `rounds`; what costs most first. */
export function programFigures(
  id: string,
  text: string,
  before: Counts,
  after: Counts,
  rounds: number,
): Figure[] {
  return [...after]
    .map(([name, { runs, ns }]) => {
      const was = before.get(name) ?? { runs: 0, ns: 0 };
      return { name, runs: (runs - was.runs) / rounds, ns: (ns - was.ns) / rounds };
    })
    .filter(({ runs }) => runs >= RUNS_LEAST)
    .toSorted((a, b) => b.ns - a.ns)
    .map(({ name, runs, ns }) =>
      figure(`${id}/${name}`, `${text}: ${name}`, 'ns', ns, {
        remark: `${runs.toFixed(runs < 10 ? 1 : 0)} runs of ${Math.round(ns / runs).toLocaleString('en')}`,
      }),
    );
}
