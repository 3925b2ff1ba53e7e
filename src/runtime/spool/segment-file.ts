/**
 * A segment of the spool as a file: a line that says whose events these are, then records.
 *
 *     warder-spool/v1 HOST BOOT ORIGIN\n
 *     record: length of the message, u32 LE; CRC-32 (zlib) of what follows it, u32 LE; first sequence, u64 LE;
 *             last sequence, u64 LE; the message (an encoded RuntimeMessage with one EventBatch)
 *
 * A process that is killed, or a disk that fills, can leave half a record at the end; a disk can change bytes
 * anywhere. Both are found by the checksum, and never read as events.
 */
import { crc32 } from 'node:zlib';
import type { Origin } from '../../contract/canonical.ts';
import type { Batch } from '../uplink/event-batches.ts';

const MAGIC = 'warder-spool/v1';
const HEAD_BYTES = 24;
/** Longest message: a batch is cut at 1 MiB of events, one event more may reach past it. */
const MESSAGE_BYTES = 4 * 1024 * 1024;
/** A longer first line is none of ours. */
const LINE_BYTES = 1024;

export function segmentHeader({ host, boot, origin }: Origin): Buffer {
  return Buffer.from(`${MAGIC} ${host} ${boot} ${origin}\n`, 'utf8');
}

/** Whose events a segment holds; undefined for what is no segment. */
export function originIn(bytes: Buffer): Origin | undefined {
  const end = bytes.subarray(0, LINE_BYTES).indexOf(0x0a);
  const [magic, host, boot, origin, ...rest] = bytes.toString('utf8', 0, Math.max(end, 0)).split(' ');
  if (magic !== MAGIC || !host || !boot || !origin || rest.length > 0) return undefined;
  return { host, boot, origin };
}

/** A record in two pieces: a head, and the batch's message as it is. */
export function recordOf({ first, last, message }: Batch): [Buffer, Uint8Array] {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeUInt32LE(message.length, 0);
  head.writeBigUInt64LE(BigInt(first), 8);
  head.writeBigUInt64LE(BigInt(last), 16);
  head.writeUInt32LE(crc32(message, crc32(head.subarray(8))), 4);
  return [head, message];
}

export interface SegmentContent {
  batches: Batch[];
  /** Before which of the batches (their number: at the end) something is not as it was written. */
  damagedAt: number[];
}

/** The records behind the header, as far as they are whole. */
export function recordsIn(bytes: Buffer): SegmentContent {
  const content: SegmentContent = { batches: [], damagedAt: [] };
  let at = bytes.indexOf(0x0a) + 1;
  while (at < bytes.length) {
    const length = at + HEAD_BYTES <= bytes.length ? bytes.readUInt32LE(at) : Number.POSITIVE_INFINITY;
    const end = at + HEAD_BYTES + length;
    if (length > MESSAGE_BYTES || end > bytes.length) {
      // Where the next record begins is not to be known.
      content.damagedAt.push(content.batches.length);
      break;
    }
    if (crc32(bytes.subarray(at + 8, end)) === bytes.readUInt32LE(at + 4)) {
      content.batches.push({
        first: Number(bytes.readBigUInt64LE(at + 8)),
        last: Number(bytes.readBigUInt64LE(at + 16)),
        message: bytes.subarray(at + HEAD_BYTES, end),
      });
    } else {
      content.damagedAt.push(content.batches.length);
    }
    at = end;
  }
  return content;
}
