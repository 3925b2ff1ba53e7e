/**
 * What a run of characters looks like: random, words, or something well known that is no secret.
 *
 * In:  code units and bounds.
 * Out: counts and judgements. Nothing is allocated; `measure` fills one shared object.
 */
import { ANY_LOWER, ANY_UPPER, CLASS, DIGIT, HEX, LETTER } from './characters.ts';

export interface Shape {
  length: number;
  lower: number;
  upper: number;
  digit: number;
  /** Neither letter nor digit, other scripts included. */
  other: number;
  /** Neighbours of different class (lower, upper, digit, other). */
  changes: number;
  /** Neighbours that are both letters of one word, and those of them that are common in words. */
  pairs: number;
  commonPairs: number;
  distinct: number;
  /** Letters in a row, at most. */
  longest: number;
  /** Nothing but digits and a to f. */
  hex: boolean;
}

/** The letters that often follow each letter in words of prose and of identifiers (0.09 % of all pairs or more). */
const FOLLOWS =
  'bcdgiklmnprstuvy aeilorsu acehiklorstu adeiorsu abcdefgilmnprstvwxy aefilnorsu aehilnorsu aeior abcdefglmnoprstvz ' +
  '- aeis adeilostuy abeimopsu acdefgiknostuv abcdfgilmnoprstuvw aefhiloprstu u acdegiklmnoprstuy acehiklopstuy ' +
  'acefhilmoprstuy abcefilmnprst aei aei pt p e';
const COMMON = new Uint8Array(26 * 26);
FOLLOWS.split(' ').forEach((letters, first) => {
  for (const letter of letters) if (letter !== '-') COMMON[first * 26 + letter.charCodeAt(0) - 97] = 1;
});

const shape: Shape = {
  length: 0,
  lower: 0,
  upper: 0,
  digit: 0,
  other: 0,
  changes: 0,
  pairs: 0,
  commonPairs: 0,
  distinct: 0,
  longest: 0,
  hex: false,
};
const seen = new Uint32Array(128);
let generation = 0;

/** Measures `[start, end)`, at most 512 characters of it. The object is the same each time. */
export function measure(codes: Uint16Array, start: number, end: number): Shape {
  const stop = Math.min(end, start + 512);
  let lower = 0;
  let upper = 0;
  let digit = 0;
  let other = 0;
  let changes = 0;
  let pairs = 0;
  let commonPairs = 0;
  let distinct = 0;
  let hex = true;
  let lastKind = 0;
  let lastLetter = -1;
  let row = 0;
  let longest = 0;
  generation++;
  for (let at = start; at < stop; at++) {
    const code = codes[at]!;
    const flags = CLASS[code]!;
    let kind: number;
    let letter = -1;
    if ((flags & ANY_LOWER) !== 0) {
      lower++;
      kind = 1;
      letter = code - 97;
    } else if ((flags & ANY_UPPER) !== 0) {
      upper++;
      kind = 2;
      letter = code - 65;
    } else if ((flags & DIGIT) !== 0) {
      digit++;
      kind = 3;
    } else {
      other++;
      kind = 4;
    }
    if ((flags & HEX) === 0) hex = false;
    row = letter >= 0 ? row + 1 : 0;
    if (row > longest) longest = row;
    if (lastKind !== 0 && kind !== lastKind) changes++;
    // A hump begins a new word: its pair says nothing.
    if (letter >= 0 && lastLetter >= 0 && !(lastKind === 1 && kind === 2)) {
      pairs++;
      commonPairs += COMMON[lastLetter * 26 + letter]!;
    }
    if (code < 128 && seen[code] !== generation) {
      seen[code] = generation;
      distinct++;
    }
    lastKind = kind;
    lastLetter = letter;
  }
  shape.length = stop - start;
  shape.lower = lower;
  shape.upper = upper;
  shape.digit = digit;
  shape.other = other;
  shape.changes = changes;
  shape.pairs = pairs;
  shape.commonPairs = commonPairs;
  shape.distinct = distinct;
  shape.longest = longest;
  shape.hex = hex;
  return shape;
}

/**
 * True when the characters seem to be drawn, not written: classes change as often as chance makes them, or the
 * letters follow each other as in no word. Wants 8 characters or more.
 */
export function looksRandom(codes: Uint16Array, start: number, end: number): boolean {
  const s = measure(codes, start, end);
  const letters = s.lower + s.upper;
  if (s.length < 8 || s.distinct < 6 || s.distinct * 5 < Math.min(s.length, 40)) return false;
  if (s.hex) return s.length >= 16 ? s.digit >= 2 : s.digit >= 2 && letters >= 2;
  if (letters * 6 < s.length) return false;
  if (s.pairs >= 8 && s.commonPairs * 100 >= s.pairs * 78 && s.changes * 4 < s.length) return false;
  if (s.digit > 0 && s.upper > 0 && s.lower > 0) {
    const words = s.pairs >= 6 && s.commonPairs * 100 >= s.pairs * 75;
    return s.changes * 100 >= s.length * (words ? 40 : 30);
  }
  if (s.length >= 20 && s.digit * 5 >= s.length && s.longest <= 5) return true;
  if (s.pairs >= 5 && s.commonPairs * 100 >= s.pairs * 72 && s.changes * 100 < s.length * 45) return false;
  if (s.digit > 0)
    return s.changes * 100 >= s.length * 26 || (s.pairs >= 4 && s.commonPairs * 100 < s.pairs * 62);
  return s.pairs >= 7 && s.commonPairs * 100 < s.pairs * 58;
}

/** As `looksRandom`, of small letters, capitals and digits alike: no name is written so. */
export function looksMixed(codes: Uint16Array, start: number, end: number): boolean {
  return looksRandom(codes, start, end) && shape.lower > 0 && shape.upper > 0 && shape.digit > 0;
}

/** True when the letters in it make words: `user_password`, `getToken`, `swordfish`. */
export function looksWordy(codes: Uint16Array, start: number, end: number, percent = 66): boolean {
  const s = measure(codes, start, end);
  const letters = s.lower + s.upper;
  if (letters * 10 < s.length * 7) return false;
  return s.pairs === 0 ? false : s.commonPairs * 100 >= s.pairs * percent;
}

/**
 * True when a name was written so: its letters make words, and where small letters and capitals mix, each hump is a word of some
 * length: `getAccessToken`, not `ilFmEteYBIfit`, whose letters only happen to follow each other as in words.
 */
export function looksWritten(codes: Uint16Array, start: number, end: number, percent: number): boolean {
  if (!looksWordy(codes, start, end, percent)) return false;
  const { length, lower, upper, digit } = shape;
  if (length < SHORTEST_DRAWN || lower === 0 || upper === 0) return true;
  let words = 0;
  let before = 0;
  for (let at = start; at < end; at++) {
    const flags = CLASS[codes[at]!]!;
    const kind = (flags & ANY_LOWER) !== 0 ? 1 : (flags & ANY_UPPER) !== 0 ? 2 : 0;
    // A hump begins a word, and so does the last capital of several, as in `APIKey`.
    if (kind !== 0 && (before === 0 || (kind === 2 && before === 1))) words++;
    else if (kind === 1 && before === 2 && at - start > 1 && (CLASS[codes[at - 2]!]! & ANY_UPPER) !== 0)
      words++;
    before = kind;
  }
  return (lower + upper) * 10 >= words * (digit > 1 ? 34 : 30);
}
/** Letters only, small ones and capitals mixed as no name mixes them. */
export function looksScrambled(codes: Uint16Array, start: number, end: number): boolean {
  return (
    end - start >= SHORTEST_DRAWN && isLetters(codes, start, end) && !looksWritten(codes, start, end, 66)
  );
}
/** Characters below which chance is no judge. */
const SHORTEST_DRAWN = 10;

/** Shannon entropy of `[start, end)`, bits per character; at most 512 characters are looked at. */
export function entropy(codes: Uint16Array, start: number, end: number): number {
  const stop = Math.min(end, start + 512);
  const length = stop - start;
  if (length === 0) return 0;
  histogram.fill(0);
  for (let at = start; at < stop; at++) histogram[codes[at]! & 127]!++;
  let bits = 0;
  for (const count of histogram) if (count > 0) bits -= (count / length) * Math.log2(count / length);
  return bits;
}
const histogram = new Uint16Array(128);

/** `8-4-4-4-12` hex digits, the whole of `[start, end)`. */
export function isUuid(codes: Uint16Array, start: number, end: number): boolean {
  if (end - start !== 36) return false;
  for (let i = 0; i < 36; i++) {
    const code = codes[start + i]!;
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (code !== 45) return false;
    } else if ((CLASS[code]! & HEX) === 0) return false;
  }
  return true;
}

/** True when every character is of one of these classes (characters.ts). */
export function isAllOf(codes: Uint16Array, start: number, end: number, classes: number): boolean {
  for (let at = start; at < end; at++) if ((CLASS[codes[at]!]! & classes) === 0) return false;
  return true;
}

/** True when every character is a letter. */
export function isLetters(codes: Uint16Array, start: number, end: number): boolean {
  return end > start && isAllOf(codes, start, end, LETTER);
}

/** True when every character is a digit. */
export function isDigits(codes: Uint16Array, start: number, end: number): boolean {
  return end > start && isAllOf(codes, start, end, DIGIT);
}
