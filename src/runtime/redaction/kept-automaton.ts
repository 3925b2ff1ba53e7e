/**
 * The automaton of Warder's own rules, made by the build: reading it at a start takes a tenth of what making it takes.
 *
 * In:  literals.
 * Out: their automaton, from the file where that is of exactly these, made anew where it is not: with rules of a host's own,
 *      from sources that are not bundled, without the file.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { atRoot, IS_BUNDLED } from '../../base/root.ts';
import { type Automaton, buildAutomaton } from './automaton.ts';

/** Written by tools/bundle.ts together with the code that makes it and reads it. Sources may have changed since. */
export const KEPT = 'dist/runtime/automaton';

interface Kept {
  readonly digest: string;
  readonly automaton: Automaton;
}

export function automatonOf(
  literals: readonly string[],
  file = IS_BUNDLED ? atRoot(KEPT) : undefined,
): Automaton {
  return (file === undefined ? undefined : readKept(literals, file)) ?? buildAutomaton(literals);
}

/** What the file holds, if that is of these literals. A part of a file is none. */
export function readKept(literals: readonly string[], file: string): Automaton | undefined {
  try {
    const { digest, automaton } = deserialize(readFileSync(file)) as Kept;
    return digest === digestOf(literals) ? automaton : undefined;
  } catch {
    return undefined;
  }
}

/** The file's content. */
export function keptOf(literals: readonly string[], automaton = buildAutomaton(literals)): Buffer {
  return serialize({ digest: digestOf(literals), automaton } satisfies Kept);
}

/** Their order counts: hits are told by it. */
function digestOf(literals: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(literals)).digest('hex');
}
