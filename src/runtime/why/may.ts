/**
 * What the policy in force says of one action that its agent asks about. Advice: nothing is let through by it.
 *
 * Paths are judged by the rows that are in the kernel's maps, as the kernel does; a path is taken as it is written,
 * for following links would tell of files that the agent may not see. Addresses and privileges are judged by whoever
 * put this runtime together (`ask`): the same decision as the gateway's CheckAction.
 *
 * Throws: POLICY_ACTION for what is no single action.
 */
import { WarderError } from '../../base/error.ts';
import type { EffectivePolicy, RuleRef } from '../../contract/messages.ts';
import type { Variables } from '../../contract/path-pattern.ts';
import { CATEGORIES, type Category } from '../../contract/pattern.ts';
import type { VerifiedPolicy } from '../../contract/signing.ts';
import type { CompiledPolicy } from '../../kernel/policy-rows.ts';
import type { PathJudge } from '../enforcement/judge-path.ts';
import type { Redactor } from '../redaction/redacted.ts';
import type { MayAnswer } from './words.ts';

export interface JudgedAction {
  verdict: 'allow' | 'hold' | 'deny';
  reason: string;
  rule: RuleRef | null;
  /** For no_rule: the layer that does not allow. */
  layer: string;
}

/** Throws POLICY_ACTION. */
export type ActionJudge = (
  policy: EffectivePolicy,
  variables: Variables,
  action: { category: Category; target: string },
) => JudgedAction;

export interface MayContext {
  policy: VerifiedPolicy | undefined;
  compiled: CompiledPolicy | undefined;
  judge: PathJudge | undefined;
  variables: Variables;
  redactor: Redactor;
  ask: ActionJudge | undefined;
}

export function mayDo(category: string, target: string, context: MayContext): Omit<MayAnswer, 'instead'> {
  const known = CATEGORIES.find((one) => one === category);
  if (!known) throw noAction(`'${category}' is no category`, `write one of ${CATEGORIES.join(', ')}`);
  const { verdict, reason, rule, layer } = judged(known, target, context);
  const text = (words: string) => context.redactor.text(words, {});
  return {
    category,
    target: text(target),
    verdict,
    reason,
    ...(rule
      ? {
          rule: {
            layer: text(rule.layer ?? ''),
            effect: rule.effect ?? '',
            pattern: text(rule.pattern ?? ''),
          },
          ...(rule.because ? { because: text(rule.because) } : {}),
        }
      : {}),
    ...(layer ? { layer: text(layer) } : {}),
  };
}

function judged(category: Category, target: string, context: MayContext): JudgedAction {
  const { policy, compiled, judge, variables, ask } = context;
  if (!policy || !compiled || !judge) return { verdict: 'deny', reason: 'no_policy', rule: null, layer: '' };
  const path = pathOf(category, target);
  if (path !== undefined) {
    const { ruling } = judge.judge(category, path);
    if (ruling.verdict === 'none') return { verdict: 'deny', reason: 'no_policy', rule: null, layer: '' };
    return {
      verdict: ruling.verdict,
      reason: ruling.reason,
      rule: compiled.rules[ruling.rule - 1] ?? null,
      layer: ruling.reason === 'no_rule' ? (compiled.layers[ruling.layer] ?? '') : '',
    };
  }
  if (!ask) throw noAction('only paths can be asked about here', 'try it: what is refused is told');
  return ask(policy.policy, variables, { category, target });
}

/** Undefined for what is no path. */
function pathOf(category: Category, target: string): string | undefined {
  if (category === 'privileged') return undefined;
  const network = category === 'connect' || category === 'listen';
  if (network && !target.startsWith('unix:')) return undefined;
  const path = network ? target.slice('unix:'.length) : target;
  const parts = path.split('/');
  if (path.startsWith('@') && network) return path;
  if (path.startsWith('/') && !path.includes('\0') && !parts.includes('..') && !parts.includes('.'))
    return path;
  throw noAction(
    `${category} '${target}' is no absolute path`,
    'write the whole path, without . and .. in it',
  );
}

function noAction(message: string, fix: string): WarderError {
  return new WarderError('POLICY_ACTION', message, fix);
}
