/**
 * ControlService of the contract, as @grpc/grpc-js wants it.
 */
import { warder } from './generated/warder.js';
import { unaryMethod } from './unary.ts';

const v1 = warder.v1;

function path(rpc: string): string {
  return `/warder.v1.ControlService/${rpc}`;
}

export const controlService = {
  listActiveRuns: unaryMethod(path('ListActiveRuns'), v1.ListActiveRunsRequest, v1.ListActiveRunsResponse),
  commandRun: unaryMethod(path('CommandRun'), v1.CommandRunRequest, v1.CommandRunResponse),
  listHolds: unaryMethod(path('ListHolds'), v1.ListHoldsRequest, v1.ListHoldsResponse),
  answerHold: unaryMethod(path('AnswerHold'), v1.AnswerHoldRequest, v1.Hold),
} as const;
