/**
 * One connection to the gateway: how it is opened, and what its end means.
 */
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { WarderError } from '../../base/error.ts';
import { TLS_CHANNEL } from '../../contract/certificates.ts';
import { connectionFailure } from '../../contract/connection-failure.ts';
import { attach } from '../../contract/services.ts';
import type { UplinkEndpoint } from './options.ts';
import { giveBackSentFrames } from './sent-frames.ts';

/** Between one connection and the next, longer each time. */
export const RECONNECT_MS = { first: 50, last: 5000 };

const CLEAR = credentials.createInsecure();

const CHANNEL_OPTIONS = {
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.initial_reconnect_backoff_ms': RECONNECT_MS.first,
  'grpc.max_reconnect_backoff_ms': RECONNECT_MS.last,
  'grpc.use_local_subchannel_pool': 1,
};

/** What no new connection would mend. */
const FINAL: ReadonlySet<number> = new Set([
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
  status.INVALID_ARGUMENT,
  status.UNIMPLEMENTED,
]);

export interface Connection {
  client: Client;
  stream: ReturnType<typeof attach>;
}

export function openConnection({ address, token, channel = CLEAR }: UplinkEndpoint): Connection {
  giveBackSentFrames();
  const options = channel === CLEAR ? CHANNEL_OPTIONS : { ...CHANNEL_OPTIONS, ...TLS_CHANNEL };
  const client = new Client(address, channel, options);
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return { client, stream: attach(client, metadata) };
}

export function isFinal(error: ServiceError | undefined): boolean {
  return error !== undefined && FINAL.has(error.code);
}

/** Why a stream broke. */
export function breakReason(where: string, error: ServiceError | undefined): WarderError {
  if (isFinal(error)) {
    return new WarderError(
      'UPLINK_REFUSED',
      `the gateway${where} refused this runtime: ${error?.details}`,
      'give the runtime the token and the address of the gateway that it belongs to',
    );
  }
  return new WarderError(
    'UPLINK_BROKEN',
    `the stream to the gateway${where} broke: ${error ? connectionFailure(error.details) : 'the gateway ended it'}`,
    'see whether the gateway runs; events wait here and are sent again',
  );
}

/** Why there is none. */
export function noEndpoint(error: Error): WarderError {
  if (error instanceof WarderError) return error;
  return new WarderError(
    'UPLINK_BROKEN',
    `the gateway cannot be found: ${error.message}`,
    'see whether it runs',
    {
      cause: error,
    },
  );
}
