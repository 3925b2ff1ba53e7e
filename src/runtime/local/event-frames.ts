/**
 * Events as frames for a client, those of one turn of the event loop in one write: an agent that opens 100,000 files a
 * second would cost as many writes otherwise, more than all else that the runtime does with them.
 *
 * In:  sealed events.
 * Out: bytes to `write`, whole frames.
 */
import { EventBuffer, writeEvent } from '../../contract/event-writer.ts';
import type { SealedEvent } from '../event-builder.ts';
import { FRAME, FRAME_HEAD_BYTES, writeFrameHead } from './frames.ts';

const FIRST_BYTES = 4 << 10;

export class EventFrames {
  readonly #write: (bytes: Buffer) => void;
  #waiting: EventBuffer | undefined;

  constructor(write: (bytes: Buffer) => void) {
    this.#write = write;
  }

  /** That have not been written yet. */
  get bytes(): number {
    return this.#waiting?.at ?? 0;
  }

  add(event: SealedEvent): void {
    if (!this.#waiting) {
      this.#waiting = new EventBuffer(FIRST_BYTES);
      setImmediate(() => this.flush());
    }
    const waiting = this.#waiting;
    const begin = waiting.at;
    waiting.room(FRAME_HEAD_BYTES);
    waiting.at += FRAME_HEAD_BYTES;
    writeEvent(waiting, event);
    writeFrameHead(waiting.buffer, begin, FRAME.event, waiting.at - begin - FRAME_HEAD_BYTES);
  }

  /** Before anything else is written behind them. */
  flush(): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#waiting = undefined;
    this.#write(waiting.buffer.subarray(0, waiting.at));
  }
}
