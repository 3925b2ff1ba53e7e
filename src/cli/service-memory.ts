/**
 * What a service gives back of the memory that it has taken: every so often what the allocator has free and what it has touched of
 * the program's files, of which most was for its start; where nothing is done, what V8 has.
 *
 * In:  how much of what is freed is kept; `started`, when the service runs.
 * Out: that it is done, from then on until `stop`. Without the addon nothing is (a gateway runs without it).
 */
import { WarderError } from '../base/error.ts';
import { IdleHeap } from '../base/idle-heap.ts';
import { type Addon, loadAddon } from '../kernel/addon.ts';

/**
 * How often what the allocator has free between blocks in use goes back with the program's pages, and what V8 has where nothing is done.
 * The pages in use are there again after some hundred faults of a microsecond.
 */
const GIVE_BACK_MS = 30_000;
/** Behind a start: the first such span in which nothing is done is when what it took goes back. */
const STARTED_MS = 1_000;

/**
 * What freed memory a process keeps: blocks of `mappedBytes` and more are mapped each on its own, and go back when they are freed; of the
 * others so much at the end of what there is stays until GIVE_BACK_MS have passed.
 */
export interface Kept {
  mappedBytes: number;
  keptBytes: number;
}
/** For a process that is to be small beside an agent's work: the blocks of messages are mapped. */
export const KEEPS_LITTLE: Kept = { mappedBytes: 32 << 10, keptBytes: 1 << 20 };
/**
 * For one that has blocks for messages all the time: a fresh mapping of 1 MiB costs as much again as what is written there, for the kernel
 * clears each page of it and takes it back a moment later.
 */
export const KEEPS_BLOCKS: Kept = { mappedBytes: 4 << 20, keptBytes: 16 << 20 };

export class ServiceMemory {
  readonly #kept: Kept;
  readonly #addon = addonIfThere();
  readonly #often: NodeJS.Timeout;
  #starting: NodeJS.Timeout | undefined;
  #heap: IdleHeap | undefined;

  constructor(kept: Kept) {
    this.#kept = kept;
    this.#ofAllocator();
    this.#often = setInterval(() => {
      this.#heap?.look();
      this.#giveBack();
    }, GIVE_BACK_MS).unref();
  }

  started(): void {
    const heap = new IdleHeap();
    this.#starting = setInterval(() => {
      if (!heap.look()) return;
      clearInterval(this.#starting);
      this.#heap = heap;
      this.#giveBack();
    }, STARTED_MS).unref();
  }

  stop(): void {
    clearInterval(this.#often);
    clearInterval(this.#starting);
  }

  #giveBack(): void {
    this.#ofAllocator();
    this.#addon?.giveBackFilePages();
  }

  #ofAllocator(): void {
    this.#addon?.giveBackMemory(this.#kept.mappedBytes, this.#kept.keptBytes);
  }
}

/** A runtime says itself what is wrong with it. */
function addonIfThere(): Addon | undefined {
  try {
    return loadAddon();
  } catch (error) {
    if (error instanceof WarderError) return undefined;
    throw error;
  }
}
