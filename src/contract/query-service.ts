/**
 * QueryService as @grpc/grpc-js wants it. test/contract holds the table against proto/.
 */
import { warder } from './generated/warder.js';
import { methodsOf } from './unary.ts';

const v1 = warder.v1;
const method = methodsOf('QueryService');

export const queryService = {
  query: method('Query', v1.QueryRequest, v1.QueryResponse),
  getProcessTree: method('GetProcessTree', v1.ProcessTreeRequest, v1.ProcessTreeResponse),
  listRuns: method('ListRuns', v1.ListRunsRequest, v1.ListRunsResponse),
  listAgents: method('ListAgents', v1.ListAgentsRequest, v1.ListAgentsResponse),
} as const;

export type QueryMethod = keyof typeof queryService;
