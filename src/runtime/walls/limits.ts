/**
 * `limits:` of a policy, kept by the kernel's cgroup controllers: processes, memory, CPU.
 *
 * In:     the limits, the run's id and its cgroup2 directory. A controller is used where it is: on cgroup2, or on
 *         the older hierarchy that a host still has it on, in a cgroup of the same name there.
 * Out:    processes join before they run; what no controller keeps, in sentences.
 * Throws: RUN_LIMIT where a controller is there and refuses. Nothing is left behind by a failed one.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WarderError } from '../../base/error.ts';
import { toNumber } from '../../contract/int64.ts';
import type { EffectivePolicy } from '../../contract/messages.ts';
import type { Policy } from '../../contract/policy.ts';
import type { Unenforced } from '../../kernel/policy-rows.ts';
import { mounts } from '../mountinfo.ts';

type Limits = Policy['limits'];
type Controller = 'pids' | 'memory' | 'cpu';

/** Of the CPU controller, in microseconds: shares of it are granted in each. */
const PERIOD_US = 100_000;

/** File and content, by controller; of cgroup2 and of the older hierarchy. */
const FILES: Readonly<
  Record<Controller, (limits: Limits) => { v2: [string, string][]; v1: [string, string][] }>
> = {
  pids: ({ pids }) => ({ v2: [['pids.max', `${pids}`]], v1: [['pids.max', `${pids}`]] }),
  memory: ({ memoryBytes }) => ({
    v2: [['memory.max', `${memoryBytes}`]],
    v1: [['memory.limit_in_bytes', `${memoryBytes}`]],
  }),
  cpu: ({ cpuPercent }) => ({
    v2: [['cpu.max', `${(cpuPercent * PERIOD_US) / 100} ${PERIOD_US}`]],
    v1: [
      ['cpu.cfs_period_us', `${PERIOD_US}`],
      ['cpu.cfs_quota_us', `${(cpuPercent * PERIOD_US) / 100}`],
    ],
  }),
};

export class RunLimits {
  readonly unkept: readonly Unenforced[];
  /** cgroups of older hierarchies, ours to take away. */
  readonly #directories: string[] = [];

  constructor(limits: Limits, run: string, cgroup2: string, hierarchies = olderHierarchies()) {
    const wanted = wantedControllers(limits);
    const unkept: Unenforced[] = [];
    try {
      for (const controller of wanted) {
        const files = FILES[controller](limits);
        const older = hierarchies.get(controller);
        if (enable(cgroup2, controller)) writeAll(cgroup2, files.v2);
        else if (older !== undefined) this.#older(olderCgroup(older, run), files.v1);
        else unkept.push(noController(controller));
      }
    } catch (error) {
      this.end();
      throw new WarderError(
        'RUN_LIMIT',
        `a limit of the policy cannot be set: ${(error as Error).message}`,
        'check that the cgroup file systems are mounted read-write, and that the limit is one the host can have',
        { cause: error },
      );
    }
    this.unkept = unkept;
  }

  /** Those of a run that another process began. */
  static of(run: string, hierarchies = olderHierarchies()): RunLimits {
    const limits = new RunLimits({ pids: 0, memoryBytes: 0, cpuPercent: 0 }, run, '', hierarchies);
    const directories = new Set([...hierarchies.values()].map((hierarchy) => olderCgroup(hierarchy, run)));
    limits.#directories.push(...[...directories].filter((directory) => existsSync(directory)));
    return limits;
  }

  /** A process that has not run yet, and all that it will start. Throws what the kernel says. */
  join(pid: number): void {
    for (const directory of this.#directories) writeFileSync(join(directory, 'cgroup.procs'), `${pid}`);
  }

  /** Once no process of the run is left. */
  end(): void {
    for (const directory of this.#directories.splice(0)) {
      try {
        rmdirSync(directory);
      } catch {
        // Never made, or a process is still on its way out: the next run's start takes it away.
      }
    }
  }

  #older(directory: string, files: readonly [string, string][]): void {
    mkdirSync(directory);
    this.#directories.push(directory);
    writeAll(directory, files);
  }
}

/** A run's cgroup on an older hierarchy. */
export function olderCgroup(hierarchy: string, run: string): string {
  return join(hierarchy, `warder-${run}`);
}

export function wantedLimits({ pids, memoryBytes, cpuPercent }: EffectivePolicy): Limits {
  return { pids: pids ?? 0, memoryBytes: toNumber(memoryBytes), cpuPercent: cpuPercent ?? 0 };
}

function wantedControllers({ pids, memoryBytes, cpuPercent }: Limits): Controller[] {
  const wanted: Controller[] = [];
  if (pids > 0) wanted.push('pids');
  if (memoryBytes > 0) wanted.push('memory');
  if (cpuPercent > 0) wanted.push('cpu');
  return wanted;
}

/** Hands a controller down from the root of cgroup2 to a run's cgroup, two levels below. False where it is not there. */
function enable(cgroup2: string, controller: Controller): boolean {
  const parent = dirname(cgroup2);
  const root = dirname(parent);
  if (!readFileSync(join(root, 'cgroup.controllers'), 'utf8').split(/\s+/).includes(controller)) return false;
  for (const directory of [root, parent])
    writeFileSync(join(directory, 'cgroup.subtree_control'), `+${controller}`);
  return true;
}

function writeAll(directory: string, files: readonly [string, string][]): void {
  for (const [file, content] of files) writeFileSync(join(directory, file), content);
}

/** Mount points of cgroup v1 by controller. */
export function olderHierarchies(mountinfo?: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const { place, kind, options } of mounts(mountinfo))
    if (kind === 'cgroup') for (const option of options) found.set(option, place);
  return found;
}

function noController(controller: Controller): Unenforced {
  const text = `limits: the host's kernel has no ${controller} controller, on cgroup2 or before it: that limit is not kept`;
  return { effect: 'not-kept', text, rules: [] };
}
