/**
 * Where an agent reads what it is told: one directory a run, /run/warder/why/<run>.
 *
 * It belongs to root and nobody else may list it; the file in it belongs to the run's user and nobody else may read it.
 * So no agent can put a link or another file in its place, and the file is made anew for every change, by rename.
 *
 * Throws: RUN_DIRECTORY.
 */
import {
  chmodSync,
  closeSync,
  fchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { WarderError } from '../../base/error.ts';
import { type Owner, RUN_DIRECTORIES } from '../launch/run-directory.ts';
import { WHY_FILE, WHY_SOCKET } from './words.ts';

export const WHY_DIRECTORIES = join(RUN_DIRECTORIES, 'why');
const ROOT: Owner = { uid: 0, gid: 0 };

export class WhyDirectory {
  readonly path: string;
  readonly #owner: Owner;

  private constructor(run: string, owner: Owner) {
    this.path = WhyDirectory.pathOf(run);
    this.#owner = owner;
  }

  static pathOf(run: string): string {
    return join(WHY_DIRECTORIES, run);
  }

  static make(run: string, owner: Owner = ROOT): WhyDirectory {
    const directory = new WhyDirectory(run, owner);
    try {
      for (const path of [RUN_DIRECTORIES, WHY_DIRECTORIES])
        mkdirSync(path, { recursive: true, mode: 0o711 });
      mkdirSync(directory.path);
      // Whatever the umask: the run's user goes through it.
      chmodSync(directory.path, 0o711);
    } catch (error) {
      throw new WarderError(
        'RUN_DIRECTORY',
        `cannot make ${directory.path}, where the agent is told what was refused: ${(error as Error).message}`,
        'free or mend /run',
        { cause: error },
      );
    }
    return directory;
  }

  /** One that another process made; undefined where there is none. */
  static of(run: string): WhyDirectory | undefined {
    const path = join(WhyDirectory.pathOf(run), WHY_FILE);
    const status = lstatSync(path, { throwIfNoEntry: false });
    return status?.isFile() ? new WhyDirectory(run, status) : undefined;
  }

  get socket(): string {
    return join(this.path, WHY_SOCKET);
  }

  /** Puts a new file in the place of the one before. */
  write(text: string): void {
    const next = join(this.path, `.${WHY_FILE}`);
    const file = openNew(next);
    try {
      writeSync(file, text);
      fchownSync(file, this.#owner.uid, this.#owner.gid);
    } finally {
      closeSync(file);
    }
    renameSync(next, join(this.path, WHY_FILE));
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** One that is there was left by a write that failed half-way. */
function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o400);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    rmSync(path, { force: true });
    return openSync(path, 'wx', 0o400);
  }
}
