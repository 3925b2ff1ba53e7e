/**
 * A batch of events as a runtime sent it, made ready for the log without decoding it: an event whose bytes are canonical
 * already is taken as it is, and any other is decoded and encoded anew.
 *
 * In:     the bytes of a RuntimeMessage.
 * Out:    its events as entries of the log; undefined for a message of another kind, or of another form.
 * Throws: what a decoder throws for bytes that are no message.
 */
import { type EventHead, readEventHead } from '../../contract/event-reader.ts';
import { toNumber } from '../../contract/int64.ts';
import { Event, type EventBatch } from '../../contract/messages.ts';
import { type Kind, type LogEntry, logEntry } from './entry.ts';

/** RuntimeMessage.events, and EventBatch.first_sequence and .events. */
const MESSAGE_EVENTS = 0x12;
const FIRST_SEQUENCE = 0x08;
const EVENTS = 0x12;

/** By field number of the detail (proto/warder/v1/event.proto), of those that readEventHead knows. */
const KINDS: Readonly<Record<number, Kind>> = {
  0: 'none',
  16: 'fork',
  17: 'exec',
  18: 'exit',
  19: 'open',
  20: 'network',
  25: 'change',
  26: 'load',
  27: 'privileged',
};

export class ReceivedBatch {
  readonly firstSequence: number;
  readonly entries: readonly LogEntry[];
  /** Those of them that were decoded: all that no program of a host tells are. */
  readonly decoded: readonly Event[];

  constructor(firstSequence: number, entries: readonly LogEntry[], decoded: readonly Event[]) {
    this.firstSequence = firstSequence;
    this.entries = entries;
    this.decoded = decoded;
  }
}

/** Of a form that no runtime of this version sends. Throws CONTRACT_INTEGER. */
export function decodedBatch({ firstSequence, events }: EventBatch): ReceivedBatch {
  const all = events ?? [];
  return new ReceivedBatch(toNumber(firstSequence), all.map(logEntry), all);
}

export function receivedBatch(message: Buffer): ReceivedBatch | undefined {
  const cursor = { bytes: message, at: 1 };
  if (message[0] !== MESSAGE_EVENTS) return undefined;
  const content = length(cursor);
  if (cursor.at + content !== message.length) return undefined;
  let first = 0;
  if (message[cursor.at] === FIRST_SEQUENCE) {
    cursor.at++;
    first = length(cursor);
    if (!Number.isSafeInteger(first)) return undefined;
  }
  const entries: LogEntry[] = [];
  const decoded: Event[] = [];
  while (cursor.at < message.length) {
    if (message[cursor.at++] !== EVENTS) return undefined;
    const size = length(cursor);
    const end = cursor.at + size;
    if (!(end <= message.length)) return undefined;
    const head = readEventHead(message, cursor.at, end);
    const body = message.subarray(cursor.at, end);
    if (head) {
      entries.push(entryOf(head, body));
    } else {
      const event = Event.decode(body);
      decoded.push(event);
      entries.push(logEntry(event));
    }
    cursor.at = end;
  }
  return new ReceivedBatch(first, entries, decoded);
}

/** `body`: the bytes that the head was read from. */
export function entryOf(
  { sequence, timeNs, agent, run, detail, verdict, would }: EventHead,
  body: Uint8Array,
): LogEntry {
  return { sequence, timeNs, agent, run, kind: KINDS[detail]!, verdict, would: would ?? verdict, body };
}

/** A varint of a safe integer; NaN for a longer one, or one that has no end. */
function length(cursor: { bytes: Buffer; at: number }): number {
  let value = 0;
  for (let factor = 1; factor <= 2 ** 42; factor *= 0x80) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) return Number.NaN;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
  return Number.NaN;
}
