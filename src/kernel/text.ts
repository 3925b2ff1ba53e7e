/**
 * Strings of kernel records: file names, arguments, thread names. The kernel knows bytes; nothing makes them UTF-8.
 *
 * In:     bytes of a record.
 * Out:    a string that is valid Unicode. UTF-8 comes as it is. Each byte that is not UTF-8 comes as U+FFFD and
 *         its two hex digits: the file `a\xff` is "a\ufffdff". A real U+FFFD is written the same way, byte by byte, so
 *         that no two byte strings give one text, and `kernelBytes` gives the bytes back.
 * Throws: never.
 */

/** What node's Buffer has and its types do not tell. */
interface Slices {
  utf8Slice(start: number, end: number): string;
}

const MARK = '\ufffd';

/** Bytes [start, end) as text. */
export function kernelText(bytes: Buffer, start: number, end: number): string {
  if (start === end) return '';
  const text = (bytes as unknown as Slices).utf8Slice(start, end);
  return text.includes(MARK) ? markedText(bytes.subarray(start, end)) : text;
}

/** The bytes that `kernelText` made the text of. */
export function kernelBytes(text: string): Buffer {
  const parts = text.split(MARK);
  const chunks = [Buffer.from(parts[0]!)];
  for (const part of parts.slice(1))
    chunks.push(Buffer.from(part.slice(0, 2), 'hex'), Buffer.from(part.slice(2)));
  return Buffer.concat(chunks);
}

function markedText(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    const character = length === 0 ? MARK : bytes.toString('utf8', at, at + length);
    if (character !== MARK) {
      text += character;
      at += length;
    } else {
      for (const end = at + Math.max(length, 1); at < end; at++) {
        text += MARK + bytes[at]!.toString(16).padStart(2, '0');
      }
    }
  }
  return text;
}

/** Length of the well-formed UTF-8 sequence at `at` (Unicode 16, table 3-7), or 0. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (!(bytes[at + 1]! >= least && bytes[at + 1]! <= most)) return 0;
  for (let i = 2; i < length; i++) if (!(bytes[at + i]! >= 0x80 && bytes[at + i]! <= 0xbf)) return 0;
  return length;
}
