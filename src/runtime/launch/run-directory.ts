/**
 * `${run}`: a directory of one run's own, away from every other run, that goes when the run ends.
 *
 * Out:    /run/warder/<run>, open to its owner alone; also told to the agent as WARDER_RUN_DIR.
 * Throws: RUN_DIRECTORY.
 */
import { chownSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WarderError } from '../../base/error.ts';

export const RUN_DIRECTORIES = '/run/warder';

export interface Owner {
  uid: number;
  gid: number;
}

export class RunDirectory {
  readonly path: string;

  private constructor(run: string) {
    this.path = join(RUN_DIRECTORIES, run);
  }

  static make(run: string, owner: Owner | undefined): RunDirectory {
    const directory = new RunDirectory(run);
    directory.#make(owner);
    return directory;
  }

  /** One that another process made. */
  static of(run: string): RunDirectory {
    return new RunDirectory(run);
  }

  #make(owner: Owner | undefined): void {
    try {
      mkdirSync(RUN_DIRECTORIES, { recursive: true, mode: 0o711 });
      mkdirSync(this.path, { mode: 0o700 });
      if (owner) chownSync(this.path, owner.uid, owner.gid);
    } catch (error) {
      throw new WarderError(
        'RUN_DIRECTORY',
        `cannot make the run's own directory ${this.path}: ${(error as Error).message}`,
        'free or mend /run; a policy without ${run} needs no such directory',
        { cause: error },
      );
    }
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
