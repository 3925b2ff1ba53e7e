/**
 * Bringing processes under a run that Warder did not start, and setting them free.
 *
 * In:     a resolved target, the run's number. The run must have its policy, and the programs must be attached.
 * Out:    all processes there are and will be of the target are under the run, but for those of another run.
 * Throws: KERNEL_…; what was begun by the call that failed is taken back.
 *
 * Between a process that is named by its number and its descendants there is only what /proc says of parents: one
 * whose parent ended before it was looked at is found by its session, or not at all. A cgroup has no such gap.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Sensor } from '../../kernel/sensor.ts';
import type { ResolvedTarget } from './target.ts';

interface Relation {
  pid: number;
  parent: number;
  session: number;
}

export function adoptProcesses(sensor: Sensor, run: number, target: ResolvedTarget): void {
  try {
    for (const adoption of target.adoptions) sensor.tasks.addAdoption(run, adoption);
    if (target.adoptions.length > 0) sensor.tasks.adopt();
    if (target.pid !== undefined) labelTree(sensor, run, target.pid);
  } catch (error) {
    releaseProcesses(sensor, run, target);
    throw error;
  }
}

export function releaseProcesses(
  sensor: Sensor,
  run: number,
  target: Pick<ResolvedTarget, 'adoptions'>,
): void {
  for (const adoption of target.adoptions) sensor.tasks.removeAdoption(adoption);
  sensor.tasks.release(run);
}

/** Parents before children, until a round finds nobody new: from then on every child has its label by its parent. */
function labelTree(sensor: Sensor, run: number, root: number): void {
  const labelled = new Set<number>();
  for (let found = [root]; found.length > 0; found = strangers(sensor, labelled, root)) {
    for (const pid of found) {
      labelled.add(pid);
      if (sensor.tasks.runOf(pid) === null) label(sensor, run, pid);
    }
  }
}

function label(sensor: Sensor, run: number, pid: number): void {
  try {
    sensor.tasks.label(pid, run);
  } catch (error) {
    if ((error as Error & { cause?: { errnoName?: string } }).cause?.errnoName !== 'ESRCH') throw error;
  }
}

/** Descendants of those labelled, and others of the root's session where it leads one, that have no label yet. */
function strangers(sensor: Sensor, labelled: ReadonlySet<number>, root: number): number[] {
  const all = relations();
  const leads = all.some(({ pid, session }) => pid === root && session === root);
  return all
    .filter(
      ({ pid, parent, session }) =>
        !labelled.has(pid) && (labelled.has(parent) || (leads && session === root)),
    )
    .map(({ pid }) => pid)
    .filter((pid) => sensor.tasks.runOf(pid) === null);
}

function relations(): Relation[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/stat`, 'latin1');
        const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
        return [{ pid: Number(name), parent: Number(fields[1]), session: Number(fields[3]) }];
      } catch {
        return []; // it ended meanwhile
      }
    });
}
