/**
 * QueryService over the worker: a request in, an encoded response out. One consumer has CONSUMER_CALLS questions
 * at once.
 */
import { join } from 'node:path';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { WarderError } from '../../base/error.ts';
import { type QueryMethod, queryService } from '../../contract/query-service.ts';
import type { ServiceFactory } from '../service.ts';
import { DATABASE_FILE } from '../store/state-directory.ts';
import { unary } from '../unary.ts';
import { Questions } from './questions.ts';

const CONSUMER_CALLS = 16;

export const queries: ServiceFactory = (context) => {
  const questions = new Questions(join(context.stateDirectory, DATABASE_FILE));
  const asking = new Map<string, number>();
  const method = (name: QueryMethod) =>
    unary<object, object>(context, (request, { name: consumer }) => {
      const encode = queryService[name].requestSerialize as (message: object) => Buffer;
      return limited(asking, consumer, () => questions.ask(name, encode(request)));
    });
  return {
    name: 'warder.v1.QueryService',
    proto: 'query.proto',
    definition: queryService as unknown as ServiceDefinition,
    implementation: {
      query: method('query'),
      getProcessTree: method('getProcessTree'),
      listRuns: method('listRuns'),
      listAgents: method('listAgents'),
    },
    closeAll: () => questions.close(),
  };
};

/** As many questions of one consumer at once as it may have. */
async function limited<T>(asking: Map<string, number>, consumer: string, ask: () => Promise<T>): Promise<T> {
  const calls = asking.get(consumer) ?? 0;
  if (calls >= CONSUMER_CALLS) throw tooMany(consumer);
  asking.set(consumer, calls + 1);
  try {
    return await ask();
  } finally {
    const left = asking.get(consumer)! - 1;
    if (left === 0) asking.delete(consumer);
    else asking.set(consumer, left);
  }
}

function tooMany(consumer: string): WarderError {
  return new WarderError(
    'GATEWAY_BUSY',
    `${consumer} has ${CONSUMER_CALLS} questions open`,
    'wait for an answer before the next question',
  );
}
