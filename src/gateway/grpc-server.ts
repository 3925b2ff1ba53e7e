/**
 * The gRPC server of a gateway, without its services: bounds on connections, and an end within STOP_MS.
 */
import { logVerbosity, Server, setLogVerbosity } from '@grpc/grpc-js';
import type { Access } from './access.ts';
import { letGoOfClosedStreams } from './closed-streams.ts';
import { MESSAGE_BYTES } from './limits.ts';

const METADATA_BYTES = 16 * 1024;
const STREAMS_OF_CONNECTION = 1000;
const KEEPALIVE_MS = 30_000;
const KEEPALIVE_TIMEOUT_MS = 10_000;
/** How long open streams get to end at a stop. */
export const STOP_MS = 2000;

export function newServer(access: Access): Server {
  // What fails is told through onError and as statuses; grpc-js would also write to stderr.
  if (!process.env.GRPC_VERBOSITY) setLogVerbosity(logVerbosity.NONE);
  letGoOfClosedStreams();
  return new Server({
    interceptors: [access.interceptor],
    // Counts each call for a debugging service that is not served.
    'grpc.enable_channelz': 0,
    'grpc.max_receive_message_length': MESSAGE_BYTES,
    'grpc.max_metadata_size': METADATA_BYTES,
    'grpc.max_concurrent_streams': STREAMS_OF_CONNECTION,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
  });
}

/** Gives open streams a moment to end by themselves. */
export function shutdown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, STOP_MS);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
}
