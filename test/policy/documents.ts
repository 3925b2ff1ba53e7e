/**
 * Documents for tests without YAML around them: `{ exec: { allow: ['/usr/bin/git'] } }`.
 */
import { CATEGORIES, type Category, parsePattern } from '../../src/contract/pattern.ts';
import {
  EFFECTS,
  type Effect,
  type Mode,
  type Policy,
  type PolicyRule,
  readPolicy,
} from '../../src/contract/policy.ts';
import type { PolicyDocument } from '../../src/gateway/policy/document.ts';
import { effectivePolicy } from '../../src/gateway/policy/layers.ts';

export type Rules = Partial<Record<Category, Partial<Record<Effect, readonly string[]>>>>;

export interface Written {
  scope?: string;
  name?: string;
  mode?: Mode;
  lifted?: readonly string[];
  withoutBase?: boolean;
  rules: Rules;
}

export const AGENT = 'spiffe://example.org/acme/payments/coder';

export function document(written: Written): PolicyDocument {
  const {
    scope = 'fleet',
    name = 'test',
    mode = 'enforce',
    lifted = [],
    withoutBase = false,
    rules,
  } = written;
  let line = 0;
  const categories = CATEGORIES.flatMap((category): [Category, PolicyRule[]][] => {
    const effects = rules[category];
    if (!effects) return [];
    const list = EFFECTS.flatMap((effect) =>
      (effects[effect] ?? []).map((text): PolicyRule => {
        const parsed = parsePattern(category, text);
        if ('fault' in parsed) throw new Error(parsed.fault.message);
        return { effect, pattern: parsed.pattern, text, because: '', line: ++line, column: 1 };
      }),
    );
    return [[category, list]];
  });
  return {
    file: 'test.yaml',
    line: 1,
    name,
    scope,
    mode,
    categories: new Map(categories),
    lifted,
    withoutBase,
    requirePrevent: false,
    secondPerson: false,
    environment: null,
    limits: { pids: null, memoryBytes: null, cpuPercent: null },
    budget: null,
  };
}

/** The effective policy as it goes over the wire. */
export function message(...documents: Written[]) {
  const answer = effectivePolicy(documents.map(document), AGENT);
  if ('refusal' in answer) throw new Error(answer.refusal);
  return answer.policy;
}

export function policy(...documents: Written[]): Policy {
  return readPolicy(message(...documents));
}
