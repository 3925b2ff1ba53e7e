/**
 * Events as the messages that carry them: numbered, encoded, cut so that each fits in a gRPC message.
 *
 * In:  events, in order, and the last sequence given out.
 * Out: RuntimeMessages with an EventBatch each, encoded; within one the sequences have no hole.
 *
 * Throws: UPLINK_EVENT_SIZE for an event that no message can hold; what comes before it has been given out.
 */
import { WarderError } from '../base/error.ts';
import { bytesField, canonicalEvent, varintLength, writeVarint } from '../contract/canonical.ts';
import { toLong, toNumber } from '../contract/int64.ts';
import { type Event, RuntimeMessage } from '../contract/messages.ts';

/** A batch is cut at the first of these; the gateway takes messages of 4 MiB. */
const BATCH_EVENTS = 512;
const BATCH_BYTES = 1024 * 1024;
const EVENT_BYTES = 1024 * 1024;

/** Field numbers of EventBatch and RuntimeMessage. */
const FIRST_SEQUENCE_TAG = (1 << 3) | 0;
const BATCH_EVENTS_FIELD = 2;
const MESSAGE_EVENTS_FIELD = 2;

export interface Batch {
  first: number;
  last: number;
  /** RuntimeMessage, encoded. */
  message: Uint8Array;
}

/** What holds events until the gateway has acknowledged them. */
export interface EventQueue {
  /** Last sequence given to an event. */
  readonly last: number;
  /** Last sequence that the gateway has acknowledged. */
  readonly acknowledged: number;
  /** Of what is kept. */
  readonly bytes: number;
  /** Of what would be lost with this process. */
  readonly heldBytes: number;
  /** Numbers the events and takes them over. Throws UPLINK_EVENT_SIZE; those before it are kept. */
  add(events: readonly Event[]): void;
  /** Forgets what is in the gateway's log. */
  acknowledge(sequence: number): void;
  /** A new stream has been given nothing, and the log has events up to `sequence`. */
  resume(sequence: number): void;
  /** The next message for the present stream. */
  next(): Uint8Array | undefined;
  /** Not to be used afterwards. */
  close(): void;
}

/** Numbers events from last + 1 on. */
export function* numberedBatches(events: readonly Event[], last: number): Generator<Batch> {
  yield* batches(
    (function* () {
      let sequence = last;
      for (const event of events) yield Object.assign(event, { sequence: toLong(++sequence) });
    })(),
  );
}

/** Batches of events that have their sequences, in rising order; a hole ends a batch. */
export function* batches(events: Iterable<Event>): Generator<Batch> {
  let encoded: Uint8Array[] = [];
  let bytes = 0;
  let last = 0;
  try {
    for (const event of events) {
      const sequence = toNumber(event.sequence);
      const one = canonicalEvent(event);
      if (one.length > EVENT_BYTES) throw tooLarge(one.length);
      const full = encoded.length === BATCH_EVENTS || bytes + one.length > BATCH_BYTES;
      if (encoded.length > 0 && (full || sequence !== last + 1)) {
        yield batchOf(last, encoded);
        encoded = [];
        bytes = 0;
      }
      last = sequence;
      encoded.push(one);
      bytes += one.length;
    }
  } finally {
    if (encoded.length > 0) yield batchOf(last, encoded);
  }
}

/** The events of a batch. */
export function eventsOf({ message }: Pick<Batch, 'message'>): Event[] {
  return RuntimeMessage.decode(message).events?.events ?? [];
}

function batchOf(last: number, events: readonly Uint8Array[]): Batch {
  const first = last - events.length + 1;
  const sequence = new Uint8Array(1 + varintLength(first));
  sequence[0] = FIRST_SEQUENCE_TAG;
  writeVarint(sequence, 1, first);
  const content = Buffer.concat([sequence, ...events.map((bytes) => bytesField(BATCH_EVENTS_FIELD, bytes))]);
  return { first, last, message: bytesField(MESSAGE_EVENTS_FIELD, content) };
}

function tooLarge(bytes: number): WarderError {
  return new WarderError(
    'UPLINK_EVENT_SIZE',
    `an event has ${bytes} bytes, at most ${EVENT_BYTES} go`,
    'report this: the kernel programs bound every string well below that',
  );
}
