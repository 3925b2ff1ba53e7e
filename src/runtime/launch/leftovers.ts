/**
 * What runs left behind whose Warder was killed: processes, cgroups, directories. Taken away before a run starts.
 *
 * In:  the mount point of cgroup2. A run is dead when nobody holds its cgroup's lock (cgroup.ts). Where its launcher
 *      still lives, the launcher is about to end it, and is left to it.
 * Out: what could not be taken away, and processes that had to be ended, told as problems; none of it is a reason
 *      not to start.
 */
import { readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WarderError } from '../../base/error.ts';
import { UUID_V7 } from '../../base/uuid.ts';
import { olderCgroup, olderHierarchies } from '../walls/limits.ts';
import { WHY_DIRECTORIES } from '../why/directory.ts';
import { RunCgroup, runsDirectory } from './cgroup.ts';
import { RUN_DIRECTORIES } from './run-directory.ts';

export async function sweepLeftovers(cgroup2: string, tell: (problem: WarderError) => void): Promise<void> {
  for (const run of runsIn(runsDirectory(cgroup2))) {
    try {
      const ended = await sweepRun(cgroup2, run);
      if (ended > 0) tell(endedProcesses(run, ended));
    } catch (error) {
      tell(notSwept(run, error as Error));
    }
  }
  // Looked at before the cgroups: a run that begins makes its cgroup first.
  const directories = [RUN_DIRECTORIES, WHY_DIRECTORIES].map((path) => ({ path, runs: runsIn(path) }));
  const cgroups = new Set(runsIn(runsDirectory(cgroup2)));
  for (const { path, runs } of directories) {
    for (const run of runs) if (!cgroups.has(run)) rmSync(join(path, run), { recursive: true, force: true });
  }
}

/** Returns how many processes were ended. */
async function sweepRun(cgroup2: string, run: string): Promise<number> {
  const cgroup = RunCgroup.adopt(cgroup2, run);
  if (!cgroup) return 0;
  if (cgroup.processes().length > 0 && hasLauncher(cgroup.path)) {
    cgroup.release();
    return 0;
  }
  const ended = await cgroup.end();
  for (const hierarchy of new Set(olderHierarchies().values())) {
    try {
      rmdirSync(olderCgroup(hierarchy, run));
    } catch {
      // It had none there.
    }
  }
  return ended;
}

/** Whether a process was started with this cgroup as an argument (native/launcher/main.c: --cgroup DIR). */
function hasLauncher(path: string): boolean {
  const words = `\0--cgroup\0${path}\0`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => commandOf(pid).includes(words));
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return ''; // ended meanwhile
  }
}

/** What bears the name of a run; nothing else is ours to take away. */
function runsIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => UUID_V7.test(name));
  } catch {
    return []; // no run has been here yet, or the last one took it away
  }
}

function endedProcesses(run: string, count: number): WarderError {
  return new WarderError(
    'RUN_LEFTOVER',
    `${count} processes of the run ${run}, whose warder was killed, were still there; they have been ended`,
    `nothing is to do; what the run did before is shown by: warder tail --run ${run}`,
  );
}

function notSwept(run: string, error: Error): WarderError {
  return new WarderError(
    'RUN_LEFTOVER',
    `what is left of the run ${run}, whose warder was killed, cannot be taken away: ${error.message}`,
    error instanceof WarderError ? error.fix : 'see what holds it; the next run tries again',
    { cause: error },
  );
}
