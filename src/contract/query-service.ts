/**
 * QueryService as @grpc/grpc-js wants it, and its client. test/contract holds the table against proto/.
 */
import type { Client, Metadata, MethodDefinition, ServiceError } from '@grpc/grpc-js';
import { deserialize, type Sendable, serialize } from './codec.ts';
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

type Unary<Request, Response> = MethodDefinition<Sendable<Request>, Sendable<Response>>;

export interface QueryMethods {
  readonly query: Unary<QueryRequest, QueryResponse>;
  readonly getProcessTree: Unary<ProcessTreeRequest, ProcessTreeResponse>;
  readonly listRuns: Unary<ListRunsRequest, ListRunsResponse>;
  readonly listAgents: Unary<ListAgentsRequest, ListAgentsResponse>;
}
export type QueryMethod = keyof QueryMethods;

const unary = { requestStream: false, responseStream: false } as const;

export const queryService: QueryMethods = {
  query: {
    path: '/warder.v1.QueryService/Query',
    ...unary,
    requestSerialize: serialize<QueryRequest>(QueryRequest),
    requestDeserialize: deserialize<QueryRequest>(QueryRequest),
    responseSerialize: serialize<QueryResponse>(QueryResponse),
    responseDeserialize: deserialize<QueryResponse>(QueryResponse),
  },
  getProcessTree: {
    path: '/warder.v1.QueryService/GetProcessTree',
    ...unary,
    requestSerialize: serialize<ProcessTreeRequest>(ProcessTreeRequest),
    requestDeserialize: deserialize<ProcessTreeRequest>(ProcessTreeRequest),
    responseSerialize: serialize<ProcessTreeResponse>(ProcessTreeResponse),
    responseDeserialize: deserialize<ProcessTreeResponse>(ProcessTreeResponse),
  },
  listRuns: {
    path: '/warder.v1.QueryService/ListRuns',
    ...unary,
    requestSerialize: serialize<ListRunsRequest>(ListRunsRequest),
    requestDeserialize: deserialize<ListRunsRequest>(ListRunsRequest),
    responseSerialize: serialize<ListRunsResponse>(ListRunsResponse),
    responseDeserialize: deserialize<ListRunsResponse>(ListRunsResponse),
  },
  listAgents: {
    path: '/warder.v1.QueryService/ListAgents',
    ...unary,
    requestSerialize: serialize<ListAgentsRequest>(ListAgentsRequest),
    requestDeserialize: deserialize<ListAgentsRequest>(ListAgentsRequest),
    responseSerialize: serialize<ListAgentsResponse>(ListAgentsResponse),
    responseDeserialize: deserialize<ListAgentsResponse>(ListAgentsResponse),
  },
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
