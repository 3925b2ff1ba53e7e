/**
 * A secret that was found, and how several become one text without them.
 *
 * In:  findings in any order, overlapping or not.
 * Out: disjoint findings in order, each named by the most specific kind that had a part in it.
 */
import { ANY_LOWER, ANY_UPPER, CLASS, CLOSE_BRACKET, DIGIT, HYPHEN, SPACE } from './characters.ts';
import type { Text } from './text.ts';

/** What a marker begins with, folded to small letters. */
export const MARKER = '[redacted:';

/**
 * Behind the marker whose `[REDACTED:` ends at `at`; 0 when it is none. Nothing within a marker is looked at, so that it is one
 * only in the form that is written here: `[REDACTED: ghp_…]`, which anybody can write, is a text like any other.
 */
export function markerEnd(text: Text, at: number): number {
  const { codes, length } = text;
  if ((CLASS[codes[at - 2]!]! & ANY_UPPER) === 0) return 0;
  const limit = Math.min(length, at + LONGEST_KIND + 1);
  let end = at;
  while (end < limit && ((CLASS[codes[end]!]! & (ANY_LOWER | DIGIT)) !== 0 || codes[end] === HYPHEN)) end++;
  if (end === at || end === limit) return 0;
  if (codes[end] === SPACE) end = behindMeasure(text, end);
  return codes[end] === CLOSE_BRACKET ? end + 1 : 0;
}
const LONGEST_KIND = 80;

/** Behind ` length=44 hash=0123456789abcdef`, which stands in the marker of a string that went whole. */
function behindMeasure(text: Text, at: number): number {
  return at + (MEASURE.exec(text.slice(at, Math.min(text.length, at + LONGEST_MEASURE)))?.[0].length ?? 0);
}
const MEASURE = /^ length=\d{1,12} hash=[0-9a-f]{16}/;
const LONGEST_MEASURE = 64;

export interface Finding {
  start: number;
  end: number;
  /** What stands in the marker: `[REDACTED:kind]`. */
  kind: string;
  /** The rule or the context that found it, for `--explain`. */
  rule: string;
  rank: Rank;
  /** It is the head of a secret whose rest is cut off, or stands in another place. */
  head?: boolean;
}

/**
 * How much a finding knows about what it found; the higher one names the merged finding. Rules of issuers rank among
 * themselves by how narrow they are, from 3 to below 4.
 */
export type Rank = number;
export const RANK = {
  /** It looks random and stands near a name. */
  guess: 0,
  /** It is the value of a sensitive name. */
  named: 1,
  /** It is a value that was sensitive earlier in this run. */
  remembered: 1,
  /** It has the shape that a protocol or a file format gives. */
  format: 2,
  /** It has the shape that its issuer documents. */
  issued: 3,
} as const satisfies Record<string, Rank>;

/** Sorted, and merged where they overlap. Reuses the finding objects. */
export function mergeFindings(findings: Finding[]): Finding[] {
  if (findings.length < 2) return findings;
  findings.sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: Finding[] = [findings[0]!];
  for (let i = 1; i < findings.length; i++) {
    const last = merged[merged.length - 1]!;
    const finding = findings[i]!;
    if (finding.start >= last.end) {
      merged.push(finding);
      continue;
    }
    if (finding.rank > last.rank) {
      last.rank = finding.rank;
      last.kind = finding.kind;
      last.rule = finding.rule;
    }
    last.end = Math.max(last.end, finding.end);
  }
  return merged;
}

export function marker(kind: string): string {
  return `[REDACTED:${kind}]`;
}
