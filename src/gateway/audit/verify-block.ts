/**
 * One block of an export: the hashes that it should have, against the event lines that stand there.
 *
 * In:  the block's hashes in order, and the lines.
 * Out: what was done to the lines, if the hashes are the true ones (the caller finds that out).
 *
 * Pure. A line is recognised by the hash of its event, not by the number before it.
 */
import { read } from './export-format.ts';
import type { Line } from './export-sections.ts';
import { leafHash } from './merkle.ts';

export type ProblemKind =
  | 'changed'
  | 'removed'
  | 'inserted'
  | 'reordered'
  | 'truncated'
  | 're-signed'
  | 'forked'
  | 'unproven'
  | 'unwitnessed';

export interface Problem {
  kind: ProblemKind;
  /** Line of the file, from 1. */
  line: number;
  /** Index of the event, where it is about one. */
  index?: number;
  message: string;
}

export interface BlockFinding {
  problems: Problem[];
  /** Hashes of the events as they stand, in their order; undefined when a line is none. */
  found: Uint8Array[] | undefined;
}

interface Candidate {
  line: number;
  index?: number;
  hash?: Uint8Array;
  /** Offset in the block of the hash that it has. */
  offset?: number;
}

/** @param first index of the block's first event */
export function compareBlock(
  first: number,
  hashes: readonly Uint8Array[],
  lines: readonly Line[],
): BlockFinding {
  const offsets = new Map(hashes.map((hash, offset) => [key(hash), offset]));
  const candidates = lines.map((line) => candidate(line, offsets));
  const problems: Problem[] = [];
  const taken = new Set<number>();
  const strangers: { at: Candidate; expected: number }[] = [];
  let expected = 0;
  let furthest = -1;
  for (const at of candidates) {
    if (at.offset === undefined) {
      strangers.push({ at, expected });
      expected++;
    } else if (taken.has(at.offset)) {
      const index = first + at.offset;
      problems.push({ kind: 'inserted', line: at.line, index, message: `a second copy of event ${index}` });
    } else {
      taken.add(at.offset);
      if (at.offset < furthest) problems.push(outOfOrder(at, first, furthest));
      furthest = Math.max(furthest, at.offset);
      expected = at.offset + 1;
      if (at.index !== first + at.offset) problems.push(renumbered(at, first + at.offset));
    }
  }
  for (const { at, expected: offset } of strangers)
    problems.push(stranger(at, offset, first, hashes.length, taken));
  const end = lines.at(-1)?.number ?? 0;
  hashes.forEach((_, offset) => {
    if (taken.has(offset)) return;
    const index = first + offset;
    problems.push({ kind: 'removed', line: end, index, message: `event ${index} is missing` });
  });
  const found = candidates.every(({ hash }) => hash) ? candidates.map(({ hash }) => hash!) : undefined;
  return { problems: problems.sort((a, b) => a.line - b.line), found };
}

function candidate({ number, text }: Line, offsets: ReadonlyMap<string, number>): Candidate {
  const event = read.event(text);
  if (!event) return { line: number };
  const hash = leafHash(event.leaf);
  const offset = offsets.get(key(hash));
  return { line: number, index: event.index, hash, ...(offset === undefined ? {} : { offset }) };
}

/** A line whose event has no hash in the block stands for a missing one, if there is one at its place. */
function stranger(at: Candidate, offset: number, first: number, count: number, taken: Set<number>): Problem {
  const numbered = at.index === undefined ? -1 : at.index - first;
  const place = [numbered, offset].find((one) => one >= 0 && one < count && !taken.has(one));
  if (place === undefined) {
    const what = at.hash ? 'an event that the log never had' : 'a line that no export has';
    return { kind: 'inserted', line: at.line, message: what };
  }
  taken.add(place);
  const index = first + place;
  const what = at.hash ? 'its content is not what was logged' : 'the line is no event as it is written';
  return { kind: 'changed', line: at.line, index, message: `event ${index} was changed: ${what}` };
}

function outOfOrder(at: Candidate, first: number, furthest: number): Problem {
  const index = first + at.offset!;
  return {
    kind: 'reordered',
    line: at.line,
    index,
    message: `event ${index} stands behind event ${first + furthest}`,
  };
}

function renumbered(at: Candidate, index: number): Problem {
  return { kind: 'changed', line: at.line, index, message: `event ${index} is given the number ${at.index}` };
}

function key(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('latin1');
}
