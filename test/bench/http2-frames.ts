/**
 * Calls of one RPC as frames of HTTP/2 (RFC 9113, headers by RFC 7541), made beforehand: what sends them (steady-caller.c)
 * then costs next to nothing beside the server that is measured.
 *
 * Out:  the blocks that steady-caller.c reads: each a length of 4 bytes, little-endian, and so many bytes.
 */
import { FLAG, FRAME, frame, headerBlock, PREFACE } from '../http2.ts';

const { DATA, HEADERS, SETTINGS, WINDOW_UPDATE } = FRAME;
const { END_STREAM, END_HEADERS } = FLAG;

export interface Calls {
  host: string;
  port: string;
  path: string;
  token: string;
  /** Encoded requests, taken in turn. */
  requests: readonly Uint8Array[];
  total: number;
}

/** What may come in all: 2^31 - 1 at most, of which 2^16 - 1 are there to begin with. */
const WINDOW = 2 ** 31 - 2 ** 16;

export function callFrames(calls: Calls): Buffer {
  const window = Buffer.alloc(4);
  window.writeUInt32BE(WINDOW);
  const first = [PREFACE, frame(SETTINGS, 0, 0), frame(WINDOW_UPDATE, 0, 0, window)];
  const headers = requestHeaders(calls);
  const messages = calls.requests.map(message);
  const all = Array.from({ length: calls.total }, (_, number) => {
    const stream = number * 2 + 1;
    const body = messages[number % messages.length]!;
    return block(
      Buffer.concat([frame(HEADERS, END_HEADERS, stream, headers), frame(DATA, END_STREAM, stream, body)]),
    );
  });
  return Buffer.concat([block(Buffer.concat(first)), ...all]);
}

function block(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function requestHeaders({ host, port, path, token }: Calls): Buffer {
  return headerBlock({
    ':method': 'POST',
    ':scheme': 'http',
    ':path': path,
    ':authority': `${host}:${port}`,
    'content-type': 'application/grpc',
    te: 'trailers',
    authorization: `Bearer ${token}`,
  });
}

/** A message as gRPC frames it: not compressed, its length. */
function message(body: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}
