/**
 * Calls of one RPC as frames of HTTP/2 (RFC 9113, headers by RFC 7541), made beforehand: what sends them (steady-caller.c)
 * then costs next to nothing beside the server that is measured.
 *
 * Out:  the blocks that steady-caller.c reads: each a length of 4 bytes, little-endian, and so many bytes.
 */
export interface Calls {
  host: string;
  port: string;
  path: string;
  token: string;
  /** Encoded requests, taken in turn. */
  requests: readonly Uint8Array[];
  total: number;
}

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const [DATA, HEADERS, SETTINGS, WINDOW_UPDATE] = [0, 1, 4, 8];
const [END_STREAM, END_HEADERS] = [0x1, 0x4];
const FRAME_HEAD = 9;
/** What may come in all: 2^31 - 1 at most, of which 2^16 - 1 are there to begin with. */
const WINDOW = 2 ** 31 - 2 ** 16;

export function callFrames(calls: Calls): Buffer {
  const window = Buffer.alloc(4);
  window.writeUInt32BE(WINDOW);
  const first = [Buffer.from(PREFACE, 'latin1'), frame(SETTINGS, 0, 0), frame(WINDOW_UPDATE, 0, 0, window)];
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

function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(FRAME_HEAD + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, FRAME_HEAD);
  return bytes;
}

/** A literal header field without indexing, of new name (RFC 7541, 6.2.2). Texts below 127 bytes. */
function field(name: string, value: string): Buffer {
  const text = (of: string) => Buffer.concat([Buffer.from([of.length]), Buffer.from(of, 'latin1')]);
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

function requestHeaders({ host, port, path, token }: Calls): Buffer {
  return Buffer.concat([
    field(':method', 'POST'),
    field(':scheme', 'http'),
    field(':path', path),
    field(':authority', `${host}:${port}`),
    field('content-type', 'application/grpc'),
    field('te', 'trailers'),
    field('authorization', `Bearer ${token}`),
  ]);
}

/** A message as gRPC frames it: not compressed, its length. */
function message(body: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}
