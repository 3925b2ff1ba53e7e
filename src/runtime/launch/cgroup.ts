/**
 * The cgroup of one run: where its processes live, and how all of them are ended at once.
 *
 * In:     the mount point of cgroup2, a run id. Layout: <cgroup2>/warder/<run>.
 * Throws: RUN_CGROUP where the kernel refuses, with its reason. Nothing is left behind by a failed create.
 */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WarderError } from '../../base/error.ts';

const PARENT = 'warder';

export class RunCgroup {
  readonly path: string;
  readonly #parent: string;

  constructor(cgroup2: string, run: string) {
    this.#parent = join(cgroup2, PARENT);
    this.path = join(this.#parent, run);
    try {
      makeDirectory(this.path);
    } catch (error) {
      throw new WarderError(
        'RUN_CGROUP',
        `cannot make the cgroup ${this.path}: ${(error as Error).message}`,
        'run as root on the host (or in a container that may write its cgroup2), and check that cgroup2 is mounted read-write',
        { cause: error },
      );
    }
  }

  /** Processes in it now, by tgid. */
  processes(): number[] {
    return readFileSync(join(this.path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  }

  /** SIGKILL to every process in it, forks under way included (cgroup.kill, Linux 5.14). */
  kill(): void {
    writeFileSync(join(this.path, 'cgroup.kill'), '1');
  }

  /**
   * Ends what is left and takes the cgroup away. Returns how many processes there still were.
   * Waits up to `patienceMs` for the kernel to let go of the last of them.
   */
  async end(patienceMs = 5_000): Promise<number> {
    const left = this.processes().length;
    if (left > 0) this.kill();
    const deadline = Date.now() + patienceMs;
    while (!this.#remove()) {
      if (Date.now() > deadline) {
        throw new WarderError(
          'RUN_CGROUP',
          `the cgroup ${this.path} still has processes ${this.processes().join(', ')} after ${patienceMs} ms`,
          'they hang in the kernel (see /proc/<pid>/stack); remove the directory once they are gone',
        );
      }
      await sleep(5);
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
    } catch (error) {
      // Another run is under way, or took it away first.
      if (!['EBUSY', 'ENOTEMPTY', 'ENOENT'].includes(codeOf(error) ?? '')) throw error;
    }
    return true;
  }
}

/** Another run that ends may take the parent away between our two mkdirs: then once more. */
function makeDirectory(path: string): void {
  for (let attempt = 0; ; attempt++) {
    try {
      mkdirSync(path, { recursive: true });
      return;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || attempt === 10) throw error;
    }
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
