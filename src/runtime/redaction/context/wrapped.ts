/**
 * JSON Web Tokens that are broken into lines: by a mailer, by a terminal's width, by a person.
 *
 * In:  a token that ends its line before it is whole.
 * Out: where it ends, on one of the lines below.
 */
import { ALNUM, CLASS, DOT, HYPHEN, isQuote, LF, UNDERSCORE } from '../characters.ts';
import type { Scan } from '../scan.ts';
import { looksMixed } from '../shape.ts';
import type { Text } from '../text.ts';
import { behindSpace } from './places.ts';

/** Characters of the signatures that RFC 7518 and RFC 8037 know, in base64url. */
const SIGNATURES: ReadonlySet<number> = new Set([43, 64, 86, 128, 176, 342, 512, 683]);
const MOST_LINES = 40;
const LONGEST_LINE = 1024;
/** A line that goes on with a token, when the token is not whole with it. */
const LEAST_LINE = 16;

/** The end of the token in `[start, end)`, or of its last line. */
export function endOfWrapped(scan: Scan, text: Text, start: number, end: number): number {
  const { codes, length } = text;
  if (!endsBeforeToken(text, end)) return end;
  let dots = 0;
  let size = 0;
  for (let at = start; at < end; at++) {
    size++;
    if (codes[at] === DOT) {
      dots++;
      size = 0;
    }
  }
  scan.work.read(end - start);
  let last = end;
  for (let lines = 0; lines < MOST_LINES; lines++) {
    if (dots > 2 || (dots === 2 && SIGNATURES.has(size)) || !endsBeforeToken(text, last)) break;
    const from = behindSpace(text, behindReturn(text, last) + 1);
    let at = from;
    let behind = size;
    let joints = dots;
    while (at < length && at - from < LONGEST_LINE && isOfToken(codes[at]!)) {
      behind++;
      if (codes[at] === DOT) {
        joints++;
        behind = 0;
      }
      at++;
    }
    scan.work.read(at - from);
    if (at < length && codes[at] !== LF && codes[at] !== 13 && !isQuote(codes[at]!)) break;
    const whole = joints === 2 && SIGNATURES.has(behind);
    if (joints > 2 || (!whole && (at - from < LEAST_LINE || !looksMixed(codes, from, at)))) break;
    size = behind;
    dots = joints;
    last = at;
  }
  return last;
}

const behindReturn = (text: Text, at: number): number => (text.codes[at] === 13 ? at + 1 : at);

/** A quick look: the line ends at `at`, and the next one goes on with what is no token of its own. */
function endsBeforeToken(text: Text, at: number): boolean {
  const { codes, length } = text;
  const gap = behindReturn(text, at);
  if (gap >= length || codes[gap] !== LF) return false;
  const from = behindSpace(text, gap + 1);
  return from < length && isOfToken(codes[from]!) && !text.has('eyj', from);
}

function isOfToken(code: number): boolean {
  return (CLASS[code]! & ALNUM) !== 0 || code === HYPHEN || code === UNDERSCORE || code === DOT;
}
