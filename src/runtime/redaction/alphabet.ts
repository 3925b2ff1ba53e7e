/**
 * The character sets that credential formats are written in.
 *
 * In:  a name from `ALPHABETS`, or the inside of a bracket expression (`a-z0-9_`).
 * Out: a `Set128`: one byte per ASCII code, 1 where the character belongs. Nothing above ASCII ever belongs.
 */
export type Set128 = Uint8Array;

/** Named alphabets, written as bracket expressions. The names are the encodings' own (RFC 4648, Bitcoin base58). */
export const ALPHABETS = {
  digit: '0-9',
  hex: '0-9a-f',
  'hex-any': '0-9a-fA-F',
  'hex-upper': '0-9A-F',
  lower: 'a-z0-9',
  upper: 'A-Z0-9',
  alnum: 'a-zA-Z0-9',
  word: 'a-zA-Z0-9_',
  base32: 'A-Z2-7',
  'base32-lower': 'a-z2-7',
  base58: '1-9A-HJ-NP-Za-km-z',
  base64: 'a-zA-Z0-9+/',
  'base64-padded': 'a-zA-Z0-9+/=',
  base64url: 'a-zA-Z0-9_-',
  'base64url-dots': 'a-zA-Z0-9_.-',
  'base64-any': 'a-zA-Z0-9+/=_-',
  bech32: '02-9ac-hj-np-z',
  uuid: '0-9a-fA-F-',
  dashed: 'a-zA-Z0-9-',
  printable: '!-~',
} as const;

export type AlphabetName = keyof typeof ALPHABETS;

const parsed = new Map<string, Set128>();

/** The set that a bracket expression's inside describes, the same array each time. Ranges, and `\` before a character that is meant as such. */
export function parseSet(inside: string): Set128 {
  const known = parsed.get(inside);
  if (known !== undefined) return known;
  const set = new Uint8Array(128);
  parsed.set(inside, set);
  let at = 0;
  const next = (): number => {
    if (inside[at] !== '\\') return inside.charCodeAt(at++);
    at += 2;
    const code = inside.charCodeAt(at - 1);
    return ESCAPES[code] ?? code;
  };
  while (at < inside.length) {
    const from = next();
    let to = from;
    if (inside[at] === '-' && at + 1 < inside.length) {
      at++;
      to = next();
    }
    for (let code = from; code <= to && code < 128; code++) set[code] = 1;
  }
  return set;
}

const sizes = new Map<Set128, number>();

/** How many characters belong to a set of `parseSet`. Counted once: hundreds of rules share a few sets. */
export function sizeOf(set: Set128): number {
  let size = sizes.get(set);
  if (size === undefined) {
    size = set.reduce((sum, bit) => sum + bit, 0);
    sizes.set(set, size);
  }
  return size;
}

const ESCAPES: Record<number, number> = { 110: 10, 114: 13, 116: 9 };

const named = new Map<string, Set128>();

/** A named alphabet's set. The same array each time. */
export function alphabet(name: AlphabetName): Set128 {
  let set = named.get(name);
  if (set === undefined) {
    set = parseSet(ALPHABETS[name]);
    named.set(name, set);
  }
  return set;
}
