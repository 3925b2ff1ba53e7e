/**
 * Events on their way to the gateway, kept in memory until they are acknowledged. spool/ keeps them on disk, with
 * the same face.
 *
 * Throws: UPLINK_EVENT_SIZE for an event that no message can hold; those before it are kept.
 */
import type { Event } from '../../contract/messages.ts';
import { type Batch, type EventQueue, giveBack, numberedBatches } from './event-batches.ts';

export class PendingEvents implements EventQueue {
  last = 0;
  acknowledged = 0;
  bytes = 0;
  readonly #batches: Batch[] = [];
  /** Batches that the present stream has been given. */
  #given = 0;

  get heldBytes(): number {
    return this.bytes;
  }

  add(events: readonly Event[]): void {
    for (const batch of numberedBatches(events, this.last)) {
      this.#batches.push(batch);
      this.bytes += batch.message.length;
      this.last = batch.last;
    }
  }

  acknowledge(sequence: number): void {
    if (sequence <= this.acknowledged) return;
    this.acknowledged = sequence;
    const kept = this.#batches.findIndex(({ last }) => last > sequence);
    const done = this.#batches.splice(0, kept === -1 ? this.#batches.length : kept);
    for (const batch of done) {
      this.bytes -= batch.message.length;
      giveBack(batch.message);
    }
    this.#given = Math.max(0, this.#given - done.length);
  }

  resume(sequence: number): void {
    // An origin that another process began: numbers that the log has would be passed over.
    this.last = Math.max(this.last, sequence);
    this.acknowledge(sequence);
    this.#given = 0;
  }

  next(): Uint8Array | undefined {
    const batch = this.#batches[this.#given];
    if (batch) this.#given++;
    return batch?.message;
  }

  close(): void {}
}
