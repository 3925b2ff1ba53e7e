/**
 * Decisions as events carry them: rule numbers and layer indexes of one compiled policy turned back into the
 * rules that people wrote.
 *
 * In:     the rule table and layer names of a compiled policy, its content address.
 * Out:    sealed Decision messages. Equal decisions share one object: there are few, and events are many.
 */
import type { Decision, RuleRef } from '../contract/messages.ts';
import { Outcome, Reason, Verdict } from '../contract/messages.ts';
import type { KernelHead, KernelRuling, OutcomeName, ReasonName, VerdictName } from '../kernel/events.ts';
import { CATEGORY_NAMES } from '../kernel/names.ts';
import { ownText, type Redacted, type Sealed } from './redaction/redacted.ts';
import type { RuleTexts } from './rule-texts.ts';

const VERDICTS: Record<VerdictName, Verdict> = {
  none: Verdict.VERDICT_UNSPECIFIED,
  allow: Verdict.VERDICT_ALLOW,
  hold: Verdict.VERDICT_HOLD,
  deny: Verdict.VERDICT_DENY,
};

const OUTCOMES: Record<OutcomeName, Outcome> = {
  done: Outcome.OUTCOME_DONE,
  prevented: Outcome.OUTCOME_PREVENTED,
  terminated: Outcome.OUTCOME_TERMINATED,
  observed: Outcome.OUTCOME_OBSERVED,
};

const REASONS: Record<ReasonName, Reason> = {
  none: Reason.REASON_UNSPECIFIED,
  rule: Reason.REASON_RULE,
  no_rule: Reason.REASON_NO_RULE,
  no_category: Reason.REASON_NO_CATEGORY,
  no_policy: Reason.REASON_NO_POLICY,
  lease: Reason.REASON_LEASE,
  unresolved: Reason.REASON_UNRESOLVED,
  family: Reason.REASON_FAMILY,
  silent: Reason.REASON_SILENT,
  content: Reason.REASON_CONTENT,
  budget: Reason.REASON_BUDGET,
  resolver: Reason.REASON_RESOLVER,
  name: Reason.REASON_NAME,
  type: Reason.REASON_TYPE,
  secret: Reason.REASON_SECRET,
  limit: Reason.REASON_LIMIT,
  rebinding: Reason.REASON_REBINDING,
};

export interface PolicyTables {
  /** Content address of the effective policy. */
  address: string;
  /** Rule number n is at n - 1. */
  rules: readonly RuleRef[];
  layers: readonly string[];
}

export class DecisionTexts {
  readonly #address: Redacted;
  readonly #rules: readonly Sealed<RuleRef>[];
  readonly #layers: readonly Redacted[];
  readonly #made = new Map<string, Sealed<Decision>>();

  constructor(tables: PolicyTables, texts: RuleTexts) {
    this.#address = ownText(tables.address);
    this.#rules = tables.rules.map((rule) => texts.rule(rule));
    this.#layers = tables.layers.map((layer) => texts.layer(layer));
  }

  /** The decision of an event that was judged under this policy. */
  of(head: Pick<KernelHead, 'ruling' | 'would' | 'category' | 'outcome'>): Sealed<Decision> {
    const { ruling, would } = head;
    const key = `${head.category}:${head.outcome}:${keyOf(ruling)}${would === ruling ? '' : keyOf(would)}`;
    let decision = this.#made.get(key);
    if (!decision) {
      const differs = would.verdict !== ruling.verdict || would.rule !== ruling.rule;
      decision = {
        ...this.#ruling(ruling),
        outcome: OUTCOMES[head.outcome],
        category: ownText(CATEGORY_NAMES[head.category] ?? ''),
        policy: this.#address,
        ...(differs ? { would: this.#ruling(would) } : {}),
      };
      this.#made.set(key, decision);
    }
    return decision;
  }

  /** A rule of this policy as people wrote it, by its number. */
  rule(number: number): Sealed<RuleRef> | undefined {
    return this.#rules[number - 1];
  }

  #ruling(ruling: KernelRuling): Sealed<Decision> {
    const rule = this.rule(ruling.rule);
    const named = ruling.reason === 'no_rule' || ruling.reason === 'budget';
    const layer = named ? this.#layers[ruling.layer] : undefined;
    return {
      verdict: VERDICTS[ruling.verdict],
      reason: REASONS[ruling.reason],
      ...(rule ? { rule } : {}),
      ...(layer ? { layer } : {}),
    };
  }
}

function keyOf(ruling: KernelRuling): string {
  return `${ruling.verdict},${ruling.reason},${ruling.layer},${ruling.rule};`;
}
