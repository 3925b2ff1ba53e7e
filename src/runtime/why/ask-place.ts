/**
 * The socket at which all runs ask that were adopted, for as long as the runtime is there: who is root among them and is
 * judged by no LSM can take it away, or put another in its place. It is looked at every LOOK_MS, and made anew then.
 *
 * In:     its path; who answers for a process.
 * Throws: LOCAL_LISTEN where another runtime listens there, RUN_DIRECTORY. WHY_PLACE is told, once in TELL_MS.
 */
import { closeSync, constants, fchmodSync, lstatSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { WarderError } from '../../base/error.ts';
import { makeRoom } from '../local/make-room.ts';
import { WhyServer, type WhyServerOptions } from './server.ts';

const LOOK_MS = 1000;
const TELL_MS = 60_000;

export interface AskPlaceOptions extends WhyServerOptions {
  onProblem(error: unknown): void;
}

export class AskPlace {
  readonly #options: AskPlaceOptions;
  readonly #looking: NodeJS.Timeout;
  #server: WhyServer | undefined;
  /** Of the socket that is listened at. */
  #file: string | undefined;
  #making = false;
  #closed = false;
  #toldMs = Number.NEGATIVE_INFINITY;

  private constructor(options: AskPlaceOptions) {
    this.#options = options;
    this.#looking = setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  static async open(options: AskPlaceOptions): Promise<AskPlace> {
    const place = new AskPlace(options);
    try {
      makeDirectory(options.path);
      await makeRoom(options.path);
      await place.#make();
      return place;
    } catch (error) {
      place.close();
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#looking);
    this.#server?.close();
  }

  async #look(): Promise<void> {
    const { path, onProblem } = this.#options;
    if (this.#making || fileAt(path) === this.#file) return;
    const found = fileAt(path) === undefined ? 'was taken away' : 'is another than the one that was made';
    const now = performance.now();
    const tells = now - this.#toldMs > TELL_MS;
    if (tells) this.#toldMs = now;
    try {
      makeDirectory(path);
      await this.#make();
      if (tells) onProblem(notThere(path, found));
    } catch (error) {
      if (tells) onProblem(error);
    }
  }

  async #make(): Promise<void> {
    this.#making = true;
    try {
      // Before there is a new one: it takes away whatever has its name.
      this.#server?.close();
      const server = await WhyServer.listen(this.#options);
      if (this.#closed) server.close();
      this.#server = server;
      this.#file = fileAt(this.#options.path);
    } finally {
      this.#making = false;
    }
  }
}

/** Where a link lies there it would lead who is root in a unit to a place that is not theirs: it goes, and is not followed. */
function makeDirectory(path: string): void {
  const directory = dirname(path);
  if (lstatSync(directory, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(directory);
  mkdirSync(directory, { recursive: true });
  const opened = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    // Whatever the umask: containers have it mounted, and other users go through it.
    fchmodSync(opened, 0o755);
  } finally {
    closeSync(opened);
  }
}

function fileAt(path: string): string | undefined {
  const status = lstatSync(path, { throwIfNoEntry: false });
  return status && `${status.dev} ${status.ino}`;
}

function notThere(path: string, found: string): WarderError {
  return new WarderError(
    'WHY_PLACE',
    `the socket at which adopted runs ask, ${path}, ${found}; it has been made anew`,
    'find out who changes it: only root can, and agents with BPF LSM cannot. A directory that took the place of the old one containers have to mount again',
  );
}
