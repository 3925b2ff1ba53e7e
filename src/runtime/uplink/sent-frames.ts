/**
 * The memory of frames that gRPC made of messages: grpc-js copies each message behind a head of five bytes, and who needs the copy no
 * more is left to V8's collector, which lets 64 MB of memory outside its heap come together before it looks.
 *
 * In:     what node's HTTP/2 says that a client's stream sends (`http2.client.stream.bodyChunkSent`), of streams on which a runtime attaches.
 * Out:    nothing. A stream writes one chunk, or several together, and begins with the next when the socket has taken all of those
 *         before (`writable._write`): these go back then. What a stream had under way when it ended is left to the collector, for
 *         its connection may still be sending it.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { ClientHttp2Stream } from 'node:http2';
import { runtimeService } from '../../contract/services.ts';
import { giveBack } from './event-batches.ts';

const CHANNEL = 'http2.client.stream.bodyChunkSent';

interface Sent {
  stream: ClientHttp2Stream;
  /** A chunk; where a stream sends several together, the entries of its buffer. */
  data: Uint8Array | string | readonly (Uint8Array | { chunk: unknown })[];
}

const underWay = new WeakMap<ClientHttp2Stream, Uint8Array[]>();
let isAsked = false;

/** For every connection of this process to a gateway, from now on. */
export function giveBackSentFrames(): void {
  if (isAsked) return;
  isAsked = true;
  subscribe(CHANNEL, (message) => {
    const { stream, data } = message as Sent;
    if (stream.sentHeaders?.[':path'] !== runtimeService.attach.path) return;
    const before = underWay.get(stream);
    underWay.set(stream, chunksOf(data));
    before?.forEach(giveBack);
  });
}

function chunksOf(data: Sent['data']): Uint8Array[] {
  const all: readonly unknown[] = Array.isArray(data)
    ? data.map((one) => (one instanceof Uint8Array ? one : one.chunk))
    : [data];
  return all.filter((chunk): chunk is Uint8Array => chunk instanceof Uint8Array);
}
