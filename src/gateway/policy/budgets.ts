/**
 * What a document's `budget` says, one budget for each resource that it names.
 */
import type { Budget, Resource } from '../../contract/budgets.ts';
import { layerName } from '../../contract/policy.ts';
import type { PolicyDocument } from './document.ts';

const MICROS = 1e6;

export function budgetsOf(document: PolicyDocument): Budget[] {
  const { budget, mode } = document;
  if (!budget) return [];
  const { on_exceed: onExceed, cost, ...rates } = budget;
  const of = (resource: Resource, amount: number, windowSeconds: number, currency = ''): Budget => ({
    layer: layerName(document),
    resource,
    amount,
    windowSeconds,
    onExceed,
    monitor: mode === 'monitor',
    currency,
  });
  const counted = (['execs', 'connects', 'changes', 'egress', 'time'] as const).flatMap((resource) => {
    const rate = rates[resource];
    return rate ? [of(resource, rate.amount, rate.perSeconds)] : [];
  });
  const spent = cost ? [of('cost', Math.round(cost.amount * MICROS), cost.perSeconds, cost.currency)] : [];
  return [...counted, ...spent];
}
