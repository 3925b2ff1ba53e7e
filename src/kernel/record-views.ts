/**
 * The bytes of one batch, as the record decoders read them: every field is one read of a typed array.
 *
 * In:     a batch of the drain's, layout bpf/event.h, little-endian.
 * Throws: KERNEL_RECORD for a string that is not inside its record.
 */
import { WarderError } from '../base/error.ts';
import { layout } from './generated/layout.ts';
import { kernelText } from './text.ts';

/** One batch under all the widths that its fields have. */
export interface Views {
  bytes: Buffer;
  half: Uint16Array;
  word: Uint32Array;
  quad: BigUint64Array;
}

export function viewsOf(batch: Buffer): Views {
  // The drain's batches are aligned; a slice of something else need not be.
  const bytes = batch.byteOffset % 8 === 0 ? batch : Buffer.from(new Uint8Array(batch).buffer);
  const { buffer, byteOffset, length } = bytes;
  return {
    bytes,
    half: new Uint16Array(buffer, byteOffset, length >> 1),
    word: new Uint32Array(buffer, byteOffset, length >> 2),
    quad: new BigUint64Array(buffer, byteOffset, length >> 3),
  };
}

/** A record that this build cannot read: version skew. `at` is its first byte in the batch. */
export function skew(at: number, what: string): WarderError {
  return new WarderError(
    'KERNEL_RECORD',
    `the record at byte ${at} of a batch ${what}`,
    'the addon and this program are of different builds: run make build, then start Warder again',
  );
}

/** The string that the struct span at `field` names: inside the record, behind its fixed part, NUL-terminated. */
export function spanText({ bytes, half, word }: Views, at: number, field: number): string {
  const span = (at + field) >> 1;
  const from = half[span]!;
  const length = half[span + 1]!;
  if (length === 0) return '';
  const size = word[(at + layout.event_head.fields.size.offset) >> 2]!;
  if (from <= field || from + length >= size || bytes[at + from + length] !== 0) {
    throw skew(at, `has a string at bytes ${from} to ${from + length} of ${size}, or none that ends there`);
  }
  return kernelText(bytes, at + from, at + from + length);
}
