/**
 * Events on their way to the gateway: numbered, encoded, kept until they are acknowledged. In memory; what keeps
 * them on disk would have the same face.
 *
 * In:  events, in order.
 * Out: RuntimeMessages with an EventBatch each, encoded, small enough for one gRPC message.
 *
 * Throws: UPLINK_EVENT_SIZE for an event that no message can hold; those before it are kept.
 */
import { WarderError } from '../base/error.ts';
import { bytesField, canonicalEvent, varintLength, writeVarint } from '../contract/canonical.ts';
import { toLong } from '../contract/int64.ts';
import type { Event } from '../contract/messages.ts';

/** A batch is cut at the first of these; the gateway takes messages of 4 MiB. */
const BATCH_EVENTS = 512;
const BATCH_BYTES = 1024 * 1024;
const EVENT_BYTES = 1024 * 1024;

/** Field numbers of EventBatch and RuntimeMessage. */
const FIRST_SEQUENCE_TAG = (1 << 3) | 0;
const BATCH_EVENTS_FIELD = 2;
const MESSAGE_EVENTS_FIELD = 2;

interface Batch {
  last: number;
  message: Uint8Array;
}

export class PendingEvents {
  /** Last sequence given to an event. */
  last = 0;
  /** Last sequence that the gateway has acknowledged. */
  acknowledged = 0;
  /** Of what is kept. */
  bytes = 0;
  readonly #batches: Batch[] = [];
  /** Batches that the present stream has been given. */
  #given = 0;

  /** Numbers the events and takes them over. */
  add(events: readonly Event[]): void {
    for (const batch of this.#cut(events)) {
      this.#batches.push(batch);
      this.bytes += batch.message.length;
    }
  }

  /** Forgets what is in the gateway's log. */
  acknowledge(sequence: number): void {
    if (sequence <= this.acknowledged) return;
    this.acknowledged = sequence;
    const kept = this.#batches.findIndex(({ last }) => last > sequence);
    const done = this.#batches.splice(0, kept === -1 ? this.#batches.length : kept);
    for (const { message } of done) this.bytes -= message.length;
    this.#given = Math.max(0, this.#given - done.length);
  }

  /** A new stream has been given nothing, and the log has events up to `sequence`. */
  resume(sequence: number): void {
    // An origin that another process began: numbers that the log has would be passed over.
    this.last = Math.max(this.last, sequence);
    this.acknowledge(sequence);
    this.#given = 0;
  }

  /** The next message for the present stream. */
  next(): Uint8Array | undefined {
    const batch = this.#batches[this.#given];
    if (batch) this.#given++;
    return batch?.message;
  }

  *#cut(events: readonly Event[]): Generator<Batch> {
    let encoded: Uint8Array[] = [];
    let bytes = 0;
    try {
      for (const event of events) {
        event.sequence = toLong(this.last + 1);
        const one = canonicalEvent(event);
        if (one.length > EVENT_BYTES) throw tooLarge(one.length);
        if (encoded.length === BATCH_EVENTS || bytes + one.length > BATCH_BYTES) {
          if (encoded.length > 0) yield batchOf(this.last, encoded);
          encoded = [];
          bytes = 0;
        }
        this.last++;
        encoded.push(one);
        bytes += one.length;
      }
    } finally {
      if (encoded.length > 0) yield batchOf(this.last, encoded);
    }
  }
}

function batchOf(last: number, events: readonly Uint8Array[]): Batch {
  const first = last - events.length + 1;
  const sequence = new Uint8Array(1 + varintLength(first));
  sequence[0] = FIRST_SEQUENCE_TAG;
  writeVarint(sequence, 1, first);
  const content = Buffer.concat([sequence, ...events.map((bytes) => bytesField(BATCH_EVENTS_FIELD, bytes))]);
  return { last, message: bytesField(MESSAGE_EVENTS_FIELD, content) };
}

function tooLarge(bytes: number): WarderError {
  return new WarderError(
    'UPLINK_EVENT_SIZE',
    `an event has ${bytes} bytes, at most ${EVENT_BYTES} go`,
    'report this: the kernel programs bound every string well below that',
  );
}
