/** A person at the bench's gateway, by the token that it leaves in its state directory. */
import type { Client, Metadata } from '@grpc/grpc-js';
import { openAs } from '../../src/cli/gateway-channel.ts';
import { callUnary, type UnaryMethod } from '../../src/contract/unary.ts';
import { liveEndpoints } from '../../src/gateway/endpoint.ts';
import type { Host } from './services.ts';

export interface Operator {
  client: Client;
  metadata: Metadata;
  ask<Q, R>(method: UnaryMethod<Q, R>, request: Q): Promise<R>;
}

export async function operatorOf({ state }: Pick<Host, 'state'>): Promise<Operator> {
  const [endpoint] = await liveEndpoints(state);
  if (!endpoint) throw new Error(`no gateway in ${state}`);
  const { client, metadata } = openAs({ address: endpoint.address, token: endpoint.operatorToken });
  return { client, metadata, ask: (method, request) => callUnary(client, method, request, metadata) };
}
