/**
 * The automaton of Warder's own rules, made by the build: reading it at a start takes a tenth of what making it takes.
 *
 * In:  literals.
 * Out: their automaton, from the file where that is of exactly these and as it was written, made anew where it is not: with rules
 *      of a host's own, from sources that are not bundled, without the file.
 *
 * The file begins with a checksum of what follows: a table that was damaged, as by a host that lost power before it was on disk,
 * would find no secrets and say nothing of it. Against damage alone: who may write here may write the code beside it.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import { atRoot, IS_BUNDLED } from '../../base/root.ts';
import { type Automaton, buildAutomaton } from './automaton.ts';

/** Written by tools/bundle.ts together with the code that makes it and reads it. Sources may have changed since. */
export const KEPT = 'dist/runtime/automaton';

/** As long as V8 wants tables to be aligned, which it copies otherwise. */
const CHECKSUM_BYTES = 8;

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

/** What the file holds, if that is of these literals. A part of a file is none, nor is one of which a bit is another. */
export function readKept(literals: readonly string[], file: string): Automaton | undefined {
  try {
    const bytes = readFileSync(file);
    const content = bytes.subarray(CHECKSUM_BYTES);
    if (bytes.readBigUInt64LE() !== BigInt(crc32(content))) return undefined;
    const { digest, automaton } = deserialize(content) as Kept;
    return digest === digestOf(literals) ? automaton : undefined;
  } catch {
    return undefined;
  }
}

/** The file's content. */
export function keptOf(literals: readonly string[], automaton = buildAutomaton(literals)): Buffer {
  const content = serialize({ digest: digestOf(literals), automaton } satisfies Kept);
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeBigUInt64LE(BigInt(crc32(content)));
  return Buffer.concat([checksum, content]);
}

/** Their order counts: hits are told by it. */
function digestOf(literals: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(literals)).digest('hex');
}
