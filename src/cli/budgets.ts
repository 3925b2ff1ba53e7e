/**
 * `warder budgets`: what agents may use, what is used of it, and what is left.
 *
 * In:     a gateway: --gateway, or that of a state directory, which may belong to a run that is over.
 * Out:    a table, or one JSON object a line.
 */
import { Command } from 'commander';
import { printable } from '../base/printable.ts';
import { stateDirectoryPath } from '../base/state-dir.ts';
import { budgetService } from '../contract/budget-service.ts';
import { type Budget, readBudget } from '../contract/budgets.ts';
import { toNumber } from '../contract/int64.ts';
import type { BudgetStatus } from '../contract/messages.ts';
import { callUnary } from '../contract/unary.ts';
import { openAs } from './gateway-channel.ts';
import { type GatewayOptions, withGateway } from './gateway-client.ts';
import { gatewayAt, stateGateways } from './gateway-source.ts';
import { columns } from './listing.ts';

/** Titles of `budgetCells`. */
export const BUDGET_HEAD = ['BUDGET', 'OF', 'USED', 'LIMIT', 'LEFT', 'WINDOW', 'THEN', 'HOSTS'];

export function budgetsCommand(): Command {
  return withGateway(new Command('budgets'))
    .description('Show what agents may use, what is used of it in the present windows, and what is left.')
    .option('--json', 'one JSON object a line')
    .action(async (options: GatewayOptions & { json?: boolean }) => {
      const budgets = (await listed(options)).map(plainBudget);
      if (options.json) for (const each of budgets) process.stdout.write(`${JSON.stringify(each)}\n`);
      else process.stdout.write(`${columns([BUDGET_HEAD, ...budgets.map(budgetCells)])}\n`);
    });
}

async function listed({ gateway, tokenFile, state }: GatewayOptions): Promise<BudgetStatus[]> {
  const source = gateway
    ? gatewayAt(gateway, tokenFile)
    : stateGateways(stateDirectoryPath(state, process.env));
  try {
    const { client, metadata } = openAs(await source.next());
    try {
      return (await callUnary(client, budgetService.listBudgets, {}, metadata)).budgets ?? [];
    } finally {
      client.close();
    }
  } finally {
    await source.close();
  }
}

export type PlainBudget = ReturnType<typeof plainBudget>;

export function plainBudget({ budget, windowUnixS, used, exceeded, hosts, reserved }: BudgetStatus) {
  const read = readBudget(budget ?? {});
  const total = toNumber(used);
  const start = toNumber(windowUnixS);
  return {
    ...read,
    used: total,
    left: Math.max(0, read.amount - total),
    windowBegins: new Date(start * 1000).toISOString(),
    windowEnds: new Date((start + read.windowSeconds) * 1000).toISOString(),
    exceeded: exceeded ?? false,
    hosts: hosts ?? 0,
    reserved: toNumber(reserved),
  };
}

export function budgetCells(status: PlainBudget): string[] {
  const { layer, resource, used, amount, left, windowEnds, onExceed, monitor, exceeded, hosts, reserved } =
    status;
  const then = monitor ? 'monitor' : onExceed;
  const kept =
    reserved > 0 && !monitor ? ` (${amountText(status, reserved)} kept for hosts that are cut off)` : '';
  return [
    printable(layer),
    resource,
    amountText(status, used),
    amountText(status, amount),
    amountText(status, left),
    `until ${windowEnds.slice(0, 19)}Z`,
    exceeded ? `${then} (used up)` : `${then}${kept}`,
    String(hosts),
  ];
}

function amountText({ resource, currency }: Budget, amount: number): string {
  if (resource === 'cost') return `${(amount / 1e6).toFixed(2)} ${currency}`;
  if (resource === 'time') return `${Math.round(amount / 1000)} s`;
  if (resource === 'egress') return `${amount} B`;
  return String(amount);
}
