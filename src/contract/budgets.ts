/**
 * Budgets of an effective policy after their wire messages were narrowed, and the windows that they count in.
 *
 * Amounts: counts, bytes (egress), milliseconds (time), millionths of a currency (cost).
 * Throws: POLICY_MESSAGE for a budget that this version cannot keep.
 */
import { WarderError } from '../base/error.ts';
import { toLong, toNumber } from './int64.ts';
import type { PolicyBudget } from './messages.ts';

const RESOURCES = ['execs', 'connects', 'changes', 'egress', 'time', 'cost'] as const;
export type Resource = (typeof RESOURCES)[number];
const ON_EXCEED = ['deny', 'suspend', 'kill'] as const;
export type OnExceed = (typeof ON_EXCEED)[number];

/** Earlier processes whose holdings one runtime may claim as their successor. */
export const FOLLOWED_MOST = 16;

export interface Budget {
  /** "team/payments:coding-agent" */
  layer: string;
  resource: Resource;
  amount: number;
  windowSeconds: number;
  onExceed: OnExceed;
  /** Counted and told; nothing is refused. */
  monitor: boolean;
  /** ISO 4217, for cost; else empty. */
  currency: string;
}

/** Names one budget among all of a gateway. */
export function budgetKey({ layer, resource }: Pick<Budget, 'layer' | 'resource'>): string {
  return `${layer} ${resource}`;
}

/** Where the window begins that a time falls into, in seconds since 1970. */
export function windowOf(windowSeconds: number, unixMs: number): number {
  return Math.floor(unixMs / 1000 / windowSeconds) * windowSeconds;
}

export function readBudget(message: PolicyBudget): Budget {
  const resource = RESOURCES.find((known) => known === message.resource);
  const onExceed = ON_EXCEED.find((known) => known === message.onExceed);
  const windowSeconds = message.windowSeconds ?? 0;
  if (!resource || !onExceed || windowSeconds < 1 || !message.layer) {
    throw new WarderError(
      'POLICY_MESSAGE',
      `an effective policy cannot be used: its budget of '${message.resource ?? ''}' is not one that this version can keep`,
      'gateway and runtime are of different versions: bring both to the same one',
    );
  }
  return {
    layer: message.layer,
    resource,
    amount: toNumber(message.amount),
    windowSeconds,
    onExceed,
    monitor: message.monitor ?? false,
    currency: message.currency ?? '',
  };
}

export function budgetMessage({ amount, ...rest }: Budget): PolicyBudget {
  return { ...rest, amount: toLong(amount) };
}
