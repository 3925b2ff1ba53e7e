/**
 * Events read without making objects of them: what a log looks events up by, and whether their bytes are already
 * canonical, as those of a runtime of this version are.
 *
 * In:     bytes of one Event.
 * Out:    its head, where each byte is as canonicalEvent() would write it and the event is of a kind that a host's
 *         programs tell; undefined for everything else, which is to be decoded and encoded anew. Nothing is guessed: an
 *         unknown field, a default that was written, a longer varint or text that is not UTF-8 is "everything else".
 */
import { isUtf8 } from 'node:buffer';

export interface EventHead {
  sequence: number;
  timeNs: bigint;
  agent: string;
  run: string;
  /** Field number of the detail; 0: none. */
  detail: number;
  verdict: number;
  /** undefined: as verdict. */
  would: number | undefined;
}

/** Types of fields; from MESSAGE on an index into MESSAGES, from MESSAGES_OF on of a repeated one. */
const U32 = 1;
const U64 = 2;
const BOOL = 3;
/** Enumerators and int32 that are not negative. */
const ENUM = 4;
const TEXT = 5;
const TEXTS = 6;
const MESSAGE = 16;
const MESSAGES_OF = 64;

const VARINT_WIRE = 0;
const BYTES_WIRE = 2;

/** By field number. Compared with proto/ by test/contract/event-reader.test.ts. */
const PROCESS = [0, TEXT, U32, U32, U32, TEXT, TEXT, TEXT, TEXT];
const RULE = [0, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, U32];
const DECISION = [0, ENUM, ENUM, ENUM, TEXT, MESSAGE + 1, TEXT, MESSAGE + 2, TEXT];
const REDACTION = [0, TEXT, U32];
const NONE: number[] = [];
const EXEC = [0, TEXT, TEXT, TEXTS, BOOL, TEXT, U64, U32, U64, U32, BOOL];
const EXITED = [0, ENUM, U32];
const FILE_OPEN = [0, TEXT, BOOL, BOOL, BOOL, BOOL, U64, U32, BOOL, BOOL];
const NETWORK = [0, ENUM, TEXT, TEXT, U32, TEXT];
const CHANGE = [0, TEXT, TEXT, TEXT, U32];
const LOAD = [0, TEXT, U64, U32];
const PRIVILEGED = [0, TEXT, U32, U32];

export const MESSAGES: readonly (readonly number[])[] = [
  PROCESS,
  RULE,
  DECISION,
  REDACTION,
  NONE,
  EXEC,
  EXITED,
  FILE_OPEN,
  NETWORK,
  CHANGE,
  LOAD,
  PRIVILEGED,
];
const DECISION_MESSAGE = 2;
const FIRST_DETAIL = 16;

/** Event itself, by field number. */
export const EVENT: readonly number[] = Object.assign(new Array<number>(28).fill(0), {
  1: U64,
  2: U64,
  3: TEXT,
  4: TEXT,
  5: MESSAGE + 0,
  6: MESSAGE + DECISION_MESSAGE,
  7: MESSAGES_OF + 3,
  8: BOOL,
  16: MESSAGE + 4,
  17: MESSAGE + 5,
  18: MESSAGE + 6,
  19: MESSAGE + 7,
  20: MESSAGE + 8,
  25: MESSAGE + 9,
  26: MESSAGE + 10,
  27: MESSAGE + 11,
});

/** A decision holds another at most so deep. */
const MOST_DEPTH = 3;
const MOST_HIGH = 0x1fffff; // of 2^53

/** What the functions below read, and where they are. One event at a time. */
let bytes: Buffer = Buffer.alloc(0);
let at = 0;
let low = 0;
let high = 0;
/** Of the decision under way and the one in it. */
let verdict = 0;
let would: number | undefined;
/** A 64-bit number from its halves without a shift, which would be a number of its own. */
const halves = new Uint32Array(2);
const whole = new BigUint64Array(halves.buffer);
const LOW = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;

export function readEventHead(source: Buffer, from: number, to: number): EventHead | undefined {
  bytes = source;
  at = from;
  verdict = 0;
  would = undefined;
  const head: EventHead = {
    sequence: 0,
    timeNs: 0n,
    agent: '',
    run: '',
    detail: 0,
    verdict: 0,
    would: undefined,
  };
  for (let last = 0; at < to; ) {
    const field = readTag(to);
    const type = field > 0 && field >= last ? (EVENT[field] ?? 0) : 0;
    if (type === 0 || (field === last && type < MESSAGES_OF)) return undefined;
    last = field;
    if (field >= FIRST_DETAIL) {
      if (head.detail !== 0) return undefined;
      head.detail = field;
    }
    const begin = at;
    if (!readField(type, wire, to, 0)) return undefined;
    if (field === 1) {
      if (high > MOST_HIGH) return undefined;
      head.sequence = high * 0x1_0000_0000 + low;
    } else if (field === 2) {
      halves[LOW] = low;
      halves[1 - LOW] = high;
      head.timeNs = whole[0]!;
    } else if (field === 3) {
      head.agent = knownText(agents, begin);
    } else if (field === 4) {
      head.run = knownText(runs, begin);
    }
  }
  if (at !== to) return undefined;
  head.verdict = verdict;
  head.would = would;
  return head;
}

/** Wire type of the tag read last. */
let wire = 0;

/** A field number, or 0 for a tag that is not as short as it can be. */
function readTag(to: number): number {
  let tag = bytes[at++]!;
  if (tag >= 0x80) {
    if (at >= to) return 0;
    const more = bytes[at++]!;
    if (more >= 0x80 || more === 0) return 0;
    tag = (tag & 0x7f) | (more << 7);
  }
  wire = tag & 7;
  return tag >>> 3;
}

function readField(type: number, wireType: number, to: number, depth: number): boolean {
  if (type <= ENUM) {
    if (wireType !== VARINT_WIRE || !readVarint(to) || (low === 0 && high === 0)) return false;
    if (type === U64) return true;
    if (high !== 0) return false;
    return type === U32 || (type === BOOL ? low === 1 : low < 0x8000_0000);
  }
  if (wireType !== BYTES_WIRE || !readVarint(to) || high !== 0) return false;
  const end = at + low;
  if (end > to) return false;
  if (type === TEXT || type === TEXTS) {
    if (type === TEXT && low === 0) return false;
    return readText(end);
  }
  return readMessage((type - MESSAGE) % (MESSAGES_OF - MESSAGE), end, depth + 1);
}

function readMessage(index: number, to: number, depth: number): boolean {
  if (depth > MOST_DEPTH) return false;
  const fields = MESSAGES[index]!;
  if (index === DECISION_MESSAGE && depth === 2) would = 0;
  for (let last = 0; at < to; ) {
    const field = readTag(to);
    const type = field > 0 && field >= last ? (fields[field] ?? 0) : 0;
    if (type === 0 || (field === last && type !== TEXTS)) return false;
    last = field;
    if (!readField(type, wire, to, depth)) return false;
    if (index === DECISION_MESSAGE && field === 1) {
      if (depth === 1) verdict = low;
      else if (depth === 2) would = low;
    }
  }
  return at === to;
}

/** Into `low` and `high`. False for one that is longer than it need be, or than 64 bits. */
function readVarint(to: number): boolean {
  low = 0;
  high = 0;
  for (let shift = 0; shift < 70 && at < to; shift += 7) {
    const byte = bytes[at++]!;
    const value = byte & 0x7f;
    if (shift < 28) low |= value << shift;
    else if (shift === 28) {
      low |= value << 28;
      high = value >>> 4;
    } else {
      if (shift === 63 && value > 1) return false;
      high |= value << (shift - 32);
    }
    if (byte < 0x80) {
      low >>>= 0;
      high >>>= 0;
      return byte !== 0 || shift === 0;
    }
  }
  return false;
}

/** UTF-8 up to `end`. */
function readText(end: number): boolean {
  const begin = at;
  let all = 0;
  for (; at < end; at++) all |= bytes[at]!;
  return all < 0x80 || isUtf8(bytes.subarray(begin, end));
}

/** Texts that come again in each event, told by their bytes. */
interface Known {
  bytes: Buffer;
  text: string;
}
const agents: Known = { bytes: Buffer.alloc(0), text: '' };
const runs: Known = { bytes: Buffer.alloc(0), text: '' };

/** Of the text that was read last, whose field has its length at `begin`. */
function knownText(known: Known, begin: number): string {
  if (at - begin === known.bytes.length && known.bytes.compare(bytes, begin, at) === 0) return known.text;
  known.bytes = Buffer.from(bytes.subarray(begin, at));
  known.text = bytes.toString('utf8', at - low, at);
  return known.text;
}
