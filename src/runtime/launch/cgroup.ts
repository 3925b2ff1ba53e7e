/**
 * The cgroup of one run: where its processes live, and how all of them are ended at once.
 *
 * In:     the mount point of cgroup2, a run id. Layout: <cgroup2>/warder/<run>.
 * Lock:   the process that a run belongs to holds its directory's lock, which ends with that process however it
 *         ends: so a run under way is told from what a killed one left (leftovers.ts).
 * Throws: RUN_CGROUP where the kernel refuses, with its reason. Nothing is left behind by a failed create.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WarderError } from '../../base/error.ts';
import { loadAddon } from '../../kernel/addon.ts';

/** Tries at a directory that another run, or a sweep, takes away meanwhile. */
const ATTEMPTS = 10;
const PAUSE_MS = 5;
/** Looks at whether processes are held. One that hangs in the kernel is not, and forks nothing either. */
const FREEZE_TRIES = 400;

/** Looks at a run that somebody else holds: a sweep reads all of /proc meanwhile. */
const CLAIM_TRIES = 400;

/** Where the cgroups of all runs are. */
export function runsDirectory(cgroup2: string): string {
  return join(cgroup2, 'warder');
}

/** Whether a process is in the cgroup of some run, whoever started that. False for one that has gone. */
export function isInRunCgroup(pid: number): boolean {
  try {
    return /\/warder[^/]*\/(?:[^/]+\/)?[0-9a-f]{8}-[0-9a-f]{4}-7/.test(
      readFileSync(`/proc/${pid}/cgroup`, 'utf8'),
    );
  } catch {
    return false;
  }
}

export class RunCgroup {
  readonly path: string;
  readonly #parent: string;
  readonly #lock: number;

  private constructor(parent: string, path: string, lock: number) {
    this.#parent = parent;
    this.path = path;
    this.#lock = lock;
  }

  /** A new one, for a run that begins. */
  static async create(cgroup2: string, run: string): Promise<RunCgroup> {
    const parent = runsDirectory(cgroup2);
    const path = join(parent, run);
    try {
      return new RunCgroup(parent, path, await makeLocked(parent, path));
    } catch (error) {
      throw new WarderError(
        'RUN_CGROUP',
        `cannot make the cgroup ${path}: ${(error as Error).message}`,
        'run as root on the host (or in a container that may write its cgroup2), and check that cgroup2 is mounted read-write',
        { cause: error },
      );
    }
  }

  /** What is left of a run whose process has died; null for one that is under way, or gone. */
  static adopt(cgroup2: string, run: string): RunCgroup | null {
    const parent = runsDirectory(cgroup2);
    const path = join(parent, run);
    const lock = lockOf(path);
    return lock === null ? null : new RunCgroup(parent, path, lock);
  }

  /**
   * As `adopt`, for the runtime that the run goes on under: one that starts elsewhere on the host looks at what is left behind as well, and
   * lets go of what it has no business with.
   */
  static async claim(cgroup2: string, run: string): Promise<RunCgroup | null> {
    const path = join(runsDirectory(cgroup2), run);
    for (let tries = 0; ; tries++) {
      const cgroup = RunCgroup.adopt(cgroup2, run);
      if (cgroup || tries === CLAIM_TRIES || !existsSync(path)) return cgroup;
      await sleep(PAUSE_MS);
    }
  }

  /** Lets go of it and leaves it as it is. */
  release(): void {
    closeSync(this.#lock);
  }

  /** Processes in it now, by tgid. */
  processes(): number[] {
    return readFileSync(join(this.path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  }

  /** Holds all its processes, or lets them go on (cgroup.freeze, Linux 5.2). Returns when they are held. */
  freeze(held: boolean): void {
    writeFileSync(join(this.path, 'cgroup.freeze'), held ? '1' : '0');
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const frozen = () => /^frozen 1$/m.test(readFileSync(join(this.path, 'cgroup.events'), 'utf8'));
    for (let tries = 0; held && !frozen() && tries < FREEZE_TRIES; tries++)
      Atomics.wait(pause, 0, 0, PAUSE_MS);
  }

  /**
   * Stops every process in it, forks under way included, or lets them go on (the cgroup freezer, cgroup-v2.rst).
   * Resolves once the kernel says that it is so; rejects with RUN_CGROUP where it does not within the time.
   */
  async suspend(frozen: boolean, patienceMs = 5_000): Promise<void> {
    writeFileSync(join(this.path, 'cgroup.freeze'), frozen ? '1' : '0');
    const wanted = `frozen ${frozen ? 1 : 0}`;
    const deadline = Date.now() + patienceMs;
    while (!readFileSync(join(this.path, 'cgroup.events'), 'utf8').split('\n').includes(wanted)) {
      if (Date.now() > deadline) {
        throw new WarderError(
          'RUN_CGROUP',
          `the cgroup ${this.path} is not ${frozen ? 'frozen' : 'thawed'} after ${patienceMs} ms`,
          'a process hangs in the kernel (see /proc/<pid>/stack of those in cgroup.procs)',
        );
      }
      await sleep(PAUSE_MS);
    }
  }

  /** SIGKILL to every process in it, forks under way included (cgroup.kill, Linux 5.14). Nothing where it has gone. */
  kill(): void {
    try {
      writeFileSync(join(this.path, 'cgroup.kill'), '1');
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  /**
   * Ends what is left and takes the cgroup away. Returns how many processes there still were.
   * Waits up to `patienceMs` for the kernel to let go of the last of them.
   */
  async end(patienceMs = 5_000): Promise<number> {
    try {
      return await this.#end(patienceMs);
    } finally {
      this.release();
    }
  }

  async #end(patienceMs: number): Promise<number> {
    const left = this.processes().length;
    if (left > 0) this.kill();
    const deadline = Date.now() + patienceMs;
    while (!this.#remove()) {
      if (Date.now() > deadline) {
        throw new WarderError(
          'RUN_CGROUP',
          `the cgroup ${this.path} still has processes ${this.processes().join(', ')} after ${patienceMs} ms`,
          'they hang in the kernel (see /proc/<pid>/stack); the next run takes the directory away once they are gone',
        );
      }
      await sleep(PAUSE_MS);
    }
    return left;
  }

  #remove(): boolean {
    try {
      rmdirSync(this.path);
    } catch (error) {
      if (codeOf(error) === 'EBUSY') return false;
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    try {
      rmdirSync(this.#parent);
    } catch {
      // Another run is under way, or took it away first, or we may not: an empty cgroup does no harm.
    }
    return true;
  }
}

/** Makes the directory and takes its lock. Another process may take either directory away before that: once more. */
async function makeLocked(parent: string, path: string): Promise<number> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    makeDirectory(parent);
    try {
      makeDirectory(path);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    const lock = lockOf(path);
    if (lock !== null) return lock;
    await sleep(PAUSE_MS);
  }
  throw new Error(`others took it away ${ATTEMPTS} times`);
}

/** The lock of a directory, as an open descriptor; null where another process holds it, or it is not there. */
function lockOf(path: string): number | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  if (loadAddon().tryLock(descriptor) && isStill(path, descriptor)) return descriptor;
  closeSync(descriptor);
  return null;
}

/** Whether a path still names what was opened by it. */
function isStill(path: string, descriptor: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(descriptor).ino;
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
