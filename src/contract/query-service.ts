/**
 * QueryService as @grpc/grpc-js wants it, and its client. test/contract holds the table against proto/.
 */
import type { Client, Metadata, ServiceError } from '@grpc/grpc-js';
import {
  ListAgentsRequest,
  ListAgentsResponse,
  ListRunsRequest,
  ListRunsResponse,
  ProcessTreeRequest,
  ProcessTreeResponse,
  QueryRequest,
  QueryResponse,
} from './messages.ts';
import { type UnaryMethod, unaryMethod } from './unary.ts';

export interface QueryMethods {
  readonly query: UnaryMethod<QueryRequest, QueryResponse>;
  readonly getProcessTree: UnaryMethod<ProcessTreeRequest, ProcessTreeResponse>;
  readonly listRuns: UnaryMethod<ListRunsRequest, ListRunsResponse>;
  readonly listAgents: UnaryMethod<ListAgentsRequest, ListAgentsResponse>;
}
export type QueryMethod = keyof QueryMethods;

const PATH = '/warder.v1.QueryService';

export const queryService: QueryMethods = {
  query: unaryMethod<QueryRequest, QueryResponse>(`${PATH}/Query`, QueryRequest, QueryResponse),
  getProcessTree: unaryMethod<ProcessTreeRequest, ProcessTreeResponse>(
    `${PATH}/GetProcessTree`,
    ProcessTreeRequest,
    ProcessTreeResponse,
  ),
  listRuns: unaryMethod<ListRunsRequest, ListRunsResponse>(
    `${PATH}/ListRuns`,
    ListRunsRequest,
    ListRunsResponse,
  ),
  listAgents: unaryMethod<ListAgentsRequest, ListAgentsResponse>(
    `${PATH}/ListAgents`,
    ListAgentsRequest,
    ListAgentsResponse,
  ),
};

/** What each method takes and gives. */
export interface QueryShapes {
  query: [QueryRequest, QueryResponse];
  getProcessTree: [ProcessTreeRequest, ProcessTreeResponse];
  listRuns: [ListRunsRequest, ListRunsResponse];
  listAgents: [ListAgentsRequest, ListAgentsResponse];
}

/** Calls one method. Rejects with grpc-js's ServiceError. */
export function callQuery<M extends QueryMethod>(
  client: Client,
  metadata: Metadata,
  method: M,
  request: QueryShapes[M][0],
): Promise<QueryShapes[M][1]> {
  const { path, requestSerialize, responseDeserialize } = queryService[method];
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      requestSerialize as (value: unknown) => Buffer,
      responseDeserialize as (bytes: Buffer) => unknown,
      request,
      metadata,
      (error: ServiceError | null, response: unknown) =>
        error ? reject(error) : resolve(response as QueryShapes[M][1]),
    );
  });
}
