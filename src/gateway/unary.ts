/**
 * A handler for an RPC of one question and one answer: who asks is known, and what is thrown becomes a status.
 */
import { type handleUnaryCall, status } from '@grpc/grpc-js';
import type { Sendable } from '../contract/codec.ts';
import type { Principal } from './principal.ts';
import type { GatewayContext } from './service.ts';
import { statusOf } from './stream/status.ts';

export function unary<Q, R>(
  { access, onError }: Pick<GatewayContext, 'access' | 'onError'>,
  answer: (request: Q, caller: Principal) => Sendable<R> | Promise<Sendable<R>>,
): handleUnaryCall<Q, Sendable<R>> {
  return (call, callback) => {
    const caller = access.principal(call.metadata);
    if (!caller) {
      callback({ code: status.UNAUTHENTICATED, details: 'nobody known' });
      return;
    }
    Promise.resolve()
      .then(() => answer(call.request, caller))
      .then(
        (response) => callback(null, response),
        (error: Error) => {
          onError(error);
          callback(statusOf(error));
        },
      );
  };
}
