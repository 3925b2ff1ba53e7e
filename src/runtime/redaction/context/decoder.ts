/**
 * Base64 that a program undoes itself: `atob("…")`, `base64.b64decode('…')`. What says something by itself or by a name in it
 * is found wherever it is encoded; here it may also be one word that looks drawn.
 *
 * In:  a text and where the decoder's bracket ends.
 * Out: a finding over the whole encoded string.
 */
import { isGap } from '../characters.ts';
import { decodeBase64 } from '../encodings.ts';
import { RANK } from '../finding.ts';
import type { Scan } from '../scan.ts';
import { Text } from '../text.ts';
import type { LineReader } from './line-words.ts';
import { behindGap, quoted } from './places.ts';
import { looksMade } from './secrecy.ts';
import { readValue, value } from './value.ts';

const LEAST = 10;
const LONGEST = 512;
const decoded = new Text();

function onDecoder(scan: Scan, text: Text, end: number): void {
  const at = behindGap(text, end);
  if (!quoted(text, at) || !readValue(scan, text, at, 'word') || !value.quoted) return;
  const { start, end: close } = value;
  if (close - start > LONGEST) return;
  let stop = close;
  while (stop > start && text.codes[stop - 1] === 61) stop--;
  if (!decodeBase64(text.codes, start, stop, decoded) || decoded.length < LEAST) return;
  decoded.seal();
  scan.work.read((close - start) * 2);
  const { codes, length } = decoded;
  for (let i = 0; i < length; i++) if (isGap(codes[i]!)) return;
  if (looksMade(scan, decoded, 0, length, LEAST))
    scan.report(text, start, close, 'secret', 'call:decoder', RANK.guess);
}

export const DECODERS: ReadonlyMap<string, LineReader> = new Map(
  ['atob(', 'b64decode(', 'base64_decode(', 'frombase64string(', 'decodestring(', 'decode64('].map(
    (name): [string, LineReader] => [name, onDecoder],
  ),
);
