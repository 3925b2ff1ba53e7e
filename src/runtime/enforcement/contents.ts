/**
 * What programs hold, for rules by content: each file is read under a lease, its SHA-256 told to the kernel, and
 * the lease kept, for the kernel believes the digest only while it lasts (docs/decisions/0015).
 *
 * In:     names of files, resolved, as events and policies have them.
 * Out:    rows in the kernel. A lease is given up, and its row with it, as soon as somebody wants to write the file:
 *         who does waits for that, milliseconds.
 * Bounds: one file is read at a time, QUEUE wait, none larger than FILE_BYTES is ever known, LEASES are held and
 *         the oldest goes first.
 * Throws: KERNEL_… where the kernel takes no lease or row. A file that cannot be read stays unknown, which refuses it.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { WarderError } from '../../base/error.ts';
import type { KernelContents, Look } from '../../kernel/content.ts';

const QUEUE = 256;
const LEASES = 4_096;
const FILE_BYTES = 512 << 20;
const CHUNK_BYTES = 1 << 20;
/** In case a signal comes to nobody. */
const SWEEP_MS = 1_000;
/** linux/fcntl.h; node has no name for it. */
const O_PATH = 0o10000000;

const readInto = promisify(read);

export type Known =
  | 'known'
  | 'not a file'
  | 'too large'
  | 'being written'
  | 'changed'
  | 'unreadable'
  | 'busy';

interface Held {
  descriptor: number;
  look: Look;
}

export class Contents {
  readonly #kernel: KernelContents;
  /** By key of the kernel's row. */
  readonly #held = new Map<string, Held>();
  readonly #waiting = new Map<string, Promise<Known>>();
  #last: Promise<unknown> = Promise.resolve();
  #sweep: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #giveUp = () => this.#giveUpWanted();

  constructor(kernel: KernelContents) {
    this.#kernel = kernel;
  }

  /** Reads a file unless it is known; says what came of it. */
  learn(path: string | Buffer): Promise<Known> {
    const name = path.toString('latin1');
    const waiting = this.#waiting.get(name);
    if (waiting) return waiting;
    if (this.#closed || this.#waiting.size >= QUEUE) return Promise.resolve('busy');
    const known = this.#last.then(() => this.#learn(path)).finally(() => this.#waiting.delete(name));
    this.#last = known.catch(() => {});
    this.#waiting.set(name, known);
    return known;
  }

  /** Gives up every lease: nothing is known from here on. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#sweep);
    process.off('SIGURG', this.#giveUp);
    for (const held of [...this.#held.values()]) this.#forget(held);
  }

  async #learn(path: string | Buffer): Promise<Known> {
    if (this.#closed) return 'busy';
    this.#listen();
    let descriptor: number | undefined;
    try {
      descriptor = openFile(path);
      if (descriptor === undefined) return 'not a file';
      const known = await this.#read(descriptor);
      if (known === 'known') descriptor = undefined;
      return known;
    } catch (error) {
      if (error instanceof WarderError) throw error;
      return 'unreadable';
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }

  /** Keeps the descriptor where it returns 'known'. */
  async #read(descriptor: number): Promise<Known> {
    if (!this.#kernel.lease(descriptor)) return 'being written';
    const look = this.#kernel.look(descriptor);
    if (!look) return 'being written';
    const before = this.#held.get(look.key);
    if (before && sameFile(before.look, look) && this.#kernel.inPeace(before.descriptor)) {
      closeSync(descriptor);
      return 'known';
    }
    if (fstatSync(descriptor).size > FILE_BYTES) return 'too large';
    const digest = await this.#digest(descriptor);
    if (!digest || this.#closed) return 'changed';
    if (!this.#kernel.note(look, digest)) return 'changed';
    if (before) closeSync(before.descriptor);
    this.#held.delete(look.key);
    this.#held.set(look.key, { descriptor, look });
    if (this.#held.size > LEASES) this.#forget(this.#held.values().next().value!);
    // Who wants to write it has been waiting since before it was in the table.
    this.#giveUpWanted();
    return 'known';
  }

  /** Null when somebody came to write it meanwhile. */
  async #digest(descriptor: number): Promise<Buffer | null> {
    const hash = createHash('sha256');
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let at = 0; ; ) {
      const { bytesRead } = await readInto(descriptor, chunk, 0, chunk.length, at);
      if (bytesRead === 0) return hash.digest();
      hash.update(chunk.subarray(0, bytesRead));
      at += bytesRead;
      if (!this.#kernel.inPeace(descriptor)) return null;
    }
  }

  #listen(): void {
    if (this.#sweep) return;
    process.on('SIGURG', this.#giveUp);
    this.#sweep = setInterval(this.#giveUp, SWEEP_MS).unref();
  }

  #giveUpWanted(): void {
    for (const held of [...this.#held.values()]) {
      if (!this.#kernel.inPeace(held.descriptor)) this.#forget(held);
    }
  }

  /** The row first: from the moment the lease goes the file can change. */
  #forget({ descriptor, look }: Held): void {
    this.#held.delete(look.key);
    try {
      this.#kernel.forget(look);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** A regular file, opened for reading; undefined for anything else, which is not touched. */
function openFile(path: string | Buffer): number | undefined {
  const place = openSync(path, O_PATH | constants.O_NOFOLLOW);
  try {
    if (!fstatSync(place).isFile()) return undefined;
    return openSync(`/proc/self/fd/${place}`, constants.O_RDONLY | constants.O_NOATIME);
  } finally {
    closeSync(place);
  }
}

/** But for the struct file that holds the lease. */
function sameFile(a: Look, b: Look): boolean {
  return a.identity === b.identity;
}
