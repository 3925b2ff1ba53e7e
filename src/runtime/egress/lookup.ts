/**
 * What is told of one look-up of a name.
 */
import type { KernelRuling, ReasonName } from '../../kernel/events.ts';
import type { Answer, Code } from './answer.ts';

/** A ruling by the policy's rules, or what refuses whatever they say. */
export type Ruled = { ruling: KernelRuling; would: KernelRuling } | { reason: ReasonName };

export interface LookupTold {
  /** In normal form, or as it came where it has none. */
  name: string;
  /** "A", "AAAA", "TYPE99". */
  type: string;
  /** That was asked, before the question was led here. */
  server: string;
  code?: Code;
  /** What the name is an alias of, step by step. */
  aliases?: readonly string[];
  addresses?: readonly string[];
  /** Taken out of the answer: addresses, and targets of service bindings. */
  removed?: readonly string[];
  /** An allowed name, or the end of one, that this one looks like. */
  looksLike?: string;
  cached?: boolean;
  /** Absent where nothing was to be judged. */
  decision?: Ruled;
}

/** An answer, and what is told of it. */
export interface Answered {
  answer: Answer;
  told: LookupTold;
}

export function refused(told: LookupTold, decision: Ruled, because = ''): Answered {
  const text = `refused by the policy of this run${because ? `: ${because}` : ''}`;
  return {
    answer: { code: 'REFUSED', records: [], reason: { code: 18, text } },
    told: { ...told, code: 'REFUSED', decision },
  };
}
