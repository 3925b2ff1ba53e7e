/**
 * A few words, one of which may stand at a place: most places are turned away by their first character.
 *
 * In:  words in lower case, the earlier ones first.
 * Out: which of them stands at a place of a text, whatever its case.
 */
import type { Text } from './text.ts';

const NONE: readonly string[] = [];

export class FewWords {
  /** For each character the words that begin with it. */
  readonly #beginning: (readonly string[])[] = Array.from({ length: 128 }, () => NONE);

  constructor(words: readonly string[]) {
    for (const first of new Set(words.map((word) => word[0]!))) {
      const list = words.filter((word) => word.startsWith(first));
      for (const begin of [first, first.toUpperCase()]) this.#beginning[begin.charCodeAt(0)] = list;
    }
  }

  /** Those that may stand at `at`, by its character. */
  mayBe(text: Text, at: number): readonly string[] {
    const code = text.codes[at]!;
    return code < 128 ? this.#beginning[code]! : NONE;
  }

  /** A quick look: false when none of them stands at `at`. */
  mayStandAt(text: Text, at: number): boolean {
    return this.mayBe(text, at).length > 0;
  }

  /** The first of them that stands at `at`. */
  at(text: Text, at: number): string | undefined {
    for (const word of this.mayBe(text, at)) if (text.has(word, at)) return word;
    return undefined;
  }
}
