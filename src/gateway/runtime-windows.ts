/**
 * How much a runtime may send that the gateway has not read yet: HTTP/2 begins with 64 KiB for each connection (RFC 9113,
 * 6.9.2), which is 200 events, and the thread that would grant more waits for the disk in each transaction. So
 * a transaction would never have more events than that, however many wait at the other end.
 *
 * In:     connections on which a runtime attaches. Only those that are known before anything is read of them: on a unix
 *         socket, which its mode keeps from others, or with a certificate of this gateway's. Strangers are granted no more.
 * Bounds: WINDOW_BYTES for each connection, beside what a stream reads ahead of the store (stream/attach.ts).
 *
 * grpc-js has an option for it in clients and none in servers, so this listens where node says that a stream came.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Http2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { runtimeService } from '../contract/services.ts';

const CHANNEL = 'http2.server.stream.created';
export const WINDOW_BYTES = 512 << 10;

interface Created {
  stream: { session: Http2Session | undefined };
  headers: { ':path'?: string };
}

/** Returns the end of it. */
export function widenRuntimeWindows(): () => void {
  const widened = new WeakSet<Http2Session>();
  const onStream = (message: unknown): void => {
    const { stream, headers } = message as Created;
    const { session } = stream;
    if (headers[':path'] !== runtimeService.attach.path || !session || widened.has(session)) return;
    if (!isKnown(session)) return;
    widened.add(session);
    session.setLocalWindowSize(WINDOW_BYTES);
    session.settings({ initialWindowSize: WINDOW_BYTES });
  };
  subscribe(CHANNEL, onStream);
  return () => unsubscribe(CHANNEL, onStream);
}

function isKnown({ encrypted, socket }: Http2Session): boolean {
  return encrypted ? (socket as TLSSocket).authorized : socket.remoteAddress === undefined;
}
