/**
 * A few words, one of which may stand at a place: most places are turned away by their first character.
 *
 * In:  words in lower case, the earlier ones first.
 * Out: which of them stands at a place of a text, whatever its case.
 */
import type { Text } from './text.ts';

export class FewWords {
  readonly #words: readonly string[];
  /** 1 for what one of them begins with. */
  readonly #first = new Uint8Array(128);

  constructor(words: readonly string[]) {
    this.#words = words;
    for (const word of words)
      for (const begin of [word, word.toUpperCase()]) this.#first[begin.charCodeAt(0)] = 1;
  }

  /** A quick look: false when none of them stands at `at`. */
  mayStandAt(text: Text, at: number): boolean {
    const code = text.codes[at]!;
    return code < 128 && this.#first[code] === 1;
  }

  /** The first of them that stands at `at`. */
  at(text: Text, at: number): string | undefined {
    if (!this.mayStandAt(text, at)) return undefined;
    for (const word of this.#words) if (text.has(word, at)) return word;
    return undefined;
  }
}
