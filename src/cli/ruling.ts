/**
 * A decision in words: what became of the action, by which rule, and why.
 *
 * The words are those of every claim in Warder: prevented, terminated, observed. Text of rules comes from policy
 * files and goes through printable().
 */
import { printable } from '../base/printable.ts';
import { isRefused, isWouldRefuse } from '../contract/folded.ts';
import { type Decision, Outcome, Reason, Verdict } from '../contract/messages.ts';

/** How a decision is told. `would …`: a monitoring layer let pass what it would have refused. */
export type RulingWord =
  | 'allowed'
  | 'prevented'
  | 'terminated'
  | 'observed'
  | 'refused'
  | 'would deny'
  | 'would hold';

export interface RulingText {
  word: RulingWord;
  /** `deny /usr/bin/curl (team/demo:coding-agent, policy.yaml:12)`; empty for what is simply allowed. */
  rule: string;
  because: string;
}

const OUTCOME_WORDS: Readonly<Record<number, RulingWord>> = {
  [Outcome.OUTCOME_PREVENTED]: 'prevented',
  [Outcome.OUTCOME_TERMINATED]: 'terminated',
  [Outcome.OUTCOME_OBSERVED]: 'observed',
};

const REASONS: Readonly<Record<number, string>> = {
  [Reason.REASON_NO_CATEGORY]: 'no layer of the policy has this category',
  [Reason.REASON_NO_POLICY]: 'no policy is in force for the run',
  [Reason.REASON_LEASE]: "the policy's lease is over",
  [Reason.REASON_UNRESOLVED]: 'the target could not be resolved whole',
  [Reason.REASON_FAMILY]: 'no rule can name this address family',
  [Reason.REASON_SILENT]: 'the runtime is silent',
  [Reason.REASON_CONTENT]: 'its content was not known; it is read now, and the next try is judged by it',
  [Reason.REASON_RESOLVER]: 'nobody answers names in its network: the runtime has no resolver there',
  [Reason.REASON_NAME]: 'it is no host name',
  [Reason.REASON_TYPE]: 'this type of record is not answered',
  [Reason.REASON_SECRET]: 'the name holds a secret',
  [Reason.REASON_LIMIT]: 'the run looks up too much',
  [Reason.REASON_REBINDING]: 'a host name does not reach such an address',
};

export function rulingText(decision: Decision): RulingText {
  if (isRefused(decision)) {
    return { word: OUTCOME_WORDS[decision.outcome ?? 0] ?? 'refused', ...reasonText(decision) };
  }
  if (isWouldRefuse(decision)) {
    const would = decision.would!;
    const word = would.verdict === Verdict.VERDICT_HOLD ? 'would hold' : 'would deny';
    return { word, ...reasonText({ category: decision.category ?? '', ...would }) };
  }
  return { word: 'allowed', rule: '', because: '' };
}

function reasonText(decision: Decision): { rule: string; because: string } {
  const { rule, reason, layer, category } = decision;
  if (rule) {
    const place = rule.file ? `, ${rule.file}:${rule.line}` : '';
    return {
      rule: printable(`${rule.effect} ${rule.pattern} (${rule.layer}${place})`),
      because: printable(rule.because ?? ''),
    };
  }
  if (reason === Reason.REASON_NO_RULE) {
    return { rule: printable(`no ${category} rule of ${layer} allows it`), because: '' };
  }
  if (reason === Reason.REASON_BUDGET) {
    return {
      rule: printable(`nothing of the budget of ${layer} for this is left on this host`),
      because: '',
    };
  }
  return { rule: REASONS[reason ?? 0] ?? 'no reason was given', because: '' };
}
