/**
 * What is told of one look-up of a name.
 */
import type { KernelRuling, ReasonName } from '../../kernel/events.ts';
import type { Code } from './answer.ts';

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
  /** Taken out of the answer. */
  removed?: readonly string[];
  cached?: boolean;
  /** Absent where nothing was to be judged. */
  decision?: Ruled;
}
