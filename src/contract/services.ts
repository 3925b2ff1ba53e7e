/**
 * The contract's two services as @grpc/grpc-js wants them: paths, directions and codecs, typed.
 *
 * A message to send may be given as its encoded bytes instead: the runtime and the gateway write the two hot
 * ones (event batches up, log entries down) without making objects first. test/contract holds the table here
 * against the services in proto/.
 */
import type {
  Client,
  ClientDuplexStream,
  ClientReadableStream,
  handleBidiStreamingCall,
  handleServerStreamingCall,
  Metadata,
  MethodDefinition,
} from '@grpc/grpc-js';
import { deserialize, type Sendable, serialize } from './codec.ts';
import { GatewayMessage, RuntimeMessage, SubscribeRequest, SubscribeResponse } from './messages.ts';

export type AttachMethod = MethodDefinition<Sendable<RuntimeMessage>, Sendable<GatewayMessage>>;
export type SubscribeMethod = MethodDefinition<Sendable<SubscribeRequest>, Sendable<SubscribeResponse>>;

export const runtimeService: { readonly attach: AttachMethod } = {
  attach: {
    path: '/warder.v1.RuntimeService/Attach',
    requestStream: true,
    responseStream: true,
    requestSerialize: serialize<RuntimeMessage>(RuntimeMessage),
    requestDeserialize: deserialize<RuntimeMessage>(RuntimeMessage),
    responseSerialize: serialize<GatewayMessage>(GatewayMessage),
    responseDeserialize: deserialize<GatewayMessage>(GatewayMessage),
  },
};

export const eventService: { readonly subscribe: SubscribeMethod } = {
  subscribe: {
    path: '/warder.v1.EventService/Subscribe',
    requestStream: false,
    responseStream: true,
    requestSerialize: serialize<SubscribeRequest>(SubscribeRequest),
    requestDeserialize: deserialize<SubscribeRequest>(SubscribeRequest),
    responseSerialize: serialize<SubscribeResponse>(SubscribeResponse),
    responseDeserialize: deserialize<SubscribeResponse>(SubscribeResponse),
  },
};

export type { Sendable } from './codec.ts';

export type AttachHandler = handleBidiStreamingCall<RuntimeMessage, Sendable<GatewayMessage>>;
export type SubscribeHandler = handleServerStreamingCall<SubscribeRequest, Sendable<SubscribeResponse>>;

/** Opens RuntimeService.Attach. */
export function attach(
  client: Client,
  metadata: Metadata,
): ClientDuplexStream<Sendable<RuntimeMessage>, GatewayMessage> {
  const { path, requestSerialize, responseDeserialize } = runtimeService.attach;
  return client.makeBidiStreamRequest(
    path,
    requestSerialize,
    responseDeserialize as (bytes: Buffer) => GatewayMessage,
    metadata,
  );
}

/** Opens EventService.Subscribe. */
export function subscribe(
  client: Client,
  metadata: Metadata,
  request: SubscribeRequest,
): ClientReadableStream<SubscribeResponse> {
  const { path, requestSerialize, responseDeserialize } = eventService.subscribe;
  return client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize as (bytes: Buffer) => SubscribeResponse,
    request,
    metadata,
  );
}
