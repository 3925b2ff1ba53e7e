/**
 * The spool of a host: events that are not in the gateway's log yet, in one directory that is bounded as a whole.
 *
 * In:  a directory (0700) that one runtime at a time uses, and how large it may grow.
 * Out: a queue for this process, and those that earlier processes left behind: their events are theirs, under their
 *      own origin, and are sent so.
 *
 * At the bound the oldest events go that no stream has been given: observations first, of all queues, then
 * decisions; a loss event stands in their place (dropping.ts).
 *
 * Throws: UPLINK_SPOOL for a directory that cannot be used.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WarderError } from '../../base/error.ts';
import type { Origin } from '../../contract/canonical.ts';
import type { Event } from '../../contract/messages.ts';
import type { EventQueue } from '../uplink/event-batches.ts';
import { originIn } from './segment-file.ts';
import { SpoolQueue } from './spool-queue.ts';

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;
/** How long what was written may be lost with the power. */
const SYNC_MS = 1000;

export interface SpoolOptions {
  directory: string;
  /** Most bytes of files. What is on its way to the gateway is not dropped: some MiB are always taken. */
  maxBytes?: number;
}

export class Spool {
  /** Of earlier processes, the oldest first. */
  readonly leftovers: SpoolQueue[] = [];
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #onProblem: (error: WarderError) => void;
  #own: SpoolQueue | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    { directory, maxBytes = DEFAULT_MAX_BYTES }: SpoolOptions,
    onProblem: (error: WarderError) => void,
  ) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
    this.#onProblem = onProblem;
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      this.#adopt();
    } catch (error) {
      throw new WarderError(
        'UPLINK_SPOOL',
        `the spool ${directory} cannot be used: ${(error as Error).message}`,
        'name a directory that may be written, on a local disk',
        { cause: error },
      );
    }
  }

  /** The queue of this process. */
  queue(origin: Origin): EventQueue {
    const own = new SpoolQueue({ directory: this.#directory, origin, onProblem: this.#onProblem });
    this.#own = own;
    this.#timer = setInterval(() => own.sync(), SYNC_MS).unref();
    return new BoundedQueue(own, () => this.#makeRoom());
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#queues().reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** A leftover queue whose events are all in the gateway's log. */
  done(queue: SpoolQueue): void {
    queue.close();
    this.leftovers.splice(this.leftovers.indexOf(queue), 1);
  }

  /** Files stay for the next process. */
  close(): void {
    clearInterval(this.#timer);
    for (const queue of this.#queues()) queue.close();
  }

  #queues(): SpoolQueue[] {
    return this.#own ? [...this.leftovers, this.#own] : this.leftovers;
  }

  /** Where a file cannot be rewritten now, nothing worth more goes in its place: the next addition tries again. */
  #makeRoom(): void {
    while (this.bytes > this.#maxBytes) {
      const won = this.#shrink(false);
      if (won === undefined || (won === 0 && !this.#shrink(true))) return;
    }
  }

  #shrink(everything: boolean): number | undefined {
    for (const queue of this.#queues()) {
      const won = queue.shrink(everything);
      if (won !== 0) return won;
    }
    return 0;
  }

  #adopt(): void {
    const byOrigin = new Map<string, SpoolQueue>();
    for (const name of readdirSync(this.#directory).sort()) {
      const path = join(this.#directory, name);
      // What a process that was killed had not finished.
      if (name.endsWith('.seg.new')) rmSync(path, { force: true });
      if (!name.endsWith('.seg')) continue;
      const bytes = readFileSync(path);
      const origin = originIn(bytes);
      if (!origin) {
        // Killed before the first line was whole: nothing had been written behind it.
        rmSync(path, { force: true });
        continue;
      }
      const key = `${origin.host} ${origin.boot} ${origin.origin}`;
      let queue = byOrigin.get(key);
      if (!queue) {
        queue = new SpoolQueue({ directory: this.#directory, origin, onProblem: this.#onProblem });
        byOrigin.set(key, queue);
        this.leftovers.push(queue);
      }
      queue.adopt(path, bytes);
    }
    for (const queue of [...this.leftovers]) if (queue.bytes === 0) this.done(queue);
  }
}

/** A queue that makes room in the spool after each addition. */
class BoundedQueue implements EventQueue {
  readonly #queue: SpoolQueue;
  readonly #makeRoom: () => void;

  constructor(queue: SpoolQueue, makeRoom: () => void) {
    this.#queue = queue;
    this.#makeRoom = makeRoom;
  }

  get last(): number {
    return this.#queue.last;
  }

  get acknowledged(): number {
    return this.#queue.acknowledged;
  }

  get bytes(): number {
    return this.#queue.bytes;
  }

  get heldBytes(): number {
    return this.#queue.heldBytes;
  }

  add(events: readonly Event[]): void {
    try {
      this.#queue.add(events);
    } finally {
      this.#makeRoom();
    }
  }

  acknowledge(sequence: number): void {
    this.#queue.acknowledge(sequence);
  }

  resume(sequence: number): void {
    this.#queue.resume(sequence);
  }

  next(): Uint8Array | undefined {
    return this.#queue.next();
  }

  close(): void {
    this.#queue.close();
  }
}
