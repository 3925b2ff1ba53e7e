/**
 * A service that has nothing to do gives back what V8 took while it had: room for new objects, pages of which little lives.
 * By itself V8 looks only when there is much to allocate, which is when it needs that room.
 *
 * In:  what the process has used and has, or one thread of it with a heap of its own; others in their place for tests.
 * Out: look(), to be called every so often: whether it collected, which it does where the process (the thread) has been idle since the
 *      call before (the first: since this was made) and has taken more since the last time. Never under load: all else on the
 *      thread waits meanwhile.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Of one processor, since the look before. A service that is asked nothing uses less; a collection takes 0.06 s. */
const IDLE_SHARE = 0.03;
/** What it has to have taken since it gave back last: less is not worth the look at all that lives. */
const GROWN_BYTES = 4 << 20;

export interface Process {
  nowMs(): number;
  /** Of all threads, or of the one, since its start. */
  cpuMs(): number;
  /** That V8 has of the kernel. */
  heapBytes(): number;
  /** False where that cannot be had at the moment. */
  collect(): boolean;
}

export class IdleHeap {
  readonly #process: Process;
  /** At the call before. */
  #lookedMs: number;
  #cpuMs: number;
  #keptBytes = 0;

  constructor(process: Process = THIS_PROCESS) {
    this.#process = process;
    this.#lookedMs = process.nowMs();
    this.#cpuMs = process.cpuMs();
  }

  look(): boolean {
    const { nowMs, cpuMs, heapBytes, collect } = this.#process;
    const now = nowMs();
    const cpu = cpuMs();
    const idle = cpu - this.#cpuMs < (now - this.#lookedMs) * IDLE_SHARE;
    this.#lookedMs = now;
    this.#cpuMs = cpu;
    if (!idle || heapBytes() < this.#keptBytes + GROWN_BYTES) return false;
    if (!collect()) return false;
    this.#keptBytes = heapBytes();
    return true;
  }
}

const THIS_PROCESS: Process = {
  nowMs: () => performance.now(),
  cpuMs: () => milliseconds(process.cpuUsage()),
  heapBytes: () => getHeapStatistics().total_heap_size,
  collect: () => {
    made ??= collector();
    made?.({ type: 'major', flavor: 'last-resort' });
    return made !== undefined;
  },
};

/** For a thread beside the main one, which may work while this one idles. */
export const THIS_THREAD: Process = {
  ...THIS_PROCESS,
  cpuMs: () => milliseconds(process.threadCpuUsage()),
};

function milliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}

type Collector = (options: { type: 'major'; flavor: 'last-resort' }) => void;
let made: Collector | undefined;

/**
 * V8 has it for a context that is made under this flag; nothing else of this process gets one. Threads share flags: where
 * another takes it back in between there is none, this time.
 */
function collector(): Collector | undefined {
  setFlagsFromString('--expose-gc');
  const found = runInNewContext('globalThis.gc') as Collector | undefined;
  setFlagsFromString('--no-expose-gc');
  return found;
}
