/**
 * Names that look like one that a policy allows: in letters of other scripts (xn--…), or in ASCII ones that pass for others.
 *
 * In:  names in normal form. Out: the allowed name, or the end of it, that a name looks like without being it. Pure.
 *
 * The idea is the skeleton of UTS #39, 4; the letters are those of it that host names can have (docs/decisions).
 */
import { domainToUnicode } from 'node:url';

/** What passes for the letter in front. */
const LOOKS: readonly (readonly [letter: string, others: string])[] = [
  ['a', 'аɑα'],
  ['b', 'ьƅ'],
  ['c', 'сϲᴄⲥ'],
  ['d', 'ԁɗ'],
  ['e', 'еҽɛ'],
  ['f', 'ƒք'],
  ['g', 'ɡցƍ'],
  ['h', 'һհ'],
  ['i', 'іıιɩɪⲓ'],
  ['j', 'јϳ'],
  ['k', 'кκĸ'],
  ['l', '1ӏǀן'],
  ['m', 'м'],
  ['n', 'ոռп'],
  ['o', '0оοσօᴏⲟס๐໐००০'],
  ['p', 'рρϱⲣ'],
  ['q', 'ԛգզ'],
  ['r', 'гᴦⲅ'],
  ['s', 'ѕƽ'],
  ['t', 'тτ'],
  ['u', 'υսʋ'],
  ['v', 'νѵט'],
  ['w', 'ѡԝաω'],
  ['x', 'хχ'],
  ['y', 'уγүყ'],
  ['z', 'ᴢ'],
  ['3', 'зӡ'],
  ['6', 'б'],
];
const LETTERS = new Map(LOOKS.flatMap(([letter, others]) => [...others].map((other) => [other, letter])));

export class Lookalikes {
  /** By skeleton: what is meant. */
  readonly #meant = new Map<string, string>();
  readonly #known = new Set<string>();
  /** Of the longest of them: what stands further ahead in a name says nothing, and may be a hundred labels. */
  readonly #labelsMost: number;

  /** @param names allowed; of those with a wildcard what stands behind it */
  constructor(names: readonly string[]) {
    for (const end of names.map((name) => name.split('.')).flatMap(ends)) {
      this.#known.add(end.join('.'));
      this.#meant.set(skeleton(end), end.join('.'));
    }
    this.#labelsMost = Math.max(1, ...names.map((name) => name.split('.').length));
  }

  /** The longest end of an allowed name that this one's end looks like and is not. */
  of(name: string): string | undefined {
    for (const end of ends(name.split('.')).filter(({ length }) => length <= this.#labelsMost)) {
      if (this.#known.has(end.join('.'))) return undefined;
      const meant = this.#meant.get(skeleton(end));
      if (meant !== undefined) return meant;
    }
    return undefined;
  }
}

/** Itself, and what is left of it without its first labels: two at least, or the one that it has. */
function ends(labels: readonly string[]): string[][] {
  return Array.from({ length: Math.max(1, labels.length - 1) }, (_, from) => labels.slice(from));
}

/** The same for names that look the same. Marks on letters do not count. */
function skeleton(labels: readonly string[]): string {
  const name = labels.join('.');
  const text = name.includes('xn--') ? domainToUnicode(name) || name : name;
  return [...text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()]
    .map((letter) => LETTERS.get(letter) ?? letter)
    .join('')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w');
}
