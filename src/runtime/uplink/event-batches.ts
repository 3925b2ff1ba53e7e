/**
 * Events as the messages that carry them: numbered, encoded, cut so that each fits in a gRPC message.
 *
 * In:  events, in order, and the last sequence given out.
 * Out: RuntimeMessages with an EventBatch each, encoded; within one the sequences have no hole.
 *
 * Throws: UPLINK_EVENT_SIZE for an event that no message can hold; what comes before it has been given out.
 */
import { Reader } from 'protobufjs/minimal.js';
import { WarderError } from '../../base/error.ts';
import { varintLength, writeVarint } from '../../contract/canonical.ts';
import { EventBuffer, writeEvent } from '../../contract/event-writer.ts';
import { toLong, toNumber } from '../../contract/int64.ts';
import { type Event, Event as EventMessage } from '../../contract/messages.ts';

/** A batch is cut at the first of these; the gateway takes messages of 4 MiB. */
const BATCH_EVENTS = 512;
const BATCH_BYTES = 1024 * 1024;
const EVENT_BYTES = 1024 * 1024;

/** Field numbers of EventBatch and RuntimeMessage. */
const FIRST_SEQUENCE_TAG = (1 << 3) | 0;
const BATCH_EVENTS_TAG = Uint8Array.of((2 << 3) | 2);
const MESSAGE_EVENTS_TAG = (2 << 3) | 2;
/** An event has so many bytes or so. */
const GUESS_BYTES = 300;

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
export function numberedBatches(events: readonly Event[], last: number): Generator<Batch> {
  let sequence = last;
  for (const event of events) event.sequence = toLong(++sequence);
  return batches(events);
}

/** Events are written here one behind the other, and copied out as a message. Its own bytes stand in front. */
const HEAD_BYTES = 32;
const writing = new EventBuffer(BATCH_BYTES + EVENT_BYTES);

/** Batches of events that have their sequences, in rising order; a hole ends a batch. */
export function* batches(events: readonly Event[]): Generator<Batch> {
  for (let next = 0; next < events.length; ) {
    const { batch, end, fault } = oneBatch(events, next);
    if (batch) yield batch;
    if (fault) throw fault;
    next = end;
  }
}

/** The batch that begins with event `from`, and where the next one does. */
function oneBatch(
  events: readonly Event[],
  from: number,
): { batch?: Batch; end: number; fault?: WarderError } {
  const first = toNumber(events[from]!.sequence);
  writing.at = HEAD_BYTES;
  let at = from;
  for (; at < events.length && at - from < BATCH_EVENTS; at++) {
    const event = events[at]!;
    const begin = writing.at;
    if (at > from && toNumber(event.sequence) !== first + at - from) break;
    writing.bytes(BATCH_EVENTS_TAG);
    writing.sized(GUESS_BYTES, () => writeEvent(writing, event));
    const size = writing.at - begin;
    if (size > EVENT_BYTES) {
      writing.at = begin;
      const fault = tooLarge(size);
      return at > from ? { batch: batchOf(first, at - from), end: at, fault } : { end: at, fault };
    }
    if (at > from && writing.at - HEAD_BYTES > BATCH_BYTES) {
      writing.at = begin;
      break;
    }
  }
  return { batch: batchOf(first, at - from), end: at };
}

/** The events of a batch that was made here, one after the other: whoever keeps none has no more than one in memory. */
export function* eventsOf({ message }: Pick<Batch, 'message'>): Generator<Event> {
  const reader = Reader.create(message);
  // A message is a batch and nothing else (batchOf).
  reader.uint32();
  reader.uint32();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === BATCH_EVENTS_TAG[0]) yield EventMessage.decode(reader, reader.uint32());
    else reader.skipType(tag & 7);
  }
}

/** What has been written, as a RuntimeMessage. */
function batchOf(first: number, count: number): Batch {
  const { buffer, at } = writing;
  const content = 1 + varintLength(first) + at - HEAD_BYTES;
  const begin = HEAD_BYTES - 2 - varintLength(first) - varintLength(content);
  buffer[begin] = MESSAGE_EVENTS_TAG;
  const sequence = writeVarint(buffer, begin + 1, content);
  buffer[sequence] = FIRST_SEQUENCE_TAG;
  writeVarint(buffer, sequence + 1, first);
  return { first, last: first + count - 1, message: Uint8Array.prototype.slice.call(buffer, begin, at) };
}

/**
 * The memory of a message that nobody sends any more: its sender has none of it, or the gateway has all of it. The garbage
 * collector lets 64 MB of what lies outside its heap come together before it looks. A message that is part of a larger
 * buffer, and one that was given back before, stays as it is.
 */
export function giveBack(message: Uint8Array): void {
  const { buffer } = message;
  const whole = message.length > 0 && buffer.byteLength === message.length;
  if (whole && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

function tooLarge(bytes: number): WarderError {
  return new WarderError(
    'UPLINK_EVENT_SIZE',
    `an event has ${bytes} bytes, at most ${EVENT_BYTES} go`,
    'report this: the kernel programs bound every string well below that',
  );
}
