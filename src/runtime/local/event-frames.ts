/**
 * Events as frames for a client, those of one turn of the event loop in one write: an agent that opens 100,000 files a
 * second would cost as many writes otherwise, more than all else that the runtime does with them. A client that shows no
 * more of most events than how many there were is told of those together, a few times a second.
 *
 * In:  sealed events.
 * Out: bytes to `write`, whole frames.
 */
import { EventBuffer, writeEvent } from '../../contract/event-writer.ts';
import { Folding } from '../../contract/folded.ts';
import type { SealedEvent } from '../event-builder.ts';
import { FRAME, FRAME_HEAD_BYTES, jsonFrame, writeFrameHead } from './frames.ts';

const FIRST_BYTES = 4 << 10;
/** What is told together goes at the first of these, or in front of what is told by itself. */
const FOLDED_MS = 250;
const FOLDED_BYTES = 64 << 10;

export class EventFrames {
  readonly #write: (bytes: Buffer) => void;
  #waiting: EventBuffer | undefined;
  #folding: Folding | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(write: (bytes: Buffer) => void) {
    this.#write = write;
  }

  /** From now on events are told together where the client says no more of them than how many there were. */
  fold(): void {
    this.#folding ??= new Folding();
  }

  /** That have not been written yet. */
  get bytes(): number {
    return (this.#waiting?.at ?? 0) + (this.#folding?.bytes ?? 0);
  }

  add(event: SealedEvent): void {
    const folding = this.#folding;
    if (folding?.add(event)) {
      if (folding.bytes > FOLDED_BYTES) this.flush();
      else this.#timer ??= setTimeout(() => this.flush(), FOLDED_MS).unref();
      return;
    }
    const waiting = this.#unfolded();
    const begin = waiting.at;
    waiting.room(FRAME_HEAD_BYTES);
    waiting.at += FRAME_HEAD_BYTES;
    writeEvent(waiting, event);
    writeFrameHead(waiting.buffer, begin, FRAME.event, waiting.at - begin - FRAME_HEAD_BYTES);
  }

  /** Before anything else is written behind them. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#folding?.bytes) this.#unfolded();
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#waiting = undefined;
    this.#write(waiting.buffer.subarray(0, waiting.at));
  }

  /** Where the next event goes: behind those that were folded before it. */
  #unfolded(): EventBuffer {
    if (!this.#waiting) {
      this.#waiting = new EventBuffer(FIRST_BYTES);
      setImmediate(() => this.flush());
    }
    const folded = this.#folding?.take();
    if (folded) this.#waiting.bytes(jsonFrame({ folded }));
    return this.#waiting;
  }
}
