/**
 * Rules as they leave the host: each redacted once, however many runs are under it.
 *
 * In:  rules of compiled policies, which nobody changes once they are made; the redactor of the host. One of a run would not
 *      do: it learns, and would have to say another thing of the same rule later.
 * Out: sealed rules, kept as long as the rule itself.
 */
import type { RuleRef } from '../contract/messages.ts';
import { type HostRedactor, ownText, type Redacted, type Sealed } from './redaction/redacted.ts';

export class RuleTexts {
  readonly #redactor: HostRedactor;
  readonly #rules = new WeakMap<RuleRef, Sealed<RuleRef>>();

  constructor(redactor: HostRedactor) {
    this.#redactor = redactor;
  }

  rule(rule: RuleRef): Sealed<RuleRef> {
    const known = this.#rules.get(rule);
    if (known) return known;
    const sealed = this.#seal(rule);
    this.#rules.set(rule, sealed);
    return sealed;
  }

  layer(name: string): Redacted {
    return this.#redactor.text(name, {});
  }

  #seal(rule: RuleRef): Sealed<RuleRef> {
    const redactor = this.#redactor;
    return {
      layer: redactor.text(rule.layer ?? '', {}),
      category: ownText(rule.category ?? ''),
      effect: ownText(rule.effect ?? ''),
      pattern: redactor.text(rule.pattern ?? '', {}),
      because: redactor.text(rule.because ?? '', {}),
      file: redactor.path(rule.file ?? '', {}),
      line: rule.line ?? 0,
    };
  }
}
