/**
 * What was appended last, in the form in which subscribers are sent it: who follows the log is given the bytes that were hashed and
 * stored a moment ago, and nobody reads them back from the database.
 *
 * In:     events of a transaction, in order of their index; then `publish` once they are on disk.
 * Out:    the hash of each leaf; of a range of indexes that is published, the fields `1: LoggedEvent` one behind the other, as
 *         SubscribeResponse has them.
 * Bounded: BYTES and EVENTS, which an idle gateway does not touch; the oldest are written over.
 *
 * A ring: each event lies in it in one piece, and one that does not fit before the end lies at the beginning.
 */
import { type HashText, LEAF_MARK, sha256Text } from '../audit/merkle.ts';
import { loggedFieldLength, writeLoggedField } from './logged-fields.ts';

const BYTES = 8 * 1024 * 1024;
const EVENTS = 1 << 15;

export interface RecentPage {
  /** The fields, in order: good until the next append. */
  pieces: Uint8Array[];
  /** First index that is not among them. */
  next: number;
  /** First index that memory knows nothing of: the log's end, unless another process has gone on with it. */
  end: number;
}

export class RecentEvents {
  readonly #buffer: Buffer;
  /** By index, modulo EVENTS. */
  readonly #offsets = new Uint32Array(EVENTS);
  readonly #lengths = new Uint32Array(EVENTS);
  /** Indexes of those that are there; before `#published` they are on disk. */
  #first = 0;
  #published = 0;
  #end = 0;
  /** Where the next one goes. */
  #at = 0;

  constructor(bytes = BYTES) {
    this.#buffer = Buffer.allocUnsafeSlow(bytes);
  }

  /**
   * @param prefix originBytes of its origin
   * @returns the hash of its leaf in the audit tree
   */
  add(index: number, prefix: Uint8Array, body: Uint8Array): HashText {
    if (index !== this.#end) this.#begin(index);
    const length = loggedFieldLength(index, prefix, body);
    const buffer = length > this.#buffer.length ? Buffer.allocUnsafe(length) : this.#buffer;
    const at = buffer === this.#buffer ? this.#place(index, length) : 0;
    const mark = writeLoggedField(buffer, at, index, prefix, body) - 1;
    // What is hashed is the leaf behind a mark, which has the place of the byte before it meanwhile.
    const before = buffer[mark]!;
    buffer[mark] = LEAF_MARK;
    const hash = sha256Text(buffer.subarray(mark, at + length));
    buffer[mark] = before;
    if (buffer !== this.#buffer) this.#begin(index + 1);
    return hash;
  }

  /** What was added is on disk. */
  publish(): void {
    this.#published = this.#end;
  }

  /** What was added is not on disk, or what there is may not be there any more. */
  clear(): void {
    this.#begin(0);
  }

  /** From an index on; undefined where that one is not there. `maxBytes` bounds all but the first. */
  page(from: number, limit: number, maxBytes: number): RecentPage | undefined {
    if (from < this.#first || from >= this.#published) return undefined;
    const until = Math.min(this.#published, from + limit);
    const pieces: Uint8Array[] = [];
    let begin = this.#offsets[from % EVENTS]!;
    let end = begin;
    let room = maxBytes;
    let next = from;
    for (; next < until; next++) {
      const offset = this.#offsets[next % EVENTS]!;
      const length = this.#lengths[next % EVENTS]!;
      room -= length;
      if (room < 0 && next > from) break;
      if (offset !== end) {
        pieces.push(this.#buffer.subarray(begin, end));
        begin = offset;
      }
      end = offset + length;
    }
    pieces.push(this.#buffer.subarray(begin, end));
    return { pieces, next, end: this.#published };
  }

  /** Empty, and the next one has this index. */
  #begin(index: number): void {
    this.#first = index;
    this.#published = index;
    this.#end = index;
    this.#at = 0;
  }

  /** Room for an event, in the place of the oldest. */
  #place(index: number, length: number): number {
    let at = this.#at;
    if (at + length > this.#buffer.length) {
      while (this.#first < this.#end && this.#offsets[this.#first % EVENTS]! >= at) this.#first++;
      at = 0;
    }
    while (this.#first < this.#end && this.#isIn(this.#first % EVENTS, at, at + length)) this.#first++;
    if (this.#end - this.#first === EVENTS) this.#first++;
    this.#offsets[index % EVENTS] = at;
    this.#lengths[index % EVENTS] = length;
    this.#at = at + length;
    this.#end = index + 1;
    return at;
  }

  #isIn(place: number, from: number, to: number): boolean {
    const offset = this.#offsets[place]!;
    return offset < to && offset + this.#lengths[place]! > from;
  }
}
