/**
 * BudgetService: what there is of budgets, and reports of cost.
 */
import type { ServiceDefinition } from '@grpc/grpc-js';
import { WarderError } from '../../base/error.ts';
import { RateLimit } from '../../base/rate-limit.ts';
import { UUID_V7 } from '../../base/uuid.ts';
import { isAgentId } from '../../contract/agent-id.ts';
import { budgetService } from '../../contract/budget-service.ts';
import { toNumber } from '../../contract/int64.ts';
import type { ReportUsageRequest, ReportUsageResponse } from '../../contract/messages.ts';
import { actorOf } from '../own-events.ts';
import { budgetsOf } from '../policy/budgets.ts';
import type { Principal } from '../principal.ts';
import type { GatewayContext, ServiceFactory } from '../service.ts';
import { unary } from '../unary.ts';

/** Each is a row that is kept, and a write that others wait for. */
const REPORTS = { perSecond: 50, burst: 500 };
const KEY = /^[A-Za-z0-9._:-]{1,128}$/;
const WHAT_LENGTH = 200;
/** A billion of the currency in one report is a fault. */
const MOST_MICROS = 1e15;

export const budgets: ServiceFactory = (context) => ({
  name: 'warder.v1.BudgetService',
  proto: 'budget.proto',
  definition: budgetService as unknown as ServiceDefinition,
  implementation: implementation(context),
});

function implementation(context: GatewayContext) {
  const reports = new RateLimit(REPORTS);
  return {
    listBudgets: unary(context, () => ({
      budgets: context.budgets.list(context.policies?.documents().flatMap(budgetsOf)),
    })),
    reportUsage: unary<ReportUsageRequest, ReportUsageResponse>(context, (request, caller) => {
      const report = checked(request);
      if (!reports.take(caller.credential ?? caller.name)) throw tooMany(caller);
      return context.budgets.reported(report, actorOf(caller), () => conflict(report.key));
    }),
  };
}

function checked(request: ReportUsageRequest) {
  const { key = '', agent = '', run = '', currency = '', what = '' } = request;
  const micros = toNumber(request.costMicros);
  const faults = [
    KEY.test(key ?? '') ? '' : 'key is not 1 to 128 letters, digits and ._:-',
    isAgentId(agent ?? '') ? '' : 'agent is not the SPIFFE ID of an agent',
    !run || UUID_V7.test(run) ? '' : 'run is not the id of a run',
    /^[A-Z]{3}$/.test(currency ?? '') ? '' : 'currency is not three capital letters',
    micros <= MOST_MICROS ? '' : `cost_micros is more than ${MOST_MICROS}`,
    (what ?? '').length <= WHAT_LENGTH ? '' : `what is longer than ${WHAT_LENGTH} characters`,
  ].filter(Boolean);
  if (faults.length === 0)
    return { key: key!, agent: agent!, run: run!, micros, currency: currency!, what: what! };
  throw new WarderError(
    'BUDGET_REPORT',
    `a report of usage cannot be taken: ${faults.join('; ')}`,
    'see proto/warder/v1/budget.proto',
  );
}

function conflict(key: string): WarderError {
  return new WarderError(
    'BUDGET_REPORT_CONFLICT',
    `the key ${key} was used for another report`,
    'give each report a key of its own, and the same key only to the same report',
  );
}

function tooMany({ name }: Principal): WarderError {
  return new WarderError(
    'BUDGET_REPORTS',
    `${name} reports more often than ${REPORTS.perSecond} times a second`,
    'add up what is spent and report it less often',
  );
}
