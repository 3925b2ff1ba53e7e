/**
 * The environment that reaches an agent: the caller's, or the names that its policy passes.
 *
 * The caller's key for a gateway stays behind unless a policy names it: whoever may approve starts agents from the same
 * shell, and an agent that has the key could say yes to itself.
 */
import type { EffectivePolicy } from '../../contract/messages.ts';

/** As `warder approve` and its like read it (--token-file). */
const KEY_VARIABLE = 'WARDER_TOKEN';

export function agentEnvironment(
  environment: Readonly<Record<string, string>>,
  policy: EffectivePolicy,
): Record<string, string> {
  const named = policy.environmentLimited ? new Set(policy.environment ?? []) : undefined;
  const passes = (name: string) => (named ? named.has(name) : name !== KEY_VARIABLE);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => passes(name)));
}
