/**
 * A service that has nothing to do gives back what V8 took while it had: room for new objects, pages of which little lives.
 * By itself V8 looks only when there is much to allocate, which is when it needs that room.
 *
 * In:  what the process has used and has; in place of the real ones for tests.
 * Out: look(), to be called every so often: collects at the first call, which is for what a start took, and then where the process
 *      has been idle since the call before.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Of one processor, since the look before. A service that is asked nothing uses less; a collection takes 0.02 s. */
const IDLE_SHARE = 0.03;
/** What it has to have taken since it gave back last: less is not worth the look at all that lives. */
const GROWN_BYTES = 4 << 20;

export interface Process {
  nowMs(): number;
  /** Of all threads, since its start. */
  cpuMs(): number;
  /** That V8 has of the kernel. */
  heapBytes(): number;
  collect(): void;
}

export class IdleHeap {
  readonly #process: Process;
  /** At the call before: nothing, before the first. */
  #lookedMs = 0;
  #cpuMs = Number.POSITIVE_INFINITY;
  #keptBytes = 0;

  constructor(process: Process = THIS_PROCESS) {
    this.#process = process;
  }

  look(): void {
    const { nowMs, cpuMs, heapBytes, collect } = this.#process;
    const now = nowMs();
    const cpu = cpuMs();
    const idle = cpu - this.#cpuMs < (now - this.#lookedMs) * IDLE_SHARE;
    this.#lookedMs = now;
    this.#cpuMs = cpu;
    if (!idle || heapBytes() < this.#keptBytes + GROWN_BYTES) return;
    collect();
    this.#keptBytes = heapBytes();
  }
}

const THIS_PROCESS: Process = {
  nowMs: () => performance.now(),
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  heapBytes: () => getHeapStatistics().total_heap_size,
  collect: () => collector()({ type: 'major', flavor: 'last-resort' }),
};

type Collector = (options: { type: 'major'; flavor: 'last-resort' }) => void;
let made: Collector | undefined;

/** V8 has it for a context that is made under this flag; nothing else of this process gets one. */
function collector(): Collector {
  if (made === undefined) {
    setFlagsFromString('--expose-gc');
    made = runInNewContext('gc') as Collector;
    setFlagsFromString('--no-expose-gc');
  }
  return made;
}
