/**
 * A set of words with a number for each, looked up in code units without making a string.
 *
 * In:  words of a to z, each with a number above 0.
 * Out: `get(codes, start, end)`: the number, or 0. Case does not count.
 *
 * By hash: the pass has driven everything else out of the caches, so each line of memory that a look needs is waited for. This
 * needs one for a word that is not in the table, and two for one that is, however long it is.
 */
const FIRST_HASH = 0x811c9dc5 | 0;
const PRIME = 0x01000193;

/** Of each slot: the hash of its word, where its letters begin and how many there are, its number (0: nothing is there). */
const SLOT = 4;

export class WordTable {
  readonly #slots: Int32Array;
  readonly #letters: Uint8Array;
  readonly #mask: number;
  readonly #longest: number;
  /** For each first letter one bit for each length of its words: most words that are asked for end there. */
  readonly #lengths = new Int32Array(128);

  /** The numbers of a word that is there twice are put together. */
  constructor(words: Iterable<readonly [word: string, value: number]>) {
    const values = new Map<string, number>();
    for (const [word, value] of words) values.set(word, (values.get(word) ?? 0) | value);
    const all = [...values.keys()];
    // At most half of the slots are taken.
    this.#mask = 2 ** Math.ceil(Math.log2(2 * all.length + 1)) - 1;
    this.#slots = new Int32Array((this.#mask + 1) * SLOT);
    this.#letters = Uint8Array.from(all.join(''), (letter) => letter.charCodeAt(0));
    this.#longest = Math.max(0, ...all.map(({ length }) => length));
    for (const word of all) this.#lengths[word.charCodeAt(0) | 32]! |= 1 << word.length;
    let from = 0;
    for (const [word, value] of values) {
      let hash = FIRST_HASH;
      for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), PRIME);
      let slot = this.#slotOf(hash);
      while (this.#slots[slot + 3] !== 0) slot = this.#behind(slot);
      this.#slots.set([hash, from, word.length, value], slot);
      from += word.length;
    }
  }

  get(codes: Uint16Array, start: number, end: number): number {
    const first = codes[start]!;
    if (
      end - start > this.#longest ||
      first > 122 ||
      ((this.#lengths[first | 32]! >> (end - start)) & 1) === 0
    )
      return 0;
    let hash = FIRST_HASH;
    for (let at = start; at < end; at++) {
      const code = codes[at]!;
      const letter = code | 32;
      if (letter < 97 || letter > 122 || code > 122) return 0;
      hash = Math.imul(hash ^ letter, PRIME);
    }
    const slots = this.#slots;
    for (let slot = this.#slotOf(hash); slots[slot + 3] !== 0; slot = this.#behind(slot))
      if (
        slots[slot] === hash &&
        slots[slot + 2] === end - start &&
        this.#same(codes, start, end, slots[slot + 1]!)
      )
        return slots[slot + 3]!;
    return 0;
  }

  #slotOf(hash: number): number {
    return ((hash ^ (hash >>> 15)) & this.#mask) * SLOT;
  }

  #behind(slot: number): number {
    return (slot + SLOT) & (this.#mask * SLOT + SLOT - 1);
  }

  #same(codes: Uint16Array, start: number, end: number, from: number): boolean {
    for (let at = start; at < end; at++)
      if ((codes[at]! | 32) !== this.#letters[from + at - start]) return false;
    return true;
  }
}
