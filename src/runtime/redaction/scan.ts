/**
 * One pass over one string: what the contexts share while they look.
 *
 * A `Scan` belongs to one redactor and is used for one string after the other. It holds the text, the work that
 * is left, and the findings; contexts (names, headers, URLs, command lines …) are functions over it.
 */

import type { Memory } from './by-value.ts';
import { RANK, type Rank } from './finding.ts';
import type { Text } from './text.ts';
import { COST, Work } from './work.ts';

/** Names a value by its issuer where the text around it tells which one it is. */
export type KindOf = (text: Text, nameStart: number, start: number, end: number) => string | undefined;

export class Scan {
  readonly work = new Work();
  /** Names of sensitive identifiers have been read up to here, in the text under scan. */
  nameEnd = 0;
  /**
   * Where quoting, an operator or the border of elements stands in something that a rule was following: it may go on
   * behind it.
   */
  joints: number[] = [];
  /** What was sensitive earlier in the run that the text belongs to. */
  memory: Memory | undefined;
  readonly kindOf: KindOf;

  constructor(kindOf: KindOf) {
    this.kindOf = kindOf;
  }

  /** Notes a secret at `[start, end)` of `text`. Empty ones are none. */
  report(text: Text, start: number, end: number, kind: string, rule: string, rank: Rank, head = false): void {
    if (end <= start || (start >= text.publicStart && end <= text.publicEnd)) return;
    this.work.spend(COST.finding);
    text.note({ start, end, kind, rule, rank, head });
  }

  /** Notes the value of a name; the kind is the issuer's where the text tells the issuer. */
  reportNamed(text: Text, nameStart: number, start: number, end: number, kind: string, rule: string): void {
    const issued = this.kindOf(text, nameStart, start, end);
    if (issued === undefined) this.report(text, start, end, kind, rule, RANK.named);
    else this.report(text, start, end, issued, rule, RANK.issued);
  }
}
