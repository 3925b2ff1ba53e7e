/**
 * RPCs of one question and one answer: their definitions, and a call that is a promise.
 *
 * Throws (requestUnary): grpc-js's ServiceError. (callUnary): what the gateway answered as a WarderError with its own code, message and fix where it sent
 * them; GATEWAY_CALL otherwise.
 */
import { type Client, type Metadata, type MethodDefinition, type ServiceError, status } from '@grpc/grpc-js';
import { WarderError } from '../base/error.ts';
import { type Codec, deserialize, type Sendable, serialize } from './codec.ts';
import { connectionFailure } from './connection-failure.ts';

/** How long an answer may take, unless said otherwise. */
const DEADLINE_MS = 30_000;

export type UnaryMethod<Q, R> = MethodDefinition<Sendable<Q>, Sendable<R>>;

/** Makes the methods of one service of the contract, by their names in proto/. */
export function methodsOf(service: string) {
  return <Q extends object, R extends object>(
    name: string,
    request: Codec<Q>,
    response: Codec<R>,
  ): UnaryMethod<Q, R> => ({
    path: `/warder.v1.${service}/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: serialize<Q>(request),
    requestDeserialize: deserialize<Q>(request),
    responseSerialize: serialize<R>(response),
    responseDeserialize: deserialize<R>(response),
  });
}

export function requestUnary<Q, R>(
  client: Client,
  { path, requestSerialize, responseDeserialize }: UnaryMethod<Q, R>,
  request: Q,
  metadata: Metadata,
  deadlineMs = DEADLINE_MS,
): Promise<R> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize as (bytes: Buffer) => R,
      request,
      metadata,
      { deadline: Date.now() + deadlineMs },
      (error, answer) => (error ? reject(error) : resolve(answer!)),
    );
  });
}

export async function callUnary<Q, R>(...call: Parameters<typeof requestUnary<Q, R>>): Promise<R> {
  try {
    return await requestUnary(...call);
  } catch (error) {
    throw callError(error as ServiceError, call[1].path);
  }
}

/** `CODE: message; fix` is how a gateway says a WarderError (gateway/status.ts). */
export function callError(error: ServiceError, path: string): WarderError {
  const [, code, message, fix] = /^([A-Z][A-Z_]+): (.*); ([^;]*)$/s.exec(error.details) ?? [];
  if (code && message && fix) return new WarderError(code, message, fix, { cause: error });
  return new WarderError(
    'GATEWAY_CALL',
    `${path}: ${status[error.code]}: ${connectionFailure(error.details)}`,
    FIXES[error.code] ?? FIX,
    {
      cause: error,
    },
  );
}

const FIX = "see the gateway's own log";
const FIXES: Readonly<Record<number, string>> = {
  [status.UNAVAILABLE]: 'see whether the gateway runs, and at that address',
  [status.DEADLINE_EXCEEDED]: 'try again; the gateway is slow or cannot be reached',
  [status.UNAUTHENTICATED]: 'give a key that this gateway knows and that has not expired',
  [status.PERMISSION_DENIED]: 'ask somebody with the role, or for it',
  [status.UNIMPLEMENTED]: 'use a gateway of this version or newer',
};
