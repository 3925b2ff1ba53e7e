/**
 * Canonical events written into a buffer of the caller's: the bytes of canonicalEvent(), at a tenth of its cost.
 *
 * What comes again and again is encoded once: process and decision of an event by their identity as objects (whoever
 * makes events shares them between events, and changes none that was given out), agent and run by their text. Fields of
 * an opened file are written one by one, as most events are that; everything else is left to canonicalEvent().
 *
 * In:     an event.
 * Out:    its bytes, appended to an EventBuffer.
 */
import type Long from 'long';
import { canonicalEvent, varintLength, writeVarint } from './canonical.ts';
import type { Int64 } from './int64.ts';
import type { Decision, Event, FileOpen, Process } from './messages.ts';

/** Tags of Event and FileOpen (proto/warder/v1/event.proto). test/contract holds them against the generated encoder. */
const SEQUENCE = 0x08;
const TIME = 0x10;
const FILE_OPEN_1 = 0x9a;
const FILE_OPEN_2 = 0x01;
const PATH = 0x0a;
const READ = 0x10;
const WRITE = 0x18;
const CREATE = 0x20;
const TRUNCATE = 0x28;
const INODE = 0x30;
const DEVICE = 0x38;
const DIRECTORY = 0x40;
const DELETED = 0x48;

/** All fields but texts and what is encoded elsewhere, with their tags and lengths. */
const FIXED_BYTES = 128;
/** A longer path is left to the generated encoder. */
const PATH_CHARACTERS = 8192;

const processes = new WeakMap<Process, Uint8Array>();
const decisions = new WeakMap<Decision, Uint8Array>();
let origin = { agent: '', run: '', bytes: new Uint8Array(0) };

export function writeEvent(target: EventBuffer, event: Event): void {
  const { sequence, timeUnixNs, agent, run, process, decision, redactions, cut, fileOpen } = event;
  target.room(FIXED_BYTES);
  target.integer(SEQUENCE, sequence);
  target.integer(TIME, timeUnixNs);
  if (agent || run) target.bytes(originOf(agent ?? '', run ?? ''));
  if (process) target.bytes(cached(processes, process, () => ({ process })));
  if (decision) target.bytes(cached(decisions, decision, () => ({ decision })));
  if (fileOpen && !cut && !redactions?.length && (fileOpen.path?.length ?? 0) <= PATH_CHARACTERS) {
    writeOpen(target, fileOpen);
  } else {
    target.bytes(canonicalEvent(detailOf(event)));
  }
}

/** What of an event stands behind the fields that are written here. */
function detailOf(event: Event): Event {
  const { sequence, timeUnixNs, agent, run, process, decision, ...detail } = event;
  return detail;
}

/** Grows as it must; `at` is where it ends. */
export class EventBuffer {
  buffer: Buffer;
  at = 0;

  constructor(sizeBytes: number) {
    this.buffer = Buffer.allocUnsafeSlow(sizeBytes);
  }

  room(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.at + bytes));
    this.buffer.copy(larger, 0, 0, this.at);
    this.buffer = larger;
  }

  bytes(bytes: Uint8Array): void {
    this.room(bytes.length + FIXED_BYTES);
    this.buffer.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** A field; 0 is left out. */
  integer(tag: number, value: Int64): void {
    if (value == null) return;
    if (typeof value === 'number') {
      if (value !== 0) this.#varint(tag, value % 0x1_0000_0000, Math.floor(value / 0x1_0000_0000));
    } else if (typeof value === 'bigint') {
      if (value !== 0n) this.#varint(tag, Number(value & 0xffffffffn), Number(value >> 32n));
    } else if ((value as Long).low !== 0 || (value as Long).high !== 0) {
      this.#varint(tag, (value as Long).low >>> 0, (value as Long).high >>> 0);
    }
  }

  flag(tag: number, value: boolean | null | undefined): void {
    if (!value) return;
    this.buffer[this.at++] = tag;
    this.buffer[this.at++] = 1;
  }

  text(tag: number, text: string | null | undefined): void {
    if (!text) return;
    this.room(text.length * 3 + FIXED_BYTES);
    this.buffer[this.at++] = tag;
    this.sized(text.length, () => {
      // Half a surrogate pair becomes U+FFFD, as in canonicalEvent.
      this.at += this.buffer.write(text, this.at, 'utf8');
    });
  }

  /** What `write` appends, behind its length, which is probably `guess`. */
  sized(guess: number, write: () => void): void {
    const from = this.at;
    const begin = from + varintLength(guess);
    this.at = begin;
    write();
    const length = this.at - begin;
    const head = varintLength(length);
    if (from + head !== begin) {
      this.room(FIXED_BYTES);
      this.buffer.copyWithin(from + head, begin, this.at);
      this.at = from + head + length;
    }
    writeVarint(this.buffer, from, length);
  }

  #varint(tag: number, low: number, high: number): void {
    const { buffer } = this;
    buffer[this.at++] = tag;
    let l = low;
    let h = high;
    while (h !== 0 || l >= 0x80) {
      buffer[this.at++] = (l & 0x7f) | 0x80;
      l = ((l >>> 7) | (h << 25)) >>> 0;
      h >>>= 7;
    }
    buffer[this.at++] = l;
  }
}

function writeOpen(target: EventBuffer, open: FileOpen): void {
  const { buffer } = target;
  buffer[target.at++] = FILE_OPEN_1;
  buffer[target.at++] = FILE_OPEN_2;
  target.sized((open.path?.length ?? 0) + 20, () => {
    target.text(PATH, open.path);
    target.flag(READ, open.read);
    target.flag(WRITE, open.write);
    target.flag(CREATE, open.create);
    target.flag(TRUNCATE, open.truncate);
    target.integer(INODE, open.inode);
    target.integer(DEVICE, open.device);
    target.flag(DIRECTORY, open.directory);
    target.flag(DELETED, open.deleted);
  });
}

function originOf(agent: string, run: string): Uint8Array {
  if (agent !== origin.agent || run !== origin.run) {
    origin = { agent, run, bytes: Uint8Array.from(canonicalEvent({ agent, run })) };
  }
  return origin.bytes;
}

function cached<T extends object>(known: WeakMap<T, Uint8Array>, part: T, whole: () => Event): Uint8Array {
  let bytes = known.get(part);
  if (!bytes) {
    // A copy: what the encoder gives may be a view into a larger pool.
    bytes = Uint8Array.from(canonicalEvent(whole()));
    known.set(part, bytes);
  }
  return bytes;
}
