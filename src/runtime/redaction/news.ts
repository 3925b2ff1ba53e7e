/**
 * Whether what was found over joined pieces of a text says more than what was found within the pieces.
 *
 * In:  the text with its own findings, and the bounds of one over pieces of it.
 * Out: true when it is news.
 */
import {
  AT,
  BACKSLASH,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DOT,
  HYPHEN,
  isAlnum,
  isGap,
  isName,
  isQuote,
  NUL,
  SLASH,
} from './characters.ts';
import { behindSpace } from './context/places.ts';
import { type Finding, RANK } from './finding.ts';
import { isPart } from './joints.ts';
import { looksRandom, measure } from './shape.ts';
import type { Text } from './text.ts';

/**
 * What was found within the pieces by its shape, in order, so that who asks for what lies at a place need not go over all of it:
 * thousands of joints would ask for thousands each.
 */
export class Known {
  readonly findings: readonly Finding[];
  /** Where the farthest of those up to each one ends. */
  readonly #farthest: Int32Array;

  constructor(findings: readonly Finding[]) {
    this.findings = findings
      .filter((finding) => !finding.head && finding.rank >= RANK.format)
      .sort((one, other) => one.start - other.start);
    this.#farthest = new Int32Array(this.findings.length);
    let farthest = 0;
    this.findings.forEach((finding, i) => {
      farthest = Math.max(farthest, finding.end);
      this.#farthest[i] = farthest;
    });
  }

  /** The first one before which none reaches behind `start`. */
  firstBehind(start: number): number {
    let low = 0;
    let high = this.findings.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#farthest[middle]! <= start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * True when a finding over joined pieces says more than those within the pieces: nothing was found there by its shape, or
 * only a head, or what was found goes on. Over a comma or the border of elements it goes on only when the piece behind is
 * a string or an element of its own and looks drawn.
 */
export function isNews(text: Text, known: Known, start: number, end: number): boolean {
  if (closesOnly(text, start, end)) return false;
  let complete = false;
  for (let i = known.firstBehind(start); i < known.findings.length; i++) {
    const finding = known.findings[i]!;
    if (finding.start >= end) break;
    if (finding.end <= start) continue;
    if (finding.start < start || finding.end >= end) return false;
    if (isLineBreak(text, finding.end)) return false;
    complete = true;
  }
  const border = lastBorder(text, start, end);
  if (border >= 0 && inLongOption(text, start, border)) return false;
  // Before an `@`: the password of an address, the rest of which stands behind the border.
  return (
    border < 0 ||
    (text.codes[end] === AT && !complete) ||
    isJoinedList(text, end) ||
    (isLastPiece(text, end) && looksPiece(text, border, end, complete))
  );
}

/** `Bearer ghp_…\r\nHost: …`: a line break that a string spells out, behind what is a secret by itself. */
function isLineBreak(text: Text, at: number): boolean {
  const next = text.codes[at + 1];
  return text.codes[at] === BACKSLASH && (next === LOWER_N || next === LOWER_R);
}
const LOWER_N = 110;
const LOWER_R = 114;

/** `…"/>`: what stands behind the last quote is the end of a tag. */
function closesOnly(text: Text, start: number, end: number): boolean {
  let at = end;
  while (at > start && !isAlnum(text.codes[at - 1]!) && !isQuote(text.codes[at - 1]!)) at--;
  return at < end && at > start && isQuote(text.codes[at - 1]!);
}

/** `--private-key` before its value: the words of an option are no piece of what follows. */
function inLongOption(text: Text, start: number, border: number): boolean {
  const { codes } = text;
  let at = start;
  while (at > 0 && !isGap(codes[at - 1]!)) at--;
  if (codes[at] !== HYPHEN || codes[at + 1] !== HYPHEN) return false;
  for (; at < border; at++) if (!isName(codes[at]!)) return false;
  return true;
}

/** The last NUL or comma between pieces in `[start, end)`, or -1. */
function lastBorder(text: Text, start: number, end: number): number {
  for (let at = end - 1; at > start; at--) if (text.codes[at] === NUL || text.codes[at] === COMMA) return at;
  return -1;
}

/** `["ghp_ab", "cd", "ef"].join("")`: however short the last piece is. */
function isJoinedList(text: Text, end: number): boolean {
  if (!isQuote(text.codes[end]!)) return false;
  const close = behindSpace(text, end + 1);
  return text.codes[close] === CLOSE_BRACKET && text.has('.join', close + 1);
}

function isLastPiece(text: Text, end: number): boolean {
  const code = text.codes[end]!;
  return end >= text.length || isGap(code) || (isQuote(code) && text.codes[end + 1] !== COLON);
}

/** `complete`: what stands before the border is a secret by itself. */
function looksPiece(text: Text, border: number, end: number, complete: boolean): boolean {
  const { codes } = text;
  let start = border + 1;
  if (codes[start] === HYPHEN && (codes[start + 1] === HYPHEN || end - start < 6)) return false; // An option.
  while (start < end && !isAlnum(codes[start]!)) start++;
  const s = measure(codes, start, end);
  const kinds = (s.lower > 0 ? 1 : 0) + (s.upper > 0 ? 1 : 0) + (s.digit > 0 ? 1 : 0);
  if (s.length >= 5 && kinds >= 2 && (s.digit >= 2 || s.changes >= 3) && !hasPathSign(codes, start, end))
    return true;
  // However short it is where it ends what the pieces before it begin.
  if (!complete && isPart(text, start) && !hasPathSign(codes, start, end)) return true;
  if (complete && kinds < 2) return false;
  return looksRandom(codes, start, end);
}

function hasPathSign(codes: Uint16Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (codes[at] === DOT || codes[at] === SLASH) return true;
  return false;
}
