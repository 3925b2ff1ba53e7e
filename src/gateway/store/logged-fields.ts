/**
 * Events as a SubscribeResponse has them, `1: LoggedEvent`, written where the caller says: no event is an object or a buffer of its
 * own on its way to a subscriber.
 *
 * In:     index, originBytes, canonicalEvent.
 * Out:    the field, in bytes of the caller's; or one behind the other, in LoggedFields.
 */
import { leafLength, varintLength, writeLeaf, writeVarint } from '../../contract/canonical.ts';

/** SubscribeResponse.events, and LoggedEvent.index. */
const EVENTS_TAG = (1 << 3) | 2;
const INDEX_TAG = (1 << 3) | 0;

/** Of an event, without the field's tag and length. */
function loggedLength(index: number, leaf: number): number {
  return index === 0 ? leaf : 1 + varintLength(index) + leaf;
}

/** Bytes that writeLoggedField writes. */
export function loggedFieldLength(index: number, prefix: Uint8Array, body: Uint8Array): number {
  const logged = loggedLength(index, leafLength(prefix, body));
  return 1 + varintLength(logged) + logged;
}

/** Returns where the leaf of the audit tree begins, which goes on to the field's end. */
export function writeLoggedField(
  bytes: Uint8Array,
  at: number,
  index: number,
  prefix: Uint8Array,
  body: Uint8Array,
): number {
  bytes[at] = EVENTS_TAG;
  let offset = writeVarint(bytes, at + 1, loggedLength(index, leafLength(prefix, body)));
  if (index > 0) {
    bytes[offset] = INDEX_TAG;
    offset = writeVarint(bytes, offset + 1, index);
  }
  writeLeaf(bytes, offset, prefix, body);
  return offset;
}

/** Fields one behind the other, for one page after another. */
export class LoggedFields {
  readonly #usual: Buffer;
  #buffer: Buffer;
  #at = 0;

  /** @param bytes that a page has as a rule: kept from one to the next, and a larger one takes memory of its own */
  constructor(bytes: number) {
    this.#usual = Buffer.allocUnsafeSlow(bytes);
    this.#buffer = this.#usual;
  }

  add(index: number, prefix: Uint8Array, body: Uint8Array): void {
    const end = this.#at + loggedFieldLength(index, prefix, body);
    if (end > this.#buffer.length) this.#grow(end);
    writeLoggedField(this.#buffer, this.#at, index, prefix, body);
    this.#at = end;
  }

  /** What was added since the last call, in memory of its own. */
  take(): Uint8Array {
    const fields = Buffer.from(this.#buffer.subarray(0, this.#at));
    this.clear();
    return fields;
  }

  clear(): void {
    this.#buffer = this.#usual;
    this.#at = 0;
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}
