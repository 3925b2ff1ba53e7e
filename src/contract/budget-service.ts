/**
 * BudgetService of the contract, as @grpc/grpc-js wants it.
 */
import { warder } from './generated/warder.js';
import { methodsOf } from './unary.ts';

const v1 = warder.v1;
const method = methodsOf('BudgetService');

export const budgetService = {
  listBudgets: method('ListBudgets', v1.ListBudgetsRequest, v1.ListBudgetsResponse),
  reportUsage: method('ReportUsage', v1.ReportUsageRequest, v1.ReportUsageResponse),
} as const;
