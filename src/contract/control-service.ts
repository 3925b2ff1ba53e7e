/**
 * ControlService of the contract, as @grpc/grpc-js wants it.
 */
import { warder } from './generated/warder.js';
import { methodsOf } from './unary.ts';

const v1 = warder.v1;
const method = methodsOf('ControlService');

export const controlService = {
  listActiveRuns: method('ListActiveRuns', v1.ListActiveRunsRequest, v1.ListActiveRunsResponse),
  commandRun: method('CommandRun', v1.CommandRunRequest, v1.CommandRunResponse),
  listHolds: method('ListHolds', v1.ListHoldsRequest, v1.ListHoldsResponse),
  answerHold: method('AnswerHold', v1.AnswerHoldRequest, v1.Hold),
} as const;
