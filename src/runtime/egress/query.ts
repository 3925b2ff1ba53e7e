/**
 * Queries as they come from processes: one message to its question (RFC 1035, EDNS of RFC 6891).
 *
 * Read here byte by byte: a label may hold a dot, which no text of a name shows. Nothing throws: what nothing can be
 * said to is null.
 */
import { wireName } from '../../contract/host-name.ts';

export const HEADER_BYTES = 12;
/** A longer query is none that a resolver library makes. */
const QUERY_BYTES = 1232;
/** What a client takes that does not say. */
export const PLAIN_BYTES = 512;
/** What any is sent by UDP, whatever it says that it takes: as much as passes unfragmented. */
export const UDP_BYTES = 1232;

const OPT = 41;
const CLASS_IN = 1;
const FLAG_RESPONSE = 0x8000;
const OPCODE_MASK = 0x7800;

export interface Query {
  id: number;
  /** The flags that an answer repeats: opcode and "recursion desired". */
  flags: number;
  /** The question as it came, bytes and all. */
  question: Buffer;
  /** In normal form; null where it is no host name. */
  name: string | null;
  /** As it came, for events: what is no text in it is escaped. */
  asked: string;
  type: number;
  internet: boolean;
  /** It speaks EDNS, and takes this much by UDP. */
  edns: { udpBytes: number; version: number } | null;
}

/** What is well-formed, what can only be told that it is not, and what is dropped. */
export type ReadQuery =
  | { query: Query }
  | { malformed: { id: number; flags: number; code: 'FORMERR' | 'NOTIMP' } }
  | null;

export function readQuery(bytes: Buffer): ReadQuery {
  if (bytes.length < HEADER_BYTES) return null;
  const id = bytes.readUInt16BE(0);
  const all = bytes.readUInt16BE(2);
  if (all & FLAG_RESPONSE) return null;
  const flags = all & (OPCODE_MASK | 0x0100);
  if (all & OPCODE_MASK) return { malformed: { id, flags, code: 'NOTIMP' } };
  const counts = [4, 6, 8, 10].map((at) => bytes.readUInt16BE(at));
  const fault = { malformed: { id, flags, code: 'FORMERR' as const } };
  if (bytes.length > QUERY_BYTES || counts[0] !== 1 || counts[1] !== 0 || counts[2] !== 0 || counts[3]! > 1)
    return fault;
  const name = readName(bytes, HEADER_BYTES);
  if (!name || name.end + 4 > bytes.length) return fault;
  const end = name.end + 4;
  const edns = counts[3] === 1 ? readEdns(bytes, end) : null;
  if (counts[3] === 1 && !edns) return fault;
  return {
    query: {
      ...{ id, flags, edns, question: bytes.subarray(HEADER_BYTES, end) },
      name: name.labels.every((label) => !label.includes('.')) ? wireName(name.labels.join('.')) : null,
      asked: name.labels.map(escaped).join('.') || '.',
      type: bytes.readUInt16BE(name.end),
      internet: bytes.readUInt16BE(name.end + 2) === CLASS_IN,
    },
  };
}

/** Labels, Latin-1 so that every byte is one character. A question is the first name: nothing is there to point to. */
function readName(bytes: Buffer, from: number): { labels: string[]; end: number } | null {
  const labels: string[] = [];
  let at = from;
  for (;;) {
    const length = bytes[at];
    if (length === undefined || length > 63 || at + length >= bytes.length || at - from > 254) return null;
    if (length === 0) return { labels, end: at + 1 };
    labels.push(bytes.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
}

/** The one record that a query may bring. */
function readEdns(bytes: Buffer, at: number): Query['edns'] {
  if (bytes.length < at + 11 || bytes[at] !== 0 || bytes.readUInt16BE(at + 1) !== OPT) return null;
  if (at + 11 + bytes.readUInt16BE(at + 9) !== bytes.length) return null;
  return { udpBytes: Math.max(PLAIN_BYTES, bytes.readUInt16BE(at + 3)), version: bytes[at + 6]! };
}

/** As a zone file has it (RFC 1035, 5.1): `\.` and `\000`. */
function escaped(label: string): string {
  return label.replace(/[^A-Za-z0-9_*-]/g, (character) =>
    character === '.' ? '\\.' : `\\${String(character.charCodeAt(0)).padStart(3, '0')}`,
  );
}
