/**
 * SubscribeResponse around events that are encoded already.
 */
import { bytesField, varintLength, writeVarint } from '../../contract/canonical.ts';
import { toLong } from '../../contract/int64.ts';
import { SubscribeResponse } from '../../contract/messages.ts';
import type { SentLogPage } from '../store/event-log.ts';

/** Field number and tags of SubscribeResponse. */
const EVENTS_FIELD = 1;
const NEXT_INDEX_TAG = (2 << 3) | 0;
const END_INDEX_TAG = (3 << 3) | 0;

export interface ResponseParts {
  /** Each an encoded LoggedEvent. */
  events: readonly Uint8Array[];
  next: number;
  end: number;
}

export function responseBytes({ events, next, end }: ResponseParts): Uint8Array {
  return ofFields({ pieces: events.map((event) => bytesField(EVENTS_FIELD, event)), next, end });
}

/** The same of what are fields already. What it returns shares no memory with them. */
export function ofFields({ pieces, next, end }: SentLogPage): Uint8Array {
  const parts = [...pieces];
  if (next > 0) parts.push(varintField(NEXT_INDEX_TAG, next));
  if (end > 0) parts.push(varintField(END_INDEX_TAG, end));
  return Buffer.concat(parts);
}

/** Tells that events are passed over, and where it goes on. */
export function missedBytes(
  from: number,
  to: number,
  reason: 'retention' | 'behind',
  end: number,
): Uint8Array {
  return SubscribeResponse.encode({
    nextIndex: toLong(to),
    endIndex: toLong(end),
    missed: { fromIndex: toLong(from), toIndex: toLong(to), reason },
  }).finish();
}

function varintField(tag: number, value: number): Uint8Array {
  const bytes = new Uint8Array(1 + varintLength(value));
  bytes[0] = tag;
  writeVarint(bytes, 1, value);
  return bytes;
}
