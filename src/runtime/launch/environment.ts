/**
 * The environment that reaches an agent: the caller's, or the names that its policy passes.
 */
import type { EffectivePolicy } from '../../contract/messages.ts';

export function agentEnvironment(
  environment: Readonly<Record<string, string>>,
  policy: EffectivePolicy,
): Record<string, string> {
  if (!policy.environmentLimited) return { ...environment };
  const passed = new Set(policy.environment ?? []);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => passed.has(name)));
}
