/**
 * Answers to processes, as bytes: made anew from what was checked, never an upstream's packet passed on.
 *
 * In:  the query, records. Out: one message; names compressed, cut and marked so where it is longer than the asker
 *      takes (RFC 1035, 4.1.4 and 4.2.1; RFC 8914 for the reason). Nothing throws.
 */
import { HEADER_BYTES, PLAIN_BYTES, type Query, UDP_BYTES } from './query.ts';

export const CODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
export type Code = keyof typeof CODES;

/** `data` is the record's own bytes, without names but for `target`, which is one. */
export interface AnswerRecord {
  owner: string;
  type: number;
  ttl: number;
  data?: Uint8Array;
  target?: string;
}

export interface Answer {
  code: Code;
  records: readonly AnswerRecord[];
  /** Why it is not what was hoped for, for whoever reads it. RFC 8914, 4. */
  reason?: { code: 15 | 17 | 18 | 22; text: string };
}

const FLAG_RESPONSE = 0x8000;
const FLAG_TRUNCATED = 0x0200;
const FLAG_RECURSION_AVAILABLE = 0x0080;
const POINTER = 0xc000;
const POINTER_MOST = 0x3fff;
const CLASS_IN = 1;
const OPT = 41;
const OPTION_ERROR = 15;
/** Most bytes of a reason's text. */
const REASON_BYTES = 200;
const TCP_BYTES = 65_535;

export function writeAnswer(query: Query, answer: Answer, transport: 'udp' | 'tcp'): Buffer {
  const room = transport === 'tcp' ? TCP_BYTES : Math.min(query.edns?.udpBytes ?? PLAIN_BYTES, UDP_BYTES);
  const edns = query.edns ? ednsRecord(answer) : Buffer.alloc(0);
  const known = new Map(query.name === null ? [] : [[query.name, HEADER_BYTES]]);
  const parts: Buffer[] = [];
  let bytes = HEADER_BYTES + query.question.length;
  let cut = false;
  for (const record of answer.records) {
    const written = recordBytes(record, bytes, known);
    if (bytes + written.length + edns.length > room) {
      cut = true;
      break;
    }
    parts.push(written);
    bytes += written.length;
  }
  const header = headerBytes(query, CODES[answer.code] | (cut ? FLAG_TRUNCATED : 0));
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(parts.length, 6);
  header.writeUInt16BE(edns.length > 0 ? 1 : 0, 10);
  return Buffer.concat([header, query.question, ...parts, edns]);
}

/** To what could not be read. */
export function writeFault(of: { id: number; flags: number }, code: Code): Buffer {
  return headerBytes(of, CODES[code]);
}

function headerBytes({ id, flags }: { id: number; flags: number }, more: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(flags | FLAG_RESPONSE | FLAG_RECURSION_AVAILABLE | more, 2);
  return header;
}

/** @param at where it will stand @param known names that stand in the message already; grows */
function recordBytes(
  { owner, type, ttl, data, target }: AnswerRecord,
  at: number,
  known: Map<string, number>,
): Buffer {
  const name = nameBytes(owner, at, known);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(CLASS_IN, 2);
  fixed.writeUInt32BE(ttl, 4);
  const body =
    target === undefined ? Buffer.from(data ?? []) : nameBytes(target, at + name.length + 10, known);
  fixed.writeUInt16BE(body.length, 8);
  return Buffer.concat([name, fixed, body]);
}

function nameBytes(name: string, at: number, known: Map<string, number>): Buffer {
  const before = known.get(name);
  if (before !== undefined && before <= POINTER_MOST) {
    const pointer = Buffer.alloc(2);
    pointer.writeUInt16BE(POINTER | before);
    return pointer;
  }
  known.set(name, at);
  const labels = name
    .split('.')
    .map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1'));
  return Buffer.concat([...labels, Buffer.alloc(1)]);
}

function ednsRecord({ reason }: Answer): Buffer {
  const text = Buffer.from(reason?.text ?? '').subarray(0, REASON_BYTES);
  const option = reason ? Buffer.alloc(6 + text.length) : Buffer.alloc(0);
  if (reason) {
    option.writeUInt16BE(OPTION_ERROR, 0);
    option.writeUInt16BE(2 + text.length, 2);
    option.writeUInt16BE(reason.code, 4);
    text.copy(option, 6);
  }
  const record = Buffer.alloc(11);
  record.writeUInt16BE(OPT, 1);
  record.writeUInt16BE(UDP_BYTES, 3);
  record.writeUInt16BE(option.length, 9);
  return Buffer.concat([record, option]);
}
