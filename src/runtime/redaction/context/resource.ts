/**
 * Names of what a cluster or a cloud keeps, behind a verb that shows or removes it: `kubectl get secret web-token-x7k2p`.
 *
 * In:  a text and where such a name may begin.
 * Out: true for one as clusters write them: small letters and digits, hyphens between.
 */
import { ANY_LOWER, CLASS, DIGIT, DOT, HYPHEN, isGap } from '../characters.ts';
import type { Text } from '../text.ts';
import { WordTable } from '../word-table.ts';

export const SHOWERS = new WordTable(
  'get describe delete edit label annotate patch list show inspect rm remove'
    .split(' ')
    .map((word) => [word, 1]),
);

/** The word from `at` to the next gap, or to the border of its element. */
export function isResourceName(text: Text, at: number): boolean {
  const { codes, length } = text;
  let hyphens = 0;
  for (let p = at; p < length && !isGap(codes[p]!); p++) {
    const code = codes[p]!;
    if (code === HYPHEN) hyphens++;
    else if ((CLASS[code]! & (ANY_LOWER | DIGIT)) === 0 && code !== DOT) return false;
  }
  return hyphens > 0;
}
